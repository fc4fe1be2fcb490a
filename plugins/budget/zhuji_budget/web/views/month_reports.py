"""Reports of the month for people: the agencies of a month, one report, its grid of notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from zhuji_budget.domain.month_report import (
    STATE_TITLES,
    LagNote,
    LagRule,
    MonthReport,
    ReportedLine,
    ReportState,
)
from zhuji_budget.queries.month_reports import (
    MonthReportPage,
    MonthReportRow,
    NextAction,
    Verb,
)
from zhuji_budget.settings import LAG_BASES
from zhuji_budget.web.views.words import Gettext
from zhuji_core.identity.actor import Forbidden
from zhuji_core.reports.definition import figure_text, rate
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    DocumentHead,
    Fact,
    Grid,
    GridColumn,
    GridRow,
    HistoryEntry,
    Kind,
    Link,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import row_faults
from zhuji_core.web.reports import FORMATS
from zhuji_core.web.who import actor_told

TONES: Mapping[str, Tone] = {
    ReportState.OPEN: Tone.NEUTRAL,
    ReportState.SUBMITTED: Tone.WAITING,
    ReportState.ACCEPTED: Tone.GOOD,
    ReportState.RETURNED: Tone.BAD,
}
VERB_TITLES: Mapping[Verb, str] = {
    Verb.EDIT: N_("填寫落後原因及改進措施"),
    Verb.SUBMIT: N_("送出"),
    Verb.ACCEPT: N_("備查"),
    Verb.RETURN: N_("退回補正"),
}
ACTS: Mapping[str, str] = {
    "budget.month-report.open": N_("建立執行月報"),
    "budget.month-report.write": N_("填寫落後原因及改進措施"),
    "budget.month-report.submit": N_("送出"),
    "budget.month-report.accept": N_("備查"),
    "budget.month-report.return": N_("退回補正"),
}
NOT_BEGUN = N_("尚未編製")
PAGE, GRID_PAGE = 100, 40


def report_badge(state: str, gettext: Gettext) -> Badge:
    if not state:
        return Badge(text=gettext(NOT_BEGUN))
    return Badge(text=gettext(STATE_TITLES[state]), tone=TONES[state])


def reports_table(
    context: RequestContext, rows: Sequence[MonthReportRow], *, asked: Mapping[str, str]
) -> Table:
    """``rows`` may be one more than the page shows: then there is a next page."""
    tr, shown = context.gettext, rows[:PAGE]
    root = context.path("budget/month-reports")
    first = f"{root}?{urlencode({name: text for name, text in asked.items() if name != 'after'})}"
    return Table(
        id="month-reports",
        caption=tr("{year} 年度 {month} 月執行月報").format(
            year=asked["fiscal_year"], month=asked["month"]
        ),
        columns=(
            Column(title=tr("機關代碼"), kind=Kind.CODE),
            Column(title=tr("機關")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("落後科目數"), kind=Kind.NUMBER),
            Column(title=tr("已說明科目數"), kind=Kind.NUMBER),
            Column(title=tr("送出日期"), kind=Kind.DATE),
        ),
        rows=tuple(_listed(row, root, tr) for row in shown),
        pager=Pager(
            shown=len(shown),
            first_url=first if asked.get("after") else "",
            next_url=f"{first}&after={shown[-1].agency_code}" if len(rows) > PAGE else "",
        ),
        empty=tr("沒有符合條件的機關。"),
    )


def _listed(row: MonthReportRow, root: str, gettext: Gettext) -> Row:
    known = row.submitted_on is not None
    return Row(
        cells=(
            Cell(value=row.agency_code, url=f"{root}/{row.report_id}" if row.report_id else ""),
            Cell(value=row.agency_name),
            Cell(value=report_badge(row.state, gettext)),
            Cell(value=row.lagging if known else None),
            Cell(value=row.explained if known else None),
            Cell(value=row.submitted_on),
        )
    )


def rule_text(report: MonthReport, gettext: Gettext) -> str:
    """Say what lags: 「（實現及應付）未達分配數 80%」."""
    rule = report.rule
    return gettext("{what}未達累計分配數 {percent}%").format(
        what=gettext(LAG_BASES[rule.basis]), percent=rule.below_percent
    )


def report_head(context: RequestContext, page: MonthReportPage) -> DocumentHead:
    tr, report = context.gettext, page.report
    facts = [
        Fact(label=tr("機關"), value=f"{report.agency_name}（{report.agency_code}）"),
        Fact(label=tr("落後之認定"), value=rule_text(report, tr)),
        Fact(label=tr("落後科目數"), value=report.lagging, kind=Kind.NUMBER),
        Fact(label=tr("已說明科目數"), value=report.explained, kind=Kind.NUMBER),
    ]
    more = (
        (tr("送出人"), report.submitted_by_name, Kind.TEXT),
        (tr("送出日期"), report.submitted_on, Kind.DATE),
        (tr("備查人"), report.accepted_by_name, Kind.TEXT),
        (tr("備查日期"), report.accepted_on, Kind.DATE),
    )
    facts += [Fact(label=label, value=value, kind=kind) for label, value, kind in more if value]
    return DocumentHead(
        label=report.label,
        badge=report_badge(report.state, tr),
        amount_ntd=sum(line.allotted_ntd for line in page.lines),
        amount_label=tr("累計分配數"),
        facts=tuple(facts),
    )


def lines_table(context: RequestContext, page: MonthReportPage) -> Table:
    """The report as it is printed: official columns, reasons and remedies beside."""
    tr, report = context.gettext, page.report
    root = context.path(f"budget/month-reports/{report.report_id}")
    return Table(
        id="lines",
        caption=tr("截至 {month} 月底之執行（單位：元）").format(month=report.month),
        narrow=True,
        columns=_columns(tr),
        rows=tuple(_line(context, line, report.rule) for line in page.lines),
        totals=_totals(page.lines, tr),
        exports=tuple(Link(title=title, url=f"{root}/export/{one}") for title, one in FORMATS),
        empty=tr("沒有科目。"),
    )


def _columns(gettext: Gettext) -> tuple[Column, ...]:
    amounts = (
        gettext("全年預算"),
        gettext("累計分配 (1)"),
        gettext("實現數 (2)"),
        gettext("應付數 (3)"),
        gettext("暫付 (4)"),
        gettext("簽證未付 (5)"),
        gettext("餘額 (1−2−3−4−5)"),
    )
    rates = (gettext("執行率 % (2+3)/(1)"), gettext("占全年 % (2+3)"))
    return (
        Column(title=gettext("科目編號"), kind=Kind.CODE),
        Column(title=gettext("名稱"), wide=True),
        *(Column(title=title, kind=Kind.AMOUNT) for title in amounts),
        *(Column(title=title, kind=Kind.NUMBER) for title in rates),
        Column(title=gettext("落後原因"), wide=True),
        Column(title=gettext("改進措施"), wide=True),
    )


def _figures(line: ReportedLine) -> tuple[int, ...]:
    return (
        line.budget_ntd,
        line.allotted_ntd,
        line.realised_ntd,
        line.payable_ntd,
        line.advanced_ntd,
        line.encumbered_ntd,
        line.balance_ntd,
    )


def _line(context: RequestContext, line: ReportedLine, rule: LagRule) -> Row:
    gettext, lags = context.gettext, line.lags(rule)
    executed = line.executed_ntd
    return Row(
        cells=(
            Cell(value=line.code, url=context.path(f"budget/lines/{line.line_id}")),
            Cell(value=line.name, note=_pace(line, gettext, lags=lags)),
            *(Cell(value=figure) for figure in _figures(line)),
            Cell(value=figure_text(rate(executed, line.allotted_ntd))),
            Cell(value=figure_text(rate(executed, line.budget_ntd))),
            Cell(value=line.reason),
            Cell(value=line.remedy),
        ),
        emphasis=lags,
    )


def _pace(line: ReportedLine, gettext: Gettext, *, lags: bool) -> str:
    if line.is_reserve:
        return gettext("預備金，不計執行進度")
    return gettext("落後") if lags else ""


def _totals(lines: Sequence[ReportedLine], gettext: Gettext) -> tuple[Cell, ...]:
    sums = [sum(column) for column in zip(*map(_figures, lines), strict=True)] or [0] * 7
    executed_ntd = sums[2] + sums[3]
    return (
        Cell(value=gettext("合計")),
        Cell(value=None),
        *(Cell(value=figure) for figure in sums),
        Cell(value=figure_text(rate(executed_ntd, sums[1]))),
        Cell(value=figure_text(rate(executed_ntd, sums[0]))),
        Cell(value=None),
        Cell(value=None),
    )


def notes_grid(
    context: RequestContext,
    page: MonthReportPage,
    *,
    first: int,
    typed: Mapping[str, Mapping[str, str]],
    faults: Mapping[str, str],
) -> Grid:
    """The lines that lag, a page of them; ``typed`` is what was refused, by line."""
    tr = context.gettext
    return Grid(
        caption=tr("落後原因及改進措施"),
        fixed_title=tr("科目"),
        first_no=first,
        columns=(
            GridColumn(name="reason", title=tr("落後原因"), width=4, length_max=500),
            GridColumn(name="remedy", title=tr("改進措施"), width=4, length_max=500),
        ),
        rows=tuple(
            _note_row(context, page.report.rule, line, number, typed=typed, faults=faults)
            for number, line in enumerate(page.to_explain[first : first + GRID_PAGE])
        ),
    )


def _note_row(
    context: RequestContext,
    rule: LagRule,
    line: ReportedLine,
    number: int,
    *,
    typed: Mapping[str, Mapping[str, str]],
    faults: Mapping[str, str],
) -> GridRow:
    told = context.gettext("分配 {allotted:,}，已執行 {done:,}（{percent}%）").format(
        allotted=line.allotted_ntd,
        done=line.done_ntd(rule.basis),
        percent=figure_text(line.done_bp(rule.basis)) or "-",
    )
    return GridRow(
        title=f"{line.code} {line.name}",
        note=told,
        id=str(line.line_id),
        values=typed.get(str(line.line_id)) or {"reason": line.reason, "remedy": line.remedy},
        errors=row_faults(faults, number),
    )


def wanted_notes(
    typed: Mapping[str, Mapping[str, str]], lines: Sequence[ReportedLine]
) -> list[LagNote]:
    """Read what was keyed; a row of no line of this report is left out."""
    return [
        LagNote(
            line_id=line.line_id,
            reason=typed[str(line.line_id)].get("reason", ""),
            remedy=typed[str(line.line_id)].get("remedy", ""),
        )
        for line in lines
        if str(line.line_id) in typed
    ]


def report_actions(
    context: RequestContext, page: MonthReportPage, *, key: str
) -> tuple[Action, ...]:
    return tuple(_action(context, page.report, one, key=key) for one in page.actions)


def _action(
    context: RequestContext, report: MonthReport, action: NextAction, *, key: str
) -> Action:
    tr, verb = context.gettext, action.verb
    returns = verb is Verb.RETURN
    return Action(
        title=tr(VERB_TITLES[verb]),
        url=context.path(f"budget/month-reports/{report.report_id}/{verb}"),
        key=f"{key}-{verb}",
        method="get" if verb is Verb.EDIT else "post",
        primary=verb in {Verb.SUBMIT, Verb.ACCEPT} and action.refusal is None,
        impossible=_reason(context, action.refusal),
        reason_field="reason" if returns else "",
        reason_label=tr("退回理由") if returns else "",
    )


def _reason(context: RequestContext, refusal: DomainError | None) -> str:
    if isinstance(refusal, Forbidden):
        title = context.gettext(str(refusal.detail["title"]))
        return context.gettext("等候有「{title}」權限的人員辦理").format(title=title)
    return "" if refusal is None else refusal.text(context.gettext)


def report_history(page: MonthReportPage, gettext: Gettext) -> tuple[HistoryEntry, ...]:
    """Return what happened, newest first."""
    return tuple(
        HistoryEntry(
            at=entry.recorded_at,
            who=actor_told(entry, gettext),
            action=gettext(ACTS.get(entry.action, entry.action)),
            reason=str(entry.after.get("reason", "")) if isinstance(entry.after, Mapping) else "",
        )
        for entry in reversed(page.history)
    )
