"""The books as text for hledger, ledger and beancount (shared design, peers §6). Pure.

Amounts are whole TWD, debits positive. Entries are in order of date; after each period stand the
balances that zhuji kept, as assertions: the other program recomputes them from the entries.
"""

from __future__ import annotations

import datetime as dt
import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zhuji_accounting.domain.ledger.chart import AccountClass
from zhuji_accounting.domain.ledger.voucher import (
    ADJUSTMENT_PERIOD,
    KIND_WORDS,
    VoucherKind,
)
from zhuji_accounting.domain.request import Period
from zhuji_core.values import Value

FORMATS = ("hledger", "ledger", "beancount")
# Beancount knows five roots; budgetary accounts balance among themselves and go to equity.
ROOTS: Mapping[AccountClass, str] = {
    AccountClass.ASSET: "Assets",
    AccountClass.LIABILITY: "Liabilities",
    AccountClass.NET_ASSET: "Equity",
    AccountClass.REVENUE: "Income",
    AccountClass.EXPENDITURE: "Expenses",
    AccountClass.BUDGETARY: "Equity",
}
_UNFIT = re.compile(r"[^\w.-]+")


class PostedEntry(Value, frozen=True, kw_only=True):
    """One entry; ``net_ntd`` is debit − credit."""

    account_code: str
    account_name: str
    net_ntd: int


class Posted(Value, frozen=True, kw_only=True):
    """A posted voucher."""

    posting_date: dt.date
    period: int
    kind: str
    fiscal_year: int
    voucher_no: int
    agency_code: str
    memo: str
    entries: tuple[PostedEntry, ...]

    @property
    def label(self) -> str:
        return f"{KIND_WORDS[VoucherKind(self.kind)]}{self.fiscal_year}{self.voucher_no:05}"


class Kept(Value, frozen=True, kw_only=True):
    """What zhuji kept of an account in a period: debits − credits."""

    agency_code: str
    account_code: str
    period: int
    net_ntd: int


class Names(Value, frozen=True, kw_only=True):
    """The accounts' names and classes, by code, and the format that they are written for."""

    form: str
    names: Mapping[str, str]
    classes: Mapping[str, AccountClass]

    def account(self, agency_code: str, account_code: str) -> str:
        """Return the account of an agency as the format writes it."""
        name = fit(self.names.get(account_code, ""))
        leaf = f"{fit(account_code)}-{name}" if name else fit(account_code)
        if self.form == "beancount":
            root = ROOTS[self.classes.get(account_code, AccountClass.BUDGETARY)]
            return f"{root}:X-{fit(agency_code)}:{leaf}".replace(".", "-").replace("_", "-")
        return f"{fit(agency_code)}:{leaf}"


def fit(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-")


def lines_of(
    posted: Iterable[Posted],
    kept: Sequence[Kept],
    *,
    fiscal_year: int,
    names: Names,
    control: Iterable[tuple[dt.date, Sequence[str]]] = (),
) -> Iterator[str]:
    """Yield the file line by line: head, accounts, entries, and each period's assertions.

    ``control``: the days and lines of the control ledger, in order of date; they stand among the
    vouchers by date, for no tool reads a file that goes back.
    """
    accounts = sorted({names.account(one.agency_code, one.account_code) for one in kept})
    yield from _head(accounts, fiscal_year, names.form)
    running: dict[tuple[str, str], int] = {}
    by_period: dict[int, list[Kept]] = {}
    for one in _asserted(kept):
        by_period.setdefault(one.period, []).append(one)
    waiting = sorted(by_period)
    vouchers = ((one.posting_date, tuple(_voucher(one, names))) for one in posted)
    for day, lines in heapq.merge(vouchers, control, key=lambda dated: dated[0]):
        while waiting and Period(fiscal_year=fiscal_year, period=waiting[0]).ends_on < day:
            yield from _assertions(by_period[waiting.pop(0)], running, fiscal_year, names)
        yield from lines
    for period in waiting:
        yield from _assertions(by_period[period], running, fiscal_year, names)


def asserted_in(period: int) -> int:
    """Return the period whose last day an entry is asserted on.

    The opening (0) is of January's first day and the closing (14) of the last of period 13, where
    no tool tells entries of one day apart.
    """
    return min(max(period, 1), ADJUSTMENT_PERIOD)


def _asserted(kept: Sequence[Kept]) -> list[Kept]:
    """Return one balance for each account and period that is asserted."""
    sums: dict[tuple[int, str, str], int] = {}
    for one in kept:
        key = (asserted_in(one.period), one.agency_code, one.account_code)
        sums[key] = sums.get(key, 0) + one.net_ntd
    return [
        Kept(agency_code=agency_code, account_code=account_code, period=period, net_ntd=net_ntd)
        for (period, agency_code, account_code), net_ntd in sums.items()
    ]


def _head(accounts: Sequence[str], fiscal_year: int, form: str) -> Iterator[str]:
    if form == "beancount":
        first = Period(fiscal_year=fiscal_year, period=1).begins_on
        yield from (f"{first} open {account} TWD" for account in accounts)
        return
    yield "commodity 1000. TWD" if form == "hledger" else "commodity TWD"
    yield from (f"account {account}" for account in accounts)


def _voucher(voucher: Posted, names: Names) -> Iterator[str]:
    memo = voucher.memo.replace("\n", " ").replace(";", "；").replace('"', "”").replace("|", "｜")
    yield ""
    if names.form == "beancount":
        yield f'{voucher.posting_date} * "{voucher.label} {memo}"'
    else:
        # A line of its own would be a comment of the first entry.
        yield f"{voucher.posting_date} * ({voucher.label}) {memo}  ; agency:{voucher.agency_code}"
    for entry in voucher.entries:
        account = names.account(voucher.agency_code, entry.account_code)
        yield f"    {account}  {entry.net_ntd} TWD"


def _assertions(
    kept: Sequence[Kept], running: dict[tuple[str, str], int], fiscal_year: int, names: Names
) -> Iterator[str]:
    day = Period(fiscal_year=fiscal_year, period=kept[0].period).ends_on
    for one in kept:
        key = (one.agency_code, one.account_code)
        running[key] = running.get(key, 0) + one.net_ntd
    if names.form == "beancount":
        # Beancount asserts what stands at the beginning of a day.
        for one in kept:
            account = names.account(one.agency_code, one.account_code)
            total_ntd = running[one.agency_code, one.account_code]
            yield f"{day + dt.timedelta(days=1)} balance {account}  {total_ntd} TWD"
        return
    yield ""
    yield f"{day} * balances kept for period {kept[0].period}"
    for one in kept:
        account = names.account(one.agency_code, one.account_code)
        yield f"    {account}  0 TWD = {running[one.agency_code, one.account_code]} TWD"
