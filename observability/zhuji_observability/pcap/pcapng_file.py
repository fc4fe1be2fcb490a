"""pcapng: sections of blocks; each interface has a link type and a unit of time of its own.

draft-ietf-opsawg-pcapng. Blocks that hold no packet are passed over, except for how many
packets the capture says that it dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from zhuji_observability.pcap.reading import PACKET_BYTES_MAX, Ended, Packet

_SECTION = b"\x0a\x0d\x0d\x0a"
_LITTLE, _BIG = b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _STATISTICS, _PACKET = 1, 2, 3, 5, 6
_OPTION_TIME_UNIT, _OPTION_TIME_OFFSET, _OPTION_DROPPED = 9, 14, 5
_BLOCK_BYTES_MAX = PACKET_BYTES_MAX + (1 << 16)
_BLOCK_BYTES_MIN = 12
# Files that were merged have an interface for each; a packet of one beyond is damage.
_INTERFACES_MAX = 65_536
_DEFAULT_UNITS = 1_000_000
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class _Interface:
    link_type: int
    units_per_s: int = _DEFAULT_UNITS
    offset_ns: int = 0

    def time_ns(self, high: int, low: int) -> int:
        return (high << 32 | low) * _SECOND_NS // self.units_per_s + self.offset_ns


class PcapngReader:
    """Reads a pcapng file of any number of sections, each in its own byte order."""

    def __init__(self, file: BinaryIO, head: bytes, *, size_bytes: int) -> None:
        self._file = file
        self._ahead = head
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._dropped: dict[int, int] = {}
        self._dropped_before = 0  # in the sections before this one
        self.size_bytes = size_bytes
        self.read_bytes = 0
        self.ended = Ended.WHOLE
        self.timeless = 0

    @staticmethod
    def knows(head: bytes) -> bool:
        """Tell whether these first 24 bytes begin such a file."""
        return head[:4] == _SECTION and head[8:12] in (_LITTLE, _BIG)

    @staticmethod
    def begins(head: bytes) -> bool:
        return head[:4] == _SECTION

    @property
    def dropped(self) -> int:
        return self._dropped_before + sum(self._dropped.values())

    def packets(self) -> Iterator[Packet]:
        """Give each packet in the order of the file; ``ended`` holds afterwards."""
        for kind, body in self._blocks():
            if kind == _PACKET:
                packet = self._packet(body, "IIIII")
            elif kind == _OLD_PACKET:
                packet = self._packet(body, "HHIIII")
            else:
                self._note(kind, body)
                continue
            if packet is None:
                self.ended = Ended.DAMAGED
                return
            yield packet

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        while head := self._take(12):
            if len(head) < _BLOCK_BYTES_MIN:
                self.ended = Ended.CUT
                return
            if head[:4] == _SECTION:
                self._begin_section(head[8:12])
            kind, length = struct.unpack_from(f"{self._order}II", head)
            if not _BLOCK_BYTES_MIN <= length <= _BLOCK_BYTES_MAX or length % 4:
                self.ended = Ended.DAMAGED
                return
            rest = self._take(length - 12)
            if len(rest) < length - 12:
                self.ended = Ended.CUT
                return
            self.read_bytes += length
            yield kind, (head[8:] + rest)[:-4]

    def _take(self, wanted: int) -> bytes:
        """Return the next bytes; those that the file was known by come first."""
        if not self._ahead:
            return self._file.read(wanted)
        taken, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        if len(taken) < wanted:
            taken += self._file.read(wanted - len(taken))
        return taken

    def _begin_section(self, magic: bytes) -> None:
        """The same bytes tell the order; interfaces are numbered anew in each section."""
        self._order = ">" if magic == _BIG else "<"
        self._interfaces = []
        self._dropped_before, self._dropped = self.dropped, {}

    def _note(self, kind: int, body: bytes) -> None:
        if kind == _INTERFACE and len(body) >= 8:  # noqa: PLR2004 (link type, reserved, snaplen)
            if len(self._interfaces) < _INTERFACES_MAX:
                self._interfaces.append(self._interface(body))
        elif kind == _SIMPLE_PACKET:
            self.timeless += 1
        elif kind == _STATISTICS and len(body) >= 12:  # noqa: PLR2004 (interface and time)
            dropped = self._options(body, 12).get(_OPTION_DROPPED, b"")
            (interface,) = struct.unpack_from(f"{self._order}I", body)
            # Counted from the beginning of the section: the last block of an interface counts.
            if interface < len(self._interfaces):
                self._dropped[interface] = int.from_bytes(dropped, self._byteorder)

    def _packet(self, body: bytes, layout: str) -> Packet | None:
        head = struct.Struct(self._order + layout)
        if len(body) < head.size:
            return None
        fields = head.unpack_from(body)
        high, low, kept, wire_bytes = fields[-4:]
        if fields[0] >= len(self._interfaces) or kept > len(body) - head.size:
            return None
        interface = self._interfaces[fields[0]]
        frame = body[head.size : head.size + kept]
        return Packet(interface.time_ns(high, low), interface.link_type, frame, wire_bytes)

    def _interface(self, body: bytes) -> _Interface:
        (link_type,) = struct.unpack_from(f"{self._order}H", body)
        options = self._options(body, 8)
        unit = options.get(_OPTION_TIME_UNIT, b"\x06")[:1] or b"\x06"
        power = unit[0] & 0x7F
        offset = int.from_bytes(options.get(_OPTION_TIME_OFFSET, b""), self._byteorder, signed=True)
        units_per_s = 2**power if unit[0] & 0x80 else 10**power
        return _Interface(link_type, units_per_s, offset * _SECOND_NS)

    @property
    def _byteorder(self) -> Literal["big", "little"]:
        return "big" if self._order == ">" else "little"

    def _options(self, body: bytes, at: int) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while at + 4 <= len(body):
            code, length = struct.unpack_from(f"{self._order}HH", body, at)
            if code == 0:
                break
            found[code] = body[at + 4 : at + 4 + length]
            at += 4 + length + -length % 4
        return found
