"""A request's target as it may be shown: without its query, and without what names somebody.

A segment of the path stays when it is a word, a version or a file of words. Whatever else stands
there (a number, a UUID, a token, an identity number, a name in Chinese) is shown as ``{id}``.
"""

from __future__ import annotations

import re

from zhuji_observability.pcap.routes import RouteTable

ID = "{id}"
MORE = "…"
_SEGMENTS_MAX = 16
_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_WORDS = r"[a-z]+(?:[-_][a-z]+)*"
_PLAIN = re.compile(
    rf"(?=.{{1,40}}\Z)(?:{_WORDS}|[A-Z]{{2,8}}|v\d{{1,2}}"
    rf"|{_WORDS}(?:\.{_WORDS})?\.(?:css|csv|html|ico|js|json|ods|pdf|png|svg|txt|woff2|xlsx|xml))"
)
_METHODS = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)
OTHER_METHOD = "_OTHER"


def shown_path(target: str | None, routes: RouteTable | None = None) -> str | None:
    """Return the path of a request's target as it may be printed: its route, where one is known."""
    if target is None:
        return None
    if target == "*":
        return target
    path = re.split(r"[?#]", _ORIGIN.sub("", target, count=1), maxsplit=1)[0] or "/"
    if not path.startswith("/"):
        return ID  # host and port of a CONNECT
    route = routes.route_of(path) if routes is not None else None
    if route is not None:
        return route
    segments = path[1:].split("/")
    shown = [_shown(segment) for segment in segments[:_SEGMENTS_MAX]]
    return "/" + "/".join(shown + [MORE] * (len(segments) > _SEGMENTS_MAX))


def shown_method(method: str | None) -> str | None:
    """Return a method that is known; any other may carry whatever somebody typed."""
    return method if method is None or method in _METHODS else OTHER_METHOD


def _shown(segment: str) -> str:
    return segment if not segment or _PLAIN.fullmatch(segment) else ID
