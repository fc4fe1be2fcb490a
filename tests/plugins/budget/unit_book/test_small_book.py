"""A unit budget of a government that does not exist: ten-digit codes, today's objects."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from zhuji_budget.usecases.check_book import BookCheck, check_book
from zhuji_budget.usecases.read_books import BookFile, FiscalYearInvalid
from zhuji_core.spreadsheet_limits import NotASpreadsheet

Grid = list[list[object]]

PLAN: Grid = [
    ["一般行政｜行政管理", "業務計畫及工作計畫\n名稱與編號", "5607010101\n一般行政-行政管理",
     "", "承辦單位", "秘書室", "12千元"],
    ["", "一.計畫內容：", "辦理一般行政。"],
    ["", "用途別科目", "", "單位", "數量", "單價", "預算數", "說明"],
    ["", "合計", "", "", "", "", 12_000, "縣款12,000元"],
    ["", "1000 人事費", "", "", "", "", 5_000, "縣款5,000元"],
    ["", "　1040 加班費", "", "", "", "", 5_000, ""],
    ["", "", "", "年", "１", "5,000", 5_000, "業務加班費。"],
    ["", "2000 業務費", "", "", "", "", 4_000, ""],
    ["", "　2051 物品", "", "", "", "", 4_000, ""],
    ["", "", "", "人x月", "2×10", 200, 4_000, "文具。"],
    ["", "3000 設備及投資", "", "", "", "", 3_000, ""],
    ["", "　3025 運輸設備費", "", "", "", "", 3_000, ""],
    ["", "", "", "輛", 1, 3_000, 3_000, "機車。"],
]  # fmt: skip
OBJECTS: Grid = [
    ["", "歲出用途別科目分析表"],
    ["中華民國115年度", "", "", "", "", "", "", "", "", "單位：新臺幣千元"],
    ["名稱及編號", "合計", "經常支出", "", "", "資本支出", "", ""],
    ["", "", "人\n事\n費", "業\n務\n費", "小計", "業務費", "設備及投資", "小計"],
    ["合　計", 12, 5, 4, 9, "-", 3, 3],
    ["5607010000\n農業支出", 12, 5, 4, 9, "", 3, 3],
    ["　5607010100\n　一般行政", 12, 5, 4, 9, "", 3, 3],
    ["　　5607010101\n　　行政管理", 12, 5, 4, 9, "", 3, 3],
]


def printed(**sheets: Grid) -> BookFile:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if value != "":
                    sheet.write(at, column, value)
    book.close()
    return BookFile(name="農林處.xlsx", content=out.getvalue())


def but(grid: Grid, row: int, column: int, value: object) -> Grid:
    """Return the grid with another value in one cell, counted from 0."""
    copy = [list(cells) for cells in grid]
    copy[row][column] = value
    return copy


def codes(found: BookCheck) -> list[tuple[str, str]]:
    return [(problem.code, problem.place.cell) for problem in found.problems]


def test_a_book_that_agrees_passes() -> None:
    found = check_book(printed(計畫=PLAN, 用途別=OBJECTS))
    assert found.fiscal_year == 115
    assert (found.items, found.total_ntd) == (3, 12_000)
    assert [sheet.compared for sheet in found.sheets] == [13, 25]
    assert found.passed


@pytest.mark.parametrize(
    ("row", "column", "value", "cell"),
    [(4, 1, 13, "B5"), (7, 6, "-", "G8"), (6, 5, 7, "F7"), (5, 3, "４千", "D6")],
)
def test_a_wrong_amount_of_a_table_is_named_with_both_values(
    row: int, column: int, value: object, cell: str
) -> None:
    found = check_book(printed(計畫=PLAN, 用途別=but(OBJECTS, row, column, value)))
    (difference,) = found.sheets[1].differences
    assert difference.cell == cell
    assert not found.passed


def test_a_row_that_no_item_makes_and_an_item_without_a_row_are_differences() -> None:
    strange = [*OBJECTS, ["　　5607010102\n　　會計業務", 8, "", 8, 8, "", "", ""]]
    found = check_book(printed(計畫=PLAN, 用途別=strange))
    assert {one.cell for one in found.sheets[1].differences} == {"B9", "D9", "E9"}
    without = check_book(printed(計畫=PLAN, 用途別=OBJECTS[:-1]))
    (missing,) = without.sheets[1].differences
    assert missing.what == "行政管理"


@pytest.mark.parametrize(
    ("row", "column", "value", "code", "cell"),
    [
        (6, 6, "五千", "E-UNIT-AMOUNT", "G7"),
        (6, 6, -5_000, "E-UNIT-AMOUNT", "G7"),
        (9, 4, "2、10", "E-UNIT-AMOUNT", "E10"),
        (6, 5, "一", "E-UNIT-AMOUNT", "F7"),
        (6, 6, 5_000.5, "E-UNIT-AMOUNT", "G7"),
        (8, 1, "　2999 不詳", "E-UNIT-OBJECT", "G9"),
        (8, 1, "　物品", "E-UNIT-ROW", "G9"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(
    row: int, column: int, value: object, code: str, cell: str
) -> None:
    found = check_book(printed(計畫=but(PLAN, row, column, value), 用途別=OBJECTS))
    assert (code, cell) in codes(found)
    assert not found.passed


def test_price_times_quantity_is_checked() -> None:
    found = check_book(printed(計畫=but(PLAN, 9, 5, 201), 用途別=OBJECTS))
    (difference,) = found.sheets[0].differences
    assert (difference.cell, difference.printed, difference.made) == ("G10", "4,000", "4,020")


@pytest.mark.parametrize("sheets", [{"別的": [["什麼都沒有"]]}, {"用途別": OBJECTS}])
def test_a_workbook_without_line_items_is_no_unit_book(sheets: dict[str, Grid]) -> None:
    found = check_book(printed(**sheets), fiscal_year=115)
    assert codes(found)[0][0] == "E-UNIT-KIND"
    assert not found.passed


def test_a_year_that_nobody_says_or_a_file_that_is_none_is_refused() -> None:
    with pytest.raises(FiscalYearInvalid):
        check_book(printed(計畫=PLAN))
    with pytest.raises(NotASpreadsheet):
        check_book(BookFile(name="a.xls", content=b"not a book"))


def test_codes_of_another_length_are_named() -> None:
    other: Sequence[Grid] = [but(PLAN, 0, 2, f"56070101{n}\n一般行政-其他") for n in ("02", "3")]
    found = check_book(printed(a=PLAN, b=other[0], c=other[1], 用途別=OBJECTS))
    assert ("E-UNIT-CODE", "G1") in codes(found)
