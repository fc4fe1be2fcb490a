"""One definition of a report, written as CSV, XLSX, ODS or PDF.

CSV is data: heads and rows, dates as 1050315, amounts as plain digits, no sums. XLSX and ODS are
documents: title, period and unit above, sums and the signature row below, heads on every page.
Their dates are the text 105-03-15, which sorts rightly: a date with a format of the Republic's
calendar shows 2016, or a number, in LibreOffice (tried with 7.4). Rows are written as they come,
so a report may be longer than memory.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from zhuji_core import export_ods, export_pdf, formats
from zhuji_core.values import N_, Value

CellValue = str | int | dt.date | None
Row = Sequence[CellValue]
# Who signs a government report, left to right.
SIGNATURES = (N_("製表"), N_("覆核"), N_("主辦會計"), N_("機關長官"))
# A spreadsheet program runs a text that begins so; an apostrophe before it makes it text again.
_RUNS_IN_CSV = ("=", "+", "-", "@", "\t", "\r")
# What the formats can hold.
XLSX_ROWS_MAX = 1_048_576
XLSX_TEXT_MAX = 32_767
XLSX_AMOUNT = "#,##0;−#,##0;-"
XLSX_NUMBER = "#,##0"
# A column of words on paper; longer ones go on in the next line.
PDF_WORDS_MAX = 28
HEAD_WORD = 6
# More characters across are printed on A3: on A4 their letters would be below half their size.
PAPER_CHARACTERS = 260
ACROSS = {"align": "center_across"}


class ReportKind(StrEnum):
    """What a column holds; amounts are whole dollars and stay numbers."""

    TEXT = "text"
    AMOUNT = "amount"
    NUMBER = "number"
    DATE = "date"


class ReportColumn(Value, frozen=True, kw_only=True):
    """``width`` in characters of Latin; a Chinese character takes two.

    ``under``: on paper (PDF) it stands below that column, named by its place from 0, so that
    twelve months are two lines of six and can be read.
    """

    title: str
    kind: ReportKind = ReportKind.TEXT
    width: int = 0
    under: int | None = None

    @property
    def width_shown(self) -> int:
        """Return the width given, or one that fits the kind and the head."""
        usual = {ReportKind.TEXT: 24, ReportKind.AMOUNT: 20, ReportKind.NUMBER: 10}
        return self.width or max(usual.get(self.kind, 11), 2 * len(self.title) + 2)


class Report(Value, frozen=True, kw_only=True):
    """A report; texts are in the reader's language. ``rows`` may be a generator, read once.

    ``totals`` has one value for each column (None: nothing); ``period`` and ``unit`` are texts
    such as 「105 年 1 月至 3 月」 and 「單位：元」; ``signatures`` empty: no signature row.
    """

    title: str
    county: str
    agency: str
    period: str
    unit: str
    columns: tuple[ReportColumn, ...]
    rows: Iterable[Row]
    printed_by: str
    printed_at: dt.datetime
    totals: tuple[CellValue, ...] = ()
    signatures: tuple[str, ...] = SIGNATURES
    sheet: str = ""

    @property
    def heading(self) -> tuple[str, ...]:
        """Return the lines above the table."""
        return (f"{self.county}　{self.agency}", self.title, f"{self.period}　{self.unit}".strip())

    @property
    def is_wide(self) -> bool:
        """Tell whether a sheet of it is printed on A3."""
        return sum(column.width_shown for column in self.columns) > PAPER_CHARACTERS

    @property
    def printed(self) -> str:
        """Return the line that says who made the report, and when (Taipei)."""
        local = self.printed_at.astimezone(dt.timezone(dt.timedelta(hours=8)))
        return f"{self.printed_by}　{formats.format_date(local.date())} {local:%H:%M}"

    @property
    def sheet_name(self) -> str:
        """Return a name that spreadsheets accept: 31 characters, no brackets, slashes or *?:."""
        kept = "".join(letter for letter in self.sheet or self.title if letter not in "[]:*?/\\'")
        return kept[:31] or "1"


class ReportTooLong(Exception):
    """More rows than the format can hold; a fault of whoever offers this format."""


def write_csv(report: Report, file: BinaryIO) -> None:
    """Write UTF-8 with a byte order mark, so that Excel does not take it for Big5."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_csv_text(column.title) for column in report.columns])
    for row in report.rows:
        writer.writerow([_csv_cell(value) for value in row])
    text.flush()
    text.detach()


