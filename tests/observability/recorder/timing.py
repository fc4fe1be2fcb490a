"""``Server-Timing`` as a browser reads it."""

from __future__ import annotations

import re

_TRACE = re.compile(r'\s*traceparent;desc="00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"\s*')
_METRIC = re.compile(r"\s*([a-z]{1,8});dur=(\d+\.\d+)\s*")


def parsed(text: str) -> dict[str, float]:
    """Return milliseconds by name; every part must be a metric, or say which trace it is."""
    parts = [part for part in text.split(",") if not _TRACE.fullmatch(part)]
    found = [_METRIC.fullmatch(part) for part in parts]
    assert all(found), text
    return {match[1]: float(match[2]) for match in found if match}
