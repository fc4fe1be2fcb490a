"""The classic format of libpcap: 24 bytes of file head, then packets of 16 bytes of head each."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from zhuji_observability.pcap.reading import PACKET_BYTES_MAX, Ended, Packet

# Magic → byte order, nanoseconds in one unit of the fraction.
_MAGICS: Mapping[bytes, tuple[str, int]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_FILE_HEAD_BYTES = 24
_PACKET_HEAD_BYTES = 16
# The upper bits say how long a checksum ends each frame.
_LINK_TYPE_BITS = 0xFFFF
_SECOND_NS = 1_000_000_000


class PcapReader:
    """Reads a pcap file, either byte order, micro- or nanoseconds."""

    def __init__(self, file: BinaryIO, head: bytes, *, size_bytes: int) -> None:
        order, self._unit_ns = _MAGICS[head[:4]]
        self._file = file
        self._packet_head = struct.Struct(f"{order}IIII")
        (network,) = struct.unpack_from(f"{order}I", head, 20)
        self._link_type = network & _LINK_TYPE_BITS
        self.size_bytes = size_bytes
        self.read_bytes = _FILE_HEAD_BYTES
        self.ended = Ended.WHOLE
        self.timeless = 0

    @staticmethod
    def knows(head: bytes) -> bool:
        """Tell whether these first 24 bytes are the head of such a file."""
        return len(head) == _FILE_HEAD_BYTES and head[:4] in _MAGICS

    @staticmethod
    def begins(head: bytes) -> bool:
        return head[:4] in _MAGICS

    @property
    def dropped(self) -> int:
        """The format has no place for it."""
        return 0

    def packets(self) -> Iterator[Packet]:
        """Give each packet in the order of the file; ``ended`` holds afterwards."""
        read, unpack = self._file.read, self._packet_head.unpack
        link_type, unit_ns = self._link_type, self._unit_ns
        while head := read(_PACKET_HEAD_BYTES):
            if len(head) < _PACKET_HEAD_BYTES:
                self.ended = Ended.CUT
                return
            seconds, fraction, kept, wire_bytes = unpack(head)
            if kept > PACKET_BYTES_MAX:
                self.ended = Ended.DAMAGED
                return
            frame = read(kept)
            if len(frame) < kept:
                self.ended = Ended.CUT
                return
            self.read_bytes += _PACKET_HEAD_BYTES + kept
            yield Packet(seconds * _SECOND_NS + fraction * unit_ns, link_type, frame, wire_bytes)
