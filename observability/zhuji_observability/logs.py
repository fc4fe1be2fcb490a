"""The trace id on each log line, so that a line leads to its trace and back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry.instrumentation.logging import LoggingInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import TracerProvider

# ``otelTraceID`` is OpenTelemetry's name on a record; "0" outside of any trace.
FORMAT = "%(asctime)s %(levelname)s %(name)s [%(otelTraceID)s] %(message)s"


def correlate(tracer_provider: TracerProvider) -> Callable[[], None]:
    """Give every log record of this process its trace's id, and every line; return the undoing.

    Where nobody has said how lines are written, they go to standard error in ``FORMAT``. Lines
    themselves are not exported: what they say is for the host's own log.
    """
    instrumentor = LoggingInstrumentor()
    instrumentor.instrument(
        tracer_provider=tracer_provider,
        inject_trace_context=True,
        enable_log_auto_instrumentation=False,
    )
    assert instrumentor.is_instrumented_by_opentelemetry, "no trace ids on log lines"
    take_off = _written()

    def undo() -> None:
        take_off()
        instrumentor.uninstrument()

    return undo


def _written() -> Callable[[], None]:
    root = logging.getLogger()
    if root.handlers:
        return lambda: None
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    root.addHandler(handler)
    return lambda: root.removeHandler(handler)
