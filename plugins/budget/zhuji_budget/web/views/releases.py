"""The monthly release for people: twelve months, the agencies of one, the runs of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from zhuji_budget.domain.release import STATE_TITLES, ReleaseState
from zhuji_budget.queries.releases import AgencyRelease, ReleaseMonth, WaitingNote
from zhuji_budget.web.views.words import Gettext
from zhuji_core.formats import format_date
from zhuji_core.jobs.queries import JobSeen
from zhuji_core.values import N_
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    Kind,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

PAGE = 100
TONES: Mapping[ReleaseState, Tone] = {
    ReleaseState.RELEASED: Tone.GOOD,
    ReleaseState.LATE: Tone.BAD,
    ReleaseState.AHEAD: Tone.NEUTRAL,
    ReleaseState.NONE: Tone.STOPPED,
}
RUN_STATES = {
    "waiting": (N_("等候中"), Tone.WAITING),
    "running": (N_("執行中"), Tone.WAITING),
    "done": (N_("已完成"), Tone.GOOD),
    "failed": (N_("失敗"), Tone.BAD),
    "cancelled": (N_("已取消"), Tone.STOPPED),
}


def release_badge(state: ReleaseState, gettext: Gettext) -> Badge:
    return Badge(text=gettext(STATE_TITLES[state]), tone=TONES[state])


def months_table(
    context: RequestContext, months: Sequence[ReleaseMonth], *, asked: Mapping[str, str]
) -> Table:
    """The year at a glance; each month leads to its agencies."""
    tr = context.gettext
    return Table(
        id="months",
        caption=tr("{year} 年度各月釋出情形").format(year=asked["fiscal_year"]),
        columns=(
            Column(title=tr("月份")),
            Column(title=tr("起用日"), kind=Kind.DATE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("有分配之機關"), kind=Kind.NUMBER),
            Column(title=tr("已釋出機關"), kind=Kind.NUMBER),
            Column(title=tr("已知悉機關"), kind=Kind.NUMBER),
            Column(title=tr("現行分配數"), kind=Kind.AMOUNT, unit=tr("元")),
            Column(title=tr("已釋出數"), kind=Kind.AMOUNT, unit=tr("元")),
        ),
        rows=tuple(_month(context, one, asked) for one in months),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(5)),
            Cell(value=sum(one.allotted_ntd for one in months)),
            Cell(value=sum(one.released_ntd for one in months)),
        ),
        empty=tr("本年度沒有預算資料。"),
    )


def _month(context: RequestContext, one: ReleaseMonth, asked: Mapping[str, str]) -> Row:
    tr = context.gettext
    query = {**asked, "month": str(one.month), "after": ""}
    return Row(
        cells=(
            Cell(
                value=tr("{month} 月").format(month=one.month),
                url=_url(context, query) + "#agencies",
            ),
            Cell(value=one.begins_on),
            Cell(value=release_badge(one.state, tr)),
            Cell(value=one.agencies),
            Cell(value=one.released),
            Cell(value=one.noted),
            Cell(value=one.allotted_ntd),
            Cell(value=one.released_ntd),
        ),
        emphasis=str(one.month) == asked["month"],
    )


def agencies_table(
    context: RequestContext, rows: Sequence[AgencyRelease], *, asked: Mapping[str, str]
) -> Table:
    """``rows`` may be one more than the page shows: then there is a next page."""
    tr, shown = context.gettext, rows[:PAGE]
    more = len(rows) > PAGE
    return Table(
        id="agencies",
        caption=tr("{year} 年度 {month} 月各機關").format(
            year=asked["fiscal_year"], month=asked["month"]
        ),
        columns=(
            Column(title=tr("機關代碼"), kind=Kind.CODE),
            Column(title=tr("機關")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("釋出日期"), kind=Kind.DATE),
            Column(title=tr("釋出數"), kind=Kind.AMOUNT, unit=tr("元")),
            Column(title=tr("釋出後異動"), kind=Kind.AMOUNT, unit=tr("元")),
            Column(title=tr("現行分配數"), kind=Kind.AMOUNT, unit=tr("元")),
            Column(title=tr("機關知悉")),
        ),
        rows=tuple(_agency(context, row, asked) for row in shown),
        pager=Pager(
            shown=len(shown),
            first_url=_url(context, {**asked, "after": ""}) if asked.get("after") else "",
            next_url=_url(context, {**asked, "after": shown[-1].agency_code}) if more else "",
        ),
        empty=tr("沒有符合條件的機關。"),
    )


def _agency(context: RequestContext, row: AgencyRelease, asked: Mapping[str, str]) -> Row:
    tr = context.gettext
    own = {"year": asked["fiscal_year"], "agency": row.agency_code}
    released_ntd = row.released_ntd
    return Row(
        cells=(
            Cell(
                value=row.agency_code,
                url=context.path(f"budget/lines?{urlencode(own)}"),
            ),
            Cell(value=row.agency_name),
            Cell(value=release_badge(row.state, tr)),
            Cell(value=row.released_on),
            Cell(value=released_ntd),
            Cell(value=None if released_ntd is None else row.allotted_ntd - released_ntd),
            Cell(value=row.allotted_ntd),
            Cell(value=noted_text(row, tr)),
        )
    )


def noted_text(row: AgencyRelease, gettext: Gettext) -> str:
    if row.noted_on is None:
        return gettext("尚未知悉") if row.rows else ""
    return f"{format_date(row.noted_on)}　{row.noted_by_name}"


def runs_table(context: RequestContext, runs: Sequence[JobSeen], *, linked: bool) -> Table:
    """The job's last runs; ``linked``: whoever reads may open other people's jobs."""
    tr = context.gettext
    return Table(
        id="runs",
        caption=tr("最近之釋出作業"),
        columns=(
            Column(title=tr("排入時間"), kind=Kind.TIME),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("開始者")),
            Column(title=tr("結果")),
            Column(title=tr("失敗原因")),
        ),
        rows=tuple(_run(context, run, linked=linked) for run in runs),
        empty=tr("尚無釋出作業；每日 0 時 5 分自動執行。"),
    )


def _run(context: RequestContext, run: JobSeen, *, linked: bool) -> Row:
    text, tone = RUN_STATES[run.state]
    return Row(
        cells=(
            Cell(
                value=run.queued_at,
                url=context.path(f"kernel/jobs/{run.job_id}") if linked else "",
            ),
            Cell(value=Badge(text=context.gettext(text), tone=tone)),
            Cell(value=run.owner_name),
            Cell(value=run.kept),
            Cell(value=run.error, note=run.code),
        )
    )


def waiting_text(note: WaitingNote, gettext: Gettext) -> str:
    """Say what an agency has not taken note of."""
    return gettext(
        "機關 {agency_code}：{months} 筆月份釋出尚未知悉，計 {amount:,} 元，最早 {day} 釋出。"
    ).format(
        agency_code=note.agency_code,
        months=note.months,
        amount=note.amount_ntd,
        day=format_date(note.oldest),
    )


def _url(context: RequestContext, query: Mapping[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{context.path('budget/releases')}?{urlencode(kept)}"
