"""A small HTTP/1.1 client for load: one connection kept alive, bytes counted, nothing guessed.

An answer is complete only when every byte that its head announced has come. Whatever ends before
that raises :class:`Unanswered`: the caller must not know whether the request was done.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 16 * 1024 * 1024
# No certification may take this long; a server that hangs is a fault, not a wait.
TIMEOUT_S = 30.0
# Servers close what is idle (uvicorn after 5 s), perhaps just while a request is on its way; a
# connection that has been idle for long is therefore not used again.
IDLE_S_MAX = 2.0


class Unanswered(Exception):
    """The connection broke before the whole answer had come; ``sent``: the request went out."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(reason)


class Malformed(Exception):
    """The server's answer is not HTTP/1.1 as this client knows it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A whole answer; ``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One keep-alive connection to ``host``:``port``; opened at the first request."""

    def __init__(self, *, host: str, port: int, headers: Mapping[str, str]) -> None:
        self._host = host
        self._port = port
        given = {"Host": f"{host}:{port}", **headers}
        self._fixed = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used_at = 0.0
        self.bytes_read = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def post(self, path: str, body: bytes, *, key: str) -> Reply:
        """Send one request and return its whole answer; raise Unanswered."""
        sent = False
        try:
            async with asyncio.timeout(TIMEOUT_S):
                reader, writer = await self._open()
                writer.write(self._encode(path, body, key))
                sent = True
                await writer.drain()
                reply = await self._read(reader)
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            raise Unanswered(f"{type(error).__name__}: {error}", sent=sent) from error
        if reply.headers.get("connection", "").lower() == "close":
            await self.close()
        return reply

    async def close(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if time.monotonic() - self._used_at > IDLE_S_MAX:
            await self.close()
        self._used_at = time.monotonic()
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, limit=HEAD_BYTES_MAX
            )
        return self._reader, self._writer

    def _encode(self, path: str, body: bytes, key: str) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\n{self._fixed}Idempotency-Key: {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body

    async def _read(self, reader: asyncio.StreamReader) -> Reply:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        protocol, status, *_ = first.split(" ", 2)
        if protocol != "HTTP/1.1" or not status.isdigit():
            raise Malformed(first)
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await self._read_body(reader, headers)
        self.bytes_read += len(head) + len(body)
        self._used_at = time.monotonic()
        return Reply(status=int(status), headers=headers, body=body)

    async def _read_body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._read_chunks(reader)
        announced = headers.get("content-length", "")
        if not announced.isdigit() or int(announced) > BODY_BYTES_MAX:
            raise Malformed(f"Content-Length: {announced!r}")
        return await reader.readexactly(int(announced))

    async def _read_chunks(self, reader: asyncio.StreamReader) -> bytes:
        parts: list[bytes] = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            if await reader.readexactly(2) != b"\r\n" or sum(map(len, parts)) > BODY_BYTES_MAX:
                raise Malformed("chunk")
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return b"".join(parts)
