"""Write a booklet as XLSX: a worksheet for each sheet, heads merged as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]

from zhuji_core.booklets.model import Booklet, FormCell, FormRow, FormSheet, Look, placed
from zhuji_core.export import XLSX_AMOUNT, XLSX_TEXT_MAX

A4 = 9
_ALIGN = {Look.TEXT: "left", Look.CENTRE: "center", Look.AMOUNT: "right", Look.HEAD: "center"}


def write(booklet: Booklet, file: BinaryIO) -> None:
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": booklet.title, "author": booklet.author})
        formats = _Formats(book)
        for name, sheet in zip(booklet.sheet_names, booklet.sheets, strict=True):
            _Sheet(book.add_worksheet(name), formats, booklet, sheet).write()


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Format] = {}

    def of(self, cell: FormCell) -> Format:
        key = (cell.look, cell.strong)
        return self._one(
            key,
            border=1,
            border_color="#333333",
            align=_ALIGN[cell.look],
            valign="vcenter" if cell.look == Look.HEAD else "top",
            text_wrap=True,
            bold=cell.strong,
            **({"num_format": XLSX_AMOUNT} if cell.look == Look.AMOUNT else {}),
        )

    def above(self, size: int, align: str) -> Format:
        return self._one((size, align), font_size=size, align=align, valign="vcenter")

    def _one(self, key: tuple[object, ...], **told: object) -> Format:
        if key not in self._made:
            font = {"font_name": "Noto Sans CJK TC", "font_size": 10}
            self._made[key] = self._book.add_format(font | told)
        return self._made[key]


class _Sheet:
    """One worksheet while it is written, downwards."""

    def __init__(
        self,
        sheet: xlsxwriter.worksheet.Worksheet,
        formats: _Formats,
        booklet: Booklet,
        form: FormSheet,
    ) -> None:
        self._sheet, self._formats = sheet, formats
        self._booklet, self._form = booklet, form
        self._width = len(form.widths)
        self._at = 0

    def write(self) -> None:
        form = self._form
        self._set_up()
        self._across(self._booklet.owner, self._formats.above(14, "center"))
        self._across(form.title, self._formats.above(16, "center"))
        self._above()
        self._rows(form.front)
        first = self._at
        self._rows(form.heads)
        self._sheet.freeze_panes(self._at, 1)
        self._sheet.repeat_rows(0 if not form.front else first, self._at - 1)
        self._rows(form.rows)
        for note in form.notes:
            self._across(note, self._formats.above(10, "left"))
        self._sheet.print_area(0, 0, max(self._at - 1, 0), self._width - 1)

    def _set_up(self) -> None:
        for at, width in enumerate(self._form.widths):
            self._sheet.set_column(at, at, width)
        self._sheet.set_paper(A4)
        if self._form.landscape:
            self._sheet.set_landscape()
        self._sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self._sheet.fit_to_pages(1 + len(self._form.breaks), 0)
        if self._form.breaks:
            self._sheet.set_v_pagebreaks(list(self._form.breaks))
        mark = f"{self._booklet.mark} - " if self._booklet.mark else ""
        self._sheet.set_footer(f"&C{mark}&P&R{self._booklet.printed}")

    def _above(self) -> None:
        """Period in the middle and unit at the right, as the county system prints them."""
        half = max(self._width // 2 - 1, 0)
        self._sheet.write_string(
            self._at, half, self._form.period, self._formats.above(10, "center")
        )
        if self._form.unit:
            right = self._formats.above(10, "right")
            self._sheet.write_string(self._at, self._width - 1, self._form.unit, right)
        self._at += 1
        if self._form.aside:
            self._across(self._form.aside, self._formats.above(10, "left"))

    def _across(self, text: str, form: Format) -> None:
        if self._width > 1:
            self._sheet.merge_range(self._at, 0, self._at, self._width - 1, text, form)
        else:
            self._sheet.write_string(self._at, 0, text, form)
        self._at += 1

    def _rows(self, rows: Sequence[FormRow]) -> None:
        for row in placed(rows, self._width):
            for one in row:
                self._cell(one.column, one.cell)
            self._at += 1

    def _cell(self, column: int, cell: FormCell) -> None:
        """Always as what it is: a text that begins with "=" is no formula."""
        form = self._formats.of(cell)
        if cell.across > 1 or cell.down > 1:
            last = (self._at + cell.down - 1, column + cell.across - 1)
            self._sheet.merge_range(self._at, column, *last, "", form)
        if cell.shown is None:
            self._sheet.write_blank(self._at, column, None, form)
        elif isinstance(cell.shown, int):
            self._sheet.write_number(self._at, column, cell.shown, form)
        else:
            self._sheet.write_string(self._at, column, cell.shown[:XLSX_TEXT_MAX], form)
