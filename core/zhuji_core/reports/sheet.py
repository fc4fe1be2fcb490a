"""A report of rows (帳簿, 清冊): heads, rows and sums as they were read, for page, file and API.

A sheet is plain data: it may be kept as JSON (a month's reports are frozen so) and shown again.
Texts in ``title`` are message ids, translated when the sheet is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from zhuji_core.values import Value

# A date is its ISO text, so that a kept sheet reads back as it was.
SheetValue = str | int | None


class SheetKind(StrEnum):
    """What a column holds. ``word`` is a text of ours, to translate; ``rate`` hundredths of a %."""

    TEXT = "text"
    WORD = "word"
    CODE = "code"
    AMOUNT = "amount"
    NUMBER = "number"
    RATE = "rate"
    DATE = "date"


class SheetColumn(Value, frozen=True, kw_only=True):
    """A head. ``wide``: words that need room; ``under``: the column below which it is printed."""

    name: str
    title: str
    kind: SheetKind = SheetKind.TEXT
    wide: bool = False
    under: str = ""


class SheetRow(Value, frozen=True, kw_only=True):
    """One value for each column. ``paths``: column → what it leads to, below the county.

    ``strong``: a row that is brought forward or a sum of others.
    """

    values: tuple[SheetValue, ...]
    paths: Mapping[str, str] = {}
    strong: bool = False


class Sheet(Value, frozen=True, kw_only=True):
    """A report as it was read. ``next`` is what its next page comes after, "" for the last.

    ``totals``: one value for each column (None: nothing is added up), () for none.
    """

    name: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    totals: tuple[SheetValue, ...] = ()
    count: int | None = None
    next: str = ""

    def records(self) -> list[dict[str, SheetValue]]:
        """Return the rows with the names of their columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row.values, strict=True)) for row in self.rows]

    @property
    def sums(self) -> dict[str, SheetValue]:
        """Return the totals by the names of their columns."""
        names = [column.name for column in self.columns]
        return dict(zip(names, self.totals, strict=True)) if self.totals else {}


def digest_of(sheet: Sheet) -> str:
    """Return the SHA-256 of what the sheet tells: names and values, not how they are shown."""
    told = (
        sheet.name,
        [column.name for column in sheet.columns],
        [row.values for row in sheet.rows],
        sheet.totals,
    )
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
