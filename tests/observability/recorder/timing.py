"""``Server-Timing`` as a browser reads it."""

from __future__ import annotations

import re

_METRIC = re.compile(r"\s*([a-z]{1,8});dur=(\d+\.\d+)\s*")


def parsed(text: str) -> dict[str, float]:
    """Return milliseconds by name; every part must be a metric."""
    found = [_METRIC.fullmatch(part) for part in text.split(",")]
    assert all(found), text
    return {match[1]: float(match[2]) for match in found if match}
