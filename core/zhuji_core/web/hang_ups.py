"""A client that goes away in the middle of its body: nobody's fault, and nobody is answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.exceptions import ClientException, InternalServerException

# What nginx writes into its log for a request whose client closed the connection.
HUNG_UP = 499


class ClientHungUp(ClientException):
    """The connection broke before the whole body was here; nothing has been done."""

    status_code = HUNG_UP


class IncomingRequest(Request[Any, Any, Any]):
    """Litestar's own; a broken body is told apart from a fault of ours, which it calls it."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Give the body part by part; raise ClientHungUp when the client goes away meanwhile."""
        try:
            async for part in super().stream():
                yield part
        except InternalServerException as broken:
            if self.is_connected:
                raise ClientHungUp(str(broken.detail)) from broken
            raise  # read twice: a mistake of ours
