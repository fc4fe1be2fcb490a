"""The trace that a head names: a request's ``traceparent``, or what our answer tells a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
# W3C Server Timing, as ``recorder.server_timing`` writes it: a page's request bears no trace.
_TOLD = re.compile(r'traceparent;desc="([0-9a-f-]{55})"')


def trace_of(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the W3C trace context, None without a valid one."""
    trace = headers.get(b"traceparent", b"").decode("latin-1")
    if not trace and (told := _TOLD.search(headers.get(b"server-timing", b"").decode("latin-1"))):
        trace = told[1]
    return trace if _TRACE.fullmatch(trace) else None
