"""What the time of an exchange went to, by the clock of the capture point alone.

``request_ms``   first byte → last byte of the request
``server_ms``    last byte of the request → first byte of the answer
``response_ms``  first byte → last byte of the answer
``rtt_ms``       SYN → the client's acknowledgement of the answering SYN: the whole round trip,
                 wherever between client and server the capture was taken

Each byte has the time of the first packet that carried it past the capture point. A term that
was not seen, or that means nothing here, is null, and ``notes`` says why.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from zhuji_core.values import Value
from zhuji_observability.pcap.conversations import Conversation, Speech
from zhuji_observability.pcap.exchanges import Exchange, Packet
from zhuji_observability.pcap.heads import Addresses, heads_of
from zhuji_observability.pcap.paths import shown_method, shown_path
from zhuji_observability.pcap.routes import RouteTable
from zhuji_observability.pcap.segments import FIN, RST, SYN

AnyRow = TypeVar("AnyRow", bound="Row")
_NS_IN_MS, _NS_IN_US = 1_000_000, 1_000
_KINDS = ((SYN, "syn"), (RST, "rst"), (FIN, "fin"))

# What a row may be marked with; observability/README.md says what each means.
NOTES = (
    "continued", "cut", "early_answer", "framing", "gap", "http2", "no_answer", "pipelined",
    "tls", "unfinished", "upgraded",
)  # fmt: skip


class Row(Value, frozen=True, kw_only=True):
    """One exchange; of an encrypted connection one row with what TCP alone tells."""

    stream: int
    index: int
    method: str | None
    path: str | None
    status: int | None
    request_ms: float | None
    server_ms: float | None
    response_ms: float | None
    rtt_ms: float | None
    retransmits: int
    traceparent: str | None
    started_ns: int | None
    request_bytes: int
    response_bytes: int
    notes: tuple[str, ...]


class PacketNote(Value, frozen=True, kw_only=True):
    """A packet; ``at_us`` is since the request's first byte, ``shut`` a zero window.

    ``kind``: ``syn``, ``fin``, ``rst``, else ``data`` or ``ack`` by whether it carried any bytes.
    """

    at_us: int
    from_client: bool
    bytes: int
    kind: str
    again: bool
    shut: bool


class PacketRow(Row, frozen=True, kw_only=True):
    """A row with its packets, those of the handshake before the first exchange among them."""

    packets: tuple[PacketNote, ...] = ()


class CapturedRow(PacketRow, frozen=True, kw_only=True):
    """The same with the packets' heads: a pcap file, b'' where no head was captured whole.

    The handshake of the connection is in it, whichever of its exchanges this is.
    """

    heads: bytes = b""


def captured_row_of(
    row: Row, conversation: Conversation, exchange: Exchange, addresses: Addresses
) -> CapturedRow:
    """Return the row of an exchange with its packets."""
    since_ns = row.started_ns or 0
    before = () if exchange.index == 1 else tuple(conversation.handshake)
    return CapturedRow(
        **msgspec.structs.asdict(row),
        packets=tuple(_packet_note(one, since_ns) for one in exchange.packets),
        heads=heads_of((*before, *exchange.packets), conversation.ends, addresses),
    )


def row_alone(row: Row) -> Row:
    """Return a row without its packets."""
    return _as(Row, row)


def packet_row_alone(row: PacketRow) -> PacketRow:
    """Return a row with its packets and without their heads."""
    return _as(PacketRow, row)


def _as(kind: type[AnyRow], row: AnyRow) -> AnyRow:
    return kind(**{name: getattr(row, name) for name in kind.__struct_fields__})


def _packet_note(packet: Packet, since_ns: int) -> PacketNote:
    flags = packet.flags
    kind = next((word for flag, word in _KINDS if flags & flag), "data" if packet.length else "ack")
    return PacketNote(
        at_us=(packet.time_ns - since_ns) // _NS_IN_US,
        from_client=packet.from_client,
        bytes=packet.length,
        kind=kind,
        again=packet.again,
        shut=packet.shut,
    )


def row_of(conversation: Conversation, exchange: Exchange, routes: RouteTable | None = None) -> Row:
    """Return the row of an exchange."""
    request, answer = exchange.request, exchange.answer
    notes = {*exchange.notes, *request.notes, *(answer.notes if answer else ())}
    server_ms = None
    if answer is None:
        notes.add("no_answer")
    elif exchange.overlaps:
        notes.add("pipelined")
    elif request.ended:
        server_ms = _ms(request.last_ns, answer.first_ns)
    if not request.ended or (answer is not None and not answer.ended):
        notes.add("unfinished")
    if server_ms is not None and server_ms < 0:
        server_ms = None
        notes.add("early_answer")
    return Row(
        stream=conversation.number,
        index=exchange.index,
        method=shown_method(request.method),
        path=shown_path(request.target, routes),
        status=answer.status if answer else None,
        request_ms=_ms(request.first_ns, request.last_ns) if request.ended else None,
        server_ms=server_ms,
        response_ms=_ms(answer.first_ns, answer.last_ns) if answer and answer.ended else None,
        rtt_ms=_rtt_ms(conversation),
        retransmits=exchange.retransmits,
        traceparent=request.traceparent or (answer.traceparent if answer else None),
        started_ns=request.first_ns,
        request_bytes=request.bytes,
        response_bytes=answer.bytes if answer else 0,
        notes=tuple(sorted(notes)),
    )


def encrypted_row(conversation: Conversation) -> Row:
    """Return the row of a connection into which nobody can look: index 0, TCP's terms only."""
    assert conversation.speech in (Speech.TLS, Speech.HTTP2), "others have exchanges, or nothing"
    return Row(
        stream=conversation.number,
        index=0,
        method=None,
        path=None,
        status=None,
        request_ms=None,
        server_ms=None,
        response_ms=None,
        rtt_ms=_rtt_ms(conversation),
        retransmits=conversation.pairing.retransmits_before,
        traceparent=None,
        started_ns=conversation.started_ns,
        request_bytes=0,
        response_bytes=0,
        notes=(conversation.speech.value,),
    )


def _rtt_ms(conversation: Conversation) -> float | None:
    return None if conversation.rtt_ns is None else conversation.rtt_ns / _NS_IN_MS


def _ms(first_ns: int | None, last_ns: int | None) -> float | None:
    if first_ns is None or last_ns is None:
        return None
    return (last_ns - first_ns) / _NS_IN_MS
