"""Modules as people read them: how they stand, what they cost, who switched them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.enabling.costs import Cost
from zhuji_core.enabling.standing import ModuleStanding
from zhuji_core.enabling.switching import (
    DISABLE,
    ENABLE,
    obstacle_to_disabling,
    obstacle_to_enabling,
)
from zhuji_core.formats import format_date
from zhuji_core.ids import new_id
from zhuji_core.licences.book import Term
from zhuji_core.modules import ModuleInfo
from zhuji_core.permissions import MODULE as KERNEL
from zhuji_core.permissions import SWITCH_MODULE
from zhuji_core.values import N_
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    Fact,
    HistoryEntry,
    Kind,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext
from zhuji_core.web.who import actor_told

# Figures of a working week and the days around it.
COST_DAYS = 7
LICENCES = {
    "valid": (N_("有效"), Tone.GOOD),
    "ending": (N_("即將屆滿"), Tone.WAITING),
    "ended": (N_("已屆滿"), Tone.BAD),
    "none": (N_("無授權"), Tone.STOPPED),
}
ACTS = {ENABLE: N_("啟用"), DISABLE: N_("停用")}


def state_badge(context: RequestContext, one: ModuleStanding) -> Badge:
    """Say in a word what the county can do with the module now."""
    if not one.enabled:
        return Badge(text=context.gettext(N_("停用")), tone=Tone.STOPPED)
    if one.read_only:
        return Badge(text=context.gettext(N_("唯讀")), tone=Tone.BAD)
    return Badge(text=context.gettext(N_("啟用")), tone=Tone.GOOD)


def module_table(context: RequestContext, standings: Iterable[ModuleStanding]) -> Table:
    tr = context.gettext
    return Table(
        id="modules",
        caption=tr(N_("本縣市的模組")),
        columns=(
            Column(title=tr(N_("模組"))),
            Column(title=tr(N_("狀態")), kind=Kind.BADGE),
            Column(title=tr(N_("授權")), kind=Kind.BADGE),
            Column(title=tr(N_("授權期限"))),
            Column(title=tr(N_("須先啟用"))),
            Column(title=tr(N_("版本")), kind=Kind.CODE),
        ),
        rows=tuple(_row(context, one) for one in standings),
        empty=tr(N_("本主機未安裝任何模組。")),
    )


def _row(context: RequestContext, one: ModuleStanding) -> Row:
    tr = context.gettext
    word, tone = LICENCES[one.licence]
    return Row(
        cells=(
            Cell(
                value=tr(one.title), url=context.path(f"kernel/modules/{one.name}"), note=one.name
            ),
            Cell(value=state_badge(context, one)),
            Cell(value=Badge(text=tr(word), tone=tone)),
            Cell(value=_until(context, one), note=_left(context, one)),
            Cell(value=_titles(context, one.requires)),
            Cell(value=one.version if one.installed else tr(N_("未安裝"))),
        )
    )


def _until(context: RequestContext, one: ModuleStanding) -> str:
    if one.licensed_until is not None:
        return format_date(one.licensed_until)
    return "" if one.licence == "none" else context.gettext(N_("不訂迄日"))


def _left(context: RequestContext, one: ModuleStanding) -> str:
    if one.licence not in {"valid", "ending"} or one.days_left is None:
        return ""
    return context.gettext(N_("尚有 {days} 天")).format(days=one.days_left)


def _titles(context: RequestContext, names: Iterable[str]) -> str:
    hooks = context.access.hooks
    return context.gettext("、").join(context.gettext(hooks.title(name)) for name in names)


def module_facts(context: RequestContext, one: ModuleStanding) -> tuple[Fact, ...]:
    tr = context.gettext
    installed = context.access.hooks.installed.items()
    dependents = [name for name, info in installed if one.name in info.requires]
    word, _ = LICENCES[one.licence]
    until, left = _until(context, one), _left(context, one)
    licence = " ".join(part for part in (tr(word), until, f"（{left}）" if left else "") if part)
    return (
        Fact(label=tr(N_("代號")), value=one.name, kind=Kind.CODE),
        Fact(label=tr(N_("版本")), value=one.version or tr(N_("未安裝")), kind=Kind.CODE),
        Fact(label=tr(N_("授權")), value=licence),
        Fact(label=tr(N_("須先啟用")), value=_titles(context, one.requires) or tr(N_("無"))),
        Fact(label=tr(N_("為下列模組所需")), value=_titles(context, dependents) or tr(N_("無"))),
    )


def module_actions(context: RequestContext, one: ModuleStanding) -> tuple[Action, ...]:
    """Offer the one switch that is possible, or say why it is not."""
    tr = context.gettext
    base = context.path(f"kernel/modules/{one.name}")
    title = tr(N_("停用模組")) if one.enabled else tr(N_("啟用模組"))
    if not context.actor.may(SWITCH_MODULE):
        return (Action(title=title, url=base, impossible=tr(N_("須由系統管理人員辦理。"))),)
    obstacle = _obstacle(context, one)
    return (
        Action(
            title=title,
            url=f"{base}/{'disablement' if one.enabled else 'enablement'}",
            key=str(new_id()),
            primary=not one.enabled,
            danger=one.enabled,
            impossible=obstacle,
            reason_field="reason",
            reason_label=tr(N_("原因")),
        ),
    )


def _obstacle(context: RequestContext, one: ModuleStanding) -> str:
    hooks = context.access.hooks
    info = hooks.installed.get(one.name) or ModuleInfo(name=one.name, title=one.title, version="")
    refusal = (
        obstacle_to_disabling(hooks, info, enabled=hooks.enabled)
        if one.enabled
        else obstacle_to_enabling(
            hooks, info, enabled=hooks.enabled, licensed=one.licence in {"valid", "ending"}
        )
    )
    return "" if refusal is None else refusal.text(context.gettext)


def term_table(context: RequestContext, terms: Sequence[Term]) -> Table:
    tr = context.gettext
    return Table(
        id="terms",
        caption=tr(N_("授權紀錄")),
        columns=(
            Column(title=tr(N_("序號")), kind=Kind.CODE),
            Column(title=tr(N_("起日"))),
            Column(title=tr(N_("迄日（含）"))),
            Column(title=tr(N_("簽發者"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=term.serial),
                    Cell(value=format_date(term.valid_from)),
                    Cell(value=format_date(term.valid_to) if term.valid_to else tr(N_("不訂迄日"))),
                    Cell(value=term.issuer),
                )
            )
            for term in terms
        ),
        empty=tr(N_("沒有包含此模組的授權。")),
    )


def cost_summary(context: RequestContext, costs: Iterable[Cost]) -> Table:
    """One row for each module: its requests, and what the others asked of it."""
    tr = context.gettext
    by_module: Mapping[str, list[Cost]] = defaultdict(list)
    for one in costs:
        by_module[one.module].append(one)
    return Table(
        id="costs",
        caption=tr(N_("各模組耗用（最近 {days} 日，各處理程序合計）")).format(days=COST_DAYS),
        columns=(
            Column(title=tr(N_("模組"))),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("請求 p50")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("請求 p95")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("請求合計")), kind=Kind.NUMBER, unit=tr(N_("秒"))),
            Column(title=tr(N_("掛鉤呼叫數")), kind=Kind.NUMBER),
            Column(title=tr(N_("掛鉤合計")), kind=Kind.NUMBER, unit=tr(N_("秒"))),
        ),
        rows=tuple(
            _summary_row(context, module, found) for module, found in sorted(by_module.items())
        ),
        empty=tr(N_("尚無紀錄；各處理程序每分鐘寫入一次。")),
    )


def _summary_row(context: RequestContext, module: str, costs: Sequence[Cost]) -> Row:
    core = module == KERNEL
    title = N_("核心") if core else context.access.hooks.title(module)
    requests = next((one for one in costs if one.is_request), None)
    hooks = [one for one in costs if one.is_hook]
    return Row(
        cells=(
            Cell(
                value=context.gettext(title),
                url="" if core else context.path(f"kernel/modules/{module}"),
            ),
            Cell(value=requests.calls if requests else 0),
            Cell(value=_ms(requests.p50_ms) if requests else ""),
            Cell(value=_ms(requests.p95_ms) if requests else ""),
            Cell(value=_s(requests.total_ms) if requests else ""),
            Cell(value=sum(one.calls for one in hooks)),
            Cell(value=_s(sum(one.total_ms for one in hooks)) if hooks else ""),
        )
    )


def cost_table(context: RequestContext, costs: Sequence[Cost]) -> Table:
    tr = context.gettext
    return Table(
        id="costs",
        caption=tr(N_("耗用（最近 {days} 日，各處理程序合計）")).format(days=COST_DAYS),
        columns=(
            Column(title=tr(N_("項目")), kind=Kind.CODE),
            Column(title=tr(N_("次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("合計")), kind=Kind.NUMBER, unit=tr(N_("秒"))),
            Column(title="p50", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title="p95", kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.name),
                    Cell(value=one.calls),
                    Cell(value=_s(one.total_ms)),
                    Cell(value=_ms(one.p50_ms)),
                    Cell(value=_ms(one.p95_ms)),
                )
            )
            for one in costs
        ),
        empty=tr(N_("尚無紀錄；各處理程序每分鐘寫入一次。")),
    )


def _ms(value_ms: float) -> str:
    return f"{value_ms:,.2f}"


def _s(value_ms: float) -> str:
    return f"{value_ms / 1_000:,.3f}"


def module_history(context: RequestContext, entries: Sequence[Kept]) -> tuple[HistoryEntry, ...]:
    """Return who switched the module, newest first, and why."""
    return tuple(
        HistoryEntry(
            at=entry.recorded_at,
            who=actor_told(entry, context.gettext),
            action=context.gettext(ACTS.get(entry.action, entry.action)),
            reason=str(entry.after.get("reason", "")) if isinstance(entry.after, Mapping) else "",
        )
        for entry in reversed(entries)
    )
