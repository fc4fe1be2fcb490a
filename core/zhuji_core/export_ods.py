"""A small writer of OpenDocument spreadsheets: one sheet, streamed into the archive row by row."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from zhuji_core import formats
from zhuji_core.values import Value

CellValue = str | int | dt.date | None
MIME = "application/vnd.oasis.opendocument.spreadsheet"
# One Latin character of 10 pt, in millimetres.
CHARACTER_MM = 2.25
A4 = 'fo:page-width="297mm" fo:page-height="210mm"'
A3 = 'fo:page-width="420mm" fo:page-height="297mm"'
# XML 1.0 cannot hold other control characters, escaped or not.
_KEPT_CONTROLS = frozenset("\t\n\r")

NAMESPACES = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("number", "datastyle"),
            ("fo", "xsl-fo-compatible"),
            ("meta", "meta"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

MANIFEST = (
    HEAD + '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    ' manifest:version="1.3">'
    '<manifest:file-entry manifest:full-path="/" manifest:version="1.3"'
    f' manifest:media-type="{MIME}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("content.xml", "styles.xml", "meta.xml")
    )
    + "</manifest:manifest>"
)

DEFAULTS = (
    HEAD + f'<office:document-styles {NAMESPACES} office:version="1.3">'
    '<office:styles><style:default-style style:family="table-cell">'
    '<style:paragraph-properties style:writing-mode="lr-tb"/>'
    '<style:text-properties fo:font-family="Noto Sans CJK TC" fo:font-size="10pt"'
    ' style:font-family-asian="Noto Sans CJK TC" style:font-size-asian="10pt"'
    ' fo:language="zh" fo:country="TW" style:language-asian="zh" style:country-asian="TW"/>'
    "</style:default-style>"
    '<style:style style:name="Default" style:family="table-cell"/></office:styles>'
)
_STYLES = (
    DEFAULTS + '<office:automatic-styles><style:page-layout style:name="page">'
    "<style:page-layout-properties {PAGE}"
    ' style:print-orientation="landscape" fo:margin="12mm"'
    ' style:scale-to-X="1" style:scale-to-Y="0"'
    ' style:print-page-order="ttb"/>'
    '<style:footer-style><style:header-footer-properties fo:min-height="8mm"/></style:footer-style>'
    "</style:page-layout></office:automatic-styles>"
    '<office:master-styles><style:master-page style:name="Default"'
    ' style:page-layout-name="page"><style:footer><text:p><text:title/>　'
    "<text:page-number/> / <text:page-count/></text:p></style:footer></style:master-page>"
    "</office:master-styles></office:document-styles>"
)


def cell_style(
    name: str,
    *,
    data: str = "",
    cell: str = "",
    text: str = "",
    align: str = "",
    vertical: str = "middle",
) -> str:
    style = f' style:data-style-name="{data}"' if data else ""
    paragraph = f'<style:paragraph-properties fo:text-align="{align}"/>' if align else ""
    # Without this, numbers keep to the right and texts to the left, whatever the paragraph says.
    source = ' style:text-align-source="fix"' if align else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell"'
        f' style:parent-style-name="Default"{style}>'
        f'<style:table-cell-properties style:vertical-align="{vertical}"{source}{cell}/>'
        f"{paragraph}<style:text-properties{text}/></style:style>"
    )


LINE = ' fo:border="0.5pt solid #999999"'
_SUM = LINE + ' fo:border-top="1.5pt solid #555555"'
BOLD = ' fo:font-weight="bold" style:font-weight-asian="bold"'
LARGE = BOLD + ' fo:font-size="14pt" style:font-size-asian="14pt"'
WRAP = ' fo:wrap-option="wrap"'


def _kind_styles(prefix: str, line: str, text: str) -> str:
    return (
        cell_style(f"{prefix}text", cell=line + WRAP, text=text)
        + cell_style(f"{prefix}amount", data="amount", cell=line, text=text, align="end")
        + cell_style(f"{prefix}number", data="number", cell=line, text=text, align="end")
        + cell_style(f"{prefix}date", cell=line, text=text, align="center")
    )


_NUMBER = (
    '<number:number number:decimal-places="0" number:min-integer-digits="1"'
    ' number:grouping="true"/>'
)
DATA_STYLES = (
    f'<number:number-style style:name="number">{_NUMBER}</number:number-style>'
    '<number:number-style style:name="amount-plus" style:volatile="true">'
    f"{_NUMBER}</number:number-style>"
    '<number:number-style style:name="amount-minus" style:volatile="true">'
    f"<number:text>{formats.MINUS}</number:text>{_NUMBER}</number:number-style>"
    '<number:number-style style:name="amount"><number:text>-</number:text>'
    '<style:map style:condition="value()&gt;0" style:apply-style-name="amount-plus"/>'
    '<style:map style:condition="value()&lt;0" style:apply-style-name="amount-minus"/>'
    "</number:number-style>"
)
_CELL_STYLES = (
    cell_style("title", text=LARGE, align="center")
    + cell_style("above", align="center")
    + cell_style("plain")
    + cell_style(
        "head", cell=LINE + WRAP + ' fo:background-color="#f4f6f7"', text=BOLD, align="center"
    )
    + _kind_styles("cell-", LINE, "")
    + _kind_styles("sum-", _SUM, BOLD)
    + '<style:style style:name="sheet" style:family="table" style:master-page-name="Default">'
    '<style:table-properties table:display="true"/></style:style>'
)


class Document(Value, frozen=True, kw_only=True):
    """What is written; ``columns`` are (title, kind, width in characters), ``is_wide``: on A3."""

    title: str
    author: str
    sheet: str
    heading: tuple[str, ...]
    columns: tuple[tuple[str, str, int], ...]
    rows: Iterable[Sequence[CellValue]]
    totals: tuple[CellValue, ...]
    closing: tuple[str, ...]
    is_wide: bool = False


def write(document: Document, file: BinaryIO) -> None:
    """Write the archive; the rows are compressed while they come."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        # The first entry, unpacked, tells programs what the file is.
        archive.writestr(zipfile.ZipInfo("mimetype"), MIME, compress_type=zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("styles.xml", _STYLES.replace("{PAGE}", A3 if document.is_wide else A4))
        archive.writestr("meta.xml", meta(title=document.title, author=document.author))
        with (
            archive.open("content.xml", "w", force_zip64=True) as entry,
            io.TextIOWrapper(entry, encoding="utf-8", newline="") as out,
        ):
            _content(document, out)


def meta(*, title: str, author: str) -> str:
    return (
        f'{HEAD}<office:document-meta {NAMESPACES} office:version="1.3"><office:meta>'
        f"<dc:title>{_text(title)}</dc:title>"
        f"<dc:creator>{_text(author)}</dc:creator>"
        "</office:meta></office:document-meta>"
    )


def _content(document: Document, out: io.TextIOWrapper) -> None:
    widths = sorted({width for _, _, width in document.columns})
    out.write(f'{HEAD}<office:document-content {NAMESPACES} office:version="1.3">')
    out.write(f"<office:automatic-styles>{DATA_STYLES}{_CELL_STYLES}")
    out.writelines(
        f'<style:style style:name="width-{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * CHARACTER_MM:.1f}mm"/>'
        "</style:style>"
        for width in widths
    )
    out.write("</office:automatic-styles><office:body><office:spreadsheet>")
    out.write(
        f'<table:table table:name={quoteattr(clean(document.sheet))} table:style-name="sheet">'
    )
    out.writelines(
        f'<table:table-column table:style-name="width-{width}"/>'
        for _, _, width in document.columns
    )
    _rows(document, out)
    out.write("</table:table></office:spreadsheet></office:body></office:document-content>")


def _rows(document: Document, out: io.TextIOWrapper) -> None:
    columns = len(document.columns)
    kinds = [kind for _, kind, _ in document.columns]
    out.write("<table:table-header-rows>")
    for at, line in enumerate(document.heading):
        _spanning(out, line, columns, "title" if at == 1 else "above")
    out.write("<table:table-row>")
    out.writelines(data_cell(title, "head") for title, _, _ in document.columns)
    out.write("</table:table-row></table:table-header-rows>")
    for row in document.rows:
        _row(out, row, [f"cell-{kind}" for kind in kinds])
    if document.totals:
        _row(out, document.totals, [f"sum-{kind}" for kind in kinds])
    out.write("<table:table-row><table:table-cell/></table:table-row>")
    for line in document.closing:
        _spanning(out, line, columns, "plain")


def _spanning(out: io.TextIOWrapper, line: str, columns: int, style: str) -> None:
    covered = f'<table:covered-table-cell table:number-columns-repeated="{columns - 1}"/>'
    span = f' table:number-columns-spanned="{columns}" table:number-rows-spanned="1"'
    out.write(
        f"<table:table-row>{data_cell(line, style, more=span)}{covered if columns > 1 else ''}"
        "</table:table-row>"
    )


def _row(out: io.TextIOWrapper, values: Sequence[CellValue], styles: Sequence[str]) -> None:
    out.write("<table:table-row>")
    out.writelines(data_cell(value, style) for value, style in zip(values, styles, strict=True))
    out.write("</table:table-row>")


def data_cell(value: CellValue, style: str, *, more: str = "") -> str:
    if value is None:
        return f'<table:table-cell table:style-name="{style}"/>'
    if isinstance(value, dt.date):
        value = formats.format_date(value)
    if isinstance(value, str):
        lines = "".join(f"<text:p>{_text(line)}</text:p>" for line in value.split("\n"))
        kind = ' office:value-type="string"'
    else:
        lines = f"<text:p>{formats.format_ntd(value)}</text:p>"
        kind = f' office:value-type="float" office:value="{value}"'
    return f'<table:table-cell table:style-name="{style}"{kind}{more}>{lines}</table:table-cell>'


def _text(text: str) -> str:
    # Runs of spaces would shrink to one; ours are full-width, which are kept.
    return escape(clean(text)).replace("  ", "<text:s/> ")


def clean(text: str) -> str:
    return "".join(
        letter
        for letter in text
        if letter in _KEPT_CONTROLS or (letter >= " " and letter not in "\ufffe\uffff")
        if not "\ud800" <= letter <= "\udfff"
    )
