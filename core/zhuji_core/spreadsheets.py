"""Read .xls, .xlsx and .ods files from outside into frozen values, or refuse with the reason.

The parser (calamine) is native code that allocates one dense rectangle per sheet, from the
first used cell to the last: two cells in opposite corners of a 5 KB file ask for hundreds of
gigabytes, and a failed allocation ends the process. So the container is measured here first,
without building anything: which cells are used (BIFF records, sheet XML), how far ZIP parts
unpack. Only a file within the limits reaches the parser.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import TypeAlias
from xml.parsers import expat

import python_calamine

from zhuji_core.values import N_, DomainError, Value

# A whole city's largest book has 0.4 MB, 25 sheets and 11,540 cells: twenty times that is
# generous, and still read in about a second.
BYTES_MAX = 10_000_000
SHEETS_MAX = 200
ROWS_MAX = 100_000
COLUMNS_MAX = 1_000
CELLS_MAX = 3_000_000
# Sheet XML of numbers packs about 1:10, of equal rows 1:60; a bomb 1:1000.
UNPACKED_BYTES_MAX = 200_000_000
UNPACKED_RATIO_MAX = 150
ZIP_PARTS_MAX = 2_000

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = b"PK\x03\x04"
_SECTOR_END = 0xFFFF_FFFA  # FAT values from here on are marks, not sector numbers.
_OLE_SHIFTS = range(7, 17)  # sectors of 128 bytes to 64 KB; real files have 512 or 4,096
# BIFF records that hold a cell at (row, column) in their first four bytes.
_BIFF_CELLS = frozenset({0x06, 0x0203, 0x0204, 0x0205, 0xD6, 0xFD, 0x027E, 0xBD})
_BIFF_FILEPASS, _BIFF_BOF = 0x2F, 0x0809

# Sheet name → (row, column) from 0 → the text of an error that a formula has as its result.
_SheetFaults: TypeAlias = dict[tuple[int, int], str]
_Faults: TypeAlias = dict[str, _SheetFaults]
_FAULT_MAX = 20  # "#GETTING_DATA" is the longest word of a spreadsheet program
# What BIFF stores instead of the words.
_BIFF_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_BIFF_BOOLERR, _BIFF_FORMULA, _BIFF_BOUNDSHEET = 0x0205, 0x06, 0x85

CellValue: TypeAlias = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


class Sheet(Value, frozen=True, kw_only=True):
    """One sheet: ``rows[0]`` is row 1 and its first item column A, also when they are blank.

    A blank cell is ``""``; a formula is its stored result, or the text of its error ("#REF!"),
    or itself ("=SUM(F5:F9)") where no result is stored; a merged cell stands top left.
    """

    name: str
    rows: tuple[tuple[CellValue, ...], ...]


class Workbook(Value, frozen=True, kw_only=True):
    """One file: ``name`` is the file's name without folder, sheets in the file's order."""

    name: str
    sheets: tuple[Sheet, ...]


class NotASpreadsheet(DomainError):
    """The first bytes and the parts inside are of none of the three formats."""

    code = "E-SHEET-KIND"
    message = N_("檔案「{file}」不是試算表（僅接受 .xls、.xlsx、.ods）。")
    status_code = 422


class EncryptedSpreadsheet(DomainError):
    """The file needs a password."""

    code = "E-SHEET-ENCRYPTED"
    message = N_("檔案「{file}」設有密碼，請解除密碼後再上傳。")
    status_code = 422


class UnreadableSpreadsheet(DomainError):
    """Looks like a spreadsheet, but is cut off or damaged."""

    code = "E-SHEET-DAMAGED"
    message = N_("檔案「{file}」已損毀或不完整，無法讀取。")
    status_code = 422


class SpreadsheetTooLarge(DomainError):
    """Over a limit; ``arithmetic`` has what was found and the most that is taken."""

    code = "E-SHEET-TOO-LARGE"
    message = N_("檔案「{file}」過大：{what} {actual}，上限 {limit}。")
    status_code = 422


def read_workbook(source: Path | bytes, *, name: str = "") -> Workbook:
    """Read a spreadsheet from a path or from uploaded bytes.

    The format is told by content, never by the file's name. Raises ``NotASpreadsheet``,
    ``EncryptedSpreadsheet``, ``UnreadableSpreadsheet`` or ``SpreadsheetTooLarge``.
    ``name`` is what reports call the file; for a path it defaults to the file's name.
    """
    if isinstance(source, Path):
        name = name or source.name
        _limit(name, N_("位元組"), source.stat().st_size, BYTES_MAX)
        source = source.read_bytes()
    name = PurePath(name.replace("\\", "/")).name or "-"
    _limit(name, N_("位元組"), len(source), BYTES_MAX)
    if source.startswith(_OLE_MAGIC):
        faults = _measured(_measure_xls, name, source)
    elif source.startswith(_ZIP_MAGIC):
        faults = _measured(_measure_zip, name, source)
    else:
        raise NotASpreadsheet(file=name)
    sheets = tuple(_with_faults(sheet, faults.get(sheet.name)) for sheet in _parse(name, source))
    return Workbook(name=name, sheets=sheets)


def _with_faults(sheet: Sheet, faults: _SheetFaults | None) -> Sheet:
    """Put the errors of formulas where the parser, which drops them, left the cell blank."""
    if not faults:
        return sheet
    rows = [list(row) for row in sheet.rows]
    for (row, column), text in faults.items():
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
            rows[row][column] = text
    return Sheet(name=sheet.name, rows=tuple(map(tuple, rows)))


def _limit(name: str, what: str, actual: int, limit: int) -> None:
    if actual > limit:
        raise SpreadsheetTooLarge(
            arithmetic={"actual": actual, "limit": limit},
            file=name,
            what=what,
            actual=actual,
            limit=limit,
        )


def _measured(measure: Callable[[str, bytes], _Faults], name: str, content: bytes) -> _Faults:
    """Run a measurement over bytes that may be garbage: any slip of it means a damaged file."""
    try:
        return measure(name, content)
    except (
        struct.error,
        ValueError,
        LookupError,
        EOFError,
        OSError,
        RuntimeError,  # an encrypted ZIP part; NotImplementedError: an unknown compression
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
    ) as error:
        raise UnreadableSpreadsheet(file=name, cause=type(error).__name__) from error


def _parse(name: str, content: bytes) -> Iterator[Sheet]:
    """Let calamine read what has been measured, one sheet at a time."""
    try:
        book = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        for sheet in book.sheets_metadata:
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:  # charts have no cells
                rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                yield Sheet(name=sheet.name, rows=tuple(map(tuple, rows)))
    except python_calamine.PasswordError as error:
        raise EncryptedSpreadsheet(file=name) from error
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise UnreadableSpreadsheet(file=name, cause=type(error).__name__) from error
    except BaseException as error:
        # A panic of the native parser is not an Exception; its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableSpreadsheet(file=name, cause="panic") from error


# --- .xls: an OLE container with a stream of BIFF records -----------------------------------


class _Ole:
    """Just enough of the compound file format to list and read streams."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._shift, self._mini_shift = struct.unpack_from("<2H", content, 30)
        if self._shift not in _OLE_SHIFTS or self._mini_shift > self._shift:
            raise ValueError(self._shift)
        directory_at, _, self._cutoff, mini_at = struct.unpack_from("<4I", content, 48)
        self._fat = self._read_fat()
        self.streams: dict[str, tuple[int, int]] = {}
        root = (0, 0)
        directory = self._sectors(directory_at)
        for at in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            start, size = struct.unpack_from("<2I", directory, at + 116)
            if kind == 5:  # noqa: PLR2004 (the root entry, which holds the small streams)
                root = (start, size)
            title = directory[at : at + max(0, min(length, 64) - 2)]
            self.streams.setdefault(title.decode("utf-16-le", "replace"), (start, size))
        self._mini = self._sectors(root[0])[: root[1]]
        mini_fat = self._sectors(mini_at)
        self._mini_fat = struct.unpack(f"<{len(mini_fat) // 4}I", mini_fat)

    def _read_fat(self) -> tuple[int, ...]:
        numbers = list(struct.unpack_from("<109I", self._content, 76))
        following = struct.unpack_from("<I", self._content, 68)[0]
        seen = 0
        while following < _SECTOR_END and seen <= len(self._content) >> self._shift:
            entries = self._sector(following)
            more = struct.unpack(f"<{len(entries) // 4}I", entries)
            numbers += more[:-1]
            following, seen = more[-1], seen + 1
        table = b"".join(self._sector(number) for number in numbers if number < _SECTOR_END)
        return struct.unpack(f"<{len(table) // 4}I", table)

    def _sector(self, number: int) -> bytes:
        at = (number + 1) << self._shift
        sector = self._content[at : at + (1 << self._shift)]
        return sector[: len(sector) // 4 * 4]

    def _sectors(self, number: int) -> bytes:
        parts: list[bytes] = []
        limit = len(self._fat)
        while number < _SECTOR_END and len(parts) <= limit:
            parts.append(self._sector(number))
            number = self._fat[number]
        return b"".join(parts)

    def read(self, title: str) -> bytes:
        number, size = self.streams[title]
        if size >= self._cutoff:
            return self._sectors(number)[:size]
        parts: list[bytes] = []
        width = 1 << self._mini_shift
        while number < _SECTOR_END and len(parts) <= len(self._mini_fat):
            parts.append(self._mini[number * width : (number + 1) * width])
            number = self._mini_fat[number]
        return b"".join(parts)[:size]


class _Extent:
    """The rectangle from the first to the last used cell of one sheet, and all sheets' sum."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._sheets = self._cells = 0
        self.begin()

    def begin(self) -> None:
        self._rows = self._columns = -1

    def use(self, row: int, column: int) -> None:
        self._rows = max(self._rows, row)
        self._columns = max(self._columns, column)

    def end(self) -> None:
        rows, columns = self._rows + 1, self._columns + 1
        self._sheets += 1
        self._cells += rows * columns
        _limit(self._name, N_("工作表數"), self._sheets, SHEETS_MAX)
        _limit(self._name, N_("列數"), rows, ROWS_MAX)
        _limit(self._name, N_("欄數"), columns, COLUMNS_MAX)
        _limit(self._name, N_("儲存格數"), self._cells, CELLS_MAX)


def _measure_xls(name: str, content: bytes) -> _Faults:
    container = _Ole(content)
    if "EncryptedPackage" in container.streams:
        raise EncryptedSpreadsheet(file=name)
    title = next((t for t in ("Workbook", "Book") if t in container.streams), None)
    if title is None:
        raise NotASpreadsheet(file=name)
    stream, at, extent, sheets = container.read(title), 0, _Extent(name), 0
    titles: dict[int, str] = {}
    faults: _Faults = {}
    sheet = ""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        if kind == _BIFF_FILEPASS:
            raise EncryptedSpreadsheet(file=name)
        if kind == _BIFF_BOF:
            extent.end()
            extent.begin()
            sheets += 1
            sheet = titles.get(at, "")
        elif kind == _BIFF_BOUNDSHEET:
            begins, name_of = _bound_sheet(stream[at + 4 : at + 4 + length])
            titles[begins] = name_of
        elif kind in _BIFF_CELLS and length >= 6:  # noqa: PLR2004 (row, column, format)
            row, column = struct.unpack_from("<2H", stream, at + 4)
            # A MULRK record runs to the column in its last two bytes.
            last = struct.unpack_from("<H", stream, at + 2 + length)[0] if kind == 0xBD else 0  # noqa: PLR2004
            extent.use(row, max(column, last))
            if error := _biff_error(kind, stream[at + 4 : at + 4 + length]):
                faults.setdefault(sheet, {})[row, column] = error
        at += 4 + length
    extent.end()
    if not sheets:
        raise UnreadableSpreadsheet(file=name, cause="no BIFF records")
    return faults


def _bound_sheet(body: bytes) -> tuple[int, str]:
    """Return where a sheet's records begin, and its name (BIFF8: length, width, characters)."""
    begins = struct.unpack_from("<I", body)[0]
    length, wide = body[6], body[7] & 1
    text = body[8 : 8 + (length * 2 if wide else length)]
    return begins, text.decode("utf-16-le" if wide else "latin-1", "replace")


def _biff_error(kind: int, body: bytes) -> str:
    """Return the error that a cell's record holds, or ""."""
    if kind == _BIFF_BOOLERR and len(body) >= 8 and body[7] == 1:  # noqa: PLR2004 (its layout)
        return _BIFF_ERRORS.get(body[6], "#ERR!")
    if kind == _BIFF_FORMULA and len(body) >= 14:  # noqa: PLR2004 (row, column, format, result)
        result = body[6:14]
        # A result of 0xFFFF at its end is no number; 2 at its beginning says: an error.
        if result[6:] == b"\xff\xff" and result[0] == 2:  # noqa: PLR2004
            return _BIFF_ERRORS.get(result[2], "#ERR!")
    return ""


# --- .xlsx and .ods: ZIP parts with XML ------------------------------------------------------


def _measure_zip(name: str, content: bytes) -> _Faults:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        _limit(name, N_("壓縮檔內檔案數"), len(parts), ZIP_PARTS_MAX)
        titles = {part.filename.lower(): part.filename for part in parts}
        if len(titles) != len(parts):
            # Two parts of one name: this check and the parser might read different ones.
            raise UnreadableSpreadsheet(file=name, cause="duplicate part")
        _measure_unpacked(name, content, parts)
        extent = _Extent(name)
        excel, ods = "xl/workbook.xml" in titles, _says_ods(archive, titles)
        if excel == ods or "xl/workbook.bin" in titles:
            raise NotASpreadsheet(file=name)
        if ods:
            return _measure_ods(archive, titles["content.xml"], extent, name)
        faults: _Faults = {}
        for title in titles.values():
            if _holds_worksheet(archive, title):
                faults[title] = _measure_xlsx_sheet(archive, title, extent)
        return _by_sheet(archive, titles, faults) if any(faults.values()) else {}


def _by_sheet(archive: zipfile.ZipFile, titles: dict[str, str], faults: _Faults) -> _Faults:
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
                _limit(name, N_("解壓縮位元組"), unpacked, UNPACKED_BYTES_MAX)
        else:
            raise NotImplementedError(part.compress_type)
    _limit(name, N_("解壓縮位元組"), unpacked, UNPACKED_BYTES_MAX)
    _limit(name, N_("壓縮比"), unpacked // max(len(content), 1), UNPACKED_RATIO_MAX)


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

    def __init__(self, extent: _Extent) -> None:
        self._extent = extent
        self._row = self._column = -1
        self._is_error = self._reads = self._has_result = False
        self._formula: list[str] | None = None
        self.faults: _SheetFaults = {}

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
        if self._formula is not None and not self._has_result and len(self._formula) < _FAULT_MAX:
            self._formula.append(text)
        if self._reads:
            at = (self._row, self._column)
            self.faults[at] = (self.faults.get(at, "") + text)[:_FAULT_MAX]

    def end(self, tag: str) -> None:
        match tag.rpartition(":")[2]:
            case "v":
                self._reads = False
            case "c" if self._formula is not None and not self._has_result:
                # Written by a program and never calculated: blank to the parser, but not nothing.
                at = (self._row, self._column)
                self.faults[at] = f"={''.join(self._formula)}"[:_FAULT_MAX]


def _measure_xlsx_sheet(archive: zipfile.ZipFile, title: str, extent: _Extent) -> _SheetFaults:
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

    def __init__(self, extent: _Extent) -> None:
        self._extent = extent
        self._rows = self._columns = self._used = 0
        self._repeated = 1
        self._sheet, self._error_at = "", -1
        self.faults: _Faults = {}

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
            found[at] = (found.get(at, "") + text.strip())[:_FAULT_MAX]

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


def _measure_ods(archive: zipfile.ZipFile, title: str, extent: _Extent, name: str) -> _Faults:
    if "META-INF/manifest.xml" in archive.namelist() and (
        b"encryption-data" in archive.read("META-INF/manifest.xml")
    ):
        raise EncryptedSpreadsheet(file=name)
    ruler = _OdsRuler(extent)
    _parse_xml(archive, title, ruler.start, ruler.end, ruler.text)
    return ruler.faults
