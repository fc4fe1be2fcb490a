"""Execution by month and by department as charts, each drawn from the table below it."""

from __future__ import annotations

from zhuji_budget.queries.reports.monthly import YearExecution
from zhuji_budget.queries.reports.reading import ReportFound
from zhuji_budget.web.views.report import Place
from zhuji_core.reports.definition import figure_text
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, Chart, Column, Kind, Option, Row, Table
from zhuji_core.web.reports import report_table


class ChartsView(Value, frozen=True, kw_only=True):
    """What the template draws, from top to bottom."""

    action: str
    years: tuple[Option, ...]
    fiscal_year: str
    by_month: Chart
    months: Table
    note: str
    by_department: Chart
    departments: Table


def charts_view(
    execution: YearExecution, found: ReportFound, *, years: list[int], place: Place
) -> ChartsView:
    """``found``: the report of execution by department."""
    tr = place.gettext
    offered = sorted({execution.fiscal_year, *years}, reverse=True)
    names = [figure.name for figure in found.report.figures]
    first = 2  # after code and name
    return ChartsView(
        action=place.address("budget/reports/charts"),
        years=tuple(Option(value=str(year), title=str(year)) for year in offered),
        fiscal_year=str(execution.fiscal_year),
        by_month=Chart(
            caption=tr("{year} 年度累計分配、累計簽證與累計實現（元）").format(
                year=execution.fiscal_year
            ),
            table_id="months",
            names=0,
            series=(4, 5, 7),
        ),
        months=_months(execution, place),
        note=_note(execution, place),
        by_department=Chart(
            caption=tr("各主管機關之執行率，含已簽證未支付（%）"),
            table_id="report",
            names=1,
            series=(first + names.index("used_bp"),),
            kind="bars",
        ),
        departments=report_table(found, place=place),
    )


def _note(execution: YearExecution, place: Place) -> str:
    tr = place.gettext
    text = tr("簽證截至第 {event} 號事件").format(event=execution.as_of_event)
    if execution.behind:
        text = tr("簽證截至第 {event} 號事件，尚有 {behind} 件待處理").format(
            event=execution.as_of_event, behind=execution.behind
        )
    return text


def _months(execution: YearExecution, place: Place) -> Table:
    tr = place.gettext
    unit = tr("元")
    heads = (
        tr("分配數"),
        tr("簽證金額"),
        tr("釋放金額"),
        tr("累計分配數"),
        tr("累計簽證淨額"),
        tr("實現數"),
        tr("累計實現數"),
    )
    rows = [
        Row(
            cells=(
                Cell(value=tr("{month} 月").format(month=one.month)),
                Cell(value=one.allotted_ntd),
                Cell(value=one.certified_ntd if one.begun else None),
                Cell(value=one.released_ntd if one.begun else None),
                Cell(value=one.allotted_to_date_ntd),
                Cell(value=one.certified_to_date_ntd),
                Cell(value=one.realised_ntd if one.begun else None),
                Cell(value=one.realised_to_date_ntd),
                Cell(value=figure_text(one.used_bp)),
                Cell(value=one.documents if one.begun else None),
            )
        )
        for one in execution.months
    ]
    return Table(
        id="months",
        caption=tr("{year} 年度各月執行").format(year=execution.fiscal_year),
        columns=(
            Column(title=tr("月份")),
            *(Column(title=head, kind=Kind.AMOUNT, unit=unit) for head in heads),
            Column(title=tr("累計簽證率 %"), kind=Kind.NUMBER),
            Column(title=tr("件數"), kind=Kind.NUMBER),
        ),
        rows=tuple(rows),
    )
