"""The trace id on each log line, so that a line leads to its trace and back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = "%(asctime)s %(levelname)s %(name)s [%(trace_id)s] %(message)s"


def correlate() -> Callable[[], None]:
    """Give every log record of this process ``trace_id`` and ``span_id``; return the undoing.

    ``opentelemetry-instrumentation-logging`` would do the same with one more pinned package.
    """
    before = logging.getLogRecordFactory()

    def with_trace(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        context = trace.get_current_span().get_span_context()
        record.trace_id = f"{context.trace_id:032x}" if context.is_valid else "-"
        record.span_id = f"{context.span_id:016x}" if context.is_valid else "-"
        return record

    logging.setLogRecordFactory(with_trace)
    return lambda: logging.setLogRecordFactory(before)
