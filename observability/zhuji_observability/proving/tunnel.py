"""Plays a line between two namespaces: a TUN device in each, and packets handed over in time.

A process of its own: ``python -m zhuji_observability.proving.tunnel NS DEVICE ADDRESS OTHER NS
DEVICE ADDRESS OTHER``. Each line of standard input is a LineSetting as JSON, for both directions;
an answer follows each. It ends with its standard input.
"""

from __future__ import annotations

import fcntl
import heapq
import itertools
import os
import selectors
import struct
import subprocess
import sys
import time

import msgspec

from zhuji_observability.proving.line import Line, LineSetting
from zhuji_observability.proving.places import TUN, inside

_MAKE_TUN, _TUN, _NO_HEAD = 0x400454CA, 0x0001, 0x1000  # TUNSETIFF, IFF_TUN, IFF_NO_PI
_PACKET_BYTES = 65_536
_AT_ONCE = 64
# The kernel wakes a sleeper late; the last part is waited for awake.
_AWAKE_NS = 300_000
_SECOND_NS = 1_000_000_000
_PRIORITY = 10


class Tunnel:
    """Relays packets between two descriptors."""

    def __init__(self, ends: tuple[int, int]) -> None:
        self._ends = ends
        self._lines = self._made(LineSetting())
        self._waiting: list[tuple[int, int, int, bytes]] = []
        self._numbers = itertools.count()
        self._seeds = itertools.count(1)
        self._events = selectors.DefaultSelector()
        for end in ends:
            self._events.register(end, selectors.EVENT_READ)

    def set(self, setting: LineSetting) -> None:
        """Change the line; what is on its way arrives as it was sent."""
        self._lines = self._made(setting, seed=next(self._seeds))

    def run(self) -> None:
        """Relay, and obey standard input, until that ends."""
        self._events.register(sys.stdin, selectors.EVENT_READ)
        while True:
            self._hand_over()
            for key, _ in self._events.select(self._sleep_s()):
                if key.fd in self._ends:
                    self._take(key.fd)
                elif not self._obey(sys.stdin.readline()):
                    return

    def _made(self, setting: LineSetting, *, seed: int = 0) -> dict[int, Line]:
        one, other = self._ends
        return {one: Line(setting, seed=2 * seed), other: Line(setting, seed=2 * seed + 1)}

    def _obey(self, text: str) -> bool:
        if not text:
            return False
        lost = sum(line.lost for line in self._lines.values())
        self.set(msgspec.json.decode(text, type=LineSetting))
        sys.stdout.write(f'{{"lost": {lost}}}\n')
        sys.stdout.flush()
        return True

    def _take(self, end: int) -> None:
        """Take what has come, and hand over between two packets what is due: none waits for all."""
        line = self._lines[end]
        other = self._ends[0] if end == self._ends[1] else self._ends[1]
        for _ in range(_AT_ONCE):
            try:
                packet = os.read(end, _PACKET_BYTES)
            except BlockingIOError:
                return
            due_ns = line.send(time.monotonic_ns(), len(packet))
            if due_ns is not None:
                heapq.heappush(self._waiting, (due_ns, next(self._numbers), other, packet))
            self._hand_over()

    def _hand_over(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic_ns():
            _, _, end, packet = heapq.heappop(self._waiting)
            os.write(end, packet)

    def _sleep_s(self) -> float | None:
        if not self._waiting:
            return None
        return max(0, self._waiting[0][0] - time.monotonic_ns() - _AWAKE_NS) / _SECOND_NS


def open_end(namespace: str, device: str, address: str, other: str) -> int:
    """Make the TUN device of one end; return its descriptor."""
    with inside(namespace):
        end = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(end, _MAKE_TUN, struct.pack("16sH", device.encode(), _TUN | _NO_HEAD))
        for words in (
            ("addr", "add", address, "peer", other, "dev", device),
            ("link", "set", device, "txqueuelen", "1000", "up"),
        ):
            subprocess.run(["ip", *words], check=True)
    return end


def main(words: list[str]) -> None:
    """Open both ends and relay."""
    ends = open_end(*words[:4]), open_end(*words[4:8])
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except PermissionError:
        sys.stderr.write("no real-time priority: delays are less exact\n")
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    Tunnel(ends).run()


if __name__ == "__main__":
    main(sys.argv[1:])
