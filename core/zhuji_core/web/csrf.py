"""The CSRF token of forms and scripts: the same in a cookie and in what is sent.

A browser sends cookies by itself, so a form of another site could act in somebody's name; it
cannot read the cookie, and so cannot send the token beside it. The token is signed, so that none
made elsewhere counts. A request that brings its own secret needs none: no browser adds an
``Authorization: Bearer`` header by itself, and the guard takes no cookie into account when there
is one (``guards.py``), so nobody gets past both.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.exceptions import PermissionDeniedException

from zhuji_core.web.bearer import brings_token
from zhuji_core.web.state import RequestState

CSRF_COOKIE = "zhuji_csrf"
CSRF_HEADER = "x-csrftoken"
CSRF_FIELD = "_csrf_token"
# Methods by which nothing is changed (RFC 9110, 9.2.1): they are given a token and owe none.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = frozenset({RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART})
RANDOM_BYTES = 32
RANDOM_LETTERS = 2 * RANDOM_BYTES


class Csrf:
    """Gives tokens to browsers, and asks for them."""

    def __init__(self, secret: str, *, https: bool) -> None:
        self._secret = secret.encode()
        self._https = https

    async def admit(self, request: Request[Any, Any, Any], state: RequestState) -> None:
        """Let a request pass that changes nothing, or brings its token; raise E-CSRF's error.

        A browser that has no token yet is given one with the answer, whatever that will be.
        """
        if brings_token(request.scope):
            return
        kept = request.cookies.get(CSRF_COOKIE)
        if request.method in SAFE:
            state.csrf_token = kept or self._new()
            if not kept:
                state.set_cookie = self._cookie(state.csrf_token)
            return
        sent = await _sent(request)
        if not kept or not sent or not self._match(sent.encode(), kept.encode()):
            raise PermissionDeniedException("CSRF token verification failed")
        state.csrf_token = kept

    def _new(self) -> str:
        random = secrets.token_hex(RANDOM_BYTES)
        return random + self._signature(random.encode())

    def _signature(self, random: bytes) -> str:
        return hmac.digest(self._secret, random, "sha256").hex()

    def _match(self, sent: bytes, kept: bytes) -> bool:
        """Tell whether both are one token, and one of ours."""
        ours = kept[:RANDOM_LETTERS] + self._signature(kept[:RANDOM_LETTERS]).encode()
        return hmac.compare_digest(sent, kept) and hmac.compare_digest(kept, ours)

    def _cookie(self, token: str) -> str:
        # Our scripts read it, to send it back in a header.
        cookie = Cookie(key=CSRF_COOKIE, value=token, secure=self._https, samesite="lax")
        return cookie.to_header(header="")


async def _sent(request: Request[Any, Any, Any]) -> str:
    """Return the token beside the cookie: a script's header, or the field of a form."""
    token = request.headers.get(CSRF_HEADER)
    if not token and request.content_type[0] in FORMS:
        token = (await request.form()).get(CSRF_FIELD)
    return token if isinstance(token, str) else ""
