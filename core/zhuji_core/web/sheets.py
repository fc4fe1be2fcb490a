"""A report of rows on the page, in a file and in the API: one sheet, three shapes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Protocol

from zhuji_core.reports.definition import figure_text
from zhuji_core.reports.sheet import Sheet, SheetColumn, SheetKind, SheetRow, SheetValue
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, CellValue, Column, Kind, Pager, Row, Table
from zhuji_core.web.reports import exports_of

KINDS: Mapping[SheetKind, Kind] = {
    SheetKind.CODE: Kind.CODE,
    SheetKind.AMOUNT: Kind.AMOUNT,
    SheetKind.NUMBER: Kind.NUMBER,
    SheetKind.RATE: Kind.NUMBER,
    SheetKind.DATE: Kind.DATE,
}


class Reader(Protocol):
    """Who reads: the language, and the addresses of the county (a ``RequestContext``)."""

    def gettext(self, message: str) -> str: ...

    def path(self, path: str) -> str: ...


class SheetHead(Value, frozen=True, kw_only=True):
    """A column in the API; ``kind``: amounts are dollars, rates hundredths of a percent."""

    name: str
    title: str
    kind: SheetKind


class SheetItem(Value, frozen=True, kw_only=True):
    """A row by the names of its columns; ``links`` lead to what a value is made of."""

    values: Mapping[str, str | int | None]
    links: Mapping[str, str]
    strong: bool


class SheetAnswer(Value, frozen=True, kw_only=True):
    """A page of a report of rows, with the sums of all of it."""

    name: str
    title: str
    columns: tuple[SheetHead, ...]
    items: tuple[SheetItem, ...]
    totals: Mapping[str, str | int | None]
    count: int | None
    next: str | None


def sheet_table(  # noqa: PLR0913 (where the table stands, all by keyword)
    context: Reader,
    sheet: Sheet,
    *,
    address: str,
    caption: str = "",
    first_url: str = "",
    next_url: str = "",
    empty: str = "",
) -> Table:
    """Return the sheet as a table of a page; ``address`` is its page with what it is asked by."""
    tr = context.gettext
    places = {column.name: at for at, column in enumerate(sheet.columns)}
    return Table(
        id="report",
        caption=caption or tr("{title}（單位：元）").format(title=tr(sheet.title)),
        narrow=True,
        columns=tuple(
            Column(
                title=tr(column.title),
                kind=KINDS.get(column.kind, Kind.TEXT),
                wide=column.wide,
                under=places[column.under] if column.under else None,
            )
            for column in sheet.columns
        ),
        rows=tuple(_row(row, sheet.columns, context) for row in sheet.rows),
        totals=tuple(
            Cell(value=tr(value) if isinstance(value, str) else _value(value, column, tr))
            for value, column in zip(sheet.totals, sheet.columns, strict=False)
        ),
        pager=Pager(
            shown=len(sheet.rows), count=sheet.count, first_url=first_url, next_url=next_url
        ),
        exports=exports_of(address),
        empty=empty or tr("沒有可列入本表的資料。"),
    )


def sheet_answer(context: Reader, sheet: Sheet, *, following: str | None) -> SheetAnswer:
    """Return the sheet for the API; ``following`` is the cursor of the next page."""
    tr = context.gettext
    return SheetAnswer(
        name=sheet.name,
        title=tr(sheet.title),
        columns=tuple(
            SheetHead(name=column.name, title=tr(column.title), kind=column.kind)
            for column in sheet.columns
        ),
        items=tuple(
            SheetItem(
                values=values,
                links={name: context.path(path) for name, path in row.paths.items()},
                strong=row.strong,
            )
            for row, values in zip(sheet.rows, sheet.records(), strict=True)
        ),
        totals=sheet.sums,
        count=sheet.count,
        next=following,
    )


def _row(row: SheetRow, columns: tuple[SheetColumn, ...], context: Reader) -> Row:
    return Row(
        cells=tuple(
            Cell(
                value=_value(value, column, context.gettext, ours=row.strong),
                url=context.path(row.paths[column.name]) if column.name in row.paths else "",
            )
            for value, column in zip(row.values, columns, strict=True)
        ),
        emphasis=row.strong,
    )


def _value(
    value: SheetValue, column: SheetColumn, gettext: Callable[[str], str], *, ours: bool = False
) -> CellValue:
    """Return what is shown; texts of a row that is ours (承前頁, 收入合計) are words too."""
    if isinstance(value, int):
        return figure_text(value) if column.kind is SheetKind.RATE else value
    if not value:
        return None
    if column.kind is SheetKind.DATE:
        return dt.date.fromisoformat(value)
    return gettext(value) if ours or column.kind is SheetKind.WORD else value
