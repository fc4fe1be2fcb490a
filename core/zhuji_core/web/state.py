"""What the kernel finds out about one request, kept beside it until the answer is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, cast

from zhuji_core.access import CountyAccess
from zhuji_core.identity.break_glass import HeldPass
from zhuji_core.identity.rates import Allowance
from zhuji_core.identity.sessions import SignedIn
from zhuji_core.platform.sessions import HostSignedIn

_KEY = "zhuji"


@dataclass(slots=True)
class RequestState:
    """Filled by the guard; an unknown county, or nobody signed in, leaves None.

    ``token`` is the session's. ``allowance`` is what is left of a rate, where one is counted.
    ``held``: the request is made under emergency access.
    """

    access: CountyAccess | None = None
    signed_in: SignedIn | None = None
    host: HostSignedIn | None = None
    held: HeldPass | None = None
    token: str = ""
    csrf_token: str = ""
    # A cookie that goes with the answer, whatever that is, as the value of Set-Cookie.
    set_cookie: str = ""
    # The page after this one of a list, as the value of the header Link.
    link: str = ""
    allowance: Allowance | None = None
    started_ns: int = field(default_factory=time.perf_counter_ns)

    @property
    def elapsed_ms(self) -> float:
        """Time since the request arrived."""
        return (time.perf_counter_ns() - self.started_ns) / 1_000_000


def request_state(scope: Any) -> RequestState:
    """Return the state of the request with this ASGI scope, made at its first use."""
    kept = scope.setdefault("state", {})
    if _KEY not in kept:
        kept[_KEY] = RequestState()
    return cast("RequestState", kept[_KEY])
