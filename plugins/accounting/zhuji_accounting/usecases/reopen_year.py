"""Open an ended year again (重開年度結帳): what closed it and opened the next one is reversed."""

from __future__ import annotations

import msgspec

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherState
from zhuji_accounting.domain.period import LAST_PERIOD
from zhuji_accounting.domain.request import TEXT_MAX, Period
from zhuji_accounting.domain.year_end_refusals import YearOrder, YearState
from zhuji_accounting.permissions import REOPEN_YEAR
from zhuji_accounting.queries.year_ends import YearEnd, last_closed, year_end_of
from zhuji_accounting.store import periods, vouchers, year_ends
from zhuji_accounting.usecases._forward import take_back_forward
from zhuji_accounting.usecases._record_fact import AUTOMATIC
from zhuji_accounting.usecases.post_vouchers import tell
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def reopen_year(
    uow: UnitOfWork, *, fiscal_year: int, agency_code: str, reason: str
) -> list[Voucher]:
    """Reverse what ended the year and open its adjustment period; return the reversals.

    No month of the next year may be closed: its reports would no longer be the books. Raises
    Forbidden, ReasonMissing, TooLong, YearState, YearOrder or YearForward (what it carried over was
    used); then nothing is kept.
    """
    uow.require(REOPEN_YEAR)
    said = rules.require_reason(reason)
    last = Period(fiscal_year=fiscal_year, period=LAST_PERIOD)
    periods.shut(uow, last)
    ended = year_end_of(uow, agency_code=agency_code, fiscal_year=fiscal_year)
    if ended is None:
        raise YearState(agency_code=agency_code, fiscal_year=fiscal_year, state=N_("未結帳"))
    # Whoever closes January has this gate and asks whether the year is ended: one of us waits.
    periods.shut_year(uow, fiscal_year + 1)
    month = last_closed(uow, agency_code=agency_code, fiscal_year=fiscal_year + 1)
    if month:
        raise YearOrder(
            fiscal_year=fiscal_year,
            action=N_("重開年度結帳"),
            other_year=fiscal_year + 1,
            state=N_("已有月份關帳"),
        )
    take_back_forward(uow, ended, document_of(ended), said)
    reversals = _reverse(uow, ended, said)
    year_ends.reopen(uow, ended.year_end_id, reason=said)
    periods.reopen(uow, last, agency_code=agency_code)
    uow.audit(
        REOPEN_YEAR.name,
        document_of(ended),
        before={"state": "closed"},
        after={
            "state": "reopened",
            "reason": said,
            "reversals": [voucher.label for voucher in reversals],
        },
    )
    return reversals


def document_of(ended: YearEnd) -> DocumentRef:
    """Return the document that the vouchers of the end name as their source."""
    return DocumentRef(
        kind="accounting.year-end",
        document_id=ended.year_end_id,
        label=ended.label,
        agency_code=ended.agency_code,
    )


def _reverse(uow: UnitOfWork, ended: YearEnd, reason: str) -> list[Voucher]:
    """Post the reversal of each voucher of the end, the last first."""
    posted = year_ends.vouchers_of(uow, ended.year_end_id)
    ids = sorted(new_id() for _ in posted)
    made = [
        msgspec.structs.replace(
            voucher,
            voucher_id=voucher_id,
            voucher_no=0,
            state=VoucherState.APPROVED,
            memo=f"沖銷 {voucher.label}：{voucher.memo}"[:TEXT_MAX],
            reverses_id=voucher.voucher_id,
            reversal_reason=reason,
            prepared_by_name=AUTOMATIC,
            posted_by=None,
            posted_by_name="",
            revision=1,
            lines=voucher_rules.reversal_lines(voucher),
        )
        for voucher_id, voucher in zip(ids, posted, strict=True)
    ]
    if not made:
        return []
    vouchers.pass_gates(uow, made)
    vouchers.insert(uow, made)
    entered = vouchers.post(uow, made)
    for voucher in entered:
        tell(uow, voucher)
    return entered
