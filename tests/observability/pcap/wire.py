"""Captures made by hand: a conversation segment by segment, as frames of any link, as a file."""

from __future__ import annotations

import dataclasses
import ipaddress
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zhuji_observability.pcap.analysis import Analysis, Summary
from zhuji_observability.pcap.terms import Row

FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
EPOCH_NS = 1_760_000_000_000_000_000
WRAP = 1 << 32
CLIENT, SERVER = 0, 1
TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
IP4, IP6 = b"\x08\x00", b"\x86\xdd"


def ms(value: float) -> int:
    return round(value * 1_000_000)


@dataclass(frozen=True)
class Sent:
    """A segment at the capture point, ``at`` nanoseconds after the beginning."""

    at: int
    side: int
    seq: int
    ack: int
    flags: int
    data: bytes = b""


@dataclass
class Talk:
    """One connection; each call sends a segment and moves the sequence number on."""

    client: tuple[str, int] = ("10.0.0.1", 40000)
    server: tuple[str, int] = ("10.0.0.2", 8000)
    first: tuple[int, int] = (1000, 50_000)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seqs = list(self.first)

    def send(self, at: float, side: int, data: bytes = b"", flags: int = ACK) -> Sent:
        ack = self.seqs[1 - side] if flags & ACK else 0
        one = Sent(ms(at), side, self.seqs[side], ack, flags | (PUSH if data else 0), data)
        self.seqs[side] = (self.seqs[side] + len(data) + bool(flags & (SYN | FIN))) % WRAP
        self.sent.append(one)
        return one

    def shake(self, at: float = 0, *, server_ms: float = 0.1, client_ms: float = 20) -> None:
        self.send(at, CLIENT, flags=SYN)
        self.send(at + server_ms, SERVER, flags=SYN | ACK)
        self.send(at + server_ms + client_ms, CLIENT)

    def pieces(self, at: float, side: int, data: bytes, *, size: int, every: float) -> float:
        """Send ``data`` in segments of ``size``, ``every`` so many ms; return when it ended."""
        when = at
        for number, start in enumerate(range(0, len(data), size)):
            when = at + number * every
            self.send(when, side, data[start : start + size])
        return when

    def bye(self, at: float) -> None:
        self.send(at, CLIENT, flags=FIN | ACK)
        self.send(at + 0.1, SERVER, flags=FIN | ACK)
        self.send(at + 0.2, CLIENT)

    def packet(self, one: Sent, *, extra: bytes = b"", kind: int = 6) -> bytes:
        """Return the IP packet; ``extra`` are IPv6 extension headers, the first of ``kind``."""
        source, target = (self.client, self.server)[:: 1 if one.side == CLIENT else -1]
        head = struct.pack(
            "!HHIIBBHHH",
            source[1],
            target[1],
            one.seq,
            one.ack,
            5 << 4,
            one.flags,
            65_000,
            0xBEEF,
            0,
        )
        body = head + one.data
        addresses = [ipaddress.ip_address(end[0]) for end in (source, target)]
        packed = addresses[0].packed + addresses[1].packed
        if addresses[0].version == 6:
            return (
                struct.pack("!IHBB", 6 << 28, len(extra + body), kind, 64) + packed + extra + body
            )
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, 6, 0) + packed + body


def ethernet(packet: bytes, tags: bytes = b"") -> bytes:
    return b"\x02" * 6 + b"\x04" * 6 + tags + kind_of(packet) + packet


def packed(end: tuple[str, int]) -> bytes:
    """Return the address of an end as packets have it."""
    return ipaddress.ip_address(end[0]).packed


def kind_of(packet: bytes) -> bytes:
    return IP6 if packet[0] >> 4 == 6 else IP4


