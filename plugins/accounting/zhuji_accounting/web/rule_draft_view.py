"""The draft of posting rules on pages: what differs, what is wrong, and what a trial made."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from zhuji_accounting.domain.ledger.chart import Chart, Side
from zhuji_accounting.domain.ledger.posting_rules import PostingRule, RuleSet
from zhuji_accounting.domain.ledger.rule_checks import FAULTS, RuleFault
from zhuji_accounting.domain.ledger.rule_draft import RuleDraft
from zhuji_accounting.domain.ledger.rule_trial import Tried
from zhuji_accounting.domain.ledger.rule_words import amount_words
from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, VoucherKind
from zhuji_accounting.queries.rule_trials import RecentVoucher
from zhuji_accounting.web.chart_view import chart_path
from zhuji_accounting.web.rule_view import side_text, way_text
from zhuji_accounting.web.wording import Gettext
from zhuji_core.formats import format_date, format_ntd
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    Fact,
    Kind,
    Option,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext


def draft_path(chart: Chart) -> str:
    return f"{chart_path(chart)}/draft"


def rule_path(chart: Chart, event_code: str) -> str:
    return f"{draft_path(chart)}/rules/{quote(event_code, safe='')}"


def draft_facts(context: RequestContext, chart: Chart, draft: RuleDraft) -> tuple[Fact, ...]:
    tr = context.gettext
    base = context.path(f"{chart_path(chart)}/rules/{draft.rules.version}")
    return (
        Fact(label=tr("會計科目表"), value=chart.title, url=context.path(chart_path(chart))),
        Fact(
            label=tr("依據版次"),
            value=tr("第 {version} 版").format(version=draft.rules.version),
            url=base,
        ),
        Fact(label=tr("起草"), value=draft.started_by_name),
        Fact(label=tr("起草時間"), value=draft.started_at, kind=Kind.TIME),
        Fact(label=tr("最後修改"), value=draft.changed_by_name),
        Fact(label=tr("修改時間"), value=draft.changed_at, kind=Kind.TIME),
        Fact(label=tr("草案修訂次"), value=draft.revision, kind=Kind.NUMBER),
    )


def faults_table(context: RequestContext, faults: Sequence[RuleFault]) -> Table:
    tr = context.gettext
    return Table(
        id="faults",
        caption=tr("須先更正之錯誤"),
        columns=(
            Column(title=tr("會計事項")),
            Column(title=tr("分錄序號"), kind=Kind.CODE),
            Column(title=tr("錯誤")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.title or tr("其餘"), note=one.event_code),
                    Cell(value=str(one.entry or "")),
                    Cell(value=fault_text(one, tr)),
                )
            )
            for one in faults
        ),
    )


def fault_text(fault: RuleFault, gettext: Gettext) -> str:
    return gettext(FAULTS[fault.kind]).format(
        account=fault.account,
        amount=amount_words(fault.amount, gettext),
        debits=fault.debits,
        credits=fault.credits,
    )


def events_table(
    context: RequestContext, chart: Chart, rules: RuleSet, *, changed: set[str], may_write: bool
) -> Table:
    """Return the events of the draft: each leads to its entries, for readers to its trial."""
    tr = context.gettext
    return Table(
        id="events",
        caption=tr("草案之會計事項與分錄"),
        columns=(
            Column(title=tr("會計事項")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("傳票種類")),
            Column(title=tr("製票方式")),
            Column(title=tr("借方分錄")),
            Column(title=tr("貸方分錄")),
        ),
        rows=tuple(
            _event_row(
                context, chart, rule, differs=rule.event_code in changed, may_write=may_write
            )
            for rule in rules.rules
        ),
    )


def _event_row(
    context: RequestContext, chart: Chart, rule: PostingRule, *, differs: bool, may_write: bool
) -> Row:
    tr = context.gettext
    own = context.path(rule_path(chart, rule.event_code))
    badge = Badge(text=tr("已修改"), tone=Tone.WAITING) if differs else None
    return Row(
        cells=(
            Cell(value=rule.title, note=rule.event_code, url=own if may_write else f"{own}/trial"),
            Cell(value=badge),
            Cell(value=tr(KIND_TITLES[rule.kind])),
            Cell(value=way_text(rule, tr)),
            Cell(value=side_text(rule, Side.DEBIT, chart, tr)),
            Cell(value=side_text(rule, Side.CREDIT, chart, tr)),
        ),
        emphasis=differs,
    )


def recent_options(found: Sequence[RecentVoucher]) -> tuple[Option, ...]:
    """Return the last vouchers of the event as choices: day, agency, what about, how much."""
    return tuple(
        Option(
            value=str(one.voucher_id),
            title="　".join(
                [
                    format_date(one.posting_date),
                    one.agency_name,
                    one.memo[:40],
                    format_ntd(one.amount_ntd),
                ]
            ),
        )
        for one in found
    )


def _told(gettext: Gettext, *texts: str) -> str:
    """Return the texts, each once: what stands only in a trial is named so by key and by name."""
    return " ".join(gettext(text) for text in dict.fromkeys(texts) if text)


def tried_table(context: RequestContext, made: Tried, *, table_id: str) -> Table:
    """Return the voucher that a version makes, with its sums."""
    tr = context.gettext
    name = tr("第 {version} 版").format(version=made.version) if made.version else tr("草案")
    kind = tr(KIND_TITLES[VoucherKind(made.kind)]) if made.kind else ""
    return Table(
        id=table_id,
        caption=tr("{version}　{kind}").format(version=name, kind=kind).strip(),
        columns=(
            Column(title=tr("會計科目"), kind=Kind.CODE),
            Column(title=tr("科目名稱")),
            Column(title=tr("預算科目")),
            Column(title=tr("明細對象")),
            Column(title=tr("借方"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("貸方"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=line.account_code),
                    Cell(value=line.account_name),
                    Cell(value=_told(tr, line.row_label)),
                    Cell(value=_told(tr, line.subsidiary_key, line.subsidiary_name)),
                    Cell(value=line.debit_ntd),
                    Cell(value=line.credit_ntd),
                )
            )
            for line in made.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=made.debit_ntd),
            Cell(value=made.credit_ntd),
        ),
        empty=tr("{version}：沒有分錄。").format(version=name),
    )
