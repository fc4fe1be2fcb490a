"""Allotment schedules for people: the list, one document, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from zhuji_budget.domain.schedule import (
    KIND_TITLES,
    OPINION_TITLES,
    RULE_TITLES,
    SIDE_TITLES,
    STATE_TITLES,
    Opinion,
    Rule,
    Schedule,
    ScheduleLine,
    ScheduleState,
    label_of,
)
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.schedules import (
    NextAction,
    ScheduleFilter,
    SchedulePage,
    ScheduleRow,
    Verb,
)
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.identity.actor import Forbidden
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Change,
    Column,
    DocumentHead,
    Fact,
    HistoryEntry,
    Kind,
    Pager,
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
VERB_TITLES: Mapping[Verb, str] = {
    Verb.EDIT: N_("填列各月分配數"),
    Verb.SUBMIT: N_("送出"),
    Verb.ENDORSE: N_("主管機關核轉"),
    Verb.COMMENT: N_("財政單位意見"),
    Verb.APPROVE: N_("核定分配預算"),
    Verb.RETURN: N_("退回修正"),
    Verb.WITHDRAW: N_("撤回"),
}
NOUNS: Mapping[Verb, str] = {
    Verb.EDIT: "edit",
    Verb.SUBMIT: "submission",
    Verb.ENDORSE: "endorsement",
    Verb.COMMENT: "comment",
    Verb.APPROVE: "approval",
    Verb.RETURN: "return",
    Verb.WITHDRAW: "withdrawal",
}
ACTS: Mapping[str, str] = {
    "budget.allotment.write": N_("擬編分配預算"),
    "budget.allotment.submit": N_("送出"),
    "budget.allotment.endorse": N_("主管機關核轉"),
    "budget.allotment.comment": N_("財政單位意見"),
    "budget.allotment.approve": N_("核定分配預算"),
    "budget.allotment.return": N_("退回修正"),
    "budget.allotment.withdraw": N_("撤回"),
}
PAGE = 50


def schedule_badge(state: str, gettext: Gettext) -> Badge:
    return Badge(text=gettext(STATE_TITLES[state]), tone=TONES[state])


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
            Column(title=tr("科目")),
            Column(title=tr("用途別或來源別")),
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


def schedule_actions(
    context: RequestContext, page: SchedulePage, *, key: str
) -> tuple[Action, ...]:
    """The next steps as buttons; the first possible one that moves it on is the main one."""
    possible = [one.verb for one in page.actions if one.refusal is None]
    main = next((verb for verb in possible if verb in {Verb.SUBMIT, Verb.APPROVE}), None)
    actions = []
    for one in page.actions:
        actions += _buttons(context, page.schedule, one, key=key, main=main)
    return tuple(actions)


def _buttons(
    context: RequestContext,
    schedule: Schedule,
    action: NextAction,
    *,
    key: str,
    main: Verb | None,
) -> list[Action]:
    tr, verb = context.gettext, action.verb
    base = Action(
        title=tr(VERB_TITLES[verb]),
        url=context.path(f"budget/allotments/{schedule.schedule_id}/{NOUNS[verb]}"),
        key=f"{key}-{verb}",
        method="get" if verb is Verb.EDIT else "post",
        primary=verb is main,
        danger=verb is Verb.WITHDRAW,
        impossible=_reason(context, action.refusal),
    )
    if base.impossible:
        return [base]
    if verb is Verb.ENDORSE:
        return [
            _with(base, tr("核轉財政單位"), f"{base.key}-1", opinion="agree"),
            _with(
                base,
                tr("退回所屬機關"),
                f"{base.key}-2",
                opinion="return",
                asks=tr("退回理由"),
                field="reason",
            ),
        ]
    if verb is Verb.COMMENT:
        return [
            _with(base, tr("同意分配"), f"{base.key}-1", opinion="agree"),
            _with(
                base, tr("不同意分配"), f"{base.key}-2", opinion="object", asks=tr("不同意之理由")
            ),
        ]
    if verb is Verb.RETURN:
        return [_with(base, base.title, base.key, asks=tr("退回理由"), field="reason")]
    if verb is Verb.APPROVE and schedule.opinion is Opinion.OBJECT:
        asks = tr("不採財政單位意見之理由")
        return [_with(base, base.title, base.key, asks=asks, field="reason")]
    return [base]


def _with(
    base: Action, title: str, key: str, *, opinion: str = "", asks: str = "", field: str = "comment"
) -> Action:
    return Action(
        title=title,
        url=base.url,
        key=key,
        primary=base.primary,
        fields={"opinion": opinion} if opinion else {},
        reason_field=field if asks else "",
        reason_label=asks,
    )


def _reason(context: RequestContext, refusal: DomainError | None) -> str:
    if isinstance(refusal, Forbidden):
        title = context.gettext(str(refusal.detail["title"]))
        return context.gettext("等候有「{title}」權限的人員辦理").format(title=title)
    return "" if refusal is None else refusal.text(context.gettext)


def schedule_history(entries: Sequence[Kept], gettext: Gettext) -> tuple[HistoryEntry, ...]:
    """Return what happened, newest first, each with its figures in one line."""
    return tuple(_entry(entry, gettext) for entry in reversed(entries))


def _entry(entry: Kept, gettext: Gettext) -> HistoryEntry:
    before = entry.before if isinstance(entry.before, Mapping) else {}
    after = entry.after if isinstance(entry.after, Mapping) else {}
    state = str(after.get("state", ""))
    return HistoryEntry(
        at=entry.recorded_at,
        who=f"{entry.actor_name}（{entry.actor_account}）",
        action=gettext(ACTS.get(entry.action, entry.action)),
        reason=_told(after, gettext),
        badge=schedule_badge(state, gettext) if state != before.get("state") else None,
        changes=_changes(before, after, gettext),
    )


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], gettext: Gettext
) -> tuple[Change, ...]:
    if not before or before.get("state") == after.get("state"):
        return ()
    return (
        Change(
            label=gettext("狀態"),
            before=schedule_badge(before["state"], gettext).text,
            after=schedule_badge(after["state"], gettext).text,
        ),
    )


def _told(after: Mapping[str, Any], gettext: Gettext) -> str:
    parts = []
    if rule := after.get("rule"):
        parts.append(gettext(RULE_TITLES[Rule(rule)]))
    words = {
        "rows": gettext("項目數"),
        "control_rows": gettext("異動項目數"),
        "scheduled_ntd": gettext("全年分配數（元）"),
        "allotted_ntd": gettext("分配數增減（元）"),
    }
    parts += [f"{label} {after[name]:,}" for name, label in words.items() if name in after]
    if opinion := after.get("opinion"):
        parts.append(gettext(OPINION_TITLES[opinion]))
    if reason := after.get("reason"):
        parts.append(str(reason))
    if numbers := after.get("duty_exceptions"):
        parts.append(gettext("依職能分工例外 {numbers} 辦理").format(numbers="、".join(numbers)))
    return "　".join(parts)
