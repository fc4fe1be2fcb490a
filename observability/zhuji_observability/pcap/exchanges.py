"""Pairs the requests and answers of one connection, in order, as HTTP/1 does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from zhuji_observability.pcap.http_messages import MessageReader
from zhuji_observability.pcap.messages import Kind, Message

# More requests without an answer than any client sends ahead.
_AHEAD_MAX = 1000
# More packets of one exchange than anybody looks at one by one.
PACKETS_MAX = 400
_SWITCHING, _OK, _REDIRECT, _BAD = 101, 200, 300, 400


class Packet(NamedTuple):
    """A packet of an exchange, as it passed the capture point."""

    time_ns: int
    from_client: bool
    length: int
    flags: int
    again: bool  # sent before
    shut: bool  # its sender can take nothing at present: zero window
    head: bytes = b""  # of TCP, with its options


class Exchange:
    """A request with its answer, as far as both were seen."""

    __slots__ = ("answer", "index", "notes", "overlaps", "packets", "request", "retransmits")

    def __init__(self, index: int, request: Message) -> None:
        self.index = index
        self.request = request
        self.answer: Message | None = None
        self.retransmits = 0
        self.overlaps = False  # begun before the answer before it was over
        self.notes: frozenset[str] = frozenset()
        self.packets: list[Packet] = []  # where they are asked for

    def note(self, word: str) -> None:
        """Mark it; nearly none is, so each has the same empty set."""
        self.notes |= {word}


class Pairing:
    """Listens to the readers of both directions and gives each exchange that is complete.

    An exchange waits until the next one begins, so that what is sent again of its answer still
    counts as its own.
    """

    def __init__(self, done: Callable[[Exchange], None], strange: Callable[[bytes], None]) -> None:
        self.readers: dict[Kind, MessageReader] = {}
        self.unasked = 0
        self.spoken = False  # whether a head was understood
        self.retransmits_before = 0  # of the handshake: told of the first exchange
        self._packets_before: list[Packet] = []
        self._done = done
        self._strange = strange
        self._index = 0
        # One or none nearly always: a list of that is 700 bytes less than a deque.
        self._open: list[Exchange] = []
        self._last: Exchange | None = None
        self._last_answer_ns = 0

    def sent_again(self) -> None:
        """Count a retransmission to the exchange at hand."""
        exchange = self._open[-1] if self._open else self._last
        if exchange is None:
            self.retransmits_before += 1
        else:
            exchange.retransmits += 1

    def packet(self, packet: Packet) -> None:
        """Note a packet of the exchange at hand; those of the handshake are the first one's."""
        exchange = self._open[-1] if self._open else self._last
        packets = self._packets_before if exchange is None else exchange.packets
        if len(packets) < PACKETS_MAX:
            packets.append(packet)

    def began(self, kind: Kind, message: Message) -> None:
        """A message begins: a request opens an exchange, and ends an answer without end."""
        if kind is Kind.ANSWER:
            return
        self.readers[Kind.ANSWER].turn()
        self.release()
        self._index += 1
        exchange = Exchange(self._index, message)
        exchange.retransmits, self.retransmits_before = self.retransmits_before, 0
        exchange.packets, self._packets_before = self._packets_before, []
        self._open.append(exchange)
        if len(self._open) > _AHEAD_MAX:
            self._give(self._open.pop(0))

    def understood(self, kind: Kind, message: Message) -> None:
        """A head is read; an answer that is no interim one belongs to the oldest request."""
        self.spoken = True
        if kind is Kind.REQUEST:
            return
        status = message.status or 0
        exchange = self._open[0] if self._open else None
        if exchange is None:
            self.unasked += status != _SWITCHING and status >= _OK
            return
        if status < _OK and status != _SWITCHING:
            exchange.note("continued")
            return
        self.readers[Kind.REQUEST].turn()
        exchange.answer = message
        tunnel = exchange.request.method == "CONNECT" and _OK <= status < _REDIRECT
        if status == _SWITCHING or tunnel:
            exchange.note("upgraded")
        elif status >= _BAD and "continued" not in exchange.notes and len(self._open) == 1:
            self.readers[Kind.REQUEST].bodiless()

    def ended(self, kind: Kind, message: Message) -> None:
        """A message is over; with its answer an exchange is complete."""
        if kind is Kind.REQUEST or not self._open or self._open[0].answer is not message:
            return
        exchange = self._open.pop(0)
        first_ns = exchange.request.first_ns
        exchange.overlaps = first_ns is not None and first_ns < self._last_answer_ns
        self._last_answer_ns = message.last_ns or self._last_answer_ns
        self.release()
        self._last = exchange
        if "upgraded" in exchange.notes:
            for reader in self.readers.values():
                reader.off()

    def asked(self) -> str | None:
        """Return the method of the request whose answer is at hand."""
        return self._open[0].request.method if self._open else None

    def lost(self, kind: Kind) -> None:
        """The capture missed the head of the answer that the open requests wait for."""
        if kind is Kind.ANSWER:
            for exchange in self._open:
                exchange.note("gap")
            self.finish()

    def strange(self, kind: Kind, data: bytes) -> None:
        """A side does not speak HTTP/1: what it just began is no message."""
        if kind is Kind.REQUEST and self._open:
            self.retransmits_before += self._open.pop().retransmits
            self._index -= 1
        self._strange(data)

    def finish(self) -> None:
        """Give what is left: the connection is over, or forgotten."""
        self.release()
        while self._open:
            self._give(self._open.pop(0))

    def forget(self) -> None:
        """Let go of everybody: connections must not wait for the collector of cycles."""
        self.readers = {}
        self._done = self._strange = _nobody

    def release(self) -> None:
        """Give the exchange that is complete and has waited for what is sent again."""
        if self._last is not None:
            self._give(self._last)
            self._last = None

    def _give(self, exchange: Exchange) -> None:
        self._done(exchange)


def _nobody(_told: object) -> None:
    """Nobody listens any more."""
