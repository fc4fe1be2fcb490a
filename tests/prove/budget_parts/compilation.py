"""Figures of all governments for the year 102, loaded as enacted totals; official sums compared."""

from __future__ import annotations

from collections.abc import Iterator

from tests.prove.budget_parts.compilation_tables import (
    GROUPS,
    TOTAL,
    Compilation,
    Item,
    read_compilation,
)
from tests.prove.kernel_parts.tampering import opened_county
from tests.prove.tools.results import ROOT, PartResult, Table, must
from zhuji_budget.domain.books.control import ControlledLine, ControlRow
from zhuji_budget.domain.reports.catalogue import AGENCY, report_named
from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.queries.reports.reading import read_report, report_filter
from zhuji_budget.store import books, years
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder
from zhuji_core.values import Value

YEAR, GOVERNMENTS = 102, 22
# As README.md of the data says: what Taichung and all governments have for the year.
KNOWN_NTD = {"臺中市": 107_556_315_000, TOTAL: 1_026_198_748_000}
ACCOUNTS = ("current", "capital")
REVENUE = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd, enacted_ntd)
    VALUES (gen_random_uuid(), :year, :agency, :agency_name, :code, :name, :source, :source_name,
            'current', :ntd, :ntd)
"""


class Sums(Value, frozen=True, kw_only=True):
    """What the reports have, by government and by (item, government), in NT dollars."""

    total_ntd: int
    current_ntd: int
    capital_ntd: int
    by_item: dict[tuple[str, str], int]

    def of(self, government: str) -> int:
        return sum(ntd for (_, name), ntd in self.by_item.items() if name == government)


class Tally:
    """Counts comparisons; a printed sum that its own cells do not make is an exception."""

    def __init__(self) -> None:
        self.checked = 0
        self.failures: list[str] = []
        self.exceptions: list[tuple[str, ...]] = []

    def loaded(self, what: str, told: int, cell: int) -> None:
        """A cell that was loaded has to come back from the report."""
        self.checked += 1
        must(self.failures, holds=told == cell, say=f"{what}: {told:,} told, {cell:,} loaded")

    def printed(self, what: str, made: int, printed: int) -> None:
        """Compare a sum as printed with the report's."""
        self.checked += 1
        if made != printed:
            row = (what, f"{printed:,}", f"{made:,}", f"{made - printed:,}")
            self.exceptions.append(row)


def compilation(*, quick: bool) -> PartResult:
    """Load expenditure and revenue of 22 governments and compare every sum that is printed."""
    spent, taken = _table("歲出政事別"), _table("歲入來源別")
    tally = Tally()
    for table in (spent, taken):
        must(
            tally.failures,
            holds=len(table.governments) == GOVERNMENTS,
            say=f"{len(table.governments)} governments of {GOVERNMENTS}",
        )
    with opened_county() as county:
        _load(county, spent)
        _load_revenue(county, taken)
        expenditure, revenue = _told(county, "functions"), _told(county, "revenue-sources")
    _compare("歲出", spent, expenditure, tally, sections=ACCOUNTS)
    _compare("歲入", taken, revenue, tally, sections=("both",))
    for account, told in zip(
        ACCOUNTS, (expenditure.current_ntd, expenditure.capital_ntd), strict=True
    ):
        tally.printed(f"歲出 {account} {TOTAL}", told, spent.of(account, TOTAL, spent.total_column))
    for name, ntd in KNOWN_NTD.items():
        told = expenditure.total_ntd if name == TOTAL else expenditure.of(name)
        must(tally.failures, holds=told == ntd, say=f"{name} spends {told:,}, not {ntd:,}")
    return _result(tally, expenditure, revenue, spent)


def _result(tally: Tally, spent: Sums, taken: Sums, table: Compilation) -> PartResult:
    return PartResult(
        part="compilation",
        title="ROC 102: 22 governments by function and source, against the official totals",
        checked=tally.checked,
        failures=tuple(tally.failures),
        tables=(
            Table(
                heads=("what", ""),
                rows=(
                    ("governments", f"{len(table.governments):,}"),
                    ("NT$ of expenditure of all governments", f"{spent.total_ntd:,}"),
                    ("of these of Taichung", f"{spent.of('臺中市'):,}"),
                    ("NT$ of revenue of all governments", f"{taken.total_ntd:,}"),
                    ("cells and sums compared", f"{tally.checked:,}"),
                    ("equal", f"{tally.checked - len(tally.exceptions):,}"),
                    ("printed sums that their own cells do not make", f"{len(tally.exceptions):,}"),
                ),
            ),
            Table(
                heads=("exception", "printed", "sum of its cells", "difference"),
                rows=tuple(tally.exceptions) or (("none", "", "", ""),),
            ),
        ),
    )


