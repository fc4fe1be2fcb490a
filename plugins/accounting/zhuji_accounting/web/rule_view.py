"""A set of posting rules on pages: what each business event makes, and the ways to accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from zhuji_accounting.domain.ledger.chart import SIDE_TITLES, Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import (
    AccountMatch,
    Entry,
    PostingRule,
    RuleSet,
)
from zhuji_accounting.domain.ledger.rule_draft import WAY_WORDS
from zhuji_accounting.domain.ledger.rule_words import (
    OBJECTS,
    SOURCES,
    WAY_TITLES,
    LineChange,
    account_words,
    entry_words,
    lines_between,
)
from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, VoucherKind
from zhuji_accounting.queries.charts import RuleVersion, rules_by_id
from zhuji_accounting.web import document_view
from zhuji_accounting.web.chart_view import chart_path, from_text, state_badge, until_text
from zhuji_accounting.web.wording import ACCOUNT_TITLES, Gettext
from zhuji_core.audit.history import history
from zhuji_core.export import FORMATS
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_
from zhuji_core.web.components import (
    Cell,
    Column,
    Fact,
    HistoryEntry,
    Kind,
    Link,
    Row,
    Table,
)
from zhuji_core.web.context import RequestContext

ACT_TITLES = {
    "accounting.rules.write": N_("擬訂分錄規則"),
    "accounting.rules.propose": N_("提請生效"),
    "accounting.rules.approve": N_("核准提案"),
    "accounting.rules.reject": N_("駁回提案"),
    "accounting.rules.withdraw": N_("撤回提案"),
    "accounting.rules.decide": N_("生效"),
}


def rules_path(chart: Chart, version: int) -> str:
    return f"{chart_path(chart)}/rules/{version}"


def rules_title(context: RequestContext, chart: Chart, version: RuleVersion) -> str:
    return context.gettext("{chart}　分錄規則第 {version} 版").format(
        chart=chart.title, version=version.rules.version
    )


def rules_facts(
    context: RequestContext, chart: Chart, version: RuleVersion, *, today: dt.date
) -> tuple[Fact, ...]:
    tr = context.gettext
    return (
        Fact(label=tr("狀態"), value=state_badge(version, tr, today=today), kind=Kind.BADGE),
        Fact(label=tr("會計科目表"), value=chart.title, url=context.path(chart_path(chart))),
        Fact(label=tr("生效日"), value=from_text(version, tr)),
        Fact(label=tr("失效日"), value=until_text(version, tr)),
        Fact(label=tr("擬訂人"), value=version.made_by_name or tr("系統附帶")),
        Fact(
            label=tr("核准人"),
            value=version.approved_by_name or "－",
            url=context.path(f"kernel/proposals/{version.proposal_id}")
            if version.proposal_id
            else "",
        ),
        Fact(label=tr("理由"), value=version.rules.reason or "－"),
    )


def rules_table(context: RequestContext, chart: Chart, version: RuleVersion) -> Table:
    """Return a row for each event: kind of voucher, by whom, and what stands on each side."""
    tr = context.gettext
    base = context.path(rules_path(chart, version.rules.version))
    return Table(
        id="rules",
        caption=tr("會計事項與分錄對照"),
        columns=(
            Column(title=tr("會計事項")),
            Column(title=tr("事項代號"), kind=Kind.CODE),
            Column(title=tr("傳票種類")),
            Column(title=tr("製票方式")),
            Column(title=tr("借方分錄")),
            Column(title=tr("貸方分錄")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=rule.title),
                    Cell(value=rule.event_code),
                    Cell(value=tr(KIND_TITLES[rule.kind])),
                    Cell(value=way_text(rule, tr)),
                    Cell(value=side_text(rule, Side.DEBIT, chart, tr)),
                    Cell(value=side_text(rule, Side.CREDIT, chart, tr)),
                )
            )
            for rule in version.rules.rules
        ),
        exports=tuple(
            Link(title=suffix.upper(), url=f"{base}/export/{suffix}") for suffix in FORMATS
        ),
    )


def way_text(rule: PostingRule, gettext: Gettext) -> str:
    """Say who makes the voucher: nobody, a person who keys it, or a document."""
    if rule.automatic:
        return gettext("自動")
    return gettext("人工或單據") if rule.manual else gettext("單據")


def side_text(rule: PostingRule, side: Side, chart: Chart, gettext: Gettext) -> str:
    return "；".join(
        entry_words(entry, chart, gettext) for entry in rule.entries if entry.side is side
    )


def objects_table(context: RequestContext, chart: Chart, rules: RuleSet) -> Table:
    """Return which objects of expenditure (用途別) lead to which account."""
    return _matches_table(
        context, chart, rules.objects, OBJECTS, context.gettext(WAY_TITLES[OBJECTS])
    )


def sources_table(context: RequestContext, chart: Chart, rules: RuleSet) -> Table:
    """Return which sources of revenue (來源別) lead to which account."""
    return _matches_table(
        context, chart, rules.sources, SOURCES, context.gettext(WAY_TITLES[SOURCES])
    )


def _matches_table(
    context: RequestContext,
    chart: Chart,
    matches: Sequence[AccountMatch],
    table_id: str,
    caption: str,
) -> Table:
    """Return what the longest beginning of a code leads to; the rest stands last."""
    tr = context.gettext
    return Table(
        id=table_id,
        caption=caption,
        columns=(
            Column(title=tr("代碼開頭"), kind=Kind.CODE),
            Column(title=tr("經資門")),
            Column(title=tr("會計科目")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.prefix or tr("其餘")),
                    Cell(value=tr(ACCOUNT_TITLES[one.account]) if one.account else ""),
                    Cell(value=account_words(one.code, chart, tr)),
                )
            )
            for one in sorted(matches, key=lambda one: (not one.prefix, one.prefix, one.account))
        ),
        empty=tr("{table}：沒有任何對應。").format(table=caption),
    )


def changes_table(
    context: RequestContext, chart: Chart, before: RuleSet, after: RuleSet, *, empty: str
) -> Table:
    """Return what differs line by line: each line beside the one in whose place it stands."""
    tr = context.gettext
    return Table(
        id="changes",
        caption=tr("與所依據版次之差異"),
        columns=(
            Column(title=tr("會計事項或對應")),
            Column(title=tr("原規則")),
            Column(title=tr("新規則")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=_what_differs(one, tr), note=one.event_code),
                    Cell(value=_line_text(one.before, chart, tr)),
                    Cell(value=_line_text(one.after, chart, tr)),
                )
            )
            for one in lines_between(before, after)
        ),
        empty=empty,
    )


def _what_differs(change: LineChange, gettext: Gettext) -> str:
    """Return the event, or the codes whose account is another."""
    one = change.after or change.before
    if not isinstance(one, AccountMatch):
        return change.title
    account = gettext(ACCOUNT_TITLES[one.account]) if one.account else ""
    codes = " ".join(filter(None, (one.prefix or gettext("其餘"), account)))
    return gettext("{way}：{codes}").format(way=gettext(WAY_WORDS[change.way]), codes=codes)


def _line_text(
    line: Entry | VoucherKind | AccountMatch | None, chart: Chart, gettext: Gettext
) -> str:
    """Return ``借 1203 專戶存款（契約）``, the kind of voucher, or the account of a way."""
    match line:
        case None:
            return "－"
        case VoucherKind():
            return gettext(KIND_TITLES[line])
        case AccountMatch():
            return account_words(line.code, chart, gettext)
    return f"{gettext(SIDE_TITLES[line.side])} {entry_words(line, chart, gettext)}"


def changes_since(
    context: RequestContext, uow: UnitOfWork, chart: Chart, version: RuleVersion
) -> Table | None:
    """Return what the version changed in the one that it is based on; None: it is the first."""
    if version.based_on is None:
        return None
    before = rules_by_id(uow, chart, version.based_on)
    empty = context.gettext("與所依據之版次相同。")
    return changes_table(context, chart, before, version.rules, empty=empty)


def rules_history(
    context: RequestContext, uow: UnitOfWork, version: RuleVersion
) -> tuple[HistoryEntry, ...]:
    """Return who drafted, changed, proposed and approved the version, the newest first."""
    return document_view.history_of(
        history(uow, version.rules.rule_set_id),
        context.gettext,
        titles=ACT_TITLES,
        badge_of=lambda _: None,
    )
