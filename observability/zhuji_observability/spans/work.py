"""``with`` around a piece of work: what the tracer of the kernel and the request put on."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from opentelemetry import context as contexts

from zhuji_observability.spans.current import HERE
from zhuji_observability.spans.noted import NOTHING, PLACE, Noted, Trace, now_ns


class Root:
    """The first piece of work of a trace: ``with Root("job.run") as note: …``."""

    __slots__ = ("_outside", "_token", "note", "trace")

    def __init__(self, name: str, trace: Trace | None = None) -> None:
        self.trace = Trace() if trace is None else trace
        self.note = self.trace.root = Noted(name, self.trace, None, now_ns())

    def __enter__(self) -> Noted:
        self._token = PLACE.set(self.note)
        self._outside = contexts.attach(HERE)
        return self.note

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        contexts.detach(self._outside)
        PLACE.reset(self._token)
        if not self.note.ended_ns:  # a request has ended when its answer was sent
            self.note.ended_ns = now_ns()
        if error is not None:
            self.note.fail(error)
        self.trace.finish()


class Part:
    """A piece of work inside of another one."""

    __slots__ = ("_token", "note")

    def __init__(self, note: Noted) -> None:
        self.note = note

    def __enter__(self) -> Noted:
        self._token = PLACE.set(self.note)
        return self.note

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        note = self.note
        note.ended_ns = now_ns()
        PLACE.reset(self._token)
        if error is not None:
            note.fail(error)
        note.trace.add(note)


def work(name: str, own: Mapping[str, Any] = NOTHING) -> Root | Part:
    """Note a block of code, below what goes on here; outside of anything, as a trace of its own."""
    place = PLACE.get()
    inside = Root(name) if place is None else Part(Noted(name, place.trace, place, now_ns()))
    inside.note.own = own
    return inside
