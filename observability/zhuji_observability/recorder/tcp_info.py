"""What Linux knows of a TCP connection (``getsockopt(TCP_INFO)``), without capture or privilege.

The layout is ``struct tcp_info`` of ``linux/tcp.h``, which only ever grows at its end: an older
kernel gives a shorter one, whose later fields are None.
"""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

_BYTES = 256
# After eight bytes of states: 24 numbers of 32 bits, the last one is total_retrans.
_EARLY = struct.Struct("=8x24I")
_LAST_DATA_RECEIVED, _RTT, _RTT_VARIATION, _RETRANSMITS = 11, 15, 16, 23
# Pacing rates and byte counts (4 × 64 bits), segments and unsent bytes (3 × 32), then the least
# round trip, two counts of segments and, in 64 bits, the rate and three lengths of time.
_MIN_RTT = struct.Struct("=148xI")
_TIMES = struct.Struct("=168xQQQ")


@dataclass(frozen=True, kw_only=True)
class TcpInfo:
    """``last_received_ms``: how long ago the last data arrived, in steps of the kernel's tick.

    Round trips are the kernel's estimates towards the client; ``busy_us`` is how long data was
    under way, ``window_limited_us`` how long only the client's window held it back, and
    ``buffer_limited_us`` how long only our own buffer did.
    """

    last_received_ms: int
    rtt_us: int
    rtt_variation_us: int
    retransmits: int
    min_rtt_us: int | None = None
    busy_us: int | None = None
    window_limited_us: int | None = None
    buffer_limited_us: int | None = None


def parse(data: bytes) -> TcpInfo | None:
    """Return what a ``struct tcp_info`` says; None when it is too short to say anything."""
    if len(data) < _EARLY.size:
        return None
    early = _EARLY.unpack_from(data)
    times = _TIMES.unpack_from(data) if len(data) >= _TIMES.size else (None, None, None)
    return TcpInfo(
        last_received_ms=early[_LAST_DATA_RECEIVED],
        rtt_us=early[_RTT],
        rtt_variation_us=early[_RTT_VARIATION],
        retransmits=early[_RETRANSMITS],
        min_rtt_us=_MIN_RTT.unpack_from(data)[0] if len(data) >= _MIN_RTT.size else None,
        busy_us=times[0],
        window_limited_us=times[1],
        buffer_limited_us=times[2],
    )


def ask(connection: socket.socket) -> TcpInfo | None:
    """Ask the kernel; None where it does not know (another system, no TCP, or gone)."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return parse(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES))
    except OSError:
        return None
