"""The unit budget of Taichung's RDEC, fiscal year 105: every table made again from its items."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from zhuji_budget.domain.books.codes import object_pack
from zhuji_budget.domain.unit_book.check import Checker, Packs
from zhuji_budget.domain.unit_book.reading import read_unit_book
from zhuji_budget.facts import load_economic_packs, load_object_packs, load_schemes
from zhuji_budget.usecases.check_book import BookCheck, check_book
from zhuji_budget.usecases.read_books import BookFile
from zhuji_core.cli import group
from zhuji_core.spreadsheets import Sheet, Workbook, read_workbook
from zhuji_core.testing.plugin import shared_folder

pytestmark = pytest.mark.needs("shared")

# Permanent staff, driver and workers: the book splits overtime and insurance among them
# otherwise than its own line items, in a few dollars; the columns' sums agree.
FAULTS_OF_THE_BOOK = {
    "34人事費彙計表": {"V9", "AE9", "V10", "AE10", "V12", "AC12", "AE12", "V13", "AC13", "AE13"},
    "35人事費分析表": {"U9", "AD9", "U10", "AD10", "U12", "AA12", "AD12", "U13", "AA13", "AD13"},
}
WHOLLY_DERIVED = ("32歲出用途別科目分析表", "33資本支出分析表", "45-46歲出職能及經濟性綜合分類表")


@pytest.fixture(scope="module")
def path(pytestconfig: pytest.Config) -> Path:
    folder = shared_folder(pytestconfig.rootpath) / "data" / "taichung-105" / "books"
    return folder / "研考會-歲出機關別預算表.xls"


@pytest.fixture(scope="module")
def workbook(path: Path) -> Workbook:
    return read_workbook(path.read_bytes(), name=path.name)


@pytest.fixture(scope="module")
def found(path: Path) -> BookCheck:
    return check_book(BookFile(name=path.name, content=path.read_bytes()))


def checker(workbook: Workbook) -> Checker:
    pack = object_pack(load_object_packs(), fiscal_year=105)
    economic = next(one for one in load_economic_packs() if one.name == pack.name)
    reading = read_unit_book(
        file=workbook.name,
        sheets=workbook.sheets,
        fiscal_year=105,
        pack=pack,
        schemes=load_schemes(),
    )
    return Checker(reading, workbook.sheets, Packs(objects=pack, economic=economic))


def test_all_of_it_is_read(found: BookCheck) -> None:
    assert found.fiscal_year == 105
    assert found.items == 202
    assert found.total_ntd == 146_999_000
    assert found.problems == ()
    assert len(found.sheets) == 25
    assert [sheet.sheet for sheet in found.sheets if sheet.compared == 0] == []


def test_every_sheet_is_equal_but_for_the_faults_of_the_book(found: BookCheck) -> None:
    assert (found.compared, found.equal) == (786, 766)
    differing = {
        sheet.sheet: {one.cell for one in sheet.differences}
        for sheet in found.sheets
        if sheet.differences
    }
    assert differing == FAULTS_OF_THE_BOOK


def test_what_no_item_tells_is_named(found: BookCheck) -> None:
    names = {name for sheet in found.sheets for name in sheet.not_derivable}
    assert any("預算員額" in name for name in names)
    assert any("車輛數" in name for name in names)


@pytest.mark.parametrize("name", WHOLLY_DERIVED)
def test_every_changed_amount_is_found(workbook: Workbook, name: str) -> None:
    untouched = checker(workbook)
    sheet = next(sheet for sheet in workbook.sheets if sheet.name == name)
    cells = [
        (row, column)
        for row, values in enumerate(sheet.rows)
        for column, value in enumerate(values)
        if isinstance(value, float)
    ]
    assert len(cells) > 10
    missed = [cell for cell in cells if not _notices(untouched, _changed(sheet, *cell))]
    assert missed == []


def _changed(sheet: Sheet, row: int, column: int, *, by: int = 1) -> Sheet:
    values = list(sheet.rows[row])
    number = values[column]
    assert isinstance(number, float)
    values[column] = number + by
    rows = (*sheet.rows[:row], tuple(values), *sheet.rows[row + 1 :])
    return msgspec.structs.replace(sheet, rows=rows)


def _notices(checker: Checker, sheet: Sheet) -> bool:
    check = checker.check_sheet(sheet)
    return check.equal == check.compared - 1 and len(check.differences) == 1


def test_a_changed_item_shows_in_every_table_above_it(workbook: Workbook) -> None:
    plan = next(sheet for sheet in workbook.sheets if sheet.name.startswith("31"))
    row = next(at for at, values in enumerate(plan.rows) if "輛" in values)
    column = plan.rows[row].index(820_000.0)
    sheets = [
        _changed(one, row, column, by=1_000) if one.name == plan.name else one
        for one in workbook.sheets
    ]
    changed = msgspec.structs.replace(workbook, sheets=tuple(sheets))
    differing = {check.sheet for check in checker(changed).checks() if check.differences}
    assert differing >= {plan.name, "7-8歲出機關別預算表", *WHOLLY_DERIVED}


def test_the_command_prints_the_table_and_fails_where_something_differs(path: Path) -> None:
    run = CliRunner().invoke(group, ["budget", "check-book", str(path), "--json"])
    assert run.exit_code == 1
    told = json.loads(run.stdout)
    assert told["compared"] == 786
    assert told["equal"] == 766
    assert {"sheet", "compared", "equal", "differences", "not_derivable"} <= set(told["sheets"][0])
    shown = CliRunner().invoke(group, ["budget", "check-book", str(path)])
    assert "比對 786 格，相符 766 格" in shown.stdout
