"""The list of allotment schedules (分配預算表)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from zhuji_budget.domain.schedule import KIND_TITLES, SIDE_TITLES, label_of
from zhuji_budget.queries.schedules import ScheduleFilter, ScheduleRow
from zhuji_budget.web.views.schedule import schedule_badge
from zhuji_core.web.components import Cell, Column, Kind, Pager, Row, Table
from zhuji_core.web.context import RequestContext

PAGE = 50


def schedules_table(
    context: RequestContext, rows: Sequence[ScheduleRow], *, wanted: ScheduleFilter
) -> Table:
    """``rows`` may be one more than the page shows: then there is a next page."""
    tr = context.gettext
    shown = rows[:PAGE]
    return Table(
        id="allotments",
        caption=tr("{year} 年度分配預算表").format(year=wanted.fiscal_year),
        columns=(
            Column(title=tr("編號"), kind=Kind.CODE),
            Column(title=tr("機關")),
            Column(title=tr("歲入歲出")),
            Column(title=tr("種類")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("全年分配數"), kind=Kind.AMOUNT, unit=tr("元")),
            Column(title=tr("送出日期"), kind=Kind.DATE),
            Column(title=tr("擬編人")),
        ),
        rows=tuple(_row(context, row) for row in shown),
        pager=_pager(context, shown, wanted, more=len(rows) > PAGE),
        empty=tr("沒有符合條件的分配預算表。"),
    )


def _row(context: RequestContext, row: ScheduleRow) -> Row:
    tr = context.gettext
    return Row(
        cells=(
            Cell(
                value=label_of(row.fiscal_year, row.agency_code, row.schedule_no),
                url=context.path(f"budget/allotments/{row.schedule_id}"),
            ),
            Cell(value=row.agency_name),
            Cell(value=tr(SIDE_TITLES[row.side])),
            Cell(value=tr(KIND_TITLES[row.kind])),
            Cell(value=schedule_badge(row.state, tr)),
            Cell(value=row.scheduled_ntd),
            Cell(value=row.submitted_on),
            Cell(value=row.created_by_name),
        )
    )


def _pager(
    context: RequestContext, shown: Sequence[ScheduleRow], wanted: ScheduleFilter, *, more: bool
) -> Pager:
    fields = {
        "fiscal_year": str(wanted.fiscal_year),
        "agency_code": wanted.agency_code,
        "side": wanted.side,
        "states": wanted.states[0] if wanted.states else "",
    }
    query = {name: value for name, value in fields.items() if value}
    root = context.path("budget/allotments")
    following = urlencode({**query, "before": str(shown[-1].schedule_id)}) if more else ""
    return Pager(
        shown=len(shown),
        first_url=f"{root}?{urlencode(query)}" if wanted.before else "",
        next_url=f"{root}?{following}" if following else "",
    )
