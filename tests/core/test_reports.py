"""Reports of rows: one sheet is kept, proved, and shown as page, file and API."""

from __future__ import annotations

import datetime as dt

import msgspec

from zhuji_core.reports.definition import Dimension, Figure, ReportDefinition
from zhuji_core.reports.level_sheets import sheet_of
from zhuji_core.reports.reading import ReportFilter, ReportFound, ReportRow
from zhuji_core.reports.sheet import (
    Sheet,
    SheetColumn,
    SheetKind,
    SheetRow,
    digest_of,
)
from zhuji_core.reports.statements import ReportSource, statement_of
from zhuji_core.web.sheets import sheet_answer, sheet_table

COLUMNS = (
    SheetColumn(name="date", title="日期", kind=SheetKind.DATE),
    SheetColumn(name="kind", title="種類", kind=SheetKind.WORD),
    SheetColumn(name="debit_ntd", title="借方", kind=SheetKind.AMOUNT),
    SheetColumn(name="done_bp", title="%", kind=SheetKind.RATE, under="debit_ntd"),
)
SHEET = Sheet(
    name="journal",
    title="日記簿",
    columns=COLUMNS,
    rows=(
        SheetRow(
            values=("2016-03-15", "收入", 1_000, 9_667),
            paths={"debit_ntd": "accounting/vouchers/1"},
        ),
        SheetRow(values=(None, None, 0, None), strong=True),
    ),
    totals=("合計", None, 1_000, None),
    count=2,
)
LEVELS = ReportDefinition(
    name="trial",
    title="試算表",
    about="",
    dimensions=(Dimension(name="agency", title="機關"), Dimension(name="account", title="科目")),
    figures=(
        Figure(name="debit_ntd", title="借方"),
        Figure(name="share_bp", title="%", plus=("debit_ntd",), by="debit_ntd", by_total=True),
    ),
)
SOURCE = ReportSource(
    rows="FROM a",
    figures={"debit_ntd": "a.debit_ntd"},
    keys={"agency": ("a.agency", "''"), "account": ("a.code", "a.name")},
    reference="a.code",
    reference_level="account",
)


class English:
    """A reader of another language."""

    def gettext(self, message: str) -> str:
        return {"合計": "Total", "收入": "Receipt", "日期": "Date"}.get(message, message)

    def path(self, path: str) -> str:
        return f"/mli/{path}"


def test_a_kept_sheet_reads_back_as_it_was() -> None:
    kept = msgspec.json.encode(SHEET)
    read = msgspec.json.decode(kept, type=Sheet)
    assert read == SHEET
    assert digest_of(read) == digest_of(SHEET)
    assert read.records()[0] == {
        "date": "2016-03-15",
        "kind": "收入",
        "debit_ntd": 1_000,
        "done_bp": 9_667,
    }


def test_the_digest_is_of_figures_and_not_of_their_dress() -> None:
    dressed = msgspec.structs.replace(
        SHEET, title="Journal", rows=tuple(msgspec.structs.replace(r, paths={}) for r in SHEET.rows)
    )
    assert digest_of(dressed) == digest_of(SHEET)
    changed = msgspec.structs.replace(SHEET, totals=("合計", None, 1_001, None))
    assert digest_of(changed) != digest_of(SHEET)
    assert digest_of(msgspec.structs.replace(SHEET, rows=SHEET.rows[:1])) != digest_of(SHEET)


def test_page_and_api_tell_the_same_in_the_readers_language() -> None:
    table = sheet_table(English(), SHEET, address="/mli/accounting/reports/journal?year=105")
    first, brought = table.rows
    assert [cell.value for cell in first.cells] == [
        dt.date(2016, 3, 15),
        "Receipt",
        1_000,
        "96.67",
    ]
    assert first.cells[2].url == "/mli/accounting/vouchers/1"
    assert brought.emphasis
    assert brought.cells[0].value is None
    assert brought.cells[2].value == 0
    assert [cell.value for cell in table.totals] == ["Total", None, 1_000, None]
    assert table.columns[3].under == 2
    assert table.exports[0].url == "/mli/accounting/reports/journal/export/ods?year=105"
    answer = sheet_answer(English(), SHEET, following="x")
    assert answer.items[0].links == {"debit_ntd": "/mli/accounting/vouchers/1"}
    assert answer.items[0].values == SHEET.records()[0]
    assert (answer.totals["debit_ntd"], answer.next, answer.columns[0].title) == (
        1_000,
        "x",
        "Date",
    )


def test_a_report_of_levels_becomes_a_sheet() -> None:
    row = ReportRow(
        keys=("a", "1"), label="現金", place="a,1", reference="1",
        figures={"debit_ntd": 5, "share_bp": 10_000},
    )  # fmt: skip
    found = ReportFound(
        report=LEVELS,
        wanted=ReportFilter(depth=2),
        parents=(),
        total={"debit_ntd": 5, "share_bp": 10_000},
        rows=(msgspec.structs.replace(row, keys=("a",), label="甲"), row),
        count=2,
        more=False,
    )
    sheet = sheet_of(found)
    assert [one.values for one in sheet.rows] == [
        ("a", "甲", 5, 10_000),
        ("a,1", "現金", 5, 10_000),
    ]
    assert [one.strong for one in sheet.rows] == [True, False]
    assert [one.kind for one in sheet.columns[2:]] == [SheetKind.AMOUNT, SheetKind.RATE]


def test_a_sum_refers_to_nothing_until_the_level_that_is_named() -> None:
    both = statement_of(LEVELS, SOURCE, fixed=0, depth=2).text
    assert "CASE WHEN GROUPING(s.key_1) = 0 THEN min(s.reference) END" in both
    assert "NULL::text AS reference" in statement_of(LEVELS, SOURCE, fixed=0, depth=1).text
    opened = statement_of(LEVELS, SOURCE, fixed=1, depth=2).text
    assert "s.key_0 = :key_0" in opened
    assert "GROUP BY ROLLUP (s.key_1)" in opened
