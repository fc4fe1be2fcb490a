"""Measure an .xlsx or .ods file without building it: ZIP parts with XML."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

from zhuji_core.spreadsheet_limits import (
    FAULT_MAX,
    UNPACKED_BYTES_MAX,
    UNPACKED_RATIO_MAX,
    ZIP_PARTS_MAX,
    EncryptedSpreadsheet,
    Extent,
    Faults,
    NotASpreadsheet,
    SheetFaults,
    UnreadableSpreadsheet,
    limit_to,
)
from zhuji_core.values import N_


def measure_zip(name: str, content: bytes) -> Faults:
    """Return the errors of formulas; raise as ``read_workbook`` does, or any slip of garbage."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        limit_to(name, N_("壓縮檔內檔案數"), len(parts), ZIP_PARTS_MAX)
        titles = {part.filename.lower(): part.filename for part in parts}
        if len(titles) != len(parts):
            # Two parts of one name: this check and the parser might read different ones.
            raise UnreadableSpreadsheet(file=name, cause="duplicate part")
        _measure_unpacked(name, content, parts)
        extent = Extent(name)
        excel, ods = "xl/workbook.xml" in titles, _says_ods(archive, titles)
        if excel == ods or "xl/workbook.bin" in titles:
            raise NotASpreadsheet(file=name)
        if ods:
            return _measure_ods(archive, titles["content.xml"], extent, name)
        faults: Faults = {}
        for title in titles.values():
            if _holds_worksheet(archive, title):
                faults[title] = measure_xlsx_sheet(archive, title, extent)
        return _by_sheet(archive, titles, faults) if any(faults.values()) else {}