def _csv_cell(value: CellValue) -> str | int:
    if isinstance(value, dt.date):
        return formats.date_key(value)
    if isinstance(value, str):
        return _csv_text(value)
    return "" if value is None else value


def _csv_text(text: str) -> str:
    return f"'{text}" if text.startswith(_RUNS_IN_CSV) else text


def write_xlsx(report: Report, file: BinaryIO) -> None:
    """Write a workbook of one sheet, row by row."""
    options = {"constant_memory": True, "in_memory": False, "remove_timezone": True}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": report.title, "author": report.printed_by})
        book.set_calc_mode("auto")
        _Sheet(book, report).write()


class _Sheet:
    """One sheet while it is written: constant memory means each row once, downwards."""

    def __init__(self, book: xlsxwriter.Workbook, report: Report) -> None:
        self._report = report
        self._sheet: Worksheet = book.add_worksheet(report.sheet_name)
        font = {"font_name": "Noto Sans CJK TC", "font_size": 10, "valign": "vcenter"}
        line = font | {"border": 1, "border_color": "#999999"}
        self._title = book.add_format(font | {"font_size": 14, "bold": True, **ACROSS})
        self._above = book.add_format(font | ACROSS)
        self._plain = book.add_format(font)
        self._head = book.add_format(
            line | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#F4F6F7"}
        )
        self._cells = _cell_formats(book, line)
        self._sums = _cell_formats(book, line | {"bold": True, "top": 2})
        self._at = 0

    def write(self) -> None:
        self._set_up()
        width = len(self._report.columns)
        for text, form in zip(
            self._report.heading, (self._above, self._title, self._above), strict=True
        ):
            # Centred over the table, without merged cells, which sorting and filtering refuse.
            self._line([text, *[None] * (width - 1)], [form] * width)
        self._line([column.title for column in self._report.columns], [self._head] * width)
        self._sheet.freeze_panes(self._at, 1)
        self._sheet.repeat_rows(0, self._at - 1)
        for row in self._report.rows:
            self._line(row, self._cells_of(self._cells))
        if self._report.totals:
            self._line(self._report.totals, self._cells_of(self._sums))
        self._close(width)

    def _set_up(self) -> None:
        for at, column in enumerate(self._report.columns):
            self._sheet.set_column(at, at, column.width_shown)
        self._sheet.set_paper(8 if self._report.is_wide else 9)  # A3, A4
        self._sheet.set_landscape()
        self._sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_footer(f"&L{self._report.title}&R&P / &N")

    def _cells_of(self, forms: Mapping[ReportKind, Format]) -> list[Format]:
        return [forms[column.kind] for column in self._report.columns]

    def _line(self, values: Row, forms: Sequence[Format]) -> None:
        if self._at >= XLSX_ROWS_MAX:
            raise ReportTooLong(self._report.title)
        for at, (value, form) in enumerate(zip(values, forms, strict=True)):
            self._cell(at, value, form)
        self._at += 1

    def _cell(self, at: int, value: CellValue, form: Format) -> None:
        # Always as what it is: a text that begins with "=" is no formula, and one of digits
        # no number.
        if value is None:
            self._sheet.write_blank(self._at, at, None, form)
        elif isinstance(value, dt.date):
            self._sheet.write_string(self._at, at, formats.format_date(value), form)
        elif isinstance(value, int):
            self._sheet.write_number(self._at, at, value, form)
        else:
            self._sheet.write_string(self._at, at, value[:XLSX_TEXT_MAX], form)

    def _close(self, width: int) -> None:
        self._at += 1
        if self._report.signatures:
            self._line([signature_row(self._report.signatures)], [self._plain])
        self._line([self._report.printed], [self._plain])
        self._sheet.print_area(0, 0, self._at - 1, width - 1)


def _cell_formats(
    book: xlsxwriter.Workbook, line: Mapping[str, object]
) -> dict[ReportKind, Format]:
    numeric = {**line, "align": "right"}
    return {
        ReportKind.TEXT: book.add_format({**line, "text_wrap": True}),
        ReportKind.AMOUNT: book.add_format({**numeric, "num_format": XLSX_AMOUNT}),
        ReportKind.NUMBER: book.add_format({**numeric, "num_format": XLSX_NUMBER}),
        ReportKind.DATE: book.add_format({**line, "align": "center"}),
    }


def signature_row(signatures: Sequence[str]) -> str:
    """Return 「製表　　　覆核　　　…」 with room for a seal after each."""
    return ("　" * 10).join(signatures)


