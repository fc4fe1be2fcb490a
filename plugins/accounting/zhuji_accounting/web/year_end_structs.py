"""What the API of the ends of years takes and gives back. Frozen; amounts are whole NT dollars."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.ledger.voucher import Voucher, VoucherLine
from zhuji_accounting.queries.year_ends import YearEnd
from zhuji_accounting.usecases.close_year import ClosedYear
from zhuji_core.values import Value


class YearWanted(Value, frozen=True, kw_only=True):
    """Which agency's year; empty: the actor's own agency."""

    agency_code: str = ""


class YearReopening(Value, frozen=True, kw_only=True):
    """Which agency's year, and why it is opened again."""

    agency_code: str
    reason: str


class YearVoucher(Value, frozen=True, kw_only=True):
    """A voucher that ends the year (``period`` 14) or opens the next one (0)."""

    voucher_id: uuid.UUID
    label: str
    fiscal_year: int
    period: int
    posting_date: dt.date
    event_code: str
    memo: str
    amount_ntd: int
    lines: tuple[VoucherLine, ...]


class ContinuedAnswer(Value, frozen=True, kw_only=True):
    """A request of the next year that continues one of this; ``brought``: carried or owed."""

    request_id: uuid.UUID
    label: str
    continues_id: uuid.UUID
    continues_label: str
    brought: str
    origin_year: int
    amount_ntd: int


class YearAnswer(Value, frozen=True, kw_only=True):
    """A year after a verb, or in its preview (``kept`` false).

    ``reports``: kind → digest.
    ``carried_ntd``: what the next year's books carry of this one's commitments (保留).
    ``continued``: the next year's requests that go on with that, and with what is owed (應付).
    """

    fiscal_year: int
    agency_code: str
    state: str
    kept: bool
    reports: Mapping[str, str]
    carried_ntd: int
    vouchers: tuple[YearVoucher, ...]
    continued: tuple[ContinuedAnswer, ...] = ()


class ListedYearEnd(Value, frozen=True, kw_only=True):
    """One end of a year; ``state``: ``closed`` or ``reopened``."""

    year_end_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    version: int
    state: str
    closed_by_name: str
    closed_at: dt.datetime
    reopened_by_name: str
    reopened_at: dt.datetime | None
    reason: str


def listed(row: YearEnd) -> ListedYearEnd:
    return ListedYearEnd(**{name: getattr(row, name) for name in ListedYearEnd.__struct_fields__})


def answer_of(closed: ClosedYear, *, kept: bool) -> YearAnswer:
    return YearAnswer(
        fiscal_year=closed.head.fiscal_year,
        agency_code=closed.head.agency_code,
        state="closed" if kept else "open",
        kept=kept,
        reports={str(one.kind): one.digest for one in closed.reports},
        carried_ntd=sum(one.amount_ntd for one in closed.carried),
        vouchers=vouchers_of(closed.vouchers),
        continued=tuple(
            ContinuedAnswer(
                request_id=one.request_id,
                label=one.label,
                continues_id=one.first.request_id,
                continues_label=one.first.request_label,
                brought=str(one.first.brought),
                origin_year=one.first.origin_year,
                amount_ntd=one.amount_ntd,
            )
            for one in closed.continued
        ),
    )


def reopened_of(vouchers: Sequence[Voucher], *, fiscal_year: int, agency_code: str) -> YearAnswer:
    return YearAnswer(
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        state="reopened",
        kept=True,
        reports={},
        carried_ntd=0,
        vouchers=vouchers_of(vouchers),
    )


def vouchers_of(vouchers: Sequence[Voucher]) -> tuple[YearVoucher, ...]:
    return tuple(
        YearVoucher(
            voucher_id=one.voucher_id,
            label=one.label,
            fiscal_year=one.fiscal_year,
            period=one.period,
            posting_date=one.posting_date,
            event_code=one.event_code,
            memo=one.memo,
            amount_ntd=one.debit_ntd,
            lines=one.lines,
        )
        for one in vouchers
    )
