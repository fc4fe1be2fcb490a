"""Which route of the product a path belongs to, where its routes are known.

Templates are Litestar's (``/{county:str}/accounting/requests/{request_id:uuid}``). A segment that
is written out counts before a parameter, and a parameter takes only what its type allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_PARAMETER = re.compile(r"\{(?P<name>[^{}:]+)(?::(?P<type>[^{}]+))?\}")
_REST = "path"
_TYPES: Mapping[str, re.Pattern[str]] = {
    "int": re.compile(r"-?\d{1,20}"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}
# Any text; what Litestar has beside is used nowhere here.
_TEXT = re.compile(r".+", re.DOTALL)


@dataclass
class _Place:
    """What may follow in a path."""

    written: dict[str, _Place] = field(default_factory=dict)
    parameters: dict[str, _Place] = field(default_factory=dict)  # by type
    route: str | None = None


class RouteTable:
    """Every route, segment by segment."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._root = _Place()
        for template in templates:
            self._add(template)

    def route_of(self, path: str) -> str | None:
        """Return the route without types, or None when no route is like this path."""
        return _find(self._root, [part for part in path.split("/") if part])

    def _add(self, template: str) -> None:
        place = self._root
        for part in template.split("/"):
            if not part:
                continue
            parameter = _PARAMETER.fullmatch(part)
            if parameter is None:
                place = place.written.setdefault(part, _Place())
            else:
                place = place.parameters.setdefault(parameter["type"] or "str", _Place())
        place.route = _PARAMETER.sub(r"{\g<name>}", template)


def _find(place: _Place, parts: list[str]) -> str | None:
    if not parts:
        return place.route
    here, rest = parts[0], parts[1:]
    written = place.written.get(here)
    if written is not None and (found := _find(written, rest)) is not None:
        return found
    for kind, following in place.parameters.items():
        if kind == _REST and following.route is not None:
            return following.route
        if _TYPES.get(kind, _TEXT).fullmatch(here) and (found := _find(following, rest)):
            return found
    return None
