"""A book (帳簿) or statement (會計報表) as data: its columns, and what it is asked by. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from zhuji_accounting.domain.books.refusals import (
    BookAgency,
    BookMonths,
    BookOfFuture,
    BookWhose,
)
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD
from zhuji_accounting.domain.request import Period
from zhuji_core.formats import ROC_OFFSET
from zhuji_core.reports.sheet import SheetColumn
from zhuji_core.values import Value

# Which entries of a row of the budget: those of spending, of contracts, of revenue, of what was
# paid in to the treasury. Of a row of former years: what was carried over, what is owed.
PARTS = ("", "realised", "contract", "collected", "remitted", "carried", "owed")
# What one answer holds; a file holds more.
PAGE_ROWS, EXPORT_ROWS = 100, 100_000


class Book(Value, frozen=True, kw_only=True):
    """One book.

    ``of_agency``: it is of one agency; the others add up all that the reader may read.
    ``by_account``, ``by_subsidiary``, ``by_row``: it is opened for an account, for one whose ledger
    it is, or for a row of the budget; ``by_day``: for a day.
    ``ranged``: it has a first month; the others tell from the year's beginning. ``needs``: what it
    cannot do without, so that it is no choice of the list of books but is opened from another one.
    """

    name: str
    title: str
    about: str
    columns: tuple[SheetColumn, ...]
    of_agency: bool = False
    by_account: bool = False
    by_subsidiary: bool = False
    by_row: bool = False
    by_day: bool = False
    ranged: bool = False
    needs: tuple[str, ...] = ()


class BookFilter(Value, frozen=True, kw_only=True):
    """What is shown of a book: months ``first`` to ``period`` (13: 整理期間) of a fiscal year.

    ``row_id`` is a row of the budget, ``part`` which of its entries (``PARTS``), ``day`` an ISO
    date. ``after`` is what the page comes after, as ``Sheet.next`` of the page before says it.
    """

    fiscal_year: int
    period: int
    first: int = 1
    agency_code: str = ""
    account_code: str = ""
    subsidiary_kind: str = ""
    subsidiary_key: str = ""
    row_id: str = ""
    part: str = ""
    day: str = ""
    after: str = ""
    limit: int = PAGE_ROWS

    @property
    def since(self) -> dt.date:
        """Return the first day of the first month."""
        return Period(fiscal_year=self.fiscal_year, period=self.first).begins_on

    @property
    def until(self) -> dt.date:
        """Return the last day of the last month."""
        return Period(fiscal_year=self.fiscal_year, period=self.period).ends_on


def require_book(book: Book, wanted: BookFilter, *, today: dt.date) -> None:
    """Raise BookMonths, BookOfFuture, BookAgency or BookWhose where there is nothing to show."""
    if not 1 <= wanted.first <= wanted.period <= ADJUSTMENT_PERIOD:
        raise BookMonths(first=wanted.first, period=wanted.period)
    require_begun(book.title, wanted.fiscal_year, wanted.period, today=today)
    if book.of_agency and not wanted.agency_code:
        raise BookAgency(title=book.title)
    if not all(getattr(wanted, name) for name in book.needs) or not (
        _is_id(wanted.row_id) and _is_day(wanted.day)
    ):
        raise BookWhose(title=book.title)


def _is_id(text: str) -> bool:
    """Tell whether the text names a row of the budget, or none."""
    try:
        return not text or bool(uuid.UUID(text))
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    """Tell whether the text is an ISO date, or none."""
    try:
        return not text or bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def require_begun(title: str, fiscal_year: int, period: int, *, today: dt.date) -> None:
    """Raise BookOfFuture: there is no book of a month that has not begun."""
    begins = Period(fiscal_year=fiscal_year, period=period).begins_on
    if begins > today:
        raise BookOfFuture(
            title=title,
            fiscal_year=fiscal_year,
            period=period,
            begins=str(begins),
            today=str(today),
        )


def usual_period(fiscal_year: int, *, today: dt.date) -> int:
    """Return the month that is shown when nobody asks for one: of today, or the year's last."""
    return today.month if today.year - ROC_OFFSET == fiscal_year else 12


def path_of(name: str, wanted: BookFilter, **changes: str | int) -> str:
    """Return the path of a book's page below the county, with ``changes``."""
    fields: Mapping[str, str | int] = {
        "fiscal_year": wanted.fiscal_year,
        "first": wanted.first if wanted.first > 1 else "",
        "period": wanted.period,
        "agency_code": wanted.agency_code,
        "account_code": wanted.account_code,
        "kind": wanted.subsidiary_kind,
        "key": wanted.subsidiary_key,
        "row": wanted.row_id,
        "part": wanted.part,
        "day": wanted.day,
        **changes,
    }
    query = urlencode({field: value for field, value in fields.items() if value != ""})
    return f"accounting/books/{name}?{query}"
