"""Propose giving a role or ending one; a second administrator decides (``proposal_api.py``)."""

from __future__ import annotations

import datetime as dt
import uuid

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_core.identity.grants import GRANT, GRANT_END, GrantChange, GrantEnd
from zhuji_core.permissions import GRANT_ROLE
from zhuji_core.proposals.model import Proposal
from zhuji_core.proposals.propose import propose
from zhuji_core.values import Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController

Context = NamedDependency[RequestContext]


class WantedGrant(Value, frozen=True, kw_only=True):
    """``agency_code`` null: in the whole county. Both days are included."""

    user_id: uuid.UUID
    role_code: str
    agency_code: str | None = None
    valid_from: dt.date
    valid_to: dt.date | None = None
    reason: str
    reference: str = ""


class WantedEnd(Value, frozen=True, kw_only=True):
    """The last day on which the grant holds."""

    last_day: dt.date
    reason: str
    reference: str = ""


class GrantApi(ApiController):
    """``/{county}/api/v1/kernel/grants``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/grants"

    @post(
        "/",
        operation_id="kernel.grant.propose",
        opt={PERMISSION: GRANT_ROLE, ANSWERS: Proposal},
        status_code=201,
        sync_to_thread=True,
    )
    def grant(self, context: Context, data: JSONBody[WantedGrant]) -> Response[bytes]:
        """Propose that a person gets a role."""
        change = GrantChange(
            user_id=data.user_id,
            role_code=data.role_code,
            agency_code=data.agency_code,
            valid_from=data.valid_from,
            valid_to=data.valid_to,
        )
        return context.perform(
            lambda uow: propose(uow, GRANT, change, reason=data.reason, reference=data.reference),
            lambda made: json_answer(made, status_code=201),
        )

    @post(
        "/{grant_id:uuid}/end",
        operation_id="kernel.grant.propose-end",
        opt={PERMISSION: GRANT_ROLE, ANSWERS: Proposal},
        status_code=201,
        sync_to_thread=True,
    )
    def end(
        self, context: Context, grant_id: FromPath[uuid.UUID], data: JSONBody[WantedEnd]
    ) -> Response[bytes]:
        """Propose that a person's role ends."""
        change = GrantEnd(grant_id=grant_id, last_day=data.last_day)
        return context.perform(
            lambda uow: propose(
                uow, GRANT_END, change, reason=data.reason, reference=data.reference
            ),
            lambda made: json_answer(made, status_code=201),
        )
