"""Check a unit budget book (單位預算書): make its statutory tables from its line items and compare.

Nothing is kept: a book is checked before it is handed in, and needs no county.
"""

from __future__ import annotations

from zhuji_budget.domain.books.codes import object_pack
from zhuji_budget.domain.books.model import Problem
from zhuji_budget.domain.unit_book.check import Checker, Packs
from zhuji_budget.domain.unit_book.reading import printed_year, read_unit_book
from zhuji_budget.domain.unit_book.table import SheetCheck
from zhuji_budget.facts import load_economic_packs, load_object_packs, load_schemes
from zhuji_budget.usecases.read_books import YEARS, BookFile, FiscalYearInvalid
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.values import Value


class BookCheck(Value, frozen=True, kw_only=True):
    """Every sheet of a book with its cells compared and equal, and what could not be read.

    ``items`` and ``total_ntd`` are the line items of expenditure and their sum in NT dollars.
    """

    file: str
    fiscal_year: int
    items: int
    total_ntd: int
    compared: int
    equal: int
    sheets: tuple[SheetCheck, ...]
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Tell whether something was compared, all of it equal, and everything was read."""
        return self.compared > 0 and self.compared == self.equal and not self.problems


def check_book(file: BookFile, *, fiscal_year: int | None = None) -> BookCheck:
    """Return the check of one workbook; without ``fiscal_year`` it is of the year it prints.

    Raises FiscalYearInvalid, and what ``read_workbook`` refuses (no spreadsheet, too large,
    encrypted, a bomb); what a readable book holds is in ``problems`` and ``differences``.
    """
    workbook = read_workbook(file.content, name=file.name)
    year = fiscal_year or printed_year(workbook.sheets) or 0
    if year not in YEARS:
        raise FiscalYearInvalid(fiscal_year=year)
    pack = object_pack(load_object_packs(), fiscal_year=year)
    economic = next(one for one in load_economic_packs() if one.name == pack.name)
    reading = read_unit_book(
        file=file.name,
        sheets=workbook.sheets,
        fiscal_year=year,
        pack=pack,
        schemes=load_schemes(),
    )
    checker = Checker(reading, workbook.sheets, Packs(objects=pack, economic=economic))
    sheets = tuple(checker.checks())
    return BookCheck(
        file=file.name,
        fiscal_year=year,
        items=sum(1 for _ in reading.book.items()),
        total_ntd=reading.book.total_ntd(lambda _item: True),
        compared=sum(sheet.compared for sheet in sheets),
        equal=sum(sheet.equal for sheet in sheets),
        sheets=sheets,
        problems=(*reading.problems, *checker.unclassed()),
    )
