"""Where a request's time went, on its span: ``zhuji.wait.lock_ms`` and its like."""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry import trace

from zhuji_observability.recorder.pauses import Pauses
from zhuji_observability.recorder.record import Record

_NS_IN_MS = 1_000_000
# What is shorter is no reason for anything; a span has fewer attributes without it.
_TOLD_NS = 10_000


def traceparent() -> str:
    """Return the W3C trace context of the request that is served, '' outside of any."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def noting(pauses: Pauses) -> Callable[[Record, int], None]:
    """Return what the recorder calls inside of the request's span, just before that ends."""

    def note(record: Record, until_ns: int) -> None:
        span = trace.get_current_span()
        if not span.is_recording():
            return
        paused = pauses.within(record.started_ns, until_ns)
        spent = record.spent(until_ns=until_ns, pauses=paused)
        for term, length in spent.items():
            if length >= _TOLD_NS:
                span.set_attribute(f"zhuji.wait.{term.word}_ms", length / _NS_IN_MS)

    return note
