"""A report of levels as a sheet, where it is kept or proved by its digest."""

from __future__ import annotations

from zhuji_core.reports.definition import Figure
from zhuji_core.reports.reading import ReportFound
from zhuji_core.reports.sheet import Sheet, SheetColumn, SheetKind, SheetRow
from zhuji_core.values import N_


def kind_of(figure: Figure) -> SheetKind:
    return SheetKind.RATE if figure.is_rate else SheetKind.AMOUNT


def sheet_of(found: ReportFound) -> Sheet:
    """Return a report of levels as a sheet: the keys of each row, its name, its figures."""
    report = found.report
    return Sheet(
        name=report.name,
        title=report.title,
        columns=(
            SheetColumn(name="keys", title=N_("編號"), kind=SheetKind.CODE),
            SheetColumn(name="label", title=N_("名稱"), wide=True),
            *(
                SheetColumn(
                    name=figure.name,
                    title=figure.title,
                    kind=kind_of(figure),
                    under=figure.under,
                )
                for figure in report.figures
            ),
        ),
        rows=tuple(
            SheetRow(
                values=(",".join(row.keys), row.label, *row.figures.values()),
                strong=len(row.keys) < found.wanted.depth,
            )
            for row in found.rows
        ),
        totals=(N_("合計"), None, *found.total.values()),
        count=found.count,
    )
