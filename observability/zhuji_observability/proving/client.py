"""The client of a proof: asks as it is told and stamps what a browser would, by its own clock.

``python -m zhuji_observability.proving.client ADDRESS PORT [tls]``: each line of standard input is
a list of askings on one connection, each answer a list of what was seen.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import sys
import time
from typing import NamedTuple

import msgspec

from zhuji_core.values import Value
from zhuji_observability.joined.browser import Stamps
from zhuji_observability.proving.site import SLEPT

_TIMEOUT_S = 60
_PART_BYTES = 4_096


class Asking(Value, frozen=True, kw_only=True):
    """One request: what the server is to do, and what goes up and down."""

    trace: str
    sleep_ms: float = 0.0
    down_bytes: int = 2
    up_bytes: int = 0
    path: str = "/probe"
    up_pause_ms: float = 0.0  # in the middle of the upload
    read_pause_ms: float = 0.0  # in the middle of reading the answer
    body: str = ""  # what is sent instead of so many bytes


class Seen(Value, frozen=True, kw_only=True):
    """What the client saw of it, and what the server says that it slept."""

    trace: str
    stamps: Stamps
    slept_us: int


class Opening(NamedTuple):
    """Moments of a connection; ``secured`` 0: without TLS, or it is open already."""

    begun: float
    secured: float
    connected: float


def ask_all(address: str, port: int, askings: list[Asking], *, tls: bool) -> list[Seen]:
    """Open one connection and ask everything on it, one after the other."""
    connection = http.client.HTTPConnection(address, port, timeout=_TIMEOUT_S)
    opening = _opened(connection, tls=tls)
    seen = []
    for asking in askings:
        seen.append(_ask(connection, asking, opening))
        opening = Opening(begun := _ms(), 0.0, begun)
    connection.close()
    return seen


def _opened(connection: http.client.HTTPConnection, *, tls: bool) -> Opening:
    """Connect, and shake hands; whose certificate it is a proof does not ask."""
    begun = _ms()
    wire = socket.create_connection((connection.host, connection.port), _TIMEOUT_S)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    secured = _ms() if tls else 0.0
    if tls:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        wire = trusting.wrap_socket(wire)
    connection.sock = wire
    return Opening(begun, secured, _ms())


def _ask(connection: http.client.HTTPConnection, asking: Asking, opening: Opening) -> Seen:
    begun = opening.begun
    sent = _ms()
    _send(connection, asking)
    answer = connection.getresponse()
    first = _ms()
    if asking.read_pause_ms:
        answer.read(_PART_BYTES)
        time.sleep(asking.read_pause_ms / 1000)
    answer.read()
    last = _ms()
    stamps = Stamps(
        start=begun, fetch_start=begun, lookup_start=begun, lookup_end=begun,
        connect_start=begun, connect_end=opening.connected, secure_start=opening.secured,
        request_start=sent, response_start=first, response_end=last,
    )  # fmt: skip
    return Seen(trace=asking.trace, stamps=stamps, slept_us=int(answer.headers[SLEPT]))


def _send(connection: http.client.HTTPConnection, asking: Asking) -> None:
    path = f"{asking.path}?sleep_ms={asking.sleep_ms}&bytes={asking.down_bytes}"
    body = asking.body.encode() or b"u" * asking.up_bytes
    if not asking.up_pause_ms:
        method = "POST" if body else "GET"
        connection.request(method, path, body or None, {"traceparent": asking.trace})
        return
    half = len(body) // 2
    connection.putrequest("POST", path)
    connection.putheader("traceparent", asking.trace)
    connection.putheader("content-length", str(len(body)))
    connection.endheaders(body[:half])
    time.sleep(asking.up_pause_ms / 1000)
    connection.send(body[half:])


def _ms() -> float:
    return time.perf_counter_ns() / 1_000_000


def main(address: str, port: int, *, tls: bool) -> None:
    """Obey standard input until it ends."""
    for line in sys.stdin:
        askings = msgspec.json.decode(line, type=list[Asking])
        seen = ask_all(address, port, askings, tls=tls)
        sys.stdout.write(msgspec.json.encode(seen).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), tls="tls" in sys.argv[3:])
