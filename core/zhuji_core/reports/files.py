"""A sheet as a file, where no page stands behind it: for commands and jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from zhuji_core.export import SIGNATURES, CellValue, Report, ReportColumn, ReportKind
from zhuji_core.reports.definition import figure_text
from zhuji_core.reports.sheet import Sheet, SheetColumn, SheetKind, SheetValue
from zhuji_core.uow import UnitOfWork

KINDS = {
    SheetKind.AMOUNT: ReportKind.AMOUNT,
    SheetKind.NUMBER: ReportKind.NUMBER,
    SheetKind.RATE: ReportKind.NUMBER,
    SheetKind.DATE: ReportKind.DATE,
}


def report_of(
    uow: UnitOfWork, sheet: Sheet, *, agency: str, period: str, gettext: Callable[[str], str]
) -> Report:
    """Return the sheet as an official report, in the reader's language."""
    places = {column.name: at for at, column in enumerate(sheet.columns)}
    return Report(
        title=gettext(sheet.title),
        county=uow.county.name,
        agency=agency,
        period=period,
        unit=gettext("單位：元"),
        columns=tuple(
            ReportColumn(
                title=gettext(column.title),
                kind=KINDS.get(column.kind, ReportKind.TEXT),
                under=places[column.under] if column.under else None,
            )
            for column in sheet.columns
        ),
        rows=[
            [
                _cell(value, column, gettext, ours=row.strong)
                for value, column in zip(row.values, sheet.columns, strict=True)
            ]
            for row in sheet.rows
        ],
        totals=tuple(
            _cell(value, column, gettext, ours=True)
            for value, column in zip(sheet.totals, sheet.columns, strict=False)
        ),
        signatures=tuple(gettext(name) for name in SIGNATURES),
        printed_by=uow.actor.name,
        printed_at=uow.now,
    )


def _cell(
    value: SheetValue, column: SheetColumn, gettext: Callable[[str], str], *, ours: bool
) -> CellValue:
    if isinstance(value, int):
        return figure_text(value) if column.kind is SheetKind.RATE else value
    if not value:
        return None
    if column.kind is SheetKind.DATE and not ours:
        return dt.date.fromisoformat(value)
    return gettext(value) if ours or column.kind is SheetKind.WORD else value
