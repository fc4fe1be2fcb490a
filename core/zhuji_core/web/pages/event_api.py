"""The delivery of events for programs: the same as on the pages."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from zhuji_core.events.replay import replay_dead_letters, replay_event
from zhuji_core.events.skip import skip_event
from zhuji_core.events.status import ModuleStatus, read_status
from zhuji_core.events.waiting import WaitingEvent, WaitingFilter, find_waiting, list_waiting
from zhuji_core.permissions import READ_EVENTS, REPLAY_EVENT, SKIP_EVENT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import CODE_MAX

Context = NamedDependency[RequestContext]
ANSWERS = "answers"

Module = Annotated[str, QueryParameter(max_length=CODE_MAX, description=N_("模組代號；空白為全部"))]


class SkipWanted(Value, frozen=True, kw_only=True):
    """Why the event is given up."""

    reason: str


class ReplayWanted(Value, frozen=True, kw_only=True):
    """Whose dead letters are tried again."""

    module: str


class Replayed(Value, frozen=True, kw_only=True):
    """How many events are tried again at the relay's next look."""

    replayed: int


class Skipped(Value, frozen=True, kw_only=True):
    """The event that was given up for the module."""

    module: str
    sequence: int


class EventApi(ApiController):
    """``/{county}/api/v1/kernel/events``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/events"

    @get(
        "/status",
        operation_id="kernel.events.status",
        opt={PERMISSION: READ_EVENTS},
        sync_to_thread=True,
    )
    def status(self, context: Context) -> list[ModuleStatus]:
        """Read how far each module is with the log of events."""
        with context.read() as uow:
            return read_status(uow.connection, now=uow.now, listeners=uow.hooks.listeners)

    @get(
        "/waiting",
        operation_id="kernel.events.waiting",
        opt={PERMISSION: READ_EVENTS},
        sync_to_thread=True,
    )
    def waiting(
        self,
        context: Context,
        module: FromQuery[Module] = "",
        cursor: FromQuery[Cursor] = "",
        limit: FromQuery[Limit] = LIMIT,
    ) -> Page[WaitingEvent]:
        """List events that failed, by module and number."""
        after = open_cursor(context, cursor, tuple[str, int]) or ("", 0)
        wanted = WaitingFilter(
            module=module, after_module=after[0], after_sequence=after[1], limit=limit + 1
        )
        with context.read() as uow:
            found = list_waiting(uow, wanted)
        return page_of(
            context,
            found,
            limit=limit,
            key=lambda one: (one.module, one.sequence),
            item=lambda one: one,
        )

    @get(
        "/waiting/{module:str}/{sequence:int}",
        operation_id="kernel.event.read",
        opt={PERMISSION: READ_EVENTS},
        sync_to_thread=True,
    )
    def one(self, context: Context, module: FromPath[str], sequence: FromPath[int]) -> WaitingEvent:
        """Read one event that failed."""
        with context.read() as uow:
            return find_waiting(uow, module=module, sequence=sequence)

    @post(
        "/replay",
        operation_id="kernel.events.replay",
        opt={PERMISSION: REPLAY_EVENT, ANSWERS: Replayed},
        status_code=200,
        sync_to_thread=True,
    )
    def replay_all(self, context: Context, data: JSONBody[ReplayWanted]) -> Response[bytes]:
        """Try the dead letters of a module again, the oldest 500 of them."""
        return context.perform(
            lambda uow: Replayed(replayed=replay_dead_letters(uow, module=data.module)),
            json_answer,
        )

    @post(
        "/waiting/{module:str}/{sequence:int}/replay",
        operation_id="kernel.event.replay",
        opt={PERMISSION: REPLAY_EVENT, ANSWERS: Replayed},
        status_code=200,
        sync_to_thread=True,
    )
    def replay(
        self, context: Context, module: FromPath[str], sequence: FromPath[int]
    ) -> Response[bytes]:
        """Try one event again."""
        return context.perform(
            lambda uow: Replayed(replayed=replay_event(uow, module=module, sequence=sequence)),
            json_answer,
        )

    @post(
        "/waiting/{module:str}/{sequence:int}/skip",
        operation_id="kernel.event.skip",
        opt={PERMISSION: SKIP_EVENT, ANSWERS: Skipped},
        status_code=200,
        sync_to_thread=True,
    )
    def skip(
        self,
        context: Context,
        module: FromPath[str],
        sequence: FromPath[int],
        data: JSONBody[SkipWanted],
    ) -> Response[bytes]:
        """Give one event up, with a written reason."""

        def skip(uow: UnitOfWork) -> Skipped:
            skip_event(uow, module=module, sequence=sequence, reason=data.reason)
            return Skipped(module=module, sequence=sequence)

        return context.perform(skip, json_answer)
