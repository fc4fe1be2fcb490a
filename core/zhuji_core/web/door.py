"""The one way to every handler: the CSRF token first, then the guard.

A middleware of ours and not Litestar's guards and CSRF: Litestar copies the handler for each
guard and reads the request a second time, a tenth of what a certification costs the application
(decision 73 in ``core/docs/decisions``).
"""

from __future__ import annotations

from litestar.types import ASGIApp, Receive, Scope, Send

from zhuji_core.web.controllers import STATIC
from zhuji_core.web.csrf import Csrf
from zhuji_core.web.guards import Guard
from zhuji_core.web.hang_ups import IncomingRequest
from zhuji_core.web.state import request_state


class Door:
    """Made by Litestar around each route; whoever is not admitted never comes to its handler."""

    def __init__(self, app: ASGIApp, *, csrf: Csrf, guard: Guard) -> None:
        self._app = app
        self._csrf = csrf
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit the request, or raise what says why not."""
        request = IncomingRequest(scope, receive, send)
        handler = request.route_handler
        # No CSRF cookie on what caches keep and share.
        if not handler.opt.get(STATIC):
            await self._csrf.admit(request, request_state(scope))
        await self._guard(request, handler)
        await self._app(scope, receive, send)
