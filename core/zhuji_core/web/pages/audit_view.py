"""What the pages of the audit trail show, as values for the templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from zhuji_core.audit.anchors import grouped
from zhuji_core.audit.canonical import ADOPTED_FORM
from zhuji_core.audit.daily import DailyReport
from zhuji_core.audit.differences import Difference, differences
from zhuji_core.audit.keeper import LAG_ALARM_S
from zhuji_core.audit.proofs import Proof
from zhuji_core.audit.sealing import SealStatus
from zhuji_core.audit.search import AuditFilter, AuditPage, AuditRow
from zhuji_core.formats import date_key, format_date
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    Fact,
    Kind,
    Link,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.environment import clock
from zhuji_core.web.pages.verb_titles import verb_title
from zhuji_core.web.shell import Flash, FlashKind
from zhuji_core.web.who import actor_name

LIST_FORMATS = ("csv", "ods")
DAILY_FORMATS = ("pdf", "ods")
# A row of the list names so many of the changes; the entry's own page names all.
SUMMARY_LINES = 3
SUMMARY_TEXT = 60

CONTEXT_TITLES = {
    "on_behalf_of": N_("代理"),
    "token": N_("介接權杖"),
    "break_glass": N_("緊急存取"),
}


class Typed(Value, frozen=True, kw_only=True):
    """Dates as they were keyed."""

    from_date: str
    to_date: str


def alarm(context: RequestContext, status: SealStatus) -> tuple[Flash, ...]:
    """Return the banner while entries wait for their seal for too long."""
    if status.lag_s <= LAG_ALARM_S:
        return ()
    text = context.gettext(
        N_("有 {backlog} 筆稽核紀錄尚未封存，最久已等候 {lag} 秒，請洽主機維運人員。")
    )
    told = text.format(backlog=f"{status.backlog:,}", lag=f"{status.lag_s:,.0f}")
    return (Flash(text=told, kind=FlashKind.WARNING),)


def audit_table(
    context: RequestContext,
    page: AuditPage,
    wanted: AuditFilter,
    *,
    base: str,
    in_full: bool = False,
) -> Table:
    """Return the list; ``in_full`` is for a file: whole values, no links."""
    tr = context.gettext
    query = query_of(wanted)
    caption = tr(N_("稽核紀錄，由新到舊"))
    if page.reached is not None:
        text = tr(N_("已找到編號 {reached} 為止，按「下一頁」繼續往前找"))
        caption = f"{caption}　{text.format(reached=page.reached)}"
    return Table(
        id="audit",
        caption=caption,
        columns=(
            Column(title=tr(N_("編號")), kind=Kind.CODE),
            Column(title=tr(N_("時間")), kind=Kind.TEXT if in_full else Kind.TIME),
            Column(title=tr(N_("業務日期")), kind=Kind.DATE),
            Column(title=tr(N_("人員"))),
            Column(title=tr(N_("作業"))),
            Column(title=tr(N_("文件"))),
            Column(title=tr(N_("機關")), kind=Kind.CODE),
            Column(title=tr(N_("異動內容"))),
            Column(title=tr(N_("封存")), kind=Kind.BADGE),
        ),
        rows=tuple(_row(context, row, base=base, in_full=in_full) for row in page.rows),
        pager=Pager(
            shown=len(page.rows),
            first_url=f"{base}?{query}" if wanted.before_id is not None else "",
            next_url=f"{base}?{urlencode({**parameters(wanted), 'before_id': page.next_id})}"
            if page.next_id is not None
            else "",
        ),
        exports=tuple(
            Link(title=name.upper(), url=f"{base}/export/{name}?{query}") for name in LIST_FORMATS
        ),
        empty=_empty(context, page),
    )


def unreadable(
    context: RequestContext, faults: Mapping[str, str], *, name: str, caption: str
) -> Table:
    """Return a list that shows nothing and says why, in the place that a filter reloads."""
    return Table(
        id=name,
        caption=context.gettext(caption),
        columns=(),
        rows=(),
        empty="　".join(dict.fromkeys(faults.values())),
    )


def _empty(context: RequestContext, page: AuditPage) -> str:
    return context.gettext(N_("沒有符合條件的稽核紀錄。")) if page.next_id is None else ""


def _row(context: RequestContext, row: AuditRow, *, base: str, in_full: bool) -> Row:
    changes = differences(row.before, row.after)
    shown = changes if in_full else changes[:SUMMARY_LINES]
    more = "" if len(shown) == len(changes) else f"　＋{len(changes) - len(shown)}"
    summary = "；".join(_change_text(one, in_full=in_full) for one in shown)
    return Row(
        cells=(
            Cell(value=str(row.audit_id), url=f"{base}/{row.audit_id}" if base else ""),
            Cell(value=clock(row.recorded_at) if in_full else row.recorded_at),
            Cell(value=row.business_date),
            Cell(value=actor_name(row, context.gettext), note=_who_note(context, row)),
            Cell(value=verb_title(context, row.action, row.action_title), note=row.action),
            Cell(value=row.document_label, note=row.document_kind),
            Cell(value=row.agency_code),
            Cell(value=summary + more),
            Cell(value=_seal_badge(context, row)),
        )
    )


def _who_note(context: RequestContext, row: AuditRow) -> str:
    parts = [row.actor_account] if row.actor_account != row.actor_name else []
    for key, value in (row.context or {}).items():
        title = context.gettext(CONTEXT_TITLES[key]) if key in CONTEXT_TITLES else key
        parts.append(f"{title} {value}")
    return "　".join(parts)


def _change_text(change: Difference, *, in_full: bool) -> str:
    def cut(text: str | None) -> str:
        shown = "" if text is None else text
        return shown if in_full or len(shown) <= SUMMARY_TEXT else f"{shown[:SUMMARY_TEXT]}…"

    name = f"{change.path}：" if change.path else ""
    if change.before is None:
        return f"{name}{cut(change.after)}"
    return f"{name}{cut(change.before)} → {cut(change.after)}"


def _seal_badge(context: RequestContext, row: AuditRow) -> Badge:
    if row.sealed:
        return Badge(text=context.gettext(N_("已封存")), tone=Tone.GOOD)
    return Badge(text=context.gettext(N_("待封存")), tone=Tone.WAITING)


def entry_facts(context: RequestContext, row: AuditRow) -> tuple[Fact, ...]:
    """Return who, when, what, on which document."""
    tr = context.gettext
    return (
        Fact(label=tr(N_("時間")), value=row.recorded_at, kind=Kind.TIME),
        Fact(label=tr(N_("業務日期")), value=row.business_date, kind=Kind.DATE),
        Fact(
            label=tr(N_("人員")), value=f"{actor_name(row, tr)}　{_who_note(context, row)}".strip()
        ),
        Fact(
            label=tr(N_("作業")),
            value=f"{verb_title(context, row.action, row.action_title)}　{row.action}",
        ),
        Fact(
            label=tr(N_("文件")),
            value=f"{row.document_label}　{row.document_kind}",
            url=context.path(f"kernel/audit?document_id={row.document_id}"),
        ),
        Fact(label=tr(N_("機關")), value=row.agency_code, kind=Kind.CODE),
        Fact(
            label=tr(N_("追蹤編號")),
            value=row.trace_id,
            kind=Kind.CODE,
            url=context.path(f"kernel/audit?trace_id={row.trace_id}") if row.trace_id else "",
        ),
    )


def changes_table(context: RequestContext, row: AuditRow) -> Table:
    """Return what changed, a line for each value."""
    tr = context.gettext
    return Table(
        id="changes",
        caption=tr(N_("異動內容")),
        columns=(
            Column(title=tr(N_("項目")), kind=Kind.CODE),
            Column(title=tr(N_("異動前"))),
            Column(title=tr(N_("異動後"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.path or tr(N_("全部"))),
                    Cell(value=one.before),
                    Cell(value=one.after),
                )
            )
            for one in differences(row.before, row.after)
        ),
        empty=tr(N_("這筆紀錄沒有前後內容。")),
    )


def seal_facts(context: RequestContext, row: AuditRow, proof: Proof | None) -> tuple[Fact, ...]:
    """Return how the entry is protected, and the way to its head."""
    tr = context.gettext
    facts = [
        Fact(label=tr(N_("狀態")), value=_seal_badge(context, row), kind=Kind.BADGE),
        Fact(label=tr(N_("雜湊值")), value=grouped(row.leaf)),
    ]
    if str(row.form) == ADOPTED_FORM:
        facts.append(Fact(label=tr(N_("說明")), value=tr(N_("本筆早於雜湊機制，升級時補算"))))
    if proof is not None:
        facts += [
            Fact(label=tr(N_("封存號")), value=str(proof.seal.batch_no), kind=Kind.CODE),
            Fact(
                label=tr(N_("批內位置")),
                value=f"{proof.index + 1:,}／{proof.seal.entries:,}",
                kind=Kind.CODE,
            ),
            Fact(label=tr(N_("證明步數")), value=len(proof.path), kind=Kind.NUMBER),
            Fact(label=tr(N_("封存雜湊值")), value=grouped(proof.seal.seal_hash)),
        ]
    return tuple(facts)


def daily_facts(context: RequestContext, report: DailyReport) -> tuple[Fact, ...]:
    """Return the numbers above the daily report."""
    tr = context.gettext
    facts = [
        Fact(label=tr(N_("業務日期")), value=report.day, kind=Kind.DATE),
        Fact(label=tr(N_("紀錄筆數")), value=report.entries, kind=Kind.NUMBER),
        Fact(label=tr(N_("待封存")), value=report.unsealed, kind=Kind.NUMBER),
    ]
    if report.last_audit_id is not None:
        bounds = f"{report.first_audit_id}–{report.last_audit_id}"
        facts.append(Fact(label=tr(N_("紀錄編號")), value=bounds, kind=Kind.CODE))
    if report.head is not None:
        facts += [
            Fact(label=tr(N_("封存號")), value=str(report.head.batch_no), kind=Kind.CODE),
            Fact(label=tr(N_("累計筆數")), value=report.head.entries_total, kind=Kind.NUMBER),
            Fact(label=tr(N_("封存時間")), value=report.head.sealed_at, kind=Kind.TIME),
        ]
    return tuple(facts)


def daily_table(context: RequestContext, report: DailyReport, *, base: str) -> Table:
    """Return the counts by verb and agency; the head stands in the last line of a file."""
    tr = context.gettext
    return Table(
        id="daily",
        caption=tr(N_("各項作業筆數")),
        columns=(
            Column(title=tr(N_("作業"))),
            Column(title=tr(N_("代號")), kind=Kind.CODE),
            Column(title=tr(N_("機關"))),
            Column(title=tr(N_("人數")), kind=Kind.NUMBER),
            Column(title=tr(N_("筆數")), kind=Kind.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=verb_title(context, one.action, one.action_title)),
                    Cell(value=one.action),
                    Cell(
                        value=f"{one.agency_name}（{one.agency_code}）" if one.agency_code else ""
                    ),
                    Cell(value=one.people),
                    Cell(value=one.entries),
                )
            )
            for one in report.counts
        ),
        totals=(
            Cell(value=tr(N_("合計"))),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=report.entries),
        ),
        exports=tuple(
            Link(title=name.upper(), url=f"{base}/export/{name}?day={date_key(report.day)}")
            for name in DAILY_FORMATS
        ),
        empty=tr(N_("這一天沒有稽核紀錄。")),
    )


def daily_period(context: RequestContext, report: DailyReport) -> str:
    """Say above a file of which day it is, and the head that people compare."""
    if report.head is None:
        return format_date(report.day)
    text = context.gettext(N_("{day}　封存號 {batch}　錨定值 {head}"))
    return text.format(
        day=format_date(report.day), batch=report.head.batch_no, head=grouped(report.head.head)
    )


def groups(report: DailyReport) -> tuple[str, ...]:
    """Return the head in groups of characters."""
    return () if report.head is None else tuple(grouped(report.head.head).split())


def period(context: RequestContext, first: dt.date | None, last: dt.date | None) -> str:
    """Say which days a file is of."""
    if first is None and last is None:
        return context.gettext(N_("全部日期"))
    shown = (format_date(day) if day is not None else "" for day in (first, last))
    return context.gettext(N_("{first} 至 {last}")).format(
        **dict(zip(("first", "last"), shown, strict=True))
    )


def parameters(wanted: AuditFilter) -> dict[str, object]:
    """Return the filter as it stands in addresses."""
    fields = msgspec.structs.asdict(wanted)
    fields.pop("limit")
    fields.pop("before_id")
    for name in ("from_date", "to_date"):
        fields[name] = date_key(fields[name]) if fields[name] is not None else ""
    return {name: value for name, value in fields.items() if value not in {"", None}}


def query_of(wanted: AuditFilter) -> str:
    return urlencode(parameters(wanted))
