"""A filter in the kernel: TCP of these ports only, cut to a length, whatever else there is.

Classic BPF for a packet socket that gives packets from their IP header on. IPv6 packets with
extension headers are let through whatever they carry: they are rare, and looked at later.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence

_LOAD_BYTE, _LOAD_HALF = 0x30, 0x28  # A = packet[k]
_LOAD_HALF_BEHIND = 0x48  # A = packet[X + k]
_HEADER_LENGTH = 0xB1  # X = 4 × (packet[k] & 15)
_SHIFT_RIGHT, _AND = 0x74, 0x54
_IF_EQUAL, _IF_ANY = 0x15, 0x45
_RETURN = 0x06
_TCP = 6
_FRAGMENT = 0x3FFF
# Hop by hop, routing, fragment, authentication, options, mobility.
_EXTENSIONS = (0, 43, 44, 51, 60, 135)
PORTS_MAX = 16

_INSTRUCTION = struct.Struct("=HBBI")
Step = tuple[int, int, str, str]


def program(ports: Sequence[int], *, bytes_max: int) -> list[tuple[int, int, int, int]]:
    """Return the instructions: (operation, jump if true, jump if false, constant)."""
    assert 1 <= len(ports) <= PORTS_MAX, ports
    steps: list[Step | str] = [
        (_LOAD_BYTE, 0, "", ""),
        (_SHIFT_RIGHT, 4, "", ""),
        (_IF_EQUAL, 4, "v4", ""),
        (_IF_EQUAL, 6, "v6", "no"),
        "v4",
        (_LOAD_BYTE, 9, "", ""),
        (_IF_EQUAL, _TCP, "", "no"),
        (_LOAD_HALF, 6, "", ""),
        (_IF_ANY, _FRAGMENT, "no", ""),
        (_HEADER_LENGTH, 0, "", ""),
        *_of_ports(ports, (_LOAD_HALF_BEHIND, 0), (_LOAD_HALF_BEHIND, 2)),
        "v6",
        (_LOAD_BYTE, 6, "", ""),
        *((_IF_EQUAL, kind, "yes", "") for kind in _EXTENSIONS),
        (_IF_EQUAL, _TCP, "", "no"),
        *_of_ports(ports, (_LOAD_HALF, 40), (_LOAD_HALF, 42)),
        "yes",
        (_RETURN, bytes_max, "", ""),
        "no",
        (_RETURN, 0, "", ""),
    ]
    return _placed(steps)


def _of_ports(ports: Sequence[int], *loads: tuple[int, int]) -> list[Step | str]:
    found: list[Step | str] = []
    for number, (operation, at) in enumerate(loads):
        found.append((operation, at, "", ""))
        found += [(_IF_EQUAL, port, "yes", "") for port in ports[:-1]]
        last = number == len(loads) - 1
        found.append((_IF_EQUAL, ports[-1], "yes", "no" if last else ""))
    return found


def _placed(steps: Sequence[Step | str]) -> list[tuple[int, int, int, int]]:
    """Make jumps of the names of places; a jump counts the instructions that it passes."""
    places: dict[str, int] = {}
    only: list[Step] = []
    for step in steps:
        if isinstance(step, str):
            places[step] = len(only)
        else:
            only.append(step)
    return [
        (operation, _jump(yes, here, places), _jump(no, here, places), constant)
        for here, (operation, constant, yes, no) in enumerate(only)
    ]


def _jump(name: str, here: int, places: dict[str, int]) -> int:
    distance = places[name] - here - 1 if name else 0
    assert 0 <= distance < 1 << 8, "forwards, and not too far"
    return distance


def attachable(instructions: Sequence[tuple[int, int, int, int]]) -> tuple[bytes, object]:
    """Return ``struct sock_fprog`` for SO_ATTACH_FILTER, and what must live as long as it."""
    code = b"".join(_INSTRUCTION.pack(*instruction) for instruction in instructions)
    kept = ctypes.create_string_buffer(code)
    return struct.pack("@HP", len(instructions), ctypes.addressof(kept)), kept