VLAN, PROVIDER = b"\x81\x00\x00\x05", b"\x88\xa8\x00\x06"
# By name: the number of the link type, and how it frames an IP packet.
LINKS: Mapping[str, tuple[int, Callable[[bytes], bytes]]] = {
    "ethernet": (1, ethernet),
    "vlan": (1, lambda packet: ethernet(packet, VLAN)),
    "double vlan": (1, lambda packet: ethernet(packet, PROVIDER + VLAN)),
    "raw": (101, lambda packet: packet),
    "raw (openbsd)": (14, lambda packet: packet),
    "null": (0, lambda packet: struct.pack("<I", 30 if packet[0] >> 4 == 6 else 2) + packet),
    "loop": (108, lambda packet: struct.pack(">I", 24 if packet[0] >> 4 == 6 else 2) + packet),
    "cooked": (113, lambda packet: b"\x00" * 14 + kind_of(packet) + packet),
    "cooked, vlan": (113, lambda packet: b"\x00" * 14 + VLAN + kind_of(packet) + packet),
    "cooked 2": (276, lambda packet: kind_of(packet) + b"\x00" * 18 + packet),
    "cooked 2, vlan": (
        276, lambda packet: VLAN[:2] + b"\x00" * 18 + VLAN[2:] + kind_of(packet) + packet,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    at: int
    data: bytes
    wire_bytes: int | None = None

    def cut(self, bytes_max: int) -> Frame:
        return dataclasses.replace(self, data=self.data[:bytes_max], wire_bytes=len(self.data))


def frames(*talks: Talk, sent: Sequence[tuple[Talk, Sent]] | None = None) -> list[Frame]:
    """Return Ethernet frames in the order of time (of the list, where ``sent`` gives one)."""
    pairs = sent or sorted(
        ((talk, one) for talk in talks for one in talk.sent), key=lambda pair: pair[1].at
    )
    return [Frame(one.at, ethernet(talk.packet(one))) for talk, one in pairs]


def pcap(
    found: Iterable[Frame], *, link: int = 1, order: str = "<", nanoseconds: bool = True
) -> bytes:
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    unit_ns = 1 if nanoseconds else 1000
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262_144, link)]
    for frame in found:
        seconds, rest_ns = divmod(EPOCH_NS + frame.at, 1_000_000_000)
        kept, wire = len(frame.data), frame.wire_bytes or len(frame.data)
        parts.append(struct.pack(f"{order}IIII", seconds, rest_ns // unit_ns, kept, wire))
        parts.append(frame.data)
    return b"".join(parts)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\x00" * (-len(body) % 4)
    length = len(body) + 12
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link: int = 1, *, unit: int | None = None, offset_s: int = 0) -> bytes:
    options = b""
    if unit is not None:
        options += struct.pack(f"{order}HHBxxx", 9, 1, unit)
    if offset_s:
        options += struct.pack(f"{order}HHq", 14, 8, offset_s)
    options += struct.pack(f"{order}HH", 0, 0) if options else b""
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, 262_144) + options)


def packet_block(order: str, frame: Frame, *, number: int = 0, units_per_s: int = 10**6,
                 epoch_ns: int = EPOCH_NS, old: bool = False) -> bytes:  # fmt: skip
    ticks = (epoch_ns + frame.at) * units_per_s // 1_000_000_000
    sizes = (ticks >> 32, ticks & 0xFFFFFFFF, len(frame.data), frame.wire_bytes or len(frame.data))
    head = (
        struct.pack(f"{order}HHIIII", number, 0, *sizes)
        if old
        else struct.pack(f"{order}IIIII", number, *sizes)
    )
    return block(order, 2 if old else 6, head + frame.data)


def pcapng(found: Iterable[Frame], *, order: str = "<", link: int = 1) -> bytes:
    blocks = [packet_block(order, frame, units_per_s=10**9) for frame in found]
    return section(order) + interface(order, link, unit=9) + b"".join(blocks)


def analysed(folder: Path, content: bytes) -> tuple[list[Row], Summary]:
    """Write a capture, analyse it, return its rows and what was read."""
    path = folder / "capture"
    path.write_bytes(content)
    analysis = Analysis(path)
    return list(analysis.rows()), analysis.summary


def request(path: str = "/a", *, method: str = "GET", body: bytes = b"", more: str = "") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: zhuji.example\r\n{length}{more}\r\n"
    return head.encode() + body


def answer(body: bytes = b"ok", *, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    parts = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
    parts += [b"%x;x=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join(parts) + b"0\r\n" + trailer + b"\r\n"


def simple_talk(
    client: tuple[str, int] = ("10.0.0.1", 40000), server: tuple[str, int] = ("10.0.0.2", 8000)
) -> Talk:
    """One whole exchange: 20.1 ms round trip, 5 up, 30 at the server, 8 down."""
    talk = Talk(client=client, server=server)
    talk.shake()
    body = b"b" * 300
    sent = request("/txg/api/v1/claims/31?payee=x", method="POST", body=body,
                   more=f"traceparent: {TRACE}\r\n")  # fmt: skip
    half = len(sent) // 2
    talk.send(30, CLIENT, sent[:half])
    talk.send(35, CLIENT, sent[half:])
    told = answer(b"x" * 500)
    talk.send(65, SERVER, told[:200])
    talk.send(73, SERVER, told[200:])
    talk.send(93, CLIENT)
    talk.bye(100)
    return talk
