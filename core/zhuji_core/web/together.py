"""Acts of several people in one transaction: what has gathered while the last one was flushed.

A hot verb asks the database for one thing after the other and then waits for the disk; while one
transaction waits, the next requests arrive. They are done together, set by set, with one flush
for all. Nobody waits for a timer: a request that finds nobody before it goes alone, at once. Each
keeps its own answer or refusal, its own actor, key, trace, audit entry and number; a refusal
neither breaks nor splits the group. Decision 61 in ``core/docs/decisions``.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa
from litestar import Response

from zhuji_core import tracing
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import Answer, to_response

if TYPE_CHECKING:
    from zhuji_core.web.context import RequestContext

W = TypeVar("W", bound=Hashable)
T = TypeVar("T")

# Where a group of more gains nothing (core/docs/evidence/certification.md), and the locks of one
# transaction are still few.
GROUP_MAX = 64
# What becomes of one act: its answer, or what is raised to its request.
Settled = Response[bytes] | BaseException


@dataclass(frozen=True, kw_only=True, slots=True)
class Together(Generic[W, T]):
    """A verb that several people's requests may do in one transaction.

    ``do``: given the transaction, and for each act the same transaction in its actor's hands with
    what is wanted; returns for each what was done or the refusal. It abandons the transaction
    when all are refused. ``wanted``: whether the county, by its settings, has acts done together.
    """

    name: str
    do: Callable[[UnitOfWork, Sequence[tuple[UnitOfWork, W]]], Sequence[T | DomainError]]
    wanted: Callable[[Mapping[str, Mapping[str, Any]]], bool]

    def one(self, uow: UnitOfWork, what: W) -> T:
        """Do it for one alone; raise what refuses it, so that nothing is kept."""
        (done,) = self.do(uow, [(uow, what)])
        if isinstance(done, DomainError):
            raise done
        return done


class Act:
    """One request that waits for its turn, with the circumstances it came in."""

    __slots__ = (
        "_encode",
        "_verb",
        "answered",
        "circumstances",
        "context",
        "led_by",
        "since_ns",
        "surroundings",
        "trace_id",
        "what",
    )

    def __init__(
        self,
        verb: Together[Any, Any],
        *,
        context: RequestContext,
        what: Hashable,
        encode: Callable[[Any], Answer],
    ) -> None:
        self._verb = verb
        self._encode = encode
        self.context = context
        self.circumstances = context.circumstances
        self.what = what
        self.trace_id = tracing.current_trace_id()
        self.surroundings = contextvars.copy_context()
        self.answered: asyncio.Future[Response[bytes]] = asyncio.get_running_loop().create_future()
        self.since_ns = 0  # it waits for others, since then
        self.led_by = ""  # the trace in which its transaction ran, where that is not its own

    def waits(self) -> None:
        """Begin to wait for others: for their transaction to end, or for what is theirs in its."""
        self.since_ns = time.perf_counter_ns()

    def turn(self) -> None:
        """Note in its own trace how long it has waited, if it has."""
        since_ns, self.since_ns = self.since_ns, 0
        if since_ns:
            self.surroundings.copy().run(waited, self._verb.name, since_ns, self.led_by)

    def alone(self) -> Settled:
        """Do it in a transaction of its own, under its own trace."""
        try:
            return self.surroundings.copy().run(
                self.context.perform,
                lambda uow: self._verb.one(uow, self.what),
                self._encode,
            )
        except Exception as error:  # noqa: BLE001 (raised to the request that waits for it)
            return error

    def view(self, uow: UnitOfWork) -> UnitOfWork:
        """Return the group's transaction in the hands of this act's actor."""
        return uow.acting(
            actor=self.context.actor,
            key=self.context.key,
            source=self.context.source,
            trace_id=self.trace_id,
        )

    def encode(self, view: UnitOfWork, done: Any) -> Answer:
        """Make the answer and keep it with the request's key, as part of the transaction."""
        answer = self._encode(done)
        view.answer(msgspec.to_builtins(answer))
        return answer

    def refused(self, refusal: DomainError) -> Settled:
        """Return the answer that this very request had before, or else its refusal."""
        try:
            kept = self.context.kept()
        except Exception as error:  # noqa: BLE001 (raised to the request that waits for it)
            return error
        return refusal if kept is None else to_response(kept, replayed=True)

    def settle(self, settled: Settled) -> None:
        """Let the request go on; one that has hung up meanwhile is not waiting any more."""
        self.turn()
        if self.answered.done():
            return
        if isinstance(settled, BaseException):
            self.answered.set_exception(settled)
        else:
            self.answered.set_result(settled)


