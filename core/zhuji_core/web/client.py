"""The program at the other end of a request, as far as it is known."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection

from zhuji_core.identity.sessions import Client


def client_of(request: ASGIConnection[Any, Any, Any, Any]) -> Client:
    """Say who asks. The address is a proxy's word where one stands in front (operations.md)."""
    return Client(
        address=request.client.host if request.client else "",
        device=request.headers.get("user-agent", ""),
    )
