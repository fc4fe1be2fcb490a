"""Nothing leaves in a trace but what is listed here, whatever an instrumentation wrote into it.

A list of what may leave, not of what may not: an instrumentation that is updated, or put on
later, cannot add a query string, a client's address or a value of a statement by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from zhuji_observability.recorder.terms import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.util.types import Attributes

# Of the product: codes, names of the code and lengths of time.
OWN_ATTRIBUTES = frozenset(
    {
        "zhuji.county",
        "zhuji.module",
        "zhuji.operation",
        "zhuji.release",
        "zhuji.refusal",
        "zhuji.job",
        "zhuji.verb",
        "zhuji.acts",
        "zhuji.led_by",
        *(f"zhuji.wait.{word}_ms" for word in WORDS),
    }
)
# Of OpenTelemetry's conventions. No ``url.full``, ``url.path`` or ``url.query``: a search for a
# payee stands there, a document's id, a token of somebody's; the route says what was asked.
# ``db.query.text`` is a named constant of the code, with placeholders for values.
ALLOWED_ATTRIBUTES = OWN_ATTRIBUTES | {
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "url.scheme",
    "network.protocol.name",
    "network.protocol.version",
    "server.address",
    "server.port",
    "db.system.name",
    "db.namespace",
    "db.collection.name",
    "db.operation.name",
    "db.query.summary",
    "db.query.text",
    "error.type",
}
# PostgreSQL's messages quote the row that broke a constraint, and stack traces quote messages.
ALLOWED_EVENT_ATTRIBUTES = frozenset({"exception.type", "exception.escaped"})


class DiscreetExporter(SpanExporter):
    """Hand spans on to ``following`` with what is allowed, in the thread that exports."""

    def __init__(self, following: SpanExporter) -> None:
        self.following = following

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.following.export([discreet(span) for span in spans])

    def shutdown(self) -> None:
        self.following.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.following.force_flush(timeout_millis)


def discreet(span: ReadableSpan) -> ReadableSpan:
    """Return a copy with allowed attributes, and without descriptions of a status."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_only(span.attributes, ALLOWED_ATTRIBUTES),
        events=[
            Event(
                name=event.name,
                attributes=_only(event.attributes, ALLOWED_EVENT_ATTRIBUTES),
                timestamp=event.timestamp,
            )
            for event in span.events
        ],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _only(attributes: Attributes, allowed: frozenset[str]) -> Attributes:
    return {key: value for key, value in (attributes or {}).items() if key in allowed}
