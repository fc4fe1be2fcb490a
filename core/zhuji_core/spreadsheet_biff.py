"""Measure an .xls file without building it: an OLE container with a stream of BIFF records."""

from __future__ import annotations

import struct

from zhuji_core.spreadsheet_limits import (
    EncryptedSpreadsheet,
    Extent,
    Faults,
    NotASpreadsheet,
    UnreadableSpreadsheet,
)

_SECTOR_END = 0xFFFF_FFFA  # FAT values from here on are marks, not sector numbers.
_OLE_SHIFTS = range(7, 17)  # sectors of 128 bytes to 64 KB; real files have 512 or 4,096
# BIFF records that hold a cell at (row, column) in their first four bytes.
_BIFF_CELLS = frozenset({0x06, 0x0203, 0x0204, 0x0205, 0xD6, 0xFD, 0x027E, 0xBD})
_BIFF_FILEPASS, _BIFF_BOF = 0x2F, 0x0809
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


def measure_xls(name: str, content: bytes) -> Faults:
    """Return the errors of formulas; raise as ``read_workbook`` does, or any slip of garbage."""
    container = _Ole(content)
    if "EncryptedPackage" in container.streams:
        raise EncryptedSpreadsheet(file=name)
    title = next((t for t in ("Workbook", "Book") if t in container.streams), None)
    if title is None:
        raise NotASpreadsheet(file=name)
    stream, at, extent, sheets = container.read(title), 0, Extent(name), 0
    titles: dict[int, str] = {}
    faults: Faults = {}
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
