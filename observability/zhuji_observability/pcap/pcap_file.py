"""The classic format of libpcap: 24 bytes of file head, then packets of 16 bytes of head each."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
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
_READ_BYTES = 1 << 17
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
        """Give each packet in the order of the file; ``ended`` holds afterwards.

        Read in blocks: two reads for each packet cost a sixth of the whole analysis.
        """
        unpack, head_bytes = self._packet_head.unpack_from, _PACKET_HEAD_BYTES
        link_type, unit_ns = self._link_type, self._unit_ns
        data, at = b"", 0
        while True:
            if len(data) - at < head_bytes:
                data, at = self._read_on(data, at, head_bytes), 0
                if len(data) < head_bytes:
                    break
            seconds, fraction, kept, wire_bytes = unpack(data, at)
            if kept > PACKET_BYTES_MAX:
                self.ended = Ended.DAMAGED
                return
            if len(data) - at < head_bytes + kept:
                data, at = self._read_on(data, at, head_bytes + kept), 0
                if len(data) < head_bytes + kept:
                    break
            start = at + head_bytes
            at = start + kept
            self.read_bytes += head_bytes + kept
            time_ns = seconds * _SECOND_NS + fraction * unit_ns
            yield Packet(time_ns, link_type, data[start:at], wire_bytes)
        self.ended = Ended.CUT if data else Ended.WHOLE

    def _read_on(self, data: bytes, at: int, wanted: int) -> bytes:
        """Return what is left of ``data`` and what follows: less than wanted where it ends."""
        data = data[at:]
        # What is there at once: the other end of a pipe may still be writing.
        read: Callable[[int], bytes] = getattr(self._file, "read1", self._file.read)
        while len(data) < wanted and (more := read(_READ_BYTES)):
            data += more
        return data
