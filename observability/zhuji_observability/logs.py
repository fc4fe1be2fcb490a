"""The trace id on each log line, so that a line leads to its trace and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.instrumentation.logging import LoggingInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import TracerProvider


def correlate(tracer_provider: TracerProvider) -> Callable[[], None]:
    """Give every log record of this process its trace's id; return the undoing.

    How a line is written, ``zhuji_core.logs`` says. Lines themselves are not exported: what they
    say is for the host's own log.
    """
    instrumentor = LoggingInstrumentor()
    instrumentor.instrument(
        tracer_provider=tracer_provider,
        inject_trace_context=True,
        enable_log_auto_instrumentation=False,
    )
    assert instrumentor.is_instrumented_by_opentelemetry, "no trace ids on log lines"
    undo: Callable[[], None] = instrumentor.uninstrument
    return undo
