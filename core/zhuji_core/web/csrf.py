"""The CSRF token of forms and scripts; a request that brings its own secret needs none."""

from __future__ import annotations

from litestar.middleware.csrf import CSRFMiddleware
from litestar.types import Receive, Scope, Send

from zhuji_core.web.bearer import brings_token


class CookieCsrf(CSRFMiddleware):
    """Litestar's own, passed by when the request is authenticated by a token and by nothing else.

    A browser sends cookies by itself, so a form of another site could act in somebody's name; it
    never adds an ``Authorization: Bearer`` header by itself. The guard takes no cookie into
    account when there is one (``guards.py``), so nobody gets past both.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let requests by token through; check all others."""
        if brings_token(scope):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
