"""Write a booklet as OpenDocument: a table for each sheet, heads merged as they are printed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from zhuji_core.booklets.model import Booklet, FormCell, FormRow, FormSheet, Look, placed
from zhuji_core.export_ods import (
    BOLD,
    CHARACTER_MM,
    DATA_STYLES,
    DEFAULTS,
    HEAD,
    LARGE,
    LINE,
    MANIFEST,
    MIME,
    NAMESPACES,
    WRAP,
    cell_style,
    clean,
    data_cell,
    meta,
)

_ALIGN = {Look.TEXT: "start", Look.CENTRE: "center", Look.AMOUNT: "end", Look.HEAD: "center"}
_FOOT = (
    '<style:footer-style><style:header-footer-properties fo:min-height="8mm"/></style:footer-style>'
)
# A page upright and one across: millimetres.
_PAGES = {"Tall": (210, 297), "Wide": (297, 210)}


def write(booklet: Booklet, file: BinaryIO) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        # The first entry, unpacked, tells programs what the file is.
        archive.writestr(zipfile.ZipInfo("mimetype"), MIME, compress_type=zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("styles.xml", _styles(booklet.mark))
        archive.writestr("meta.xml", meta(title=booklet.title, author=booklet.author))
        archive.writestr("content.xml", "".join(_content(booklet)))


def _styles(mark: str) -> str:
    before = escape(clean(f"{mark} - ")) if mark else ""
    layouts = "".join(
        f'<style:page-layout style:name="{name}"><style:page-layout-properties'
        f' fo:page-width="{width}mm" fo:page-height="{height}mm" fo:margin="12mm"'
        f' style:print-orientation="{"landscape" if width > height else "portrait"}"'
        ' style:scale-to-X="1" style:scale-to-Y="0" style:first-page-number="continue"'
        f' style:print-page-order="ttb"/>{_FOOT}</style:page-layout>'
        for name, (width, height) in _PAGES.items()
    )
    masters = "".join(
        f'<style:master-page style:name="{name}" style:page-layout-name="{name}"><style:footer>'
        f"<text:p>{before}<text:page-number/></text:p></style:footer></style:master-page>"
        for name in _PAGES
    )
    return (
        f"{DEFAULTS}<office:automatic-styles>{layouts}</office:automatic-styles>"
        f"<office:master-styles>{masters}</office:master-styles></office:document-styles>"
    )


def _content(booklet: Booklet) -> Iterator[str]:
    yield f'{HEAD}<office:document-content {NAMESPACES} office:version="1.3">'
    yield f"<office:automatic-styles>{DATA_STYLES}{_cell_styles()}"
    for at, sheet in enumerate(booklet.sheets):
        yield _sheet_styles(at, sheet)
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    for at, (name, sheet) in enumerate(zip(booklet.sheet_names, booklet.sheets, strict=True)):
        yield from _table(at, name, booklet, sheet)
    yield "</office:spreadsheet></office:body></office:document-content>"


def _cell_styles() -> str:
    made = [
        cell_style("owner", text=' fo:font-size="14pt"', align="center"),
        cell_style("title", text=LARGE, align="center"),
        cell_style("left", align="start"),
        cell_style("middle", align="center"),
        cell_style("right", align="end"),
    ]
    for look, align in _ALIGN.items():
        data = "amount" if look == Look.AMOUNT else ""
        vertical = "middle" if look == Look.HEAD else "top"
        made += [
            cell_style(
                f"{look}-{strong}",
                data=data,
                cell=LINE + WRAP,
                text=text,
                align=align,
                vertical=vertical,
            )
            for strong, text in (("plain", ""), ("strong", BOLD))
        ]
    return "".join(made)


def _sheet_styles(at: int, sheet: FormSheet) -> str:
    columns = "".join(
        f'<style:style style:name="c{at}-{number}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * CHARACTER_MM:.1f}mm"'
        f"{_page_break(number, sheet)}/></style:style>"
        for number, width in enumerate(sheet.widths)
    )
    page = "Wide" if sheet.landscape else "Tall"
    return (
        f'{columns}<style:style style:name="s{at}" style:family="table"'
        f' style:master-page-name="{page}"><style:table-properties table:display="true"/>'
        "</style:style>"
    )


def _page_break(column: int, sheet: FormSheet) -> str:
    return ' fo:break-before="page"' if column in sheet.breaks else ""


def _table(at: int, name: str, booklet: Booklet, sheet: FormSheet) -> Iterator[str]:
    width = len(sheet.widths)
    yield f'<table:table table:name={quoteattr(clean(name))} table:style-name="s{at}">'
    for number in range(width):
        yield f'<table:table-column table:style-name="c{at}-{number}"/>'
    above = [_across(booklet.owner, width, "owner"), _across(sheet.title, width, "title")]
    above.append(_above(sheet, width))
    if sheet.aside:
        above.append(_across(sheet.aside, width, "left"))
    heads = "".join(_rows(sheet.heads, width))
    if sheet.front:
        yield from above
        yield from _rows(sheet.front, width)
        yield f"<table:table-header-rows>{heads}</table:table-header-rows>"
    else:
        yield f"<table:table-header-rows>{''.join(above)}{heads}</table:table-header-rows>"
    yield from _rows(sheet.rows, width)
    for note in sheet.notes:
        yield _across(note, width, "left")
    yield "</table:table>"


def _above(sheet: FormSheet, width: int) -> str:
    """Period in the middle and unit at the right, as the county system prints them."""
    half = max(width // 2 - 1, 0)
    cells = [("middle", "")] * half + [("middle", sheet.period)]
    cells += [("right", "")] * (width - half - 2)
    if width > 1:
        cells.append(("right", sheet.unit))
    shown = "".join(data_cell(text or None, style) for style, text in cells)
    return f"<table:table-row>{shown}</table:table-row>"


def _across(text: str, width: int, style: str) -> str:
    shown = data_cell(text, style, more=_span(width, 1))
    return f"<table:table-row>{shown}{_covered(width - 1)}</table:table-row>"


def _rows(rows: Sequence[FormRow], width: int) -> Iterator[str]:
    for row in placed(rows, width):
        at, cells = 0, []
        for one in row:
            cells += [_covered(one.column - at), _cell(one.cell), _covered(one.cell.across - 1)]
            at = one.column + one.cell.across
        cells.append(_covered(width - at))
        yield f"<table:table-row>{''.join(cells)}</table:table-row>"


def _cell(cell: FormCell) -> str:
    style = f"{cell.look}-{'strong' if cell.strong else 'plain'}"
    more = _span(cell.across, cell.down) if cell.across > 1 or cell.down > 1 else ""
    return data_cell(cell.shown, style, more=more)


def _span(across: int, down: int) -> str:
    return f' table:number-columns-spanned="{across}" table:number-rows-spanned="{down}"'


def _covered(count: int) -> str:
    if count < 1:
        return ""
    return f'<table:covered-table-cell table:number-columns-repeated="{count}"/>'
