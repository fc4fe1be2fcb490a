"""What every answer carries: limits for the browser, how it may be kept, how long it took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from litestar import Litestar
from litestar.enums import ScopeType

from zhuji_core.costs import PROCESS, REQUEST
from zhuji_core.identity.rates import Allowance
from zhuji_core.permissions import MODULE as KERNEL
from zhuji_core.web.controllers import MODULE
from zhuji_core.web.state import RequestState, request_state

# Nothing from elsewhere, nothing inline, no frame around us, no form to elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
SECURITY: Mapping[bytes, bytes] = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
}
STATIC_PATH = "/static"
# The refusal itself carries what is left of the rate.
TOO_MANY = 429

# Pages hold figures and names: neither the browser's disk nor a proxy keeps them.
NEVER_KEPT = b"no-store"
# The address of a static file changes with its content (?v=…), so it may be kept for a year.
KEPT_FOR_A_YEAR = b"public, max-age=31536000, immutable"
ASKED_AGAIN = b"no-cache"


class Application(Litestar):
    """Litestar with a ring around it that also reaches answers no route was found for."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Time the request and add the headers to whatever answers it."""
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        state = request_state(scope)
        # HEAD is GET without its body (RFC 9110, 9.3.2): no handler says so for itself.
        headless = scope["method"] == "HEAD"
        if headless:
            scope["method"] = "GET"

        async def with_headers(message: Any) -> None:
            if headless:
                scope["method"] = "HEAD"  # the server leaves the body out by itself
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    *([(b"set-cookie", state.set_cookie.encode())] if state.set_cookie else ()),
                    *_missing(message, scope, took_ms=state.elapsed_ms),
                    *_rate(state.allowance, message),
                ]
            await send(message)

        try:
            await super().__call__(scope, receive, with_headers)
        finally:
            _count(scope, state)


def _count(scope: Any, state: RequestState) -> None:
    """Count the request as a cost of the module whose route it was, in the county it was for."""
    if state.access is not None:
        module = getattr(scope.get("route_handler"), "opt", {}).get(MODULE, KERNEL)
        took_ns = time.perf_counter_ns() - state.started_ns
        PROCESS.add(state.access.county.code, module, REQUEST, took_ns)


def _missing(message: Any, scope: Any, *, took_ms: float) -> list[tuple[bytes, bytes]]:
    state = request_state(scope)
    link = {b"link": state.link.encode()} if state.link else {}
    wanted = {
        **SECURITY,
        **link,
        b"cache-control": _cache_control(scope, status=message["status"]),
        b"server-timing": f"total;dur={took_ms:.1f}".encode(),
    }
    given = {name.lower() for name, _ in message.get("headers", ())}
    return [(name, value) for name, value in wanted.items() if name not in given]


def _rate(allowance: Allowance | None, message: Any) -> list[tuple[bytes, bytes]]:
    if allowance is None or message["status"] == TOO_MANY:
        return []
    return [(name.lower().encode(), value.encode()) for name, value in allowance.headers.items()]


def _cache_control(scope: Any, *, status: int) -> bytes:
    if not scope["path"].startswith(f"{STATIC_PATH}/") or status >= 400:  # noqa: PLR2004
        return NEVER_KEPT
    return KEPT_FOR_A_YEAR if b"v=" in scope.get("query_string", b"") else ASKED_AGAIN
