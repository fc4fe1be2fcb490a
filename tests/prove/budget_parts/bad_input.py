"""Faults planted one by one in real books: each is named by sheet and cell, nothing is kept."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import xlsxwriter  # type: ignore[import-untyped]

from tests.plugins.budget.books.conftest import Press
from tests.prove.kernel_parts.tampering import opened_county
from tests.prove.tools.results import ROOT, PartResult, Table, must
from zhuji_budget.domain.books.model import BookSheet, Problem, Row
from zhuji_budget.domain.books.reading import read_book
from zhuji_budget.facts import load_schemes
from zhuji_budget.usecases.import_books import import_reading
from zhuji_budget.usecases.read_books import BookFile, BooksInconsistent, Reading, read_books
from zhuji_core.spreadsheets import Sheet, read_workbook
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder
from zhuji_core.values import Value

SEED = 1050
TRIALS, TRIALS_QUICK = 2_000, 60
TRIED_IN_A_COUNTY = 20  # one fault of so many is also sent to a county, which keeps nothing
AMOUNT = "this_year_ntd"
KEPT = """
    SELECT (SELECT count(*) FROM budget.budget_line) + (SELECT count(*) FROM budget.control_row)
         + (SELECT count(*) FROM budget.fiscal_year) + (SELECT count(*) FROM budget.book)
         + (SELECT count(*) FROM kernel.agency) + (SELECT count(*) FROM kernel.audit_entry)
