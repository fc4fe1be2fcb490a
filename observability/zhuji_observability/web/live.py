"""Pages that renew themselves while somebody looks on: a switch in the address, off by default."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Request

from zhuji_core.values import Value
from zhuji_core.web.environment import TAIPEI

# Counts are written once a second; nobody reads a table faster.
EVERY_S = 10


class Live(Value, frozen=True, kw_only=True):
    """``here``: the page as it is asked for; ``other``: the same with the switch thrown."""

    on: bool
    here: str
    other: str
    at: str
    every_s: int = EVERY_S


def live_of(request: Request[Any, Any, Any], *, on: bool) -> Live:
    asked = [pair for pair in parse_qsl(request.url.query) if pair[0] != "live"]
    path = request.url.path

    def address(*, switched: bool) -> str:
        query = urlencode([*asked, *([("live", "1")] if switched else [])])
        return f"{path}?{query}" if query else path

    return Live(
        on=on,
        here=address(switched=on),
        other=address(switched=not on),
        at=f"{dt.datetime.now(tz=TAIPEI):%H:%M:%S}",
    )
