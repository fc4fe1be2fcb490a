"""What Linux knows of a TCP connection (``getsockopt(TCP_INFO)``), without capture or privilege.

The layout is ``struct tcp_info`` of ``linux/tcp.h``, which only ever grows at its end. It is kept
as it came, 120 bytes that a request pays for: most of them nobody ever reads.
"""

from __future__ import annotations

import socket
import struct
import sys

# After eight bytes of states come numbers of 32 bits; what is used of them, by its place.
_BYTES = 8 + 24 * 4
_number = struct.Struct("=I").unpack_from
_LAST_DATA_RECEIVED, _RTT, _RETRANSMITS = 8 + 11 * 4, 8 + 15 * 4, 8 + 23 * 4
NOTHING = b""
_KNOWN = sys.platform.startswith("linux")


def ask(connection: socket.socket) -> bytes:
    """Ask the kernel; ``NOTHING`` where it does not know (another system, no TCP, or gone)."""
    if not _KNOWN:
        return NOTHING
    try:
        data = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES)
    except (OSError, ValueError):  # closed; uvloop then says that the descriptor is negative
        return NOTHING
    return data if len(data) == _BYTES else NOTHING


def last_received_ms(data: bytes) -> int:
    """Return how long ago the last data had arrived, in steps of the kernel's tick; 0 unknown."""
    return int(_number(data, _LAST_DATA_RECEIVED)[0]) if data else 0


def rtt_us(data: bytes) -> int | None:
    """Return the kernel's estimate of the round trip towards the client."""
    return int(_number(data, _RTT)[0]) if data else None


def retransmits(data: bytes) -> int:
    """Return how many segments the connection has sent twice so far."""
    return int(_number(data, _RETRANSMITS)[0]) if data else 0