class Groups:
    """The acts of one application that wait, by county and verb. Used by the event loop alone."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], _Line] = {}

    def waiting(self) -> int:
        """Count the acts that wait for a transaction (none of those that are being done)."""
        return sum(line.waiting for line in self._lines.values())

    async def join(self, verb: Together[Any, Any], act: Act) -> Response[bytes]:
        """Have ``act`` done, alone or with others; raise what refuses it."""
        line = self._lines.setdefault((act.context.county.code, verb.name), _Line(verb))
        line.add(act)
        return await act.answered


class _Line:
    """Those of one county who wait for one verb; one transaction at a time."""

    def __init__(self, verb: Together[Any, Any]) -> None:
        self._verb = verb
        self._waiting: deque[Act] = deque()
        self._runner: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, act: Act) -> None:
        self._waiting.append(act)
        if self._runner is not None:
            act.waits()
        else:
            # In no request's name: it outlives the one that happened to come first.
            self._runner = asyncio.create_task(self._run(), context=contextvars.Context())

    async def _run(self) -> None:
        try:
            while self._waiting:
                acts = self._take()
                for act, settled in zip(acts, await self._done(acts), strict=True):
                    act.settle(settled)
        finally:
            self._runner = None

    def _take(self) -> list[Act]:
        """Take the first, and those behind it that can share its transaction."""
        first = self._waiting.popleft()
        acts, others = [first], {first.what}
        left: deque[Act] = deque()
        while self._waiting and len(acts) < GROUP_MAX:
            act = self._waiting.popleft()
            # Who wants the same thing once more is answered by what became of it.
            if act.what in others or act.circumstances != first.circumstances:
                left.append(act)
            else:
                acts.append(act)
                others.add(act.what)
                act.led_by = first.trace_id
        self._waiting.extendleft(reversed(left))
        return acts

    async def _done(self, acts: list[Act]) -> list[Settled]:
        """Do them in a thread, watched as work of the first one's request."""
        acts[0].turn()
        try:
            return await acts[0].surroundings.run(self._submit, acts)
        except Exception as error:  # noqa: BLE001 (raised to the requests that wait for it)
            return [error] * len(acts)

    def _submit(self, acts: list[Act]) -> asyncio.Future[list[Settled]]:
        work = functools.partial(contextvars.copy_context().run, _do, self._verb, acts)
        return asyncio.get_running_loop().run_in_executor(None, work)


def _do(verb: Together[Any, Any], acts: Sequence[Act]) -> list[Settled]:
    if len(acts) > 1:
        try:
            return _in_one_transaction(verb, acts)
        except DomainError:
            # One that nobody could foresee refuses all (a month that was closed meanwhile, a key
            # that another request took): each alone is told its own.
            pass
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise
    return [_one_of(act, acts) for act in acts]


def _one_of(act: Act, acts: Sequence[Act]) -> Settled:
    """Do it alone; before and after that it waits for those that are done alone as well."""
    act.turn()
    settled = act.alone()
    if len(acts) > 1:
        act.waits()
    return settled


def waited(verb: str, since_ns: int, led_by: str) -> None:
    """Wait for a turn, or in a transaction that runs in the trace ``led_by``."""
    tracing.waited("together.wait", since_ns, verb=verb, led_by=led_by)


def _in_one_transaction(verb: Together[Any, Any], acts: Sequence[Act]) -> list[Settled]:
    """Return what became of each. Nothing is kept when it raises."""
    leader = acts[0].context
    with (
        tracing.span("together", verb=verb.name, county=leader.county.code, acts=len(acts)),
        leader.write() as uow,
    ):
        views = [act.view(uow) for act in acts]
        wanted = [(view, act.what) for view, act in zip(views, acts, strict=True)]
        found = [
            done if isinstance(done, DomainError) else act.encode(view, done)
            for act, view, done in zip(acts, views, verb.do(uow, wanted), strict=True)
        ]
        assert not uow.personal_reads, "whose reading it is would be lost"
    return [
        act.refused(one) if isinstance(one, DomainError) else to_response(one)
        for act, one in zip(acts, found, strict=True)
    ]
