"""The packets of one exchange as a capture of their own: heads of IP and TCP, nothing behind them.

What was sent is not in it, nor anything that tells what it was: of a TCP head its checksum is left
out, since it is one of the payload too. The head of IP is made anew, because the one that was
captured names both ends; so any capture tool can read it, whatever the link was.
"""

from __future__ import annotations

import enum
import os
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zhuji_observability.pcap.exchanges import Packet

RAW_IP = 101
_PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, RAW_IP)
_PACKET_HEAD = struct.Struct("<IIII")
_IPV4 = struct.Struct("!BBHHHBBH4s4s")
_IPV6 = struct.Struct("!IHBB16s16s")
_LENGTH_MAX = 65_535
_CHECKSUM = slice(16, 18)
_TCP, _TTL, _DO_NOT_FRAGMENT = 6, 64, 0x4000
_NS_IN_S = 1_000_000_000
_PORT_BYTES, _IPV4_BYTES = 2, 4
# Addresses for documents, of nobody (RFC 5737, RFC 3849): who asks, and who answers.
_NOBODY_4 = (bytes((192, 0, 2, 1)), bytes((198, 51, 100, 1)))
_NOBODY_6 = tuple(b"\x20\x01\x0d\xb8" + b"\x00" * 11 + bytes((last,)) for last in (1, 2))
# How much of an address names a network and no machine: /24 and /48.
_NETWORK_4, _NETWORK_6 = 3, 6
SETTING = "ZHUJI_WIRE_ADDRESSES"


class Addresses(enum.Enum):
    """What of the addresses of both ends is kept with the heads of packets."""

    NONE = "none"
    NETWORK = "network"

    @classmethod
    def from_environment(cls) -> Addresses:
        """Return what the host's operator allows; anything that is not understood is none."""
        return cls.NETWORK if os.environ.get(SETTING) == cls.NETWORK.value else cls.NONE


class Ends(NamedTuple):
    """Client and server, each its address and port as the packets have them."""

    client: bytes
    server: bytes


def heads_of(packets: Iterable[Packet], ends: Ends, addresses: Addresses) -> bytes:
    """Return a pcap file (raw IP, nanoseconds); packets whose head was not kept are left out."""
    client, server = _shown(ends, addresses)
    parts = [_PCAP_HEAD]
    for one in packets:
        if not one.head:
            continue
        head = bytearray(one.head)
        head[_CHECKSUM] = b"\x00\x00"
        source, target = (client, server) if one.from_client else (server, client)
        frame = _ip(source, target, len(head) + one.length) + head
        seconds, rest_ns = divmod(one.time_ns, _NS_IN_S)
        parts += (
            _PACKET_HEAD.pack(seconds, rest_ns, len(frame), len(frame) + one.length),
            frame,
        )
    return b"".join(parts) if len(parts) > 1 else b""


def _shown(ends: Ends, addresses: Addresses) -> Sequence[bytes]:
    found = [end[:-_PORT_BYTES] for end in ends]
    is_old = len(found[0]) == _IPV4_BYTES
    if addresses is Addresses.NONE:
        return _NOBODY_4 if is_old else _NOBODY_6
    kept = _NETWORK_4 if is_old else _NETWORK_6
    return [one[:kept] + b"\x00" * (len(one) - kept) for one in found]


def _ip(source: bytes, target: bytes, carried: int) -> bytes:
    """Return a head of IP; a length of 0 where the card would have split what was sent."""
    if len(source) == _IPV4_BYTES:
        total = carried + _IPV4.size
        length = total if total <= _LENGTH_MAX else 0
        return _IPV4.pack(0x45, 0, length, 0, _DO_NOT_FRAGMENT, _TTL, _TCP, 0, source, target)
    length = carried if carried <= _LENGTH_MAX else 0
    return _IPV6.pack(6 << 28, length, _TCP, _TTL, source, target)
