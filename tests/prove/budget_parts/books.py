"""All books of a city, imported whole: totals by agency and department equal to the books'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.prove.kernel_parts.tampering import opened_county
from tests.prove.tools.results import ROOT, PartResult, Table, must
from zhuji_budget.domain.books.model import AGENCY, DEPARTMENT
from zhuji_budget.domain.books.reading import read_book
from zhuji_budget.domain.reports.catalogue import report_named
from zhuji_budget.facts import load_schemes
from zhuji_budget.queries.reports.reading import read_report, report_filter
from zhuji_budget.usecases.import_books import import_reading
from zhuji_budget.usecases.read_books import BookFile, read_books
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder
from zhuji_core.values import Value

YEAR = 105
BOOKS, LINES, AGENCIES, DEPARTMENTS, TOTAL_NTD = 27, 782, 125, 25, 127_360_200_000


class Printed(Value, frozen=True, kw_only=True):
    """A sum as a book prints it: of a department (款) or an agency (項), this year's column.

    ``agencies`` are those below a department on its sheet: a sheet of one agency prints the
    department's row with that agency's sum.
    """

    file: str
    sheet: str
    cell: str
    code: str
    level: int
    amount_ntd: int
    agencies: frozenset[str] = frozenset()


class Told(Value, frozen=True, kw_only=True):
    """What the report of the page has: NT dollars by code, and each department's agencies."""

    total_ntd: int
    amounts: dict[str, int]
    agencies: dict[str, frozenset[str]]

    def of(self, one: Printed) -> int | None:
        """Return what the report has for the same agencies as a printed sum."""
        if not one.agencies:
            return self.amounts.get(one.code)
        return sum(self.amounts.get(code, 0) for code in one.agencies)

    def is_whole(self, one: Printed) -> bool:
        return one.level == DEPARTMENT and one.agencies == self.agencies.get(one.code)


def books(*, quick: bool) -> PartResult:
    """Import every book into a county and compare its report with every printed sum."""
    failures: list[str] = []
    printed = list(_printed())
    with opened_county() as county:
        _import(county)
        told = _told(county)
    for one in printed:
        must(
            failures,
            holds=told.of(one) == one.amount_ntd,
            say=f"{one.file} {one.sheet} {one.cell} {one.code}: {one.amount_ntd:,} printed, "
            f"{told.of(one) or 0:,} in the report",
        )
    whole = {one.code for one in printed if told.is_whole(one)}
    agencies = {one.code for one in printed if one.level == AGENCY}
    for code in sorted(told.agencies.keys() ^ whole):
        must(failures, holds=False, say=f"department {code} stands nowhere whole, or in no report")
    for code in sorted(agencies ^ frozenset[str]().union(*told.agencies.values())):
        must(failures, holds=False, say=f"agency {code} is in books or in the report alone")
    files = {one.file for one in printed}
    must(failures, holds=len(files) == BOOKS, say=f"{len(files)} of {BOOKS} books have sums")
    must(failures, holds=told.total_ntd == TOTAL_NTD, say=f"the city has {told.total_ntd:,}")
    must(failures, holds=len(whole) == DEPARTMENTS, say=f"{len(whole)} departments")
    must(failures, holds=len(agencies) == AGENCIES, say=f"{len(agencies)} agencies")
    return PartResult(
        part="books",
        title="27 books imported: totals by agency and department equal to the books",
        checked=len(printed),
        failures=tuple(failures),
        tables=(
            Table(
                heads=("what", "count"),
                rows=(
                    ("books", f"{len(files):,}"),
                    ("printed sums of departments", f"{_of(printed, DEPARTMENT):,}"),
                    ("printed sums of agencies", f"{_of(printed, AGENCY):,}"),
                    ("of these on sheets of some of its agencies", f"{_parts(printed, told):,}"),
                    ("departments, each printed whole at least once", f"{len(whole):,}"),
                    ("agencies, each once", f"{len(agencies):,}"),
                    ("NT$ of the city", f"{told.total_ntd:,}"),
                    ("sums that differ", f"{len(failures):,}"),
                ),
            ),
        ),
    )


def _of(printed: list[Printed], level: int) -> int:
    return sum(one.level == level for one in printed)


def _parts(printed: list[Printed], told: Told) -> int:
    return sum(one.level == DEPARTMENT and not told.is_whole(one) for one in printed)


def _contents() -> list[BookFile]:
    folder = shared_folder(ROOT) / "data" / "taichung-105" / "books"
    return [
        BookFile(name=path.name, content=path.read_bytes()) for path in sorted(folder.iterdir())
    ]


def _import(county: CountyUnderTest) -> None:
    reading = read_books(_contents(), fiscal_year=YEAR)
    reading.require_consistent()
    with county.uow() as uow:
        import_reading(uow, reading)


def _told(county: CountyUnderTest) -> Told:
    report = report_named("agencies")
    with county.uow(read_only=True) as uow:
        wanted = report_filter(uow, report, fiscal_year=YEAR, depth=2)
        found = read_report(uow, report, wanted, whole=True)
    agencies: defaultdict[str, set[str]] = defaultdict(set)
    for row in found.rows:
        agencies[row.keys[0]].update(row.keys[1:])
    return Told(
        total_ntd=found.total["budget_ntd"] or 0,
        amounts={row.keys[-1]: row.figures["budget_ntd"] or 0 for row in found.rows},
        agencies={code: frozenset(codes) for code, codes in agencies.items()},
    )


def _printed() -> Iterator[Printed]:
    """Give the sums as they stand in the files, read again and by themselves."""
    schemes = load_schemes()
    for file in _contents():
        sheets = read_workbook(file.content, name=file.name).sheets
        book = read_book(file=file.name, sheets=sheets, fiscal_year=YEAR, schemes=schemes)
        for sheet in book.sheets:
            below: defaultdict[int, set[str]] = defaultdict(set)
            for row in sheet.rows:
                if row.level == AGENCY and row.parent is not None:
                    below[row.parent].add(row.code)
            for at, row in enumerate(sheet.rows):
                if row.level in {DEPARTMENT, AGENCY} and row.code:
                    yield Printed(
                        file=file.name,
                        sheet=sheet.name,
                        cell=row.cells.get("this_year_ntd", ""),
                        code=row.code,
                        level=row.level,
                        amount_ntd=row.amounts.this_year_ntd,
                        agencies=frozenset(below[at]),
                    )
