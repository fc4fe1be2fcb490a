"""No personal data leaves in a trace, whatever an instrumentation wrote into a span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor
from opentelemetry.trace import Status

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span
    from opentelemetry.util.types import Attributes

# A search for a payee stands in the query; addresses and browsers tell persons apart.
PRIVATE_ATTRIBUTES = frozenset(
    {
        "client.address",
        "client.port",
        "network.peer.address",
        "network.peer.port",
        "url.query",
        "user_agent.original",
    }
)
# PostgreSQL's messages quote the row that broke a constraint, and stack traces quote messages.
PRIVATE_EVENT_ATTRIBUTES = frozenset({"exception.message", "exception.stacktrace"})


class DiscreetProcessor(SpanProcessor):
    """Hand spans on to ``following`` without what could name a person or quote a value."""

    def __init__(self, following: SpanProcessor) -> None:
        self._following = following

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._following.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        self._following.on_end(discreet(span) if _is_talkative(span) else span)

    def shutdown(self) -> None:
        self._following.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._following.force_flush(timeout_millis)


def discreet(span: ReadableSpan) -> ReadableSpan:
    """Return a copy without private attributes, messages of exceptions and descriptions."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_without(span.attributes, PRIVATE_ATTRIBUTES),
        events=[
            Event(
                name=event.name,
                attributes=_without(event.attributes, PRIVATE_EVENT_ATTRIBUTES),
                timestamp=event.timestamp,
            )
            for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _is_talkative(span: ReadableSpan) -> bool:
    if span.events or span.status.description:
        return True
    return any(key in PRIVATE_ATTRIBUTES for key in span.attributes or ())


def _without(attributes: Attributes, private: frozenset[str]) -> Attributes:
    return {key: value for key, value in (attributes or {}).items() if key not in private}
