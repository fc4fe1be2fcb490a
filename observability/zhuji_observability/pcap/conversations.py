"""One TCP connection: its handshake, what is sent again, and what it speaks."""

from __future__ import annotations

import enum
from collections.abc import Callable

from zhuji_observability.pcap.exchanges import Exchange, Packet, Pairing
from zhuji_observability.pcap.half_streams import HalfStream, Piece
from zhuji_observability.pcap.heads import Ends
from zhuji_observability.pcap.http_messages import MessageReader, begins_message
from zhuji_observability.pcap.messages import Kind
from zhuji_observability.pcap.segments import ACK, FIN, RST, SYN, Segment

# A TLS record: its type and the version that TLS 1.0 to 1.3 write.
_TLS_TYPES = frozenset((20, 21, 22, 23))
_TLS_VERSIONS_MAX = 4
_HTTP2_BEGINS = b"PRI * HTTP/2"
_EVERYTHING = 1 << 62
_HANDSHAKE_PACKETS = 3


class Speech(enum.Enum):
    """What a connection speaks, as far as it was recognised."""

    UNKNOWN = "unknown"
    HTTP = "http"
    TLS = "tls"
    HTTP2 = "http2"
    OTHER = "other"


class Conversation:
    """Follows both directions. ``number`` counts connections as Wireshark's ``tcp.stream``."""

    def __init__(
        self,
        number: int,
        done: Callable[[Conversation, Exchange], None],
        *,
        ends: tuple[bytes, bytes] | None = None,
    ) -> None:
        self.number = number
        self._ends = ends
        self.handshake: list[Packet] = []
        self.speech = Speech.UNKNOWN
        self.rtt_ns: int | None = None
        self.started_ns: int | None = None
        self.seen_ns = 0
        self.over = False
        self.syn_seq: int | None = None
        self.gaps = 0
        self.pairing = Pairing(lambda exchange: done(self, exchange), self._strange)
        self._halves = (HalfStream(), HalfStream())
        self._readers: list[MessageReader | None] = [None, None]
        self._client: int | None = None
        self._syn_ns: int | None = None

    @property
    def ends(self) -> Ends:
        """Who asks and who answers; there where packets are kept, once it is known who asks."""
        assert self._ends is not None, "packets are kept"
        asks = self._client or 0
        return Ends(self._ends[asks], self._ends[1 - asks])

    def packet(self, side: int, segment: Segment, time_ns: int, head: bytes = b"") -> None:
        """Take a segment that ``side`` (0 or 1) sent."""
        self.seen_ns = time_ns
        if self.started_ns is None:
            self.started_ns = time_ns
        again = self._take(side, segment, time_ns)
        if self._ends is not None:
            self._keep(segment, Packet(
                time_ns, side == self._client, segment.length, segment.flags, again,
                not segment.window and not segment.flags & (SYN | RST), head,
            ))  # fmt: skip

    def _keep(self, segment: Segment, packet: Packet) -> None:
        self.pairing.packet(packet)
        # Without it nobody knows how windows are counted, nor how far the ends are apart.
        begins = self.syn_seq is not None and len(self.handshake) < _HANDSHAKE_PACKETS
        if begins and not segment.length and not self.pairing.spoken:
            self.handshake.append(packet)

    def _take(self, side: int, segment: Segment, time_ns: int) -> bool:
        """Take a segment; tell whether it was sent again."""
        flags = segment.flags
        again = False
        if flags & SYN:
            return self._handshake(side, segment, time_ns)
        half = self._halves[side]
        if flags & ACK:
            self._acknowledge(side, segment, time_ns)
        if segment.length or flags & FIN:
            start = half.place(segment.seq)
            length = segment.length + (flags & FIN)
            again = self._count_repeated(half, start, length, time_ns)
            if segment.length:
                self._take_data(side, start, segment, time_ns)
            if flags & FIN:
                half.end = start + segment.length
        if half.end is not None and half.end == half.next:
            self._ended(side)
        if flags & RST:
            self._reset()
        return again

    def _take_data(self, side: int, start: int, segment: Segment, time_ns: int) -> None:
        """Most of a capture is the middle of bodies, in order: little is done for that."""
        half, reader, length = self._halves[side], self._readers[side], segment.length
        if not half.follows(start, length):
            unread = self._unread(side)
            self._read(side, half.add(start, length, segment.payload, time_ns, unread=unread))
        elif reader is None or not reader.passes(length, time_ns):
            self._read(side, (Piece(segment.payload, length, time_ns),))

    def settle(self) -> None:
        """Give the last exchange, if it is complete; what is sent again later is the next one's."""
        self.pairing.release()

    def begins_anew(self, side: int, seq: int) -> bool:
        """Tell whether a SYN of ``side`` is of another connection with the same ports."""
        return self._halves[side].next is not None and self.syn_seq != seq

    def finish(self) -> None:
        """Give what is left of it."""
        for side, half in enumerate(self._halves):
            while pieces := half.give_up():
                self._read(side, pieces)
        for reader in self._readers:
            if reader is not None:
                reader.close(whole=False)
        self.pairing.finish()
        self._readers = [None, None]
        self.pairing.forget()
        if self.pairing.spoken and self.speech is Speech.UNKNOWN:
            self.speech = Speech.HTTP

    def _count_repeated(self, half: HalfStream, start: int, length: int, time_ns: int) -> bool:
        again = half.is_behind(start) and half.repeats(start, length, time_ns, rtt_ns=self.rtt_ns)
        if again:
            self.pairing.sent_again()
        return again

    def _handshake(self, side: int, segment: Segment, time_ns: int) -> bool:
        again = self._halves[side].begin(segment.seq)
        if again:
            self.pairing.sent_again()
        if segment.flags & ACK:
            return again
        self.syn_seq = segment.seq
        self._syn_ns = time_ns
        self._begin_http(side, in_step=True)
        return again

    def _acknowledge(self, side: int, segment: Segment, time_ns: int) -> None:
        other = self._halves[1 - side]
        if self._syn_ns is not None and side == self._client:
            self.rtt_ns, self._syn_ns = time_ns - self._syn_ns, None
        if other.next is not None:
            pieces = other.acknowledged(
                other.place(segment.ack), time_ns, speaks=segment.length > 0
            )
            if pieces:
                self._read(1 - side, pieces)

    def _unread(self, side: int) -> int:
        reader = self._readers[side]
        if self.speech in (Speech.TLS, Speech.HTTP2, Speech.OTHER):
            return _EVERYTHING
        return reader.unread if reader else 0

    def _read(self, side: int, pieces: tuple[Piece, ...]) -> None:
        for piece in pieces:
            self.gaps += piece.time_ns is None
            if self._client is None and self.speech is Speech.UNKNOWN:
                self._recognise(side, piece)
            reader = self._readers[side]
            if reader is not None:
                reader.feed(piece)

    def _recognise(self, side: int, piece: Piece) -> None:
        """Find out in the middle of a connection who asks, and what is spoken."""
        if begins_message(Kind.REQUEST, piece.data):
            self._begin_http(side, in_step=False)
        elif begins_message(Kind.ANSWER, piece.data):
            self._begin_http(1 - side, in_step=False)
        elif _is_tls(piece.data):
            self.speech = Speech.TLS

    def _begin_http(self, client: int, *, in_step: bool) -> None:
        if self._client is not None:
            return
        self._client = client
        for kind, side in ((Kind.REQUEST, client), (Kind.ANSWER, 1 - client)):
            reader = MessageReader(kind, self.pairing, in_step=in_step)
            self._readers[side] = self.pairing.readers[kind] = reader

    def _strange(self, data: bytes) -> None:
        if self.pairing.spoken or self.speech is not Speech.UNKNOWN:
            return  # out of step: the reader looks for the next message
        if data.startswith(_HTTP2_BEGINS):
            self.speech = Speech.HTTP2
        else:
            self.speech = Speech.TLS if _is_tls(data) else Speech.OTHER
        for reader in self.pairing.readers.values():
            reader.off()

    def _ended(self, side: int) -> None:
        reader = self._readers[side]
        if reader is not None:
            reader.close(whole=True)
        self.over = all(half.end is not None for half in self._halves)

    def _reset(self) -> None:
        self.over = True
        for reader in self._readers:
            if reader is not None:
                reader.close(whole=False)


def _is_tls(data: bytes) -> bool:
    return (
        len(data) > 2  # noqa: PLR2004 (type and version)
        and data[0] in _TLS_TYPES
        and data[1] == 3  # noqa: PLR2004 (SSL 3 and every TLS)
        and data[2] <= _TLS_VERSIONS_MAX
    )