def write_ods(report: Report, file: BinaryIO) -> None:
    """Write the government's document format (ODF, CNS 15251), row by row."""
    export_ods.write(
        export_ods.Document(
            title=report.title,
            author=report.printed_by,
            sheet=report.sheet_name,
            heading=report.heading,
            columns=tuple(
                (column.title, column.kind.value, column.width_shown) for column in report.columns
            ),
            rows=report.rows,
            totals=report.totals,
            is_wide=report.is_wide,
            closing=tuple(
                text for text in (signature_row(report.signatures), report.printed) if text
            ),
        ),
        file,
    )


def write_pdf(report: Report, file: BinaryIO) -> None:
    """Write pages to print and to read; raises PdfFontMissing or PdfTooLong."""
    rows = [_pdf_row(row, report.columns) for row in islice(report.rows, export_pdf.ROWS_MAX + 1)]
    totals = _pdf_row(report.totals, report.columns) if report.totals else []
    widths = _pdf_widths(report.columns, [*rows, totals] if totals else rows)
    stacks = _pdf_stacks(report.columns)
    export_pdf.write(
        export_pdf.PdfDocument(
            title=report.title,
            author=report.printed_by,
            heading=report.heading,
            columns=tuple(
                export_pdf.PdfColumn(
                    title=_stacked([column.title for column in report.columns], stack),
                    kind=report.columns[stack[0]].kind.value,
                    width=max(widths[at] for at in stack),
                )
                for stack in stacks
            ),
            rows=[[_stacked(row, stack) for stack in stacks] for row in rows],
            totals=[_stacked(totals, stack) for stack in stacks] if totals else [],
            signatures=report.signatures,
            printed=report.printed,
        ),
        file,
    )


def _pdf_stacks(columns: Sequence[ReportColumn]) -> list[list[int]]:
    """Return the columns of paper, each the places of what stands below each other in it."""
    stacks = {at: [at] for at, column in enumerate(columns) if column.under is None}
    for at, column in enumerate(columns):
        if column.under is not None:
            stacks[column.under].append(at)
    return list(stacks.values())


def _stacked(values: Sequence[str], stack: Sequence[int]) -> str:
    return "\n".join(values[at] for at in stack)


def _pdf_widths(columns: Sequence[ReportColumn], rows: Sequence[Sequence[str]]) -> Sequence[int]:
    """Return widths in characters of Latin: figures and dates never break, words may."""
    told = (
        [_latin(row[at]) for row in rows] + [_head_width(column.title)]
        for at, column in enumerate(columns)
    )
    return [
        min(max(lengths), PDF_WORDS_MAX) if column.kind == ReportKind.TEXT else max(lengths)
        for column, lengths in zip(columns, told, strict=True)
    ]


def _head_width(title: str) -> int:
    """A short head stands in one line, a longer one may go on in the next."""
    return min(_latin(title), max(HEAD_WORD, _latin(title) // 2))


def _latin(text: str) -> int:
    """Count characters; those of Chinese, all beyond Latin and its signs, take two."""
    return sum(2 if letter > "\u2e80" else 1 for letter in text)


def _pdf_row(row: Row, columns: Sequence[ReportColumn]) -> list[str]:
    return [_pdf_cell(value, column.kind) for value, column in zip(row, columns, strict=True)]


def _pdf_cell(value: CellValue, kind: ReportKind) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return formats.format_date(value)
    if isinstance(value, int):
        return formats.format_ntd(value) if kind == ReportKind.AMOUNT else f"{value:,}"
    return value


class FileFormat(Value, frozen=True, kw_only=True):
    """A file format that people may ask for."""

    title: str
    media_type: str
    write: Callable[[Report, BinaryIO], None]


FORMATS: Mapping[str, FileFormat] = {
    "ods": FileFormat(
        title="ODS",
        media_type="application/vnd.oasis.opendocument.spreadsheet",
        write=write_ods,
    ),
    "xlsx": FileFormat(
        title="XLSX",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write=write_xlsx,
    ),
    "pdf": FileFormat(title="PDF", media_type="application/pdf", write=write_pdf),
    "csv": FileFormat(title="CSV", media_type="text/csv", write=write_csv),
}


def export(report: Report, suffix: str) -> bytes:
    """Return the whole file; ``suffix`` is a key of FORMATS."""
    file = io.BytesIO()
    FORMATS[suffix].write(report, file)
    return file.getvalue()
