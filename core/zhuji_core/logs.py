"""How a process of the product writes its log: with the trace's id, and without what is private."""

from __future__ import annotations

import contextlib
import copy
import logging
import traceback
from collections.abc import Iterator
from typing import Any

# ``otelTraceID`` is OpenTelemetry's name on a record; "0" outside of any trace, and where nobody
# watches.
FORMAT = "%(asctime)s %(levelname)s %(name)s [%(otelTraceID)s] %(message)s"


class DiscreetFormatter(logging.Formatter):
    """Tells of an exception where it happened, its kind and codes; never its message.

    PostgreSQL's messages quote the row that broke a rule, others the value that was wrong.
    """

    def __init__(self, form: str = FORMAT) -> None:
        super().__init__(form, defaults={"otelTraceID": "0"})

    def format(self, record: logging.LogRecord) -> str:
        # Whoever else formatted this record left its text there, with the message.
        if record.exc_text:
            record = copy.copy(record)
            record.exc_text = None
        return super().format(record)

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


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Write the lines of this process to standard error, unless somebody has said otherwise."""
    root = logging.getLogger()
    if root.handlers:
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(DiscreetFormatter())
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
