"""Changes that wait for a second person: the list, one of them, and the decision."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.permissions import DECIDE_PROPOSAL, MAKE_PROPOSAL, READ_PROPOSALS
from zhuji_core.proposals.approve import approve_proposal
from zhuji_core.proposals.kinds import kinds_of
from zhuji_core.proposals.model import STATE_TITLES, Proposal
from zhuji_core.proposals.queries import ProposalFilter, find_proposal, list_proposals
from zhuji_core.proposals.reject import reject_proposal
from zhuji_core.proposals.withdraw import withdraw_proposal
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.pages.proposal_view import proposal_actions, proposal_table, proposal_view
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]

TITLE = N_("提案")
PATH = "kernel/proposals"


class ProposalPages(PageController):
    """``/{county}/kernel/proposals``."""

    module = "kernel"
    path = "/{county:str}/kernel/proposals"

    @get(
        "/",
        operation_id="kernel.proposals.page",
        opt={PERMISSION: READ_PROPOSALS},
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        states: FromQuery[str] = "open",
        kind: FromQuery[str] = "",
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        wanted = ProposalFilter(state=states, kind=kind, before=before)
        with context.read() as uow:
            found = list_proposals(uow, wanted)
            return render(
                context,
                "kernel/proposals.html",
                title=tr(TITLE),
                breadcrumb=(Crumb(title=tr(TITLE)),),
                action=context.path(PATH),
                table=proposal_table(context, found, wanted, url=_url(context, wanted)),
                wanted=wanted,
                states=tuple(
                    Option(value=str(one), title=tr(title)) for one, title in STATE_TITLES.items()
                ),
                kinds=tuple(
                    Option(value=one.name, title=tr(one.title)) for one in kinds_of(uow.hooks)
                ),
            )

    @get(
        "/{proposal_id:uuid}",
        operation_id="kernel.proposal.page",
        opt={PERMISSION: READ_PROPOSALS},
        sync_to_thread=True,
    )
    def one(self, context: Context, proposal_id: FromPath[uuid.UUID]) -> Response[str]:
        return _one(context, proposal_id)

    @post(
        "/{proposal_id:uuid}/approval",
        operation_id="kernel.proposal.approve-form",
        opt={PERMISSION: DECIDE_PROPOSAL},
        sync_to_thread=True,
    )
    def approve(self, context: Context, proposal_id: FromPath[uuid.UUID], data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _decided(
            context,
            proposal_id,
            lambda uow: approve_proposal(uow, proposal_id=proposal_id, reason=reason),
        )

    @post(
        "/{proposal_id:uuid}/rejection",
        operation_id="kernel.proposal.reject-form",
        opt={PERMISSION: DECIDE_PROPOSAL},
        sync_to_thread=True,
    )
    def reject(self, context: Context, proposal_id: FromPath[uuid.UUID], data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _decided(
            context,
            proposal_id,
            lambda uow: reject_proposal(uow, proposal_id=proposal_id, reason=reason),
        )

    @post(
        "/{proposal_id:uuid}/withdrawal",
        operation_id="kernel.proposal.withdraw-form",
        opt={PERMISSION: MAKE_PROPOSAL},
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, proposal_id: FromPath[uuid.UUID]) -> Page:
        return _decided(
            context, proposal_id, lambda uow: withdraw_proposal(uow, proposal_id=proposal_id)
        )


def _decided(
    context: RequestContext, proposal_id: uuid.UUID, decide: Callable[[UnitOfWork], Proposal]
) -> Page:
    """Decide; a refusal is shown on the proposal itself, which stays as it was."""
    try:
        return context.perform(decide, lambda _: see_other(context.path(f"{PATH}/{proposal_id}")))
    except DomainError as refusal:
        return _one(context, proposal_id, error=refusal)


def _one(
    context: RequestContext, proposal_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        proposal = find_proposal(uow, proposal_id=proposal_id)
        view = proposal_view(context, proposal)
        return render(
            context,
            "kernel/proposal.html",
            title=view.title,
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=proposal.label),
            ),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            proposal=view,
            actions=proposal_actions(context, uow, proposal, base=context.path(PATH)),
        )


def _url(context: RequestContext, wanted: ProposalFilter) -> str:
    return context.path(f"{PATH}?{urlencode({'states': wanted.state, 'kind': wanted.kind})}")
