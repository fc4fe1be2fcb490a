"""Every route of an application as data: nobody keeps a list by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from zhuji_core.modules import Permission
from zhuji_core.web.controllers import API, MODULE, PERMISSION, PUBLIC, SIGNED_IN, STATIC
from zhuji_core.web.guards import UNSAFE, handlers_of

PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
COUNTY = "county"


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One method of one path; ``parameters`` are the names in the path, the county left out."""

    method: str
    template: str
    operation_id: str
    parameters: tuple[str, ...]
    permission: Permission | None
    is_public: bool
    is_signed_in: bool
    is_api: bool
    of_county: bool
    module: str
    handler: HTTPRouteHandler

    @property
    def is_unsafe(self) -> bool:
        return self.method in UNSAFE

    def path(self, *, county: str, values: dict[str, str]) -> str:
        """Fill the path; KeyError for a parameter without a value."""
        given = {**values, COUNTY: county}
        return PARAMETER.sub(lambda found: given[found[1]], self.template)

    def __str__(self) -> str:
        return f"{self.method} {self.template} ({self.operation_id})"


def routes_of(app: Litestar) -> list[Route]:
    """Return the routes in order of path and method; static files have no rights to test."""
    found = [route for path, handler in handlers_of(app) for route in _routes(path, handler)]
    return sorted(found, key=lambda route: (route.template, route.method))


def _routes(path: str, handler: Any) -> Iterator[Route]:
    assert isinstance(handler, HTTPRouteHandler), f"{path}: a kind of route that nobody tests"
    if handler.opt.get(STATIC):
        return
    names = [name for name, _ in PARAMETER.findall(path)]
    for method in sorted(handler.http_methods):
        if method in {"HEAD", "OPTIONS"}:
            continue
        yield Route(
            method=str(method),
            template=path,
            operation_id=str(handler.operation_id),
            parameters=tuple(name for name in names if name != COUNTY),
            permission=handler.opt.get(PERMISSION),
            is_public=bool(handler.opt.get(PUBLIC)),
            is_signed_in=bool(handler.opt.get(SIGNED_IN)),
            is_api=bool(handler.opt.get(API, "/api/" in path)),
            of_county=COUNTY in names,
            module=handler.opt.get(MODULE) or "",
            handler=handler,
        )


class Posts:
    """Finds the route that a form posts to, the more exact path before the one with parameters."""

    def __init__(self, routes: list[Route]) -> None:
        posts = [route for route in routes if route.method == "POST"]
        posts.sort(key=lambda route: (len(route.parameters), route.template))
        self._patterns = [
            (re.compile(PARAMETER.sub("[^/]+", route.template) + "/?"), route) for route in posts
        ]

    def at(self, path: str) -> Route | None:
        """Return the route of ``path``, or None."""
        return next((route for one, route in self._patterns if one.fullmatch(path)), None)
