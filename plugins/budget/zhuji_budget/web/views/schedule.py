"""One allotment schedule for people: its state, its head, and its months as they are printed."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.schedule import (
    KIND_TITLES,
    OPINION_TITLES,
    RULE_TITLES,
    SIDE_TITLES,
    STATE_TITLES,
    Opinion,
    Schedule,
    ScheduleLine,
    ScheduleState,
)
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.schedules import SchedulePage
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    DocumentHead,
    Fact,
    Kind,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

TONES: Mapping[str, Tone] = {
    ScheduleState.DRAFT: Tone.NEUTRAL,
    ScheduleState.SUPERVISING: Tone.WAITING,
    ScheduleState.SUBMITTED: Tone.WAITING,
    ScheduleState.COMMENTED: Tone.WAITING,
    ScheduleState.APPROVED: Tone.GOOD,
    ScheduleState.RETURNED: Tone.BAD,
    ScheduleState.WITHDRAWN: Tone.STOPPED,
}


def schedule_badge(state: str, gettext: Gettext) -> Badge:
    return Badge(text=gettext(STATE_TITLES[state]), tone=TONES[state])


def schedule_head(context: RequestContext, page: SchedulePage) -> DocumentHead:
    tr = context.gettext
    schedule = page.schedule
    facts = [
        Fact(label=tr("機關"), value=f"{schedule.agency_name}（{schedule.agency_code}）"),
        Fact(label=tr("年度"), value=str(schedule.fiscal_year)),
        Fact(label=tr("種類"), value=kind_text(schedule, tr)),
        Fact(label=tr("擬編人"), value=schedule.created_by_name),
        Fact(label=tr("可分配預算（元）"), value=page.allottable_ntd, kind=Kind.AMOUNT),
        Fact(
            label=tr("未分配數（元）"),
            value=page.allottable_ntd - page.scheduled_ntd,
            kind=Kind.AMOUNT,
        ),
    ]
    more = (
        (tr("修改理由"), schedule.reason),
        (tr("主管機關"), schedule.supervisor_name),
        (tr("核轉人"), schedule.endorsed_by_name),
        (tr("核轉日期"), schedule.endorsed_on),
        (tr("送出日期"), schedule.submitted_on),
        (tr("財政單位意見"), opinion_text(schedule, tr)),
        (tr("核定人"), schedule.approved_by_name),
        (tr("核定日期"), schedule.approved_on),
    )
    facts += [
        Fact(label=label, value=value, kind=Kind.TEXT if isinstance(value, str) else Kind.DATE)
        for label, value in more
        if value
    ]
    return DocumentHead(
        label=schedule.label,
        badge=schedule_badge(schedule.state, tr),
        amount_ntd=page.scheduled_ntd,
        amount_label=tr("全年分配數"),
        facts=tuple(facts),
    )


def kind_text(schedule: Schedule, gettext: Gettext) -> str:
    return gettext("{side}{kind}").format(
        side=gettext(SIDE_TITLES[schedule.side]), kind=gettext(KIND_TITLES[schedule.kind])
    )


def opinion_text(schedule: Schedule, gettext: Gettext) -> str:
    if schedule.opinion is Opinion.NONE:
        return ""
    words = (gettext(OPINION_TITLES[schedule.opinion]), schedule.comment)
    return "　".join(word for word in (*words, schedule.commented_by_name) if word)


def lines_table(context: RequestContext, page: SchedulePage) -> Table:
    """The schedule as it is printed (分配表): budget, twelve months, what stays unallotted."""
    tr = context.gettext
    months = tuple(tr("{month} 月").format(month=month) for month in range(1, 13))
    lines = page.lines
    limits = [_limit(page, line) for line in lines]
    sums = [sum(line.months_ntd[at] for line in lines) for at in range(12)]
    return Table(
        id="months",
        caption=tr("各月分配數（單位：元）"),
        columns=(
            Column(title=tr("科目"), wide=True),
            Column(title=tr("用途別或來源別"), wide=True),
            Column(title=tr("可分配預算"), kind=Kind.AMOUNT),
            Column(title=tr("未分配"), kind=Kind.AMOUNT),
            *(Column(title=month, kind=Kind.AMOUNT) for month in months),
            Column(title=tr("分配方式")),
        ),
        rows=tuple(
            _line_row(context, page, line, limit_ntd)
            for line, limit_ntd in zip(lines, limits, strict=True)
        ),
        totals=(
            Cell(value=tr("合計")),
            Cell(value=None),
            Cell(value=sum(limits)),
            Cell(value=sum(limits) - sum(sums)),
            *(Cell(value=sum_ntd) for sum_ntd in sums),
            Cell(value=None),
        ),
        empty=tr("沒有可分配的項目。"),
    )


def _limit(page: SchedulePage, line: ScheduleLine) -> int:
    row = page.rows.get(line.row_id)
    return row.allottable_ntd if row else 0


def _line_row(
    context: RequestContext, page: SchedulePage, line: ScheduleLine, limit_ntd: int
) -> Row:
    tr = context.gettext
    link = (
        context.path(f"budget/lines/by-control-row/{line.row_id}")
        if page.schedule.side == "expenditure"
        and context.actor.may(READ_LINES, agency_code=page.schedule.agency_code)
        else ""  # revenue; and a supervising agency reads the schedule, not the lines
    )
    changed = page.schedule.kind == "revision" and line.is_changed
    return Row(
        cells=(
            Cell(value=line.code, note=line.name, url=link),
            Cell(value=object_and_account(line, tr)),
            Cell(value=limit_ntd),
            Cell(value=limit_ntd - line.allotted_ntd),
            *(_month(line, at, changed=changed, gettext=tr) for at in range(12)),
            Cell(value=tr(RULE_TITLES[line.rule])),
        ),
        emphasis=changed,
    )


def _month(line: ScheduleLine, at: int, *, changed: bool, gettext: Gettext) -> Cell:
    """A month that a revision changes shows what it was."""
    amount_ntd, base_ntd = line.months_ntd[at], line.base_ntd[at]
    note = gettext("原 {amount:,}").format(amount=base_ntd)
    return Cell(value=amount_ntd, note=note if changed and amount_ntd != base_ntd else "")


def object_and_account(line: ScheduleLine, gettext: Gettext) -> str:
    name = object_text(line.object_code, line.object_name, gettext)
    return gettext("{name}（{account}）").format(name=name, account=gettext(ACCOUNTS[line.account]))
