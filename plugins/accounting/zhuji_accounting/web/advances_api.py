"""The API of advances: each handler is one use case or one query."""

from __future__ import annotations

import uuid

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_accounting.domain.advances.advance import Advance, AdvanceState
from zhuji_accounting.permissions import (
    APPROVE_ADVANCE,
    GRANT_ADVANCE,
    READ_ADVANCES,
    RETURN_ADVANCE,
    WRITE_ADVANCE,
)
from zhuji_accounting.queries import advances
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.approve_advance import approve_advance
from zhuji_accounting.usecases.grant_advance import grant_advance
from zhuji_accounting.usecases.return_advance import return_advance
from zhuji_accounting.usecases.submit_advance import submit_advance
from zhuji_accounting.usecases.withdraw_advance import withdraw_advance
from zhuji_accounting.usecases.write_advance import WantedAdvance, write_advance
from zhuji_accounting.web.structs import ReasonWanted
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear, Text

COLD = "cold"
Context = NamedDependency[RequestContext]
AdvanceId = FromPath[uuid.UUID]


class AdvanceAnswer(Value, frozen=True, kw_only=True):
    """An advance after a verb."""

    advance_id: uuid.UUID
    label: str
    state: str
    amount_ntd: int
    revision: int


class AdvanceDetail(Value, frozen=True, kw_only=True):
    """One advance with all that its page shows, and the vouchers that record it."""

    label: str
    amount_ntd: int
    outstanding_ntd: int
    advance: Advance
    vouchers: tuple[uuid.UUID, ...]


def answered(advance: Advance, *, status_code: int = 200) -> Answer:
    return json_answer(
        AdvanceAnswer(
            advance_id=advance.advance_id,
            label=advance.label,
            state=str(advance.state),
            amount_ntd=advance.amount_ntd,
            revision=advance.revision,
        ),
        status_code=status_code,
    )


class AdvancesApi(ApiController):
    """``/advances``: write, read, sign and approve advances."""

    module = "accounting"
    path = "/advances"

    @get(
        "/",
        opt={PERMISSION: READ_ADVANCES, COLD: True},
        operation_id="accounting.advances.list",
        summary=N_("列出暫付案"),
        sync_to_thread=True,
    )
    def list_advances(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        states: FromQuery[AdvanceState | None] = None,
        text: Text = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        overdue: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[advances.AdvanceRow]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = advances.list_advances(
                uow,
                advances.AdvanceFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    state=str(states) if states else "",
                    text=text,
                    mine=mine,
                    overdue=overdue,
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.advance_id, item=lambda row: row
        )

    @get(
        "/{advance_id:uuid}",
        opt={PERMISSION: READ_ADVANCES, COLD: True},
        operation_id="accounting.advances.read",
        summary=N_("查詢一件暫付案"),
        sync_to_thread=True,
    )
    def read(self, context: Context, advance_id: AdvanceId) -> AdvanceDetail:
        with context.read() as uow:
            advance = advances.find_advance(uow, advance_id)
            return AdvanceDetail(
                label=advance.label,
                amount_ntd=advance.amount_ntd,
                outstanding_ntd=advance.outstanding_ntd,
                advance=advance,
                vouchers=tuple(one.voucher_id for one in vouchers_of(uow, [advance_id])),
            )

    @post(
        "/",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.write",
        summary=N_("填寫暫付案"),
        sync_to_thread=True,
    )
    def write(self, context: Context, data: JSONBody[WantedAdvance]) -> Response[bytes]:
        return context.perform(
            lambda uow: write_advance(uow, wanted=data),
            lambda advance: answered(advance, status_code=201),
        )

    @put(
        "/{advance_id:uuid}",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.rewrite",
        summary=N_("修改暫付案"),
        sync_to_thread=True,
    )
    def rewrite(
        self, context: Context, advance_id: AdvanceId, data: JSONBody[WantedAdvance]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_advance(uow, wanted=data, advance_id=advance_id), answered
        )

    @post(
        "/{advance_id:uuid}/return",
        opt={PERMISSION: RETURN_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.return",
        summary=N_("退回暫付案"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, advance_id: AdvanceId, data: JSONBody[ReasonWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_advance(uow, advance_id=advance_id, reason=data.reason), answered
        )

    @post(
        "/{advance_id:uuid}/submission",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.submit",
        summary=N_("送出暫付案"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, advance_id: AdvanceId) -> Response[bytes]:
        return context.perform(lambda uow: submit_advance(uow, advance_id=advance_id), answered)

    @post(
        "/{advance_id:uuid}/approval",
        opt={PERMISSION: APPROVE_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.approve",
        summary=N_("核准暫付案"),
        status_code=200,
        sync_to_thread=True,
    )
    def approve(self, context: Context, advance_id: AdvanceId) -> Response[bytes]:
        return context.perform(lambda uow: approve_advance(uow, advance_id=advance_id), answered)

    @post(
        "/{advance_id:uuid}/grant",
        opt={PERMISSION: GRANT_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.grant",
        summary=N_("核定暫付案"),
        status_code=200,
        sync_to_thread=True,
    )
    def grant(self, context: Context, advance_id: AdvanceId) -> Response[bytes]:
        return context.perform(lambda uow: grant_advance(uow, advance_id=advance_id), answered)

    @post(
        "/{advance_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True, ANSWERS: AdvanceAnswer},
        operation_id="accounting.advances.withdraw",
        summary=N_("撤回暫付案"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, advance_id: AdvanceId) -> Response[bytes]:
        return context.perform(lambda uow: withdraw_advance(uow, advance_id=advance_id), answered)
