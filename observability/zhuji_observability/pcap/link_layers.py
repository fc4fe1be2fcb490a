"""Where the IP packet begins in a frame, by the link type that the capture file names.

The numbers are those of the registry of link types (tcpdump.org/linktypes.html).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

NOT_IP = -1

_IP_KINDS = (b"\x08\x00", b"\x86\xdd")
_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
# Two tags are what providers stack (802.1ad); more than eight is no frame of this world.
_TAGS_MAX = 8
# Families of a loopback frame: IPv4, and IPv6 on Linux, NetBSD, FreeBSD and macOS.
_FAMILIES = frozenset((2, 10, 24, 28, 30))
_IP_VERSIONS = (4, 6)


def _ethernet(frame: bytes) -> int:
    return 14 if frame[12:14] in _IP_KINDS else _behind_tags(frame, 12)


def _cooked(frame: bytes) -> int:
    """Linux "any" device, version 1: the kind of payload is the last of 16 bytes."""
    return 16 if frame[14:16] in _IP_KINDS else _behind_tags(frame, 14)


def _cooked_2(frame: bytes) -> int:
    """Version 2: the kind of payload is the first of 20 bytes; a tag follows the header."""
    kind = frame[:2]
    if kind in _IP_KINDS:
        return 20
    return _behind_tags(frame, 22) if kind in _VLAN_TAGS else NOT_IP


def _loopback(frame: bytes) -> int:
    """Four bytes of address family, in the byte order of whoever captured."""
    head = frame[:4]
    if int.from_bytes(head, "little") in _FAMILIES or int.from_bytes(head, "big") in _FAMILIES:
        return 4
    return NOT_IP


def _raw(frame: bytes) -> int:
    return 0 if frame and frame[0] >> 4 in _IP_VERSIONS else NOT_IP


def _behind_tags(frame: bytes, at: int) -> int:
    """Return where IP begins, when the kind of payload stands at ``at`` or behind VLAN tags."""
    for _ in range(_TAGS_MAX):
        kind = frame[at : at + 2]
        if kind in _IP_KINDS:
            return at + 2
        if kind not in _VLAN_TAGS:
            return NOT_IP
        at += 4
    return NOT_IP


FIND_IP: Mapping[int, Callable[[bytes], int]] = {
    0: _loopback,
    1: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _loopback,
    113: _cooked,
    228: _raw,
    229: _raw,
    276: _cooked_2,
}
NAMES = "Ethernet (1), loopback (0, 108), raw IP (12, 14, 101, 228, 229), Linux cooked (113, 276)"
