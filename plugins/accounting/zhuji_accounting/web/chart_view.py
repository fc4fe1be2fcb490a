"""Charts of accounts on pages: all of them with their years, and one as a tree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from zhuji_accounting.domain.ledger.chart import CLASS_TITLES, SIDE_TITLES, Account, Chart, tree_of
from zhuji_accounting.domain.ledger.chart_sheet import PROBLEMS, ChartProblem
from zhuji_accounting.domain.ledger.voucher_rules import SUBSIDIARY_TITLES
from zhuji_accounting.queries.charts import RuleVersion
from zhuji_accounting.web.wording import Gettext
from zhuji_core.export import FORMATS
from zhuji_core.formats import format_date
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    Fact,
    FileProblem,
    Kind,
    Link,
    Option,
    Pager,
    Row,
    SummaryError,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

PAGE_ROWS = 200
PROBLEMS_MAX = 200
STEP = "　"  # one heading further in; a tree is read by where its names begin

STATES: Mapping[str, tuple[str, Tone]] = {
    "in_force": (N_("現行"), Tone.GOOD),
    "coming": (N_("尚未生效"), Tone.WAITING),
    "replaced": (N_("已由新版取代"), Tone.STOPPED),
}


def chart_path(chart: Chart) -> str:
    """Return where a chart is shown, below the county."""
    return f"accounting/charts/{quote(chart.name, safe='')}"


def charts_table(
    context: RequestContext, charts: Sequence[tuple[Chart, RuleVersion | None]]
) -> Table:
    tr = context.gettext
    return Table(
        id="charts",
        caption=tr("各年度適用之會計科目表"),
        columns=(
            Column(title=tr("會計科目表")),
            Column(title=tr("代號"), kind=Kind.CODE),
            Column(title=tr("來源"), kind=Kind.BADGE),
            Column(title=tr("適用年度")),
            Column(title=tr("科目數"), kind=Kind.NUMBER),
            Column(title=tr("現行分錄規則")),
        ),
        rows=tuple(_chart_row(context, chart, rules) for chart, rules in charts),
    )


def _chart_row(context: RequestContext, chart: Chart, rules: RuleVersion | None) -> Row:
    tr = context.gettext
    path = chart_path(chart)
    return Row(
        cells=(
            Cell(value=chart.title, url=context.path(path)),
            Cell(value=chart.name),
            Cell(value=origin_badge(chart, tr)),
            Cell(value=years_text(chart, tr)),
            Cell(value=len(chart.accounts)),
            Cell(value=tr("尚無"))
            if rules is None
            else Cell(
                value=tr("第 {version} 版").format(version=rules.rules.version),
                url=context.path(f"{path}/rules/{rules.rules.version}"),
            ),
        )
    )


def origin_badge(chart: Chart, gettext: Gettext) -> Badge:
    if chart.shipped:
        return Badge(text=gettext("系統附帶"))
    return Badge(text=gettext("本縣市載入"), tone=Tone.GOOD)


def years_text(chart: Chart, gettext: Gettext) -> str:
    if chart.last_year is None:
        return gettext("{first} 年度起").format(first=chart.first_year)
    if chart.first_year <= 1:
        return gettext("{last} 年度以前").format(last=chart.last_year)
    return gettext("{first} 至 {last} 年度").format(first=chart.first_year, last=chart.last_year)


def chart_facts(context: RequestContext, chart: Chart) -> tuple[Fact, ...]:
    tr = context.gettext
    apart = tr("預算科目自成借貸平衡") if chart.budgetary_apart else tr("預算科目與實際科目對沖")
    return (
        Fact(label=tr("代號"), value=chart.name, kind=Kind.CODE),
        Fact(label=tr("適用年度"), value=years_text(chart, tr)),
        Fact(label=tr("來源"), value=origin_badge(chart, tr), kind=Kind.BADGE),
        Fact(label=tr("科目數"), value=len(chart.accounts), kind=Kind.NUMBER),
        Fact(label=tr("預算科目"), value=apart),
    )


def chart_table(context: RequestContext, chart: Chart, *, after: str = "") -> Table:
    """Return a page of the tree: its names stand further in below each heading."""
    tr = context.gettext
    branches = tree_of(chart.accounts)
    codes = [branch.account.code for branch in branches]
    first = codes.index(after) + 1 if after in codes else 0
    shown = branches[first : first + PAGE_ROWS]
    base = context.path(chart_path(chart))
    following = first + len(shown) < len(branches)
    next_url = f"{base}?after={quote(shown[-1].account.code)}" if following else ""
    return Table(
        id="accounts",
        caption=_caption(context, chart),
        columns=_columns(tr),
        rows=tuple(
            Row(
                cells=_cells(branch.account, tr, inset=STEP * branch.depth),
                emphasis=not branch.account.postable,
            )
            for branch in shown
        ),
        pager=Pager(
            shown=len(shown),
            count=len(branches),
            next_url=next_url,
            first_url=base if first else "",
        ),
        exports=tuple(
            Link(title=suffix.upper(), url=f"{base}/export/{suffix}") for suffix in FORMATS
        ),
    )


def chart_file(context: RequestContext, chart: Chart) -> Table:
    """Return the whole chart in the columns in which it is loaded."""
    tr = context.gettext
    return Table(
        id="accounts",
        caption=_caption(context, chart),
        columns=_columns(tr),
        rows=tuple(Row(cells=_cells(branch.account, tr)) for branch in tree_of(chart.accounts)),
    )


def _caption(context: RequestContext, chart: Chart) -> str:
    tr = context.gettext
    return tr("{title}（{years}）").format(title=chart.title, years=years_text(chart, tr))


def _columns(gettext: Gettext) -> tuple[Column, ...]:
    return (
        Column(title=gettext("科目代號"), kind=Kind.CODE),
        Column(title=gettext("科目名稱")),
        Column(title=gettext("英文名稱")),
        Column(title=gettext("類別")),
        Column(title=gettext("正常餘額")),
        Column(title=gettext("上級科目"), kind=Kind.CODE),
        Column(title=gettext("可否記帳")),
        Column(title=gettext("明細帳")),
    )


def _cells(account: Account, gettext: Gettext, *, inset: str = "") -> tuple[Cell, ...]:
    return (
        Cell(value=account.code),
        Cell(value=inset + account.name),
        Cell(value=account.name_en),
        Cell(value=gettext(CLASS_TITLES[account.account_class])),
        Cell(value=gettext(SIDE_TITLES[account.side])),
        Cell(value=account.parent),
        Cell(value=gettext("可記帳") if account.postable else gettext("統馭科目")),
        Cell(value=gettext(SUBSIDIARY_TITLES[account.subsidiary]) if account.subsidiary else ""),
    )


def versions_table(
    context: RequestContext, chart: Chart, versions: Sequence[RuleVersion], *, today: dt.date
) -> Table:
    """Return who put which version of the rules into force, from when, and why."""
    tr = context.gettext
    base = context.path(chart_path(chart))
    return Table(
        id="versions",
        caption=tr("分錄規則各版"),
        columns=(
            Column(title=tr("版次"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("生效日")),
            Column(title=tr("失效日")),
            Column(title=tr("會計事項數"), kind=Kind.NUMBER),
            Column(title=tr("擬訂人")),
            Column(title=tr("核准人")),
            Column(title=tr("核准時間"), kind=Kind.TIME),
            Column(title=tr("理由")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=tr("第 {version} 版").format(version=one.rules.version),
                        url=f"{base}/rules/{one.rules.version}",
                    ),
                    Cell(value=state_badge(one, tr, today=today)),
                    Cell(value=from_text(one, tr)),
                    Cell(value=until_text(one, tr)),
                    Cell(value=len(one.rules.rules)),
                    Cell(value=one.made_by_name or tr("系統附帶")),
                    Cell(value=one.approved_by_name),
                    Cell(value=one.made_at),
                    Cell(value=one.rules.reason),
                )
            )
            for one in versions
        ),
    )


def state_badge(version: RuleVersion, gettext: Gettext, *, today: dt.date) -> Badge:
    title, tone = STATES[version.state(today)]
    return Badge(text=gettext(title), tone=tone)


def from_text(version: RuleVersion, gettext: Gettext) -> str:
    """A set that came with the module holds from the beginning."""
    if version.made_at is None:
        return gettext("自始")
    return format_date(version.rules.effective_on)


def until_text(version: RuleVersion, gettext: Gettext) -> str:
    if version.until is None:
        return gettext("仍適用")
    if version.until < version.rules.effective_on:
        return gettext("未曾適用")
    return format_date(version.until)


class ChartForm(Value, frozen=True, kw_only=True):
    """The form that loads a chart, as it was filled in, and what was wrong with the file."""

    action: str
    aparts: tuple[Option, ...]
    fields: Mapping[str, str]
    errors: tuple[SummaryError, ...] = ()
    problems: tuple[FileProblem, ...] = ()

    def value(self, field: str) -> str:
        return self.fields.get(field, "")


def apart_options(gettext: Gettext) -> tuple[Option, ...]:
    return (
        Option(value="yes", title=gettext("預算科目自成借貸平衡")),
        Option(value="no", title=gettext("預算科目與實際科目對沖")),
    )


def file_problems(
    found: Sequence[ChartProblem], gettext: Gettext, *, file: str = ""
) -> tuple[FileProblem, ...]:
    """Return the first problems with their cells, and how many more there are."""
    shown = [
        FileProblem(
            text=problem_text(one, gettext),
            file=file,
            sheet=one.place.sheet,
            place=one.place.text if one.place.row else "",
        )
        for one in found[:PROBLEMS_MAX]
    ]
    if len(found) > PROBLEMS_MAX:
        rest = gettext("另有 {rest} 項，更正上列各項後再載入即會列出。")
        shown.append(FileProblem(text=rest.format(rest=len(found) - PROBLEMS_MAX)))
    return tuple(shown)


def problem_text(problem: ChartProblem, gettext: Gettext) -> str:
    return gettext(PROBLEMS[problem.kind]).format(**problem.detail)