"""


class Source(Value, frozen=True, kw_only=True):
    """A book without a fault: its sheets as cells, and the rows that may be spoiled."""

    name: str
    fiscal_year: int
    sheets: tuple[Sheet, ...]
    spots: tuple[tuple[BookSheet, Row], ...]


class Planted(Value, frozen=True, kw_only=True):
    """What was put where, and how it has to be named."""

    cell: str
    value: object
    code: str
    named_at: str


Plant = Callable[[BookSheet, Row, random.Random], Planted | None]


def bad_input(*, quick: bool) -> PartResult:
    """Plant one fault at a time, read the whole workbook again, and look for its cell."""
    drawn = random.Random(SEED)  # noqa: S311 (a repeatable proof, no secret)
    sources = [source for source in _sources() if source.spots]
    failures: list[str] = []
    found: Counter[str] = Counter()
    sent = 0
    with opened_county() as county:
        for number in range(TRIALS_QUICK if quick else TRIALS):
            kind = list(PLANTS)[number % len(PLANTS)]
            source, sheet, planted = _draw(sources, PLANTS[kind], drawn)
            reading = _read(source, sheet, planted)
            where = f"{kind} {source.name} {sheet.name} {planted.cell}: {planted.value!r}"
            must(failures, holds=_is_named(reading, sheet, planted), say=f"not named: {where}")
            found[kind] += 1
            if number % TRIED_IN_A_COUNTY == 0:
                sent += 1
                must(failures, holds=_keeps_nothing(county, reading), say=f"kept: {where}")
            if number % 100 == 0:
                print(f"  bad-input: {number:,} faults")
    return PartResult(
        part="bad-input",
        title="faults planted in real books: each is named by its cell",
        checked=sum(found.values()) + sent,
        failures=tuple(failures),
        tables=(
            Table(
                heads=("fault", "planted and named"),
                rows=tuple((kind, f"{found[kind]:,}") for kind in PLANTS),
            ),
            Table(
                heads=("what", ""),
                rows=(
                    ("books, as written by governments and by the tests", f"{len(sources):,}"),
                    ("rows that a fault was drawn from", f"{_rows(sources):,}"),
                    ("sent to a county, which kept nothing", f"{sent:,}"),
                ),
            ),
        ),
        seed=SEED,
    )


def _rows(sources: Sequence[Source]) -> int:
    return sum(len(source.spots) for source in sources)


def _sources() -> Iterator[Source]:
    """Yield the books of the city, and two of governments that the tests make up."""
    folder = shared_folder(ROOT) / "data" / "taichung-105" / "books"
    for path in sorted(folder.iterdir()):
        yield _source(path.name, read_workbook(path).sheets)
    press = Press()
    yield _source("十碼.xlsx", read_workbook(press.workbook({"歲出": press.body()})).sheets)


def _source(name: str, sheets: Sequence[Sheet], *, fiscal_year: int = 105) -> Source:
    book = read_book(file=name, sheets=sheets, fiscal_year=fiscal_year, schemes=load_schemes())
    return Source(
        name=name,
        fiscal_year=fiscal_year,
        sheets=tuple(sheets),
        spots=tuple((sheet, row) for sheet in book.sheets for row in sheet.rows),
    )


def _draw(
    sources: Sequence[Source], plant: Plant, drawn: random.Random
) -> tuple[Source, BookSheet, Planted]:
    while True:
        source = drawn.choice(sources)
        sheet, row = drawn.choice(source.spots)
        planted = plant(sheet, row, drawn)
        if planted is not None:
            return source, sheet, planted


# --- what a clerk may do to a book -----------------------------------------------------------


def _word(_sheet: BookSheet, row: Row, drawn: random.Random) -> Planted | None:
    return _amount(row, drawn.choice(["約一千", "同上年度", "12O0", "1.2.3", "見附表"]))


def _decimals(_sheet: BookSheet, row: Row, drawn: random.Random) -> Planted | None:
    """Less than a dollar, whatever the unit."""
    return _amount(row, f"{drawn.randrange(1, 9_999)}.00001", code="E-BOOK-DECIMAL")


def _formula(_sheet: BookSheet, row: Row, drawn: random.Random) -> Planted | None:
    error = drawn.choice(["#REF!", "#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "#NUM!"])
    return _amount(row, f"=A1→{error}", code="E-BOOK-FORMULA")


def _negative(_sheet: BookSheet, row: Row, drawn: random.Random) -> Planted | None:
    return _amount(row, -drawn.randrange(1, 10**6), code="E-BOOK-NEGATIVE")


def _one_more(sheet: BookSheet, row: Row, _drawn: random.Random) -> Planted | None:
    """An amount that is no longer its superior's share: the superior's cell is named."""
    if row.parent is None:
        return None
    amount = row.amounts.this_year_ntd // sheet.unit_ntd + 1
    above = sheet.rows[row.parent]
    return _amount(row, amount, code="E-BOOK-SUM", named_at=above.cells[AMOUNT])


def _code_cut(_sheet: BookSheet, row: Row, _drawn: random.Random) -> Planted:
    return _code(row, row.code[:-1], "E-BOOK-CODE-LENGTH")


def _code_lost(_sheet: BookSheet, row: Row, _drawn: random.Random) -> Planted:
    return _code(row, "", "E-BOOK-CODE-MISSING")


def _code_taken(sheet: BookSheet, row: Row, drawn: random.Random) -> Planted | None:
    """The code of an account above it, of the same level and with another name."""
    at = sheet.rows.index(row)
    above = [
        other
        for other in sheet.rows[:at]
        if other.level == row.level and not _alike(other.name, row.name)
    ]
    return _code(row, drawn.choice(above).code, "E-BOOK-TWICE") if above else None


def _alike(one: str, other: str) -> bool:
    """A name that begins with the other is taken for the same, cut by the end of a page."""
    return one.startswith(other) or other.startswith(one)


def _amount(row: Row, value: object, *, code: str = "E-BOOK-AMOUNT", named_at: str = "") -> Planted:
    cell = row.cells[AMOUNT]
    return Planted(cell=cell, value=value, code=code, named_at=named_at or cell)


def _code(row: Row, number: str, code: str) -> Planted:
    cell = row.cells["code"]
    return Planted(cell=cell, value=f"{number}\n{row.name}", code=code, named_at=cell)


PLANTS: Mapping[str, Plant] = {
    "a word instead of an amount": _word,
    "parts of a dollar": _decimals,
    "a formula with an error": _formula,
    "a negative budget": _negative,
    "an amount that does not add up": _one_more,
    "a code of another length": _code_cut,
    "no code": _code_lost,
    "another account's code": _code_taken,
}


# --- read and look ---------------------------------------------------------------------------


def _read(source: Source, spoiled: BookSheet, planted: Planted) -> Reading:
    """Write the workbook anew with one cell changed, and read it as an upload is read."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    for sheet in source.sheets:
        written = book.add_worksheet(sheet.name)
        for number, cells in enumerate(sheet.rows):
            for column, value in enumerate(cells):
                if value != "":
                    _write(written, number, column, value)
        if sheet.name == spoiled.name:
            _write(written, *_numbers(planted.cell), planted.value)
    book.close()
    file = BookFile(name=source.name, content=out.getvalue())
    return read_books([file], fiscal_year=source.fiscal_year)


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object) -> None:
    if isinstance(value, str) and "→" in value:
        formula, _, error = value.partition("→")
        sheet.write_formula(row, column, formula, None, error)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write(row, column, value)


def _numbers(cell: str) -> tuple[int, int]:
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(cell[len(letters) :]) - 1, column - 1


def _is_named(reading: Reading, sheet: BookSheet, planted: Planted) -> bool:
    return any(_matches(error, sheet, planted) for error in reading.errors)


def _matches(error: Problem, sheet: BookSheet, planted: Planted) -> bool:
    place = error.place
    return (error.code, place.sheet, place.cell) == (planted.code, sheet.name, planted.named_at)


def _keeps_nothing(county: CountyUnderTest, reading: Reading) -> bool:
    before = county.rows(KEPT)[0][0]
    try:
        with county.uow() as uow:
            import_reading(uow, reading)
    except BooksInconsistent:
        return bool(county.rows(KEPT)[0][0] == before)
    return False
