"""What both kinds of capture file have in common."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple, Protocol

# libpcap takes no longer packet (MAXIMUM_SNAPLEN; 128 MiB on USB, which is no network here).
PACKET_BYTES_MAX = 1 << 22


class Packet(NamedTuple):
    """A captured frame; ``wire_bytes`` is how long it was before the capture cut it."""

    time_ns: int
    link_type: int
    frame: bytes
    wire_bytes: int


class Ended(enum.Enum):
    """How reading a file ended."""

    WHOLE = "whole"
    CUT = "cut"  # inside of a packet: the capture was killed, or the copy broke off
    DAMAGED = "damaged"  # a length that cannot be: what follows cannot be found


class Reader(Protocol):
    """A capture file that is read once, from the front."""

    size_bytes: int
    read_bytes: int
    ended: Ended
    timeless: int  # packets that carry no time (simple packet blocks)

    @property
    def dropped(self) -> int:
        """How many packets the capture says that it dropped."""

    def packets(self) -> Iterator[Packet | None]:
        """Give each packet in the order of the file; ``ended`` holds afterwards.

        None says that time has passed without a packet, where packets come as they pass.
        """
