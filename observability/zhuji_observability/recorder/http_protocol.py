"""uvicorn's HTTP protocol, which also notes how long a request lay in the kernel before it.

A request waits three times before any code of ours runs: in the backlog of the listening socket,
in the socket's buffer while the event loop is busy, and as a task that is not begun yet. An ASGI
application sees none of it. ``tcpi_last_data_recv``, read where uvicorn is handed the bytes, is
the first two together; from there to the first line of the application is the third.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from zhuji_observability.recorder import tcp_info
from zhuji_observability.recorder.record import now_ns

# Where the middleware finds it; the protocol makes one scope for each request of a connection.
SCOPE_KEY = "zhuji.arrivals"
_MS_NS = 1_000_000
# A body of more parts than this has had its time in the network.
ARRIVALS_MAX = 64


class Arrivals:
    """When the parts of a request were handed over, and since when each had been waiting."""

    __slots__ = ("_before", "_connection", "after", "info", "noted", "parts")

    def __init__(self, connection: Any = None) -> None:
        self._connection = connection
        self._before = tcp_info.NOTHING  # as the kernel had it when the first part came
        self.after = tcp_info.NOTHING  # and when the next request came, or the end
        # (in the kernel since, handed over), of the first part and of the last ones.
        self.parts: list[tuple[int, int]] = []
        self.info = tcp_info.NOTHING
        self.noted = 0  # how many of the parts are marks already

    def add(self, at_ns: int, info: bytes) -> None:
        """Note a part; between the first and the last few, what is in the middle is let go."""
        if len(self.parts) >= ARRIVALS_MAX:
            del self.parts[1]
            self.noted = max(0, self.noted - 1)
        self.parts.append((at_ns - tcp_info.last_received_ms(info) * _MS_NS, at_ns))
        self.info = info
        self._before = self._before or info

    def sent_again(self) -> int:
        """Return how many segments were sent to the client twice for this request.

        Asked some time after the answer: what was lost of its end is sent again by then.
        """
        after = self._before and (self.after or tcp_info.ask(self._connection))
        return tcp_info.retransmits(after) - tcp_info.retransmits(self._before) if after else 0

    def unnoted(self) -> list[tuple[int, int]]:
        """Return the parts that are no marks yet, once each."""
        found, self.noted = self.parts[self.noted :], len(self.parts)
        return found


class WatchedProtocol(HttpToolsProtocol):
    """Asks the kernel once for each time that bytes come: 1.2 µs."""

    _socket: Any = None
    _inside = False  # of a request whose end has not come yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._socket = transport.get_extra_info("socket")
        self._arrivals = Arrivals()

    def data_received(self, data: bytes) -> None:
        at_ns = now_ns()
        info = tcp_info.NOTHING if self._socket is None else tcp_info.ask(self._socket)
        if not self._inside:
            self._arrivals.after = info
            self._arrivals = Arrivals(self._socket)
        self._arrivals.add(at_ns, info)
        super().data_received(data)

    def eof_received(self) -> None:
        self._note_end()
        super().eof_received()

    def on_response_complete(self) -> None:
        if not self.cycle.keep_alive:
            self._note_end()
        super().on_response_complete()

    def _note_end(self) -> None:
        """Ask for the last time: where the connection is lost its socket is gone already."""
        if self._socket is not None:
            self._arrivals.after = tcp_info.ask(self._socket)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        # Pipelined: a second request of the same bytes waited as long as the first.
        self._inside = True
        scope: Any = self.scope  # a TypedDict of ASGI's own keys
        scope[SCOPE_KEY] = self._arrivals

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._inside = False
