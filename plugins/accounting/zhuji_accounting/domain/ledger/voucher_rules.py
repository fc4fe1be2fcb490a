"""What may be done to a voucher in which state, by whom. A rule raises or changes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec

from zhuji_accounting.domain.ledger import refusals
from zhuji_accounting.domain.ledger.chart import AccountClass, Chart
from zhuji_accounting.domain.ledger.voucher import (
    ADJUSTMENT_MONTHS,
    LINES_MAX,
    Voucher,
    VoucherLine,
    VoucherState,
    numbered,
)
from zhuji_accounting.domain.request import NTD_MAX, TEXT_MAX, Period
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_


class BudgetRow(Protocol):
    """A row of the budget, of expenditure or of revenue, that an entry may name."""

    @property
    def agency_code(self) -> str: ...


Row = TypeVar("Row", bound=BudgetRow)

STATE_TITLES = {
    VoucherState.DRAFT: N_("草稿"),
    VoucherState.PREPARED: N_("待覆核"),
    VoucherState.REVIEWED: N_("待主辦會計核定"),
    VoucherState.APPROVED: N_("待登帳"),
    VoucherState.POSTED: N_("已登帳"),
    VoucherState.RETURNED: N_("退回補正"),
    VoucherState.WITHDRAWN: N_("已撤回"),
}
EDITABLE = (VoucherState.DRAFT, VoucherState.RETURNED)
WAITING = (VoucherState.PREPARED, VoucherState.REVIEWED, VoucherState.APPROVED)
LEAST_LINES = 2
SUBSIDIARY_TITLES = {
    "payee": N_("受款人"),
    "contract": N_("契約"),
    "advance": N_("暫付案"),
    "deposit": N_("保證金案"),
    "person": N_("人員"),
}


def period_of(*, fiscal_year: int, posting_date: dt.date) -> int:
    """Return the period of a date in a fiscal year: its month, 13 in the two months after it.

    Raises VoucherYear for any other date.
    """
    found = Period.of_year(posting_date, fiscal_year)
    if found.fiscal_year != fiscal_year:
        raise refusals.VoucherYear(
            fiscal_year=fiscal_year,
            posting_date=str(posting_date),
            months=ADJUSTMENT_MONTHS,
            fields={"posting_date": refusals.VoucherYear.message},
        )
    return found.period


def require_state(voucher: Voucher, needed: Sequence[VoucherState], *, action: str) -> None:
    """Raise VoucherState unless the voucher is in one of the ``needed`` states."""
    if voucher.state not in needed:
        raise refusals.VoucherState(
            label=voucher.label,
            state=STATE_TITLES[voucher.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def is_keyed(voucher: Voucher) -> bool:
    """Tell whether people keyed its entries: neither a document nor a reversal wrote them."""
    return voucher.source is None and voucher.reverses_id is None


def corrected(before: Voucher, wanted: Voucher) -> Voucher:
    """Return what a document or a reversal wrote with its date, words and papers corrected.

    Its entries stay as they were written: raise VoucherRecords where one is another.
    """
    if [_moved(line) for line in wanted.lines] != [_moved(line) for line in before.lines]:
        raise refusals.VoucherRecords(label=before.label)
    return msgspec.structs.replace(
        before,
        period=wanted.period,
        posting_date=wanted.posting_date,
        memo=wanted.memo,
        document_count=wanted.document_count,
        lines=tuple(
            msgspec.structs.replace(own, description=line.description)
            for own, line in zip(before.lines, wanted.lines, strict=True)
        ),
    )


def _moved(line: VoucherLine) -> tuple[object, ...]:
    """Return what an entry does in the books, apart from its words."""
    return (
        line.account_code,
        line.debit_ntd,
        line.credit_ntd,
        line.control_row_id,
        line.revenue_row_id,
        line.subsidiary_kind,
        line.subsidiary_key,
    )


def require_writable(voucher: Voucher, *, chart: Chart, today: dt.date) -> None:
    """Raise what is wrong with a draft: a draft may be unbalanced, but no line may be nonsense."""
    if not voucher.memo.strip() or len(voucher.memo) > TEXT_MAX:
        raise refusals.VoucherMemoMissing(text_max=TEXT_MAX, fields={"memo": N_("必填")})
    if voucher.posting_date > today:
        raise refusals.VoucherFuture(
            posting_date=str(voucher.posting_date),
            today=str(today),
            fields={"posting_date": refusals.VoucherFuture.message},
        )
    for line in voucher.lines:
        _require_line(voucher, line, chart)


def _require_line(voucher: Voucher, line: VoucherLine, chart: Chart) -> None:
    amounts = (line.debit_ntd, line.credit_ntd)
    if min(amounts) != 0 or not 0 < max(amounts) <= NTD_MAX or line.line_no > LINES_MAX:
        raise refusals.VoucherLines(label=voucher.label, line_no=line.line_no, lines_max=LINES_MAX)
    account = chart.by_code.get(line.account_code)
    if account is None or not account.postable:
        raise refusals.AccountNotPostable(
            line_no=line.line_no,
            account_code=line.account_code,
            fiscal_year=voucher.fiscal_year,
        )
    told = bool(line.subsidiary_key.strip())
    if told != bool(line.subsidiary_kind) or (
        account.subsidiary and line.subsidiary_kind != account.subsidiary
    ):
        raise refusals.SubsidiaryMissing(
            line_no=line.line_no,
            account_code=line.account_code,
            kind=SUBSIDIARY_TITLES.get(account.subsidiary, line.subsidiary_kind or N_("種類")),
        )


def require_postable(voucher: Voucher, *, chart: Chart, today: dt.date) -> None:
    """Raise what forbids an entry in the books apart from state, duties and period."""
    require_writable(voucher, chart=chart, today=today)
    if not LEAST_LINES <= len(voucher.lines) <= LINES_MAX:
        raise refusals.VoucherLines(
            label=voucher.label, line_no=len(voucher.lines), lines_max=LINES_MAX
        )
    require_balanced(voucher)
    if chart.budgetary_apart:
        _require_budgetary_apart(voucher, chart)


def _require_budgetary_apart(voucher: Voucher, chart: Chart) -> None:
    budgetary = [
        line
        for line in voucher.lines
        if chart.by_code[line.account_code].account_class is AccountClass.BUDGETARY
    ]
    debit_ntd = sum(line.debit_ntd for line in budgetary)
    credit_ntd = sum(line.credit_ntd for line in budgetary)
    if debit_ntd != credit_ntd:
        raise refusals.BudgetaryMixed(
            label=voucher.label,
            debit_ntd=debit_ntd,
            credit_ntd=credit_ntd,
            arithmetic={"debit_ntd": debit_ntd, "credit_ntd": credit_ntd},
        )


def require_balanced(voucher: Voucher) -> None:
    """Raise VoucherUnbalanced unless debits equal credits."""
    if voucher.debit_ntd != voucher.credit_ntd:
        figures = {
            "debit_ntd": voucher.debit_ntd,
            "credit_ntd": voucher.credit_ntd,
            "difference_ntd": abs(voucher.debit_ntd - voucher.credit_ntd),
        }
        told: dict[str, object] = {"label": voucher.label, **figures}
        raise refusals.VoucherUnbalanced(arithmetic=figures, fields={}, **told)


def require_rows(
    known: Mapping[uuid.UUID, Row], ids: Iterable[uuid.UUID], *, agency_code: str
) -> Mapping[uuid.UUID, Row]:
    """Return ``known`` if it holds each of ``ids``, all of this agency; raise VoucherRow."""
    for row_id in ids:
        row = known.get(row_id)
        if row is None or row.agency_code != agency_code:
            raise refusals.VoucherRow(agency_code=agency_code)
    return known


def require_duties(voucher: Voucher, *, by: Actor, step: Step) -> tuple[DutyException, ...]:
    """Raise SamePerson for a step that separation of duties keeps from the actor."""
    before = (
        done(Step.PREPARE, voucher.prepared_by, voucher.prepared_for, *voucher.writers),
        done(Step.REVIEW, voucher.reviewed_by, voucher.reviewed_for),
    )
    return require_separate(by, step, before, label=voucher.label, agency_code=voucher.agency_code)


def written_by(voucher: Voucher, by: Actor) -> Voucher:
    """Return the voucher with the actor, and for whom the actor acts, among its writers."""
    writers = tuple(sorted({*voucher.writers, *by.persons}))
    return msgspec.structs.replace(voucher, writers=writers)


def prepare(voucher: Voucher, *, by: Actor) -> Voucher:
    """Hand the draft to review (製票); the actor is its preparer."""
    require_state(voucher, EDITABLE, action=N_("送覆核"))
    return msgspec.structs.replace(
        voucher,
        state=VoucherState.PREPARED,
        prepared_by=by.user_id,
        prepared_for=_principal(by),
        prepared_by_name=by.signature,
        return_reason="",
    )


def review(voucher: Voucher, *, by: Actor) -> Voucher:
    """Find the voucher right (覆核): somebody other than its preparer."""
    require_state(voucher, [VoucherState.PREPARED], action=N_("覆核"))
    require_duties(voucher, by=by, step=Step.REVIEW)
    return msgspec.structs.replace(
        voucher,
        state=VoucherState.REVIEWED,
        reviewed_by=by.user_id,
        reviewed_for=_principal(by),
        reviewed_by_name=by.signature,
    )


def approve(voucher: Voucher, *, by: Actor) -> Voucher:
    """The chief accountant approves (主辦會計核定), who may review it in the same step."""
    require_state(voucher, [VoucherState.PREPARED, VoucherState.REVIEWED], action=N_("核定"))
    require_duties(voucher, by=by, step=Step.REVIEW)
    reviewed = voucher if voucher.reviewed_by else review(voucher, by=by)
    return msgspec.structs.replace(
        reviewed,
        state=VoucherState.APPROVED,
        approved_by=by.user_id,
        approved_for=_principal(by),
        approved_by_name=by.signature,
    )


def send_back(voucher: Voucher, *, reason: str) -> Voucher:
    """Return the voucher to its preparer with the reason (退回補正)."""
    require_state(voucher, WAITING, action=N_("退回"))
    return msgspec.structs.replace(
        voucher,
        state=VoucherState.RETURNED,
        return_reason=reason,
        reviewed_by=None,
        reviewed_for=None,
        reviewed_by_name="",
        approved_by=None,
        approved_for=None,
        approved_by_name="",
    )


def withdraw(voucher: Voucher) -> Voucher:
    """Take a draft back for good; a voucher that records a document is returned there instead."""
    require_state(voucher, EDITABLE, action=N_("撤回"))
    if voucher.source is not None:
        raise refusals.VoucherRecords(label=voucher.label)
    return msgspec.structs.replace(voucher, state=VoucherState.WITHDRAWN)


def reversal_lines(voucher: Voucher) -> tuple[VoucherLine, ...]:
    """Return the entries that undo those of ``voucher``: sides changed, all else the same."""
    return numbered(
        [
            msgspec.structs.replace(line, debit_ntd=line.credit_ntd, credit_ntd=line.debit_ntd)
            for line in voucher.lines
        ]
    )


def _principal(actor: Actor) -> uuid.UUID | None:
    return None if actor.on_behalf_of is None else actor.on_behalf_of.user_id
