"""Deputies for programs: the same use cases as the pages."""

from __future__ import annotations

import datetime as dt
import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_core.identity.delegation_store import Delegation
from zhuji_core.identity.delegations import (
    Appointed,
    Appointment,
    appoint_deputy,
    end_delegation,
    list_delegations,
)
from zhuji_core.permissions import APPOINT_DEPUTY
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, SIGNED_IN, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]


class WantedDeputy(Value, frozen=True, kw_only=True):
    """``permissions`` null: all of the roles; ``agency_code`` null: wherever they are held."""

    deputy_id: uuid.UUID
    roles: tuple[str, ...]
    permissions: tuple[str, ...] | None = None
    agency_code: str | None = None
    valid_from: dt.date
    valid_to: dt.date
    reason: str


class WhyEnded(Value, frozen=True, kw_only=True):
    """Why the appointment ends."""

    reason: str


class DelegationApi(ApiController):
    """``/{county}/api/v1/kernel/delegations``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/delegations"

    @get(
        "/",
        operation_id="kernel.delegations.list",
        summary=N_("查詢職務代理"),
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def search(
        self,
        context: Context,
        everybody: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        limit: Limit = LIMIT,
        cursor: Cursor = "",
    ) -> Page[Delegation]:
        """List appointments of deputies, newest first: one's own, or everybody's."""
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            found = list_delegations(uow, everybody=everybody, before=before, limit=limit)
        return page_of(
            context, found, limit=limit, key=lambda one: one.delegation_id, item=lambda one: one
        )

    @post(
        "/",
        operation_id="kernel.delegation.appoint",
        opt={PERMISSION: APPOINT_DEPUTY, ANSWERS: Appointed},
        status_code=201,
        sync_to_thread=True,
    )
    def appoint(self, context: Context, data: JSONBody[WantedDeputy]) -> Response[bytes]:
        """Appoint a deputy; with administration in it, propose to."""
        return context.perform(
            lambda uow: appoint_deputy(
                uow,
                Appointment(
                    delegator_id=uow.actor.user_id,
                    deputy_id=data.deputy_id,
                    agency_code=data.agency_code,
                    roles=data.roles,
                    permissions=data.permissions,
                    valid_from=data.valid_from,
                    valid_to=data.valid_to,
                    reason=data.reason,
                ),
            ),
            lambda made: json_answer(made, status_code=201),
        )

    @post(
        "/{delegation_id:uuid}/end",
        operation_id="kernel.delegation.end",
        summary=N_("終止職務代理"),
        opt={SIGNED_IN: True, ANSWERS: Delegation},
        status_code=200,
        sync_to_thread=True,
    )
    def end(
        self, context: Context, delegation_id: FromPath[uuid.UUID], data: JSONBody[WhyEnded]
    ) -> Response[bytes]:
        """End an appointment at once."""
        return context.perform(
            lambda uow: end_delegation(uow, delegation_id=delegation_id, reason=data.reason),
            json_answer,
        )
