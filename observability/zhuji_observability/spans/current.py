"""What OpenTelemetry's API finds when it asks for the current span: wherever ``PLACE`` is.

One object for all requests: it stands in OpenTelemetry's context from the first piece of work of a
trace to its end, and each piece inside costs nothing more. A library that asks for the current
span (for the id on a log line, for ``traceparent`` of a call) gets the innermost one.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from zhuji_observability.spans.noted import PLACE, Noted, now_ns

SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def context_of(note: Noted) -> SpanContext:
    """Return the name of a note in OpenTelemetry's terms."""
    return SpanContext(note.trace.id, note.id, is_remote=False, trace_flags=SAMPLED)


class SpanOfNote(Span):
    """A note with the face of OpenTelemetry's API; what may not leave is taken out at export."""

    @abc.abstractmethod
    def _note(self) -> Noted | None:
        """Return the note that it is the face of; None where nothing goes on."""

    def get_span_context(self) -> SpanContext:
        note = self._note()
        return INVALID_SPAN_CONTEXT if note is None else context_of(note)

    def is_recording(self) -> bool:
        note = self._note()
        return note is not None and not note.ended_ns

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        if (note := self._note()) is not None:
            note.attributes = {**note.attributes, **attributes}

    def set_attribute(self, key: str, value: Any) -> None:
        self.set_attributes({key: value})

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        if (note := self._note()) is not None:
            moment_ns = now_ns() if timestamp is None else note.trace.clock_ns(timestamp)
            note.events = (*note.events, (name, attributes or {}, moment_ns))

    def update_name(self, name: str) -> None:
        if (note := self._note()) is not None:
            note.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:  # noqa: ARG002 (may quote anything)
        if (note := self._note()) is not None:
            code = status if isinstance(status, StatusCode) else status.status_code
            note.failed = code is StatusCode.ERROR

    def record_exception(  # type: ignore[override]  # (a flag by name alone)
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        *,
        escaped: bool = False,  # noqa: ARG002 (as good as always True)
    ) -> None:
        """Note the type alone: a message may quote personal data."""
        told = {**(attributes or {}), "exception.type": type(exception).__qualname__}
        self.add_event("exception", told, timestamp)


class Current(SpanOfNote):
    """The innermost piece of work that goes on; its end is its own affair."""

    def _note(self) -> Noted | None:
        return PLACE.get()

    def end(self, end_time: int | None = None) -> None:
        """Do nothing: whoever began it ends it."""


HERE: Context = set_span_in_context(Current(), Context())