def _by_sheet(archive: zipfile.ZipFile, titles: dict[str, str], faults: Faults) -> Faults:
    """Name the sheets of parts: workbook.xml gives names and ids, its relations the parts."""
    parts: dict[str, str] = {}
    names: dict[str, str] = {}

    def related(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and "Target" in attributes:
            target = attributes["Target"]
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            parts[attributes.get("Id", "")] = titles.get(path.lower(), "")

    def listed(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            names[parts.get(relation, "")] = attributes.get("name", "")

    relations = titles.get("xl/_rels/workbook.xml.rels")
    if relations is not None:
        _parse_xml(archive, relations, related)
        _parse_xml(archive, titles["xl/workbook.xml"], listed)
    return {names[part]: found for part, found in faults.items() if part in names}


def _measure_unpacked(name: str, content: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Unpack every part once, keeping nothing: the sizes that a ZIP declares may be lies."""
    unpacked = 0
    for part in parts:
        lengths = struct.unpack_from("<2H", content, part.header_offset + 26)
        at = part.header_offset + 30 + sum(lengths)
        packed = content[at : at + part.compress_size]
        if part.compress_type == zipfile.ZIP_STORED:
            unpacked += len(packed)
        elif part.compress_type == zipfile.ZIP_DEFLATED:
            inflate = zlib.decompressobj(-15)
            while packed and not inflate.eof:
                unpacked += len(inflate.decompress(packed, 1 << 20))
                packed = inflate.unconsumed_tail
                limit_to(name, N_("解壓縮位元組"), unpacked, UNPACKED_BYTES_MAX)
        else:
            raise NotImplementedError(part.compress_type)
    limit_to(name, N_("解壓縮位元組"), unpacked, UNPACKED_BYTES_MAX)
    limit_to(name, N_("壓縮比"), unpacked // max(len(content), 1), UNPACKED_RATIO_MAX)


def _holds_worksheet(archive: zipfile.ZipFile, title: str) -> bool:
    """By content: a workbook may keep its sheets under any name."""
    if title.lower().startswith("xl/worksheets/") and title.lower().endswith(".xml"):
        return True
    with archive.open(title) as part:
        head = part.read(2_000).replace(b"\0", b"")  # without the gaps of UTF-16
    return re.search(rb"<(\w+:)?worksheet[\s>]", head) is not None


def _says_ods(archive: zipfile.ZipFile, titles: dict[str, str]) -> bool:
    if not {"mimetype", "content.xml"} <= titles.keys():
        return False
    return b"opendocument.spreadsheet" in archive.read(titles["mimetype"])


def _parse_xml(
    archive: zipfile.ZipFile,
    title: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream one XML part; expat itself refuses entity bombs."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    with archive.open(title) as part:
        while chunk := part.read(1 << 16):
            parser.Parse(chunk, False)  # noqa: FBT003 (positional-only in expat)
    parser.Parse(b"", True)  # noqa: FBT003


_REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,8})\Z")


class _XlsxRuler:
    """Follows the cells of a sheet: the used ones count, and those whose result is an error."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._row = self._column = -1
        self._is_error = self._reads = self._has_result = False
        self._formula: list[str] | None = None
        self.faults: SheetFaults = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "row":
            self._row, self._column = int(attributes.get("r", self._row + 2)) - 1, -1
        elif tag == "c":
            found = _REFERENCE.match(attributes.get("r", ""))
            self._column += 1
            if found:
                self._row, self._column = int(found[2]) - 1, _column_number(found[1])
            self._is_error = attributes.get("t") == "e"
            self._has_result, self._formula = False, None
        elif tag in {"v", "is", "f"}:  # a cell that is only formatted does not count
            self._extent.use(self._row, self._column)
            self._reads = tag == "v" and self._is_error
            self._has_result = self._has_result or tag != "f"
            if tag == "f":
                self._formula = []

    def text(self, text: str) -> None:
        if self._formula is not None and not self._has_result and len(self._formula) < FAULT_MAX:
            self._formula.append(text)
        if self._reads:
            at = (self._row, self._column)
            self.faults[at] = (self.faults.get(at, "") + text)[:FAULT_MAX]

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "v":
                self._reads = False
            case "c" if self._formula is not None and not self._has_result:
                # Written by a program and never calculated: blank to the parser, but not nothing.
                at = (self._row, self._column)
                self.faults[at] = f"={''.join(self._formula)}"[:FAULT_MAX]


def measure_xlsx_sheet(archive: zipfile.ZipFile, title: str, extent: Extent) -> SheetFaults:
    extent.begin()
    ruler = _XlsxRuler(extent)
    _parse_xml(archive, title, ruler.start, ruler.end, ruler.text)
    extent.end()
    return ruler.faults


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _OdsRuler:
    """Repeated rows and cells count in full when they hold something, else not at all."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._rows = self._columns = self._used = 0
        self._repeated = 1
        self._sheet, self._error_at = "", -1
        self.faults: Faults = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "table":
                self._extent.begin()
                self._rows = 0
                self._sheet = attributes.get("table:name", "")
            case "table-row":
                self._columns = self._used = 0
                self._repeated = int(attributes.get("table:number-rows-repeated", 1))
            case "table-cell" | "covered-table-cell":
                # LibreOffice's own attribute; the value's type of the standard says: a string.
                is_error = attributes.get("calcext:value-type") == "error"
                self._error_at = self._columns if is_error else -1
                self._columns += int(attributes.get("table:number-columns-repeated", 1))
                if not attributes.keys().isdisjoint({"office:value-type", "table:formula"}):
                    self._used = self._columns
            case "p":
                self._used = self._columns

    def text(self, text: str) -> None:
        if self._error_at >= 0:
            found = self.faults.setdefault(self._sheet, {})
            at = (self._rows, self._error_at)
            found[at] = (found.get(at, "") + text.strip())[:FAULT_MAX]

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "table-cell":
                self._error_at = -1
            case "table-row":
                self._rows += self._repeated
                if self._used:
                    self._extent.use(self._rows - 1, self._used - 1)
            case "table":
                self._extent.end()


def _measure_ods(archive: zipfile.ZipFile, title: str, extent: Extent, name: str) -> Faults:
    if "META-INF/manifest.xml" in archive.namelist() and (
        b"encryption-data" in archive.read("META-INF/manifest.xml")
    ):
        raise EncryptedSpreadsheet(file=name)
    ruler = _OdsRuler(extent)
    _parse_xml(archive, title, ruler.start, ruler.end, ruler.text)
    return ruler.faults
