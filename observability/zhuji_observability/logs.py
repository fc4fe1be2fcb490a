"""The trace id on each log line, so that a line leads to its trace and back."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from opentelemetry.instrumentation.logging import LoggingInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.trace import TracerProvider

# ``otelTraceID`` is OpenTelemetry's name on a record; "0" outside of any trace.
FORMAT = "%(asctime)s %(levelname)s %(name)s [%(otelTraceID)s] %(message)s"


class DiscreetFormatter(logging.Formatter):
    """Tells of an exception where it happened, its kind and codes; never its message.

    PostgreSQL's messages quote the row that broke a rule, others the value that was wrong.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the library's name)
        chain: list[BaseException] = []
        error: BaseException | None = ei[1]
        while error is not None and error not in chain:
            chain.append(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(_told(one) for one in reversed(chain))


def _told(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    codes = (
        getattr(error, "code", None),
        getattr(error, "sqlstate", None),
        getattr(getattr(error, "diag", None), "constraint_name", None),
    )
    told = " ".join((type(error).__qualname__, *(code for code in codes if isinstance(code, str))))
    return f"{frames}{told}"


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
    handler.setFormatter(DiscreetFormatter(FORMAT))
    root.addHandler(handler)
    return lambda: root.removeHandler(handler)
