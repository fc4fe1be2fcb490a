"""One TCP segment out of an IP packet, IPv4 and IPv6, as far as the capture kept it."""

from __future__ import annotations

import enum
import struct
from typing import NamedTuple

FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16

_TCP_PROTOCOL = 6
_TCP_HEADER = struct.Struct("!IIBBH")
_TCP_HEADER_BYTES = 20
_IPV4_BYTES = 20
_IPV6_BYTES = 40
_FRAGMENT_HEADER = 44
_AUTHENTICATION = 51
# Hop by hop, routing, destination options, mobility, host identity, shim6: length in units of 8.
_EXTENSIONS = frozenset((0, 43, 60, 135, 139, 140))
_EXTENSIONS_MAX = 16


class Skipped(enum.Enum):
    """Why a packet is counted and not analysed."""

    OTHER = "other"
    FRAGMENT = "fragment"
    CUT = "cut"
    MALFORMED = "malformed"


class Segment(NamedTuple):
    """A TCP segment; ``payload`` may be shorter than ``length`` where the capture cut it.

    Its head is the bytes of the frame from ``at`` to ``data_at``.
    """

    source: bytes
    target: bytes
    seq: int
    ack: int
    flags: int
    window: int
    length: int
    payload: bytes
    at: int = 0
    data_at: int = 0


def segment_of(frame: bytes, at: int, wire_bytes: int) -> Segment | Skipped:
    """Return the TCP segment of the IP packet that begins at ``at`` of ``frame``.

    ``wire_bytes`` is how long the frame was before the capture cut it.
    """
    if len(frame) <= at:
        return Skipped.CUT
    version = frame[at] >> 4
    if version == 4:  # noqa: PLR2004 (the version of the protocol)
        return _of_ipv4(frame, at, wire_bytes)
    return _of_ipv6(frame, at, wire_bytes) if version == 6 else Skipped.MALFORMED  # noqa: PLR2004


def _of_ipv4(frame: bytes, at: int, wire_bytes: int) -> Segment | Skipped:
    if len(frame) < at + _IPV4_BYTES:
        return Skipped.CUT
    if frame[at + 9] != _TCP_PROTOCOL:
        return Skipped.OTHER
    if frame[at + 6] & 0x3F or frame[at + 7]:  # more to follow, or an offset
        return Skipped.FRAGMENT
    # Where the network card splits what is sent, the kernel's packet names no length.
    total = (frame[at + 2] << 8 | frame[at + 3]) or wire_bytes - at
    tcp = at + (frame[at] & 15) * 4
    return _of_tcp(frame, tcp, at + total, (frame[at + 12 : at + 16], frame[at + 16 : at + 20]))


def _of_ipv6(frame: bytes, at: int, wire_bytes: int) -> Segment | Skipped:
    start = at + _IPV6_BYTES
    if len(frame) < start:
        return Skipped.CUT
    payload = frame[at + 4] << 8 | frame[at + 5]
    end = start + payload if payload else wire_bytes
    kind, tcp = frame[at + 6], start
    for _ in range(_EXTENSIONS_MAX):
        if kind == _TCP_PROTOCOL:
            return _of_tcp(frame, tcp, end, (frame[at + 8 : at + 24], frame[at + 24 : start]))
        if len(frame) < tcp + 8:
            return Skipped.CUT
        if kind == _FRAGMENT_HEADER:
            # A fragment that is the whole packet (offset 0, no more) is read like any other.
            if frame[tcp + 2] or frame[tcp + 3] & 0xF9:
                return Skipped.FRAGMENT
            kind, tcp = frame[tcp], tcp + 8
        elif kind == _AUTHENTICATION:
            kind, tcp = frame[tcp], tcp + (frame[tcp + 1] + 2) * 4
        elif kind in _EXTENSIONS:
            kind, tcp = frame[tcp], tcp + (frame[tcp + 1] + 1) * 8
        else:
            return Skipped.OTHER
    return Skipped.MALFORMED


def _of_tcp(frame: bytes, at: int, end: int, addresses: tuple[bytes, bytes]) -> Segment | Skipped:
    if len(frame) < at + _TCP_HEADER_BYTES:
        return Skipped.CUT if end >= at + _TCP_HEADER_BYTES else Skipped.MALFORMED
    seq, ack, offset, flags, window = _TCP_HEADER.unpack_from(frame, at + 4)
    start = at + (offset >> 4) * 4
    length = end - start
    if length < 0 or start < at + _TCP_HEADER_BYTES:
        return Skipped.MALFORMED
    return Segment(
        addresses[0] + frame[at : at + 2],
        addresses[1] + frame[at + 2 : at + 4],
        seq,
        ack,
        flags,
        window,
        length,
        frame[start:end] if length else b"",
        at,
        start,
    )
