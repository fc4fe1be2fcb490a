"""The API of money that came back: of advances and of this year's spending."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_accounting.domain.recoveries.recovery import Recovery, WantedRecovery
from zhuji_accounting.permissions import READ_CLAIMS, RECORD_RECOVERY
from zhuji_accounting.queries import recoveries
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.pay_back_advance import pay_back_advance
from zhuji_accounting.usecases.recover_spending import recover_spending
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import Answer, json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear, Text

COLD = "cold"
Context = NamedDependency[RequestContext]
Id = FromPath[uuid.UUID]


class RecoveryAnswer(Value, frozen=True, kw_only=True):
    """A recovery as it was recorded."""

    recovery_id: uuid.UUID
    label: str
    source_label: str
    amount_ntd: int


class RecoveryDetail(Value, frozen=True, kw_only=True):
    """One recovery, and the vouchers that record it."""

    label: str
    amount_ntd: int
    recovery: Recovery
    vouchers: tuple[uuid.UUID, ...]


def answered(recovery: Recovery) -> Answer:
    return json_answer(
        RecoveryAnswer(
            recovery_id=recovery.recovery_id,
            label=recovery.label,
            source_label=recovery.source_label,
            amount_ntd=recovery.amount_ntd,
        ),
        status_code=201,
    )


class RecoveriesApi(ApiController):
    """``/recoveries``, and below advances and claims: record what came back."""

    module = "accounting"
    path = "/"

    @get(
        "/recoveries",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.recoveries.list",
        summary=N_("列出收回紀錄"),
        sync_to_thread=True,
    )
    def list_recoveries(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[recoveries.RecoveryRow]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = recoveries.list_recoveries(
                uow,
                recoveries.RecoveryFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    text=text,
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.recovery_id, item=lambda row: row
        )

    @get(
        "/recoveries/{recovery_id:uuid}",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.recoveries.read",
        summary=N_("查詢一筆收回紀錄"),
        sync_to_thread=True,
    )
    def read(self, context: Context, recovery_id: Id) -> RecoveryDetail:
        with context.read() as uow:
            found = recoveries.find_recovery(uow, recovery_id)
            return RecoveryDetail(
                label=found.label,
                amount_ntd=found.amount_ntd,
                recovery=found,
                vouchers=tuple(one.voucher_id for one in vouchers_of(uow, [recovery_id])),
            )

    @post(
        "/advances/{advance_id:uuid}/recoveries",
        opt={PERMISSION: RECORD_RECOVERY, COLD: True, ANSWERS: RecoveryAnswer},
        operation_id="accounting.advances.pay-back",
        summary=N_("登記暫付繳回"),
        sync_to_thread=True,
    )
    def pay_back(
        self, context: Context, advance_id: Id, data: JSONBody[WantedRecovery]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: pay_back_advance(uow, advance_id=advance_id, wanted=data), answered
        )

    @post(
        "/claims/{claim_id:uuid}/recoveries",
        opt={PERMISSION: RECORD_RECOVERY, COLD: True, ANSWERS: RecoveryAnswer},
        operation_id="accounting.claims.recover",
        summary=N_("登記支出收回"),
        sync_to_thread=True,
    )
    def recover(
        self, context: Context, claim_id: Id, data: JSONBody[WantedRecovery]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: recover_spending(uow, claim_id=claim_id, wanted=data), answered
        )