def _table(name: str) -> Compilation:
    folder = shared_folder(ROOT) / "data" / "dgbas-compilation"
    (path,) = folder.glob(f"{YEAR}年度*_{name}預算總表.xls")
    return read_compilation(path)


def _compare(
    title: str, table: Compilation, sums: Sums, tally: Tally, *, sections: tuple[str, ...]
) -> None:
    for government in table.governments:
        for item in table.leaves:
            cell = sum(table.of(section, government, item.column) for section in sections)
            told = sums.by_item.get((item.code, government), 0)
            tally.loaded(f"{title} {government} {item.name}", told, cell)
            both = table.of("both", government, item.column)
            tally.printed(f"{title} {government} {item.name} 經資門併計", told, both)
        for kind in table.kinds:
            made = _made(table, kind, sums, government)
            printed = table.of("both", government, kind.column)
            tally.printed(f"{title} {government} {kind.name}", made, printed)
        printed = table.of("both", government, table.total_column)
        tally.printed(f"{title} {government} 合計", sums.of(government), printed)
    for item in table.items:
        made = sum(_made(table, item, sums, name) for name in table.governments)
        tally.printed(f"{title} {TOTAL} {item.name}", made, table.of("both", TOTAL, item.column))
    tally.printed(
        f"{title} {TOTAL} 合計", sums.total_ntd, table.of("both", TOTAL, table.total_column)
    )
    groups = sum(table.of("both", group, table.total_column) for group in GROUPS)
    tally.printed(f"{title} {'＋'.join(GROUPS)}", sums.total_ntd, groups)


def _made(table: Compilation, item: Item, sums: Sums, government: str) -> int:
    parts = (item,) if item.leaf else table.leaves_of(item)
    return sum(sums.by_item.get((part.code, government), 0) for part in parts)


def _load(county: CountyUnderTest, table: Compilation) -> None:
    """Keep the cells as lines of a bill, one for government × function × account; enact it."""
    with county.uow() as uow:
        years.open_year(uow, fiscal_year=YEAR)
        year = years.lock(uow, fiscal_year=YEAR)
        assert year is not None, "it was opened above"
        books.keep_lines(uow, list(_lines(table)), fiscal_year=YEAR, sources={})
        uow.audit(IMPORT_BOOK.name, year.document)
    with county.uow() as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="102 年度直轄市及縣市總預算彙編")


def _lines(table: Compilation) -> Iterator[ControlledLine]:
    for number, government in enumerate(table.governments, start=1):
        for item in table.leaves:
            for account in ACCOUNTS:
                ntd = table.of(account, government, item.column)
                if ntd:
                    yield _line(item, government, number, account, ntd)


def _line(item: Item, government: str, number: int, account: str, ntd: int) -> ControlledLine:
    code = f"{item.code:0<4}{number:02}{ACCOUNTS.index(account)}"
    row = ControlRow(
        control_row_id=new_id(), object_code="", object_name="", account=account, bill_ntd=ntd
    )
    return ControlledLine(
        line_id=new_id(),
        code=code,
        name=item.name,
        agency_code=f"{number:02}",
        agency_name=government,
        department_code=f"{number:02}",
        department_name=government,
        plan_code="",
        plan_name="",
        bill_ntd=ntd,
        last_year_ntd=None,
        function_code=item.code,
        rows=(row,),
    )


def _load_revenue(county: CountyUnderTest, table: Compilation) -> None:
    """Write rows of revenue as enacted: revenue of governments has no document of its own here."""
    for number, government in enumerate(table.governments, start=1):
        for item in table.leaves:
            ntd = table.of("both", government, item.column)
            if ntd:
                county.execute(
                    REVENUE, year=YEAR, agency=f"{number:02}", agency_name=government,
                    code=f"{item.code:0<4}{number:02}", name=item.name, source=item.code,
                    source_name=item.name, ntd=ntd,
                )  # fmt: skip


def _told(county: CountyUnderTest, name: str) -> Sums:
    """Read the report of the page, by item and government."""
    report = report_named(name)
    depth = report.dimensions.index(AGENCY) + 1
    with county.uow(read_only=True) as uow:
        wanted = report_filter(uow, report, fiscal_year=YEAR, depth=depth)
        found = read_report(uow, report, wanted, whole=True)
    return Sums(
        total_ntd=found.total["budget_ntd"] or 0,
        current_ntd=found.total.get("current_ntd") or 0,
        capital_ntd=found.total.get("capital_ntd") or 0,
        by_item={
            (row.keys[depth - 2], row.label): row.figures["budget_ntd"] or 0
            for row in found.rows
            if len(row.keys) == depth
        },
    )
