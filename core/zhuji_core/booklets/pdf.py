"""Write a booklet as PDF by typst: every sheet begins a page, heads stand on each of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, BinaryIO

from zhuji_core import formats
from zhuji_core.booklets.model import Booklet, FormCell, FormRow, FormSheet, pages_of, placed
from zhuji_core.export_pdf import DIGIT_EM, INSET_PT, ROWS_MAX, PdfTooLong, chinese_fonts, typeset

TEMPLATE = "booklet.typ"
# A4 upright and across, without margins; letters no smaller and no larger than can be read.
_LINE_PT = {False: 530, True: 774}
_SIZE_MIN_PT, _SIZE_MAX_PT = 5.0, 9.0


def write(booklet: Booklet, file: BinaryIO) -> None:
    """Write the document; raise PdfFontMissing or PdfTooLong and write nothing."""
    if sum(len(sheet.rows) for sheet in booklet.sheets) > ROWS_MAX:
        raise PdfTooLong(rows_max=f"{ROWS_MAX:,}")
    told = {
        "title": booklet.title,
        "author": booklet.author,
        "owner": booklet.owner,
        "printed": booklet.printed,
        "mark": booklet.mark,
        "contents": booklet.contents,
        "fonts": chinese_fonts(),
        "sheets": [_sheet(sheet) for sheet in booklet.sheets],
    }
    file.write(typeset(files("zhuji_core.booklets") / TEMPLATE, told))


def _sheet(sheet: FormSheet) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "entry": sheet.entry or sheet.title,
        "period": sheet.period,
        "unit": sheet.unit,
        "landscape": sheet.landscape,
        "notes": sheet.notes,
        "parts": [_part(part) for part in pages_of(sheet)],
    }


def _part(part: FormSheet) -> dict[str, Any]:
    width = len(part.widths)
    return {
        "aside": part.aside,
        "widths": part.widths,
        "size": _size_pt(part),
        "front": _rows(part.front, width),
        "heads": _rows(part.heads, width),
        "rows": _rows(part.rows, width),
    }


def _size_pt(part: FormSheet) -> float:
    """Return the largest size at which no figure leaves its column."""
    room = _LINE_PT[part.landscape] - INSET_PT * len(part.widths)
    fitting = room / (DIGIT_EM * sum(part.widths))
    return max(_SIZE_MIN_PT, min(_SIZE_MAX_PT, fitting))


def _rows(rows: Sequence[FormRow], width: int) -> list[list[dict[str, Any]]]:
    return [[_cell(one.cell) for one in row] for row in placed(rows, width)]


def _cell(cell: FormCell) -> dict[str, Any]:
    value = cell.shown if cell.upright else cell.value
    if isinstance(value, int):
        value = formats.format_ntd(value)
    return {
        "text": value or "",
        "look": cell.look.value,
        "across": cell.across,
        "down": cell.down,
        "indent": cell.indent,
        "strong": cell.strong,
    }
