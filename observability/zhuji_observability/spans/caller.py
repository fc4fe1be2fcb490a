"""Who asked: the trace that a request is part of, by W3C Trace Context (``traceparent``).

What another host says beside it (``tracestate``, ``baggage``) is any text of anybody's: it is
neither read nor handed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_HEADER = b"traceparent"
_FORM = re.compile(rb"[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?[ \t]*")
_VERSION, _NO_VERSION = b"00", b"ff"
NOBODY = (0, 0)


def caller_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, int]:
    """Return trace and span of who asked; ``NOBODY`` without a valid header."""
    for name, value in headers:
        if name == _HEADER:
            return _read(value)
    return NOBODY


def _read(value: bytes) -> tuple[int, int]:
    form = _FORM.fullmatch(value)
    if form is None or form[1] == _NO_VERSION or (form[1] == _VERSION and form[4]):
        return NOBODY
    trace, span = int(form[2], 16), int(form[3], 16)
    return (trace, span) if trace and span else NOBODY
