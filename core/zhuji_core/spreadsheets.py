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
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import TypeAlias
from xml.parsers import expat

import python_calamine

from zhuji_core.spreadsheet_biff import measure_xls
from zhuji_core.spreadsheet_limits import (
    BYTES_MAX,
    EncryptedSpreadsheet,
    Faults,
    NotASpreadsheet,
    SheetFaults,
    UnreadableSpreadsheet,
    limit_to,
)
from zhuji_core.spreadsheet_zip import measure_zip
from zhuji_core.values import N_, Value

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = b"PK\x03\x04"

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


def read_workbook(source: Path | bytes, *, name: str = "") -> Workbook:
    """Read a spreadsheet from a path or from uploaded bytes.

    The format is told by content, never by the file's name. Raises ``NotASpreadsheet``,
    ``EncryptedSpreadsheet``, ``UnreadableSpreadsheet`` or ``SpreadsheetTooLarge``.
    ``name`` is what reports call the file; for a path it defaults to the file's name.
    """
    if isinstance(source, Path):
        name = name or source.name
        limit_to(name, N_("位元組"), source.stat().st_size, BYTES_MAX)
        source = source.read_bytes()
    name = PurePath(name.replace("\\", "/")).name or "-"
    limit_to(name, N_("位元組"), len(source), BYTES_MAX)
    if source.startswith(_OLE_MAGIC):
        faults = _measured(measure_xls, name, source)
    elif source.startswith(_ZIP_MAGIC):
        faults = _measured(measure_zip, name, source)
    else:
        raise NotASpreadsheet(file=name)
    sheets = tuple(_with_faults(sheet, faults.get(sheet.name)) for sheet in _parse(name, source))
    return Workbook(name=name, sheets=sheets)


def _with_faults(sheet: Sheet, faults: SheetFaults | None) -> Sheet:
    """Put the errors of formulas where the parser, which drops them, left the cell blank."""
    if not faults:
        return sheet
    rows = [list(row) for row in sheet.rows]
    for (row, column), text in faults.items():
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
            rows[row][column] = text
    return Sheet(name=sheet.name, rows=tuple(map(tuple, rows)))


def _measured(measure: Callable[[str, bytes], Faults], name: str, content: bytes) -> Faults:
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
