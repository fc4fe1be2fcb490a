"""Which table of the golden quarter is compared with which report, and what is still owed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.golden import figures, reports
from tests.golden.comparison import Compared, compare
from tests.golden.journal import G9
from tests.golden.replay import Replay
from tests.golden.reports import WAYS, Books

# The columns of the reports that hold the columns of the figures, in their order.
G1_NAMES = (
    "enacted_ntd", "virement_ntd", "reserve_ntd", "budget_ntd", "allotted_ntd",
    "month_realised_ntd", "realised_ntd", "advanced_ntd", "encumbered_ntd", "contract_ntd",
    "balance_ntd", "unallotted_ntd", "execution_bp",
)  # fmt: skip
G2_NAMES = (
    "budget_ntd", "allotted_ntd", "month_ntd", "collected_ntd", "remitted_ntd", "open_ntd",
)  # fmt: skip
G10_NAMES = (
    "budget_ntd", "expended_ntd", "advanced_ntd", "encumbered_ntd", "annual_ntd",
    "payable_now_ntd",
)  # fmt: skip
JOURNAL_COLUMNS = ("day", "memo", "debits", "credits")
REFUSED_COLUMNS = ("amount", "limit", "code")
HELD_COLUMNS = ("amount", "before", "after")


def compared(replay: Replay) -> Iterator[Compared]:
    """Compare every table by every way in which its report is given."""
    yield _refused(replay)
    yield _held(replay)
    for way in WAYS:
        yield from _of_statements(Books(replay, way, last_month=figures.LAST_MONTH))
        yield from _of_books(Books(replay, way, last_month=figures.LAST_MONTH))


def _of_statements(books: Books) -> Iterator[Compared]:
    way = books.way
    for table, name, expected, columns in (
        ("G1", "expenditure", figures.G1, G1_NAMES),
        ("G2", "revenue", figures.G2, G2_NAMES),
        ("G10", "annual-balance", figures.G10, G10_NAMES),
    ):
        found = reports.budget_figures(books, name, columns, total=table != "G10")
        yield compare(table, way, expected=expected, found=found, columns=columns)
    for table, name, words in (
        ("G1", "expenditure", figures.G1_WORDS),
        ("G2", "revenue", figures.G2_WORDS),
    ):
        told = reports.budget_words(books, name)
        spoken = [f"word {number}" for number in range(len(next(iter(words.values()))))]
        yield compare(table, way, expected=words, found=told, columns=spoken)


def _of_books(books: Books) -> Iterator[Compared]:
    way = books.way
    yield compare(
        "G3", way, expected=figures.G3, found=reports.trial_balance(books),
        columns=figures.G3_COLUMNS,
    )  # fmt: skip
    for side, expected in (("asset", figures.G4_ASSETS), ("claim", figures.G4_CLAIMS)):
        found = reports.balance_sheet(books, side)
        yield compare("G4", way, expected=expected, found=found, columns=("amount",))
    yield _cash(books)
    yield compare(
        "G6", way, expected=figures.G6, found=reports.treasury_by_day(books),
        columns=figures.G6_COLUMNS,
    )  # fmt: skip
    vouchers: dict[str, tuple[Any, ...]] = {one.number: one[1:] for one in G9}
    yield compare(
        "G9", way, expected=vouchers, found=reports.journal(books), columns=JOURNAL_COLUMNS
    )


def _cash(books: Books) -> Compared:
    found = reports.cash_by_month(books)
    return compare("G5", books.way, expected=figures.G5, found=found, columns=figures.G5_COLUMNS)


def compared_elsewhere(replay: Replay) -> Iterator[Compared]:
    """Compare what is the same in every government, whatever its codes, chart and basis."""
    yield _refused(replay, asked=[one for one in figures.G7 if one.what != "REQ02"])
    for way in (reports.API, reports.ODS):
        books = Books(replay, way, last_month=figures.LAST_MONTH)
        yield from _of_statements(books)
        yield _cash(books)


def _refused(replay: Replay, *, asked: Sequence[figures.Refused] = figures.G7) -> Compared:
    expected, found = (
        {f"{one.day} {one.what} {one.where}": one[3:] for one in rows}
        for rows in (asked, replay.refused)
    )
    return compare("G7", reports.API, expected=expected, found=found, columns=REFUSED_COLUMNS)


def _held(replay: Replay) -> Compared:
    expected, found = (
        {f"{one.day} {one.what} {one.where}": one[3:] for one in rows}
        for rows in (figures.G8, replay.held)
    )
    return compare("G8", reports.API, expected=expected, found=found, columns=HELD_COLUMNS)


def unexpected(found: Sequence[Compared]) -> list[str]:
    """Return the rows that differ."""
    return [f"{one.table} {one.way} {row}" for one in found for row in one.rows]
