"""The tracer that OpenTelemetry's own instrumentations get: what they make is noted too."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    SpanKind,
    StatusCode,
    Tracer,
    TracerProvider,
    get_current_span,
)

from zhuji_observability.spans.current import HERE, Current, SpanOfNote
from zhuji_observability.spans.noted import PLACE, Noted, Trace, now_ns, put_down


class NotingProvider(TracerProvider):
    """Gives tracers; ``resource`` is the process that they are of."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Tracer:
        scope = InstrumentationScope(
            instrumenting_module_name, instrumenting_library_version, schema_url, attributes
        )
        return NotingTracer(scope)


class LiveSpan(SpanOfNote):
    """A span that a library has begun."""

    def __init__(self, note: Noted) -> None:
        self.note = note

    def _note(self) -> Noted | None:
        return self.note

    def add_link(self, context: Any, attributes: Mapping[str, Any] | None = None) -> None:
        self.note.links = (*self.note.links, Link(context, attributes))

    def end(self, end_time: int | None = None) -> None:
        note = self.note
        if not note.ended_ns:
            note.ended_ns = now_ns() if end_time is None else note.trace.clock_ns(end_time)
            put_down(note)


class NotingTracer(Tracer):
    """Of one library."""

    def __init__(self, scope: InstrumentationScope) -> None:
        self._scope = scope

    def start_span(  # type: ignore[override]  # noqa: PLR0913 (flags by name alone)
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        *,
        record_exception: bool = True,  # noqa: ARG002
        set_status_on_exception: bool = True,  # noqa: ARG002
    ) -> LiveSpan:
        trace, parent = _begun_by(context)
        started_ns = now_ns() if start_time is None else trace.clock_ns(start_time)
        note = Noted(name, trace, parent, started_ns)
        if trace.root is None:
            trace.root = note
        note.kind = kind.name.lower()
        note.scope = self._scope
        note.attributes = dict(attributes or {})
        note.links = tuple(links or ())
        return LiveSpan(note)

    @contextlib.contextmanager
    def start_as_current_span(  # type: ignore[override]  # noqa: PLR0913 (flags by name alone)
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        *,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[LiveSpan]:
        span = self.start_span(name, context, kind, attributes, links, start_time)
        token, outside = PLACE.set(span.note), contexts.attach(HERE)
        try:
            yield span
        except Exception as error:
            if record_exception:
                span.record_exception(error)
            if set_status_on_exception:
                span.set_status(StatusCode.ERROR)
            raise
        finally:
            contexts.detach(outside)
            PLACE.reset(token)
            if end_on_exit:
                span.end()


def _begun_by(context: Context | None) -> tuple[Trace, Noted | None]:
    """Return the trace in which a span is begun, and the note that it is below."""
    span = get_current_span(context)
    parent = PLACE.get() if isinstance(span, Current) else None
    if isinstance(span, LiveSpan):
        parent = span.note
    if parent is not None:
        return parent.trace, parent
    told = span.get_span_context()
    return (Trace(told.trace_id, told.span_id) if told.is_valid else Trace()), None
