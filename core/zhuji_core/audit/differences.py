"""What changed between before and after, as lines that people read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from zhuji_core.values import Value

# A page shows no more lines of one entry, and no longer texts; the proof holds everything.
LINES_MAX = 200
TEXT_MAX = 300
NOTHING = object()


class Difference(Value, frozen=True, kw_only=True):
    """A value by its path (``lines.0.amount_ntd``); None where there was, or is, none."""

    path: str
    before: str | None
    after: str | None


def differences(before: Any, after: Any) -> list[Difference]:
    """Return what is new, gone or different, in the order of the paths; at most LINES_MAX."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    found = []
    for path in [*old, *(path for path in new if path not in old)]:
        if path in old and path in new and old[path] == new[path]:
            continue
        found.append(Difference(path=path, before=old.get(path), after=new.get(path)))
    return found[:LINES_MAX]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{number}" if path else str(number))
    elif value is not None or path:
        yield path, _text(value)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"
