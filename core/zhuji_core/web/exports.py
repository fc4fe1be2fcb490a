"""A table as a file: the same rows, words and sums as on the page (CSV, XLSX, ODS)."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from litestar import Response

from zhuji_core import export
from zhuji_core.export import FORMATS, Report, ReportColumn, ReportKind
from zhuji_core.formats import date_key
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import Badge, Cell, Kind, Row, Table
from zhuji_core.web.context import RequestContext

KINDS = {
    Kind.AMOUNT: ReportKind.AMOUNT,
    Kind.NUMBER: ReportKind.NUMBER,
    Kind.DATE: ReportKind.DATE,
}


class FormatUnknown(DomainError):
    """No such file format is offered."""

    code = "E-EXPORT-FORMAT"
    message = N_("不提供 {file_format} 格式，可用：{offered}。")
    status_code = 404


def export_table(  # noqa: PLR0913 (what stands above a report, all by keyword)
    context: RequestContext,
    uow: UnitOfWork,
    table: Table,
    *,
    title: str,
    agency: str,
    period: str,
    file_format: str,
    signed: bool = False,
    in_ntd: bool = True,
) -> Response[bytes]:
    """Return the table as a file; ``signed`` adds the signature row of official reports.

    ``in_ntd``: its amounts are dollars, which is said above the table. The unit of work reads
    nothing after this.
    """
    if file_format not in FORMATS:
        raise FormatUnknown(file_format=file_format, offered="、".join(FORMATS))
    tr = context.gettext
    report = Report(
        title=title,
        county=uow.county.name,
        agency=agency,
        period=period,
        unit=tr("單位：元") if in_ntd else "",
        columns=tuple(
            ReportColumn(
                title=column.title,
                kind=KINDS.get(column.kind, ReportKind.TEXT),
                under=column.under,
            )
            for column in table.columns
        ),
        rows=[_values(row) for row in table.rows],
        totals=tuple(_value(cell) for cell in table.totals),
        signatures=tuple(tr(name) for name in export.SIGNATURES) if signed else (),
        printed_by=uow.actor.name,
        printed_at=uow.now,
    )
    name = quote(f"{title}_{date_key(uow.business_date)}.{file_format}")
    # A file of a thousand pages takes longer than a transaction may wait for its next statement.
    uow.end_reading()
    return Response(
        export.export(report, file_format),
        media_type=FORMATS[file_format].media_type,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _values(row: Row) -> tuple[export.CellValue, ...]:
    return tuple(_value(cell) for cell in row.cells)


def _value(cell: Cell) -> export.CellValue:
    """Return what the page shows; a note belongs to its value."""
    value = cell.value
    if isinstance(value, Badge):
        return value.text
    if isinstance(value, dt.datetime):
        return value.date()
    return f"{value} {cell.note}" if cell.note else value
