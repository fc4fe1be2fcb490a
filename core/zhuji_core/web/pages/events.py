"""The delivery of events: cursors, parked documents, dead letters; replay and skip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.events.replay import replay_dead_letters, replay_event
from zhuji_core.events.skip import skip_event
from zhuji_core.events.status import read_status
from zhuji_core.events.waiting import WaitingFilter, find_waiting, list_waiting
from zhuji_core.permissions import READ_EVENTS, REPLAY_EVENT, SKIP_EVENT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.pages.event_view import (
    PATH,
    body_facts,
    event_actions,
    event_facts,
    list_actions,
    module_table,
    state_badge,
    waiting_table,
)
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]

TITLE = N_("事件處理")
PAGE_ROWS = 100
DONE = {
    "replay": N_("已排入重送，稍後由中繼程序處理。"),
    "skip": N_("已略過該事件，其後等候的事件將繼續處理。"),
}


class EventPages(PageController):
    """``/{county}/kernel/events``."""

    module = "kernel"
    path = "/{county:str}/kernel/events"

    @get("/", operation_id="kernel.events.page", opt={PERMISSION: READ_EVENTS}, sync_to_thread=True)
    def page(
        self,
        context: Context,
        module: FromQuery[str] = "",
        after: FromQuery[str] = "",
        done: FromQuery[str] = "",
    ) -> Response[str]:
        tr = context.gettext
        after_module, after_sequence = _after(after)
        wanted = WaitingFilter(
            module=module,
            after_module=after_module,
            after_sequence=after_sequence,
            limit=PAGE_ROWS + 1,
        )
        with context.read() as uow:
            waiting = list_waiting(uow, wanted)
            status = read_status(uow.connection, now=uow.now, listeners=uow.hooks.listeners)
            return render(
                context,
                "kernel/events.html",
                title=tr(TITLE),
                breadcrumb=(Crumb(title=tr(TITLE)),),
                flash=(Flash(text=tr(DONE[done])),) if done in DONE else (),
                modules=module_table(context, uow, status),
                waiting=waiting_table(context, waiting, limit=PAGE_ROWS, module=module),
                actions=list_actions(context, uow, status),
            )

    @get(
        "/{module:str}/{sequence:int}",
        operation_id="kernel.event.page",
        opt={PERMISSION: READ_EVENTS},
        sync_to_thread=True,
    )
    def one(
        self, context: Context, module: FromPath[str], sequence: FromPath[int]
    ) -> Response[str]:
        return _one(context, module, sequence)

    @post(
        "/replay",
        operation_id="kernel.events.replay-form",
        opt={PERMISSION: REPLAY_EVENT},
        sync_to_thread=True,
    )
    def replay_all(self, context: Context, data: Form) -> Response[bytes]:
        return context.perform(
            lambda uow: replay_dead_letters(uow, module=str(data.get("module", ""))),
            lambda _: see_other(context.path(f"{PATH}?done=replay")),
        )

    @post(
        "/{module:str}/{sequence:int}/replay",
        operation_id="kernel.event.replay-form",
        opt={PERMISSION: REPLAY_EVENT},
        sync_to_thread=True,
    )
    def replay(self, context: Context, module: FromPath[str], sequence: FromPath[int]) -> Page:
        return _done(
            context,
            module,
            sequence,
            lambda uow: replay_event(uow, module=module, sequence=sequence),
            done="replay",
        )

    @post(
        "/{module:str}/{sequence:int}/skip",
        operation_id="kernel.event.skip-form",
        opt={PERMISSION: SKIP_EVENT},
        sync_to_thread=True,
    )
    def skip(
        self, context: Context, module: FromPath[str], sequence: FromPath[int], data: Form
    ) -> Page:
        reason = str(data.get("reason", ""))
        return _done(
            context,
            module,
            sequence,
            lambda uow: skip_event(uow, module=module, sequence=sequence, reason=reason),
            done="skip",
        )


def _done(
    context: RequestContext,
    module: str,
    sequence: int,
    action: Callable[[UnitOfWork], object],
    *,
    done: str,
) -> Page:
    """Do it and go back to the list; a refusal of input is shown on the event itself."""
    try:
        return context.perform(action, lambda _: see_other(context.path(f"{PATH}?done={done}")))
    except DomainError as refusal:
        if not refusal.fields:
            raise
        return _one(context, module, sequence, error=refusal)


def _one(
    context: RequestContext, module: str, sequence: int, *, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = find_waiting(uow, module=module, sequence=sequence)
        title = tr("事件 {sequence}").format(sequence=found.sequence)
        return render(
            context,
            "kernel/event.html",
            title=title,
            breadcrumb=(Crumb(title=tr(TITLE), url=context.path(PATH)), Crumb(title=title)),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            badge=state_badge(context, found),
            facts=event_facts(context, uow, found),
            body=body_facts(found),
            actions=event_actions(context, uow, found),
        )


def _after(text: str) -> tuple[str, int]:
    """Read the cursor ``module-number`` of the page before; anything else is the first page."""
    module, _, number = text.rpartition("-")
    return (module, int(number)) if number.isdecimal() and len(number) < 19 else ("", 0)  # noqa: PLR2004 (digits of a bigint)
