"""Workbooks of governments that do not exist, written cell by cell, and how to read them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from zhuji_budget.domain.books.codes import object_pack
from zhuji_budget.domain.books.consolidate import Consolidation, consolidate
from zhuji_budget.domain.books.model import Book
from zhuji_budget.domain.books.reading import read_book
from zhuji_budget.facts import load_object_packs, load_schemes
from zhuji_core.spreadsheets import read_workbook

Grid = Sequence[Sequence[object]]

# The printed form of most governments; 10-digit codes cut 2-4-2-2, amounts in thousands.
HEAD: Grid = [
    ["科　　　　目", "", "", "", "", "本年度\n預算數", "上年度\n預算數", "前年度\n決算數",
     "本年度與\n上年度比較", "說　　　明"],
    ["款", "項", "目", "節", "名  稱  及  編  號", "", "", "", "", ""],
    [""] * 10,
]  # fmt: skip
BODY: Grid = [
    ["07", "", "", "", "0007000000\n甲乙縣政府農林處主管", 1300, 1200, 900, 100, ""],
    ["", "001", "", "", "　0007010000\n　甲乙縣政府農林處", 1300, 1200, 900, 100, ""],
    ["", "", "01", "", "　　5607010100\n　　一般行政", 1000, 1000, 800, "-", ""],
    ["", "", "", "01", "　　　5607010101\n　　　行政管\n　　　理", 1000, 1000, 800, "-",
     "一、本科目包括行政管理"],
    ["", "", "", "", "", "", "", "", "", "二、本年度預算數包括:\n　　人事費900千元"],
    ["　"] * 10,
    ["", "", "", "", "", "", "", "", "", "　　業務費100千元"],
    ["", "", "", "", "", "", "", "", "",
     "三、本年度預算數與上年度比較：\n　增列 人事費3千元\n　減列 業務費3千元"],
    ["", "", "02", "", "　　5607010200\n　　農業推廣", 300, 200, 100, 100, ""],
    ["", "", "", "01", "　　　5607010201\n　　　推廣教育", 300, 200, 100, 100,
     "二、本年度預算數包括:\n　　業務費300千元"],
]  # fmt: skip


def _result(text: str) -> float | str:
    """Return what a spreadsheet program would have stored: a number, or the word of an error."""
    return text if text.startswith("#") else float(text)


class Press:
    """Prints workbooks and reads them back the way the import does."""

    def workbook(self, sheets: Mapping[str, Grid], merged: Sequence[str] = ()) -> bytes:
        """Return an .xlsx; text beginning with "=" is a formula, its result or error after "→"."""
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for area in merged:
                sheet.merge_range(area, "")
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("="):
                        formula, _, result = value.partition("→")
                        sheet.write_formula(at, column, formula, None, _result(result))
                    elif isinstance(value, str) and value:
                        sheet.write_string(at, column, value)
                    elif value != "":
                        sheet.write(at, column, value)
        book.close()
        return out.getvalue()

    def read(self, content: bytes, *, file: str = "書.xlsx", year: int = 105) -> Book:
        workbook = read_workbook(content, name=file)
        return read_book(
            file=file, sheets=workbook.sheets, fiscal_year=year, schemes=load_schemes()
        )

    def consolidate(self, *grids: Grid, year: int = 105) -> Consolidation:
        """Read each grid as a file of one sheet: 1.xlsx, 2.xlsx and so on."""
        books = [
            self.read(self.workbook({"Sheet1": grid}), file=f"{number}.xlsx", year=year)
            for number, grid in enumerate(grids, start=1)
        ]
        return self.join(books, year=year)

    def join(self, books: Sequence[Book], *, year: int = 105) -> Consolidation:
        pack = object_pack(load_object_packs(), fiscal_year=year)
        return consolidate(books, fiscal_year=year, pack=pack)

    def body(self, changes: Mapping[str, object] | None = None) -> list[list[object]]:
        """Return the ordinary book, with some cells ("F4") changed."""
        rows = [list(row) for row in [*HEAD, *BODY]]
        for cell, value in (changes or {}).items():
            rows[int(cell[1:]) - 1][ord(cell[0]) - ord("A")] = value
        return rows


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()
