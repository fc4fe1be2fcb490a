"""What is noted of a piece of work while it goes on; a span is made of it afterwards, or never.

A span of OpenTelemetry's SDK costs 25 to 50 µs and a certification has some twenty: more than its
own work. A note costs 2 µs. Nothing here knows OpenTelemetry (decision 75).
"""

from __future__ import annotations

import contextvars
import random
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zhuji_core.values import DomainError

if TYPE_CHECKING:
    from zhuji_observability.recorder.record import Record

# More than any page of the product makes. What comes after leaves by itself, and is in no list.
NOTES_MAX = 1_000
NOTHING: Mapping[str, Any] = MappingProxyType({})
INTERNAL, SERVER, CLIENT = "internal", "server", "client"

now_ns = time.perf_counter_ns


class Trace:
    """What is noted of one request, or of one piece of work outside of any.

    ``parent_id``: the span of another host that asked for it, 0 for none. ``record``: where its
    time went, if that is told apart. Moments are of ``now_ns``; ``wall_ns`` makes them comparable.
    """

    __slots__ = ("_offset_ns", "_over", "id", "notes", "parent_id", "record", "root")

    def __init__(self, trace_id: int = 0, parent_id: int = 0) -> None:
        self.id = trace_id or random.getrandbits(128) or 1  # no secret: a name among names
        self.parent_id = parent_id
        self._offset_ns = time.time_ns() - now_ns()
        self._over = False
        self.notes: list[Noted] = []
        self.record: Record | None = None
        self.root: Noted | None = None

    def wall_ns(self, moment_ns: int) -> int:
        """Return a moment in nanoseconds since 1970."""
        return moment_ns + self._offset_ns

    def clock_ns(self, wall_ns: int) -> int:
        """Return a moment since 1970 by the clock of the notes."""
        return wall_ns - self._offset_ns

    def add(self, note: Noted) -> None:
        """Take a note that has ended."""
        if self._over or len(self.notes) >= NOTES_MAX:
            _leave(self, (note,), None)
        else:
            self.notes.append(note)

    def finish(self) -> None:
        """Hand everything on: its root has ended.

        What is let go of here would be a circle, which only the collector can clear away.
        """
        self._over = True
        root, notes, record = self.root, self.notes, self.record
        self.root, self.notes, self.record = None, [], None
        if _leaving:
            _leave(self, notes if root is None else (*notes, root), record)


class Noted:
    """One piece of work.

    ``own``: what the product says of it (``module``, ``county``); ``attributes``: what
    OpenTelemetry's conventions say, by their names.
    """

    attributes: Mapping[str, Any] = NOTHING
    own: Mapping[str, Any] = NOTHING
    kind = INTERNAL
    scope: Any = None  # the library that it is of
    statement = ""
    failed = False
    ended_ns = 0
    events: Sequence[tuple[str, Mapping[str, Any], int]] = ()
    links: Sequence[Any] = ()
    _id = 0

    def __init__(self, name: str, trace: Trace, parent: Noted | None, started_ns: int) -> None:
        self.name = name
        self.trace = trace
        self.parent = parent
        self.started_ns = started_ns

    @property
    def id(self) -> int:
        """Its number in the trace, made when somebody asks for it."""
        if not self._id:
            self._id = random.getrandbits(64) or 1
        return self._id

    def fail(self, error: BaseException) -> None:
        """Note what went wrong.

        A refusal is an answer and no error: its code is kept. Of any other exception only the type
        is, for its message may quote personal data.
        """
        if isinstance(error, DomainError):
            self.own = {**self.own, "refusal": error.code}
        else:
            self.failed = True
            self.attributes = {**self.attributes, "error.type": type(error).__qualname__}


# The innermost piece of work that goes on here. It follows into the threads of a request.
PLACE: contextvars.ContextVar[Noted | None] = contextvars.ContextVar("place", default=None)

Leaving = Callable[[Trace, Sequence[Noted], "Record | None"], None]
_leaving: list[Leaving] = []


def leave_by(leaving: Leaving) -> Callable[[], None]:
    """Hand all that is noted from now on to this, which may neither raise nor wait.

    It is given the notes of a trace, its root the last, and where the root's time went.
    """
    _leaving.append(leaving)
    return lambda: _leaving.remove(leaving)


def _leave(trace: Trace, notes: Sequence[Noted], record: Record | None) -> None:
    for leaving in _leaving:
        leaving(trace, notes, record)


def over(name: str, started_ns: int, ended_ns: int) -> Noted:
    """Note a piece of work that is over, where it was done; the caller says more of it."""
    parent = PLACE.get()
    trace = Trace() if parent is None else parent.trace
    note = Noted(name, trace, parent, started_ns)
    note.ended_ns = ended_ns
    if parent is None:
        trace.root = note
    return note


def put_down(note: Noted) -> None:
    """Hand on what ``over`` has noted, when all is said."""
    if note.trace.root is note:
        note.trace.finish()
    else:
        note.trace.add(note)
