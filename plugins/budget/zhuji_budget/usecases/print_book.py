"""Print a unit budget book (單位預算書) again from a workbook: its tables made of its line items.

Nothing is kept, and no county is needed. What no line item tells is taken over from the book.
"""

from __future__ import annotations

import datetime as dt

from zhuji_budget.domain.books.codes import object_pack
from zhuji_budget.domain.books.model import Problem
from zhuji_budget.domain.unit_book.edition import Edition, edition_of
from zhuji_budget.domain.unit_book.entered_reading import read_entered
from zhuji_budget.domain.unit_book.layout.whole import PARTS, sheets_of
from zhuji_budget.domain.unit_book.reading import Reading, printed_year, read_unit_book
from zhuji_budget.facts import (
    load_economic_packs,
    load_object_packs,
    load_schemes,
    shipped_codes,
)
from zhuji_budget.usecases.read_books import YEARS, BookFile, FiscalYearInvalid
from zhuji_core.booklets.model import Booklet
from zhuji_core.formats import format_date
from zhuji_core.spreadsheets import Workbook, read_workbook
from zhuji_core.values import N_, DomainError, Value

TAIPEI = dt.timezone(dt.timedelta(hours=8))


class BookUnreadable(DomainError):
    """Cells of the book cannot be read, so that what is made of it would be wrong."""

    code = "E-UNIT-BOOK"
    message = N_("單位預算書有 {count} 處無法讀取，未產生任何表。請先以 check-book 檢視並更正。")
    status_code = 422


class BookPartUnknown(DomainError):
    """No table of a unit book has this name."""

    code = "E-UNIT-PART"
    message = N_("單位預算書沒有「{part}」這個部分，可用：{known}。")
    status_code = 404


class ReadBook(Value, frozen=True, kw_only=True):
    """A workbook taken apart, with what it is made of beside its line items."""

    workbook: Workbook
    reading: Reading
    edition: Edition

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.reading.problems


def read_book(file: BookFile, *, fiscal_year: int | None = None) -> ReadBook:
    """Read one workbook; without ``fiscal_year`` it is of the year it prints.

    Raises FiscalYearInvalid, and what ``read_workbook`` refuses.
    """
    workbook = read_workbook(file.content, name=file.name)
    year = fiscal_year or printed_year(workbook.sheets) or 0
    if year not in YEARS:
        raise FiscalYearInvalid(fiscal_year=year)
    pack = object_pack(load_object_packs(), fiscal_year=year)
    reading = read_unit_book(
        file=file.name,
        sheets=workbook.sheets,
        fiscal_year=year,
        pack=pack,
        schemes=load_schemes(),
    )
    edition = edition_of(
        reading.book,
        objects=pack,
        economic=next(one for one in load_economic_packs() if one.name == pack.name),
        entered=read_entered(reading, workbook.sheets),
        codes=shipped_codes(),
    )
    return ReadBook(workbook=workbook, reading=reading, edition=edition)


def print_book(file: BookFile, *, fiscal_year: int | None = None) -> Edition:
    """Return the book to be printed; raise BookUnreadable too where a cell cannot be read."""
    found = read_book(file, fiscal_year=fiscal_year)
    if found.problems:
        raise BookUnreadable(count=len(found.problems))
    return found.edition


def booklet_of(
    edition: Edition, *, part: str = "", title: str, author: str, printed_at: dt.datetime
) -> Booklet:
    """Return the whole book, or one ``part`` of it; raise BookPartUnknown."""
    if part and part not in PARTS:
        raise BookPartUnknown(part=part, known="、".join(PARTS))
    local = printed_at.astimezone(TAIPEI)
    return Booklet(
        title=title,
        owner=edition.agency_name,
        sheets=sheets_of(edition, part=part),
        author=author,
        printed=f"{author}　{format_date(local.date())} {local:%H:%M}",
        mark=edition.mark,
        contents="" if part else "目次",
    )
