"""The delivery of events as people see it: how far each module is, and what waits why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhuji_core.events.status import ModuleStatus
from zhuji_core.events.waiting import STATE_TITLES, WaitingEvent
from zhuji_core.ids import new_id
from zhuji_core.permissions import REPLAY_EVENT, SKIP_EVENT
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    Fact,
    Kind,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

PATH = "kernel/events"
TONES = {"dead": Tone.BAD, "retrying": Tone.WAITING}
# Longer lists inside of an event are counted: the page is not the place to read a batch.
SHOWN_MAX = 200


def module_table(context: RequestContext, uow: UnitOfWork, status: Sequence[ModuleStatus]) -> Table:
    tr = context.gettext
    return Table(
        id="modules",
        caption=tr("各模組處理進度"),
        columns=(
            Column(title=tr("模組")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("已處理至事件"), kind=Kind.NUMBER),
            Column(title=tr("落後"), unit=tr("件"), kind=Kind.NUMBER),
            Column(title=tr("落後時間"), unit=tr("秒"), kind=Kind.NUMBER),
            Column(title=tr("暫停文件"), kind=Kind.NUMBER),
            Column(title=tr("死信"), kind=Kind.NUMBER),
            Column(title=tr("累計處理"), unit=tr("件"), kind=Kind.NUMBER),
            Column(title=tr("最近處理"), kind=Kind.TIME),
        ),
        rows=tuple(_module_row(context, uow, one) for one in status),
        empty=tr("尚無模組接收事件。"),
    )


def _module_row(context: RequestContext, uow: UnitOfWork, one: ModuleStatus) -> Row:
    tr = context.gettext
    waiting = context.path(f"{PATH}?module={one.module}")
    return Row(
        cells=(
            Cell(value=tr(uow.hooks.title(one.module)), note=one.relay),
            Cell(value=_module_badge(context, uow, one)),
            Cell(value=one.sequence),
            Cell(value=one.lag_events),
            Cell(value=round(one.lag_s)),
            Cell(value=one.parked_documents, url=waiting),
            Cell(value=one.dead_letters, url=waiting),
            Cell(value=one.delivered),
            Cell(value=one.moved_at),
        )
    )


def _module_badge(context: RequestContext, uow: UnitOfWork, one: ModuleStatus) -> Badge:
    tr = context.gettext
    if one.module not in uow.hooks.listeners:
        return Badge(text=tr("停用（保留進度）"), tone=Tone.STOPPED)
    if one.dead_letters:
        return Badge(text=tr("有死信"), tone=Tone.BAD)
    if one.waiting or one.lag_events:
        return Badge(text=tr("處理中"), tone=Tone.WAITING)
    return Badge(text=tr("已處理完成"), tone=Tone.GOOD)


def waiting_table(
    context: RequestContext, waiting: Sequence[WaitingEvent], *, limit: int, module: str
) -> Table:
    tr = context.gettext
    shown, more = waiting[:limit], len(waiting) > limit
    here = context.path(f"{PATH}?module={module}")
    after = f"{here}&after={shown[-1].module}-{shown[-1].sequence}" if more else ""
    return Table(
        id="waiting",
        caption=tr("等候處理的事件（同一文件之後續事件均在其後等候）"),
        columns=(
            Column(title=tr("事件"), kind=Kind.CODE),
            Column(title=tr("種類"), kind=Kind.CODE),
            Column(title=tr("模組")),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("原因")),
            Column(title=tr("次數"), kind=Kind.NUMBER),
            Column(title=tr("其後等候"), kind=Kind.NUMBER),
            Column(title=tr("下次重試"), kind=Kind.TIME),
        ),
        rows=tuple(_waiting_row(context, one) for one in shown),
        pager=Pager(shown=len(shown), first_url=here, next_url=after) if more else None,
        empty=tr("沒有等候處理的事件。"),
    )


def _waiting_row(context: RequestContext, one: WaitingEvent) -> Row:
    own = context.path(f"{PATH}/{one.module}/{one.sequence}")
    return Row(
        cells=(
            Cell(value=str(one.sequence), url=own),
            Cell(value=one.type),
            Cell(value=one.module),
            Cell(value=state_badge(context, one)),
            Cell(value=one.error, note=one.code),
            Cell(value=one.attempts),
            Cell(value=one.behind),
            Cell(value=one.due_at if one.state == "retrying" else None),
        )
    )


def state_badge(context: RequestContext, one: WaitingEvent) -> Badge:
    return Badge(text=context.gettext(STATE_TITLES[one.state]), tone=TONES[one.state])


def event_facts(context: RequestContext, uow: UnitOfWork, one: WaitingEvent) -> tuple[Fact, ...]:
    tr = context.gettext
    return (
        Fact(label=tr("模組"), value=tr(uow.hooks.title(one.module))),
        Fact(label=tr("種類"), value=one.type, kind=Kind.CODE),
        Fact(label=tr("發生時間"), value=one.recorded_at, kind=Kind.TIME),
        Fact(label=tr("等候自"), value=one.since, kind=Kind.TIME),
        Fact(label=tr("原因代碼"), value=one.code, kind=Kind.CODE),
        Fact(label=tr("原因"), value=one.error),
        Fact(label=tr("次數"), value=one.attempts, kind=Kind.NUMBER),
        Fact(label=tr("其後等候（件）"), value=one.behind, kind=Kind.NUMBER),
        *(
            (Fact(label=tr("下次重試"), value=one.due_at, kind=Kind.TIME),)
            if one.state == "retrying"
            else ()
        ),
    )


def body_facts(one: WaitingEvent) -> tuple[Fact, ...]:
    """Return the body's fields by their own names: they are what programs call them."""
    return tuple(Fact(label=name, value=_said(value)) for name, value in one.fields.items())


def _said(value: Any) -> str:
    if isinstance(value, list):
        value = f"[{len(value)}]"
    text = str(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"


def event_actions(
    context: RequestContext, uow: UnitOfWork, one: WaitingEvent
) -> tuple[Action, ...]:
    tr = context.gettext
    own = context.path(f"{PATH}/{one.module}/{one.sequence}")
    found = []
    if uow.actor.may(REPLAY_EVENT):
        found.append(Action(title=tr("重送"), url=f"{own}/replay", key=str(new_id()), primary=True))
    if uow.actor.may(SKIP_EVENT):
        found.append(
            Action(
                title=tr("略過此事件"),
                url=f"{own}/skip",
                key=str(new_id()),
                danger=True,
                reason_field="reason",
                reason_label=tr("略過理由"),
            )
        )
    return tuple(found)


def list_actions(
    context: RequestContext, uow: UnitOfWork, status: Sequence[ModuleStatus]
) -> tuple[Action, ...]:
    """Offer to replay the dead letters of each module that has any."""
    if not uow.actor.may(REPLAY_EVENT):
        return ()
    tr = context.gettext
    return tuple(
        Action(
            title=tr("重送「{module}」的全部死信（{count} 件）").format(
                module=tr(uow.hooks.title(one.module)), count=one.dead_letters
            ),
            url=context.path(f"{PATH}/replay"),
            key=str(new_id()),
            fields={"module": one.module},
        )
        for one in status
        if one.dead_letters
    )
