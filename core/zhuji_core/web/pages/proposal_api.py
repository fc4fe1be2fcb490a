"""The same as the pages of proposals, for programs."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_core.permissions import DECIDE_PROPOSAL, MAKE_PROPOSAL, READ_PROPOSALS
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.proposals.model import Proposal
from zhuji_core.proposals.queries import ProposalFilter, find_proposal, list_proposals
from zhuji_core.proposals.reject import reject_proposal
from zhuji_core.proposals.withdraw import withdraw_proposal
from zhuji_core.values import Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]


class Decision(Value, frozen=True, kw_only=True):
    """Why; needed for a rejection."""

    reason: str = ""


class ProposalApi(ApiController):
    """``/{county}/api/v1/kernel/proposals``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/proposals"

    @get(
        "/",
        operation_id="kernel.proposals.list",
        opt={PERMISSION: READ_PROPOSALS},
        sync_to_thread=True,
    )
    def search(
        self,
        context: Context,
        states: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        limit: Limit = LIMIT,
        cursor: Cursor = "",
    ) -> Page[Proposal]:
        """List proposals, newest first."""
        before = open_cursor(context, cursor, uuid.UUID)
        wanted = ProposalFilter(state=states, kind=kind, before=before, limit=limit)
        with context.read() as uow:
            found = list_proposals(uow, wanted)
        return page_of(
            context, found, limit=limit, key=lambda one: one.proposal_id, item=lambda one: one
        )

    @get(
        "/{proposal_id:uuid}",
        operation_id="kernel.proposal.read",
        opt={PERMISSION: READ_PROPOSALS},
        sync_to_thread=True,
    )
    def one(self, context: Context, proposal_id: FromPath[uuid.UUID]) -> Proposal:
        """Read one proposal."""
        with context.read() as uow:
            return find_proposal(uow, proposal_id=proposal_id)

    @post(
        "/{proposal_id:uuid}/approval",
        operation_id="kernel.proposal.approve",
        opt={PERMISSION: DECIDE_PROPOSAL, ANSWERS: Proposal},
        status_code=200,
        sync_to_thread=True,
    )
    def approve(
        self, context: Context, proposal_id: FromPath[uuid.UUID], data: JSONBody[Decision]
    ) -> Response[bytes]:
        """Approve a proposal; the change happens at once."""
        return context.perform(
            lambda uow: approve_proposal(uow, proposal_id=proposal_id, reason=data.reason),
            json_answer,
        )

    @post(
        "/{proposal_id:uuid}/rejection",
        operation_id="kernel.proposal.reject",
        opt={PERMISSION: DECIDE_PROPOSAL, ANSWERS: Proposal},
        status_code=200,
        sync_to_thread=True,
    )
    def reject(
        self, context: Context, proposal_id: FromPath[uuid.UUID], data: JSONBody[Decision]
    ) -> Response[bytes]:
        """Reject a proposal with a reason."""
        return context.perform(
            lambda uow: reject_proposal(uow, proposal_id=proposal_id, reason=data.reason),
            json_answer,
        )

    @post(
        "/{proposal_id:uuid}/withdrawal",
        operation_id="kernel.proposal.withdraw",
        opt={PERMISSION: MAKE_PROPOSAL, ANSWERS: Proposal},
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, proposal_id: FromPath[uuid.UUID]) -> Response[bytes]:
        """Take one's own proposal back."""
        return context.perform(
            lambda uow: withdraw_proposal(uow, proposal_id=proposal_id), json_answer
        )
