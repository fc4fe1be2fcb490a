"""``Authorization: Bearer zjt_…``: programs at the API, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection

from zhuji_core.access import CountyAccess
from zhuji_core.identity import machine_tokens
from zhuji_core.identity.county_rates import limit_wrong_token
from zhuji_core.identity.machine_tokens import TokenHolder
from zhuji_core.values import N_, DomainError
from zhuji_core.web.client import client_of

# Pages and what their scripts call know nothing of tokens, so a token signs in to no page.
API_PATH = "/api/v1/"
SCHEME = "bearer "


class TokenRefused(DomainError):
    """Unknown, mistyped, revoked, out of date, or its owner may not sign in: which is not said."""

    code = "E-TOKEN"
    message = N_("權杖無效：不存在、已撤銷、已逾期，或持有人帳號已停用。")
    status_code = 401

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="zhuji", error="invalid_token"'}


class TokenNotHere(DomainError):
    """A call that belongs to a person at a browser, not to one permission."""

    code = "E-TOKEN-SCOPE"
    message = N_("此功能不接受機器權杖。")
    status_code = 403


def brings_token(scope: Any) -> bool:
    """Tell whether the request is one by token: at the API, with such a header."""
    return API_PATH in scope["path"] and _header(scope) is not None


def token_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Return the token that a request at the API brings; None: it is one by session."""
    return _header(connection.scope) if API_PATH in connection.scope["path"] else None


def find_holder(
    access: CountyAccess, *, token: str, connection: ASGIConnection[Any, Any, Any, Any]
) -> TokenHolder:
    """Return who acts by ``token``; raise TokenRefused or TooManyRequests."""
    found = None
    if machine_tokens.is_well_formed(token):
        found = machine_tokens.resolve(access.engine, token=token, now=access.clock())
    if found is None:
        limit_wrong_token(access, address=client_of(connection).address)
        raise TokenRefused
    return found


def _header(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization" and value[: len(SCHEME)].lower() == SCHEME.encode():
            return str(value[len(SCHEME) :].strip().decode("latin-1"))
    return None
