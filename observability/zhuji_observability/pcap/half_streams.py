"""One direction of a TCP connection: its bytes in order, each with the time it was first seen.

Sequence numbers wrap at 2^32; positions here do not. A byte counts once, by the first packet
that carried it past the capture point, however often it came again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

WRAP = 1 << 32
_HALF = 1 << 31
# A gap that the receiver has acknowledged was missed by the capture, not lost: given up after
# this long, since packets of two processors may stand in the file in the wrong order.
_MISSED_NS = 1_000_000
# What waits behind a gap is bounded too.
_WAITING_MAX = 512
_WAITING_BYTES_MAX = 1 << 20
# Half of a round trip tells what was sent again from what was overtaken (on a line without any
# reordering, 342 segments that filled gaps came after 0.84 to 2 of the handshake's round trips).
# Where it is not known: what Wireshark takes; and two processors are never further apart than
# the least of it.
_LATE_NS = 3_000_000
_LATE_NS_MIN = 100_000


class Piece(NamedTuple):
    """Bytes in order; ``data`` is shorter than ``length`` where the capture cut the packet.

    ``time_ns`` None: bytes that the capture missed altogether.
    """

    data: bytes
    length: int
    time_ns: int | None


class _Waiting(NamedTuple):
    start: int
    end: int
    data: bytes
    time_ns: int


class HalfStream:
    """What one side sends. ``next`` is the position of the byte that comes next, in order."""

    __slots__ = (
        "_acked", "_acked_ns", "_top", "_waiting", "_waiting_bytes", "end", "next",
    )  # fmt: skip

    def __init__(self) -> None:
        self.next: int | None = None
        self.end: int | None = None  # position after which the side sends nothing more (FIN)
        self._top = 0
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._acked: int | None = None
        self._acked_ns = 0

    def begin(self, seq: int) -> bool:
        """Note a SYN; return whether it was one sent again."""
        if self.next is not None:
            return True
        self.next = self._top = seq + 1
        return False

    def place(self, seq: int) -> int:
        """Return the position of a sequence number, near the byte that comes next."""
        if self.next is None:
            self.next = self._top = seq
        return self.next + ((seq - self.next + _HALF) % WRAP) - _HALF

    def is_behind(self, start: int) -> bool:
        """Tell whether later bytes were seen; a probe of an idle connection is not behind."""
        return start < self._top - 1

    def repeats(self, start: int, length: int, time_ns: int, *, rtt_ns: int | None) -> bool:
        """Tell whether this segment, which is behind, was sent again.

        It was when any of its bytes have passed here before. Where it fills a gap, it was lost
        before this place and sent again if it comes about a round trip after the gap was seen:
        from here to the receiver, who asks for it, to the sender and back to here is a whole one
        wherever here is. What is merely overtaken comes sooner.
        """
        end = min(start + length, self._top)
        if self._seen(start, end):
            return True
        opened_ns = min((one.time_ns for one in self._waiting if one.start >= end), default=time_ns)
        late_ns = _LATE_NS if rtt_ns is None else max(rtt_ns // 2, _LATE_NS_MIN)
        return time_ns - opened_ns >= late_ns

    def follows(self, start: int, length: int) -> bool:
        """Take a segment that is the next in order, with nothing waiting; tell whether it was."""
        if start != self.next or self._waiting:
            return False
        self.next = end = start + length
        self._top = max(self._top, end)
        return True

    def add(
        self, start: int, length: int, data: bytes, time_ns: int, *, unread: int = 0
    ) -> tuple[Piece, ...]:
        """Take a segment that does not follow; return what is in order now.

        Nobody will look into the next ``unread`` bytes: what waits of them is not kept.
        """
        assert self.next is not None, "placed before"
        end = start + length
        self._top = max(self._top, end)
        if end <= self.next:
            return ()
        if end <= self.next + unread:
            data = b""
        for first, last in self._free(start, end):
            self._wait(_Waiting(first, last, data[first - start : last - start], time_ns))
        found = tuple(self._in_order())
        if len(self._waiting) > _WAITING_MAX or self._waiting_bytes > _WAITING_BYTES_MAX:
            found += self.give_up()
        return found + self._missed(time_ns)

    def acknowledged(self, position: int, time_ns: int, *, speaks: bool) -> tuple[Piece, ...]:
        """Note that the other side has everything before ``position``.

        Returns what comes free when a gap was acknowledged: after a moment, or at once when the
        other side ``speaks``.
        """
        if self._acked is None or position > self._acked:
            if self._acked is None or self._acked <= (self.next or 0):
                self._acked_ns = time_ns
            self._acked = position
        return self._missed(time_ns, at_once=speaks)

    def _missed(self, time_ns: int, *, at_once: bool = False) -> tuple[Piece, ...]:
        """Give up the first gap if it was acknowledged: the receiver has it, the capture not."""
        if not self._waiting or self._acked is None or self._acked < self._waiting[0].start:
            return ()
        return self.give_up() if at_once or time_ns - self._acked_ns >= _MISSED_NS else ()

    def give_up(self) -> tuple[Piece, ...]:
        """Pass over the first gap; return it, and what was waiting behind it."""
        if not self._waiting or self.next is None:
            return ()
        gap = Piece(b"", self._waiting[0].start - self.next, None)
        self.next = self._waiting[0].start
        return (gap, *self._in_order())

    def _seen(self, start: int, end: int) -> bool:
        return sum(last - first for first, last in self._free(start, end)) < end - start

    def _free(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Give the parts of a range that have not been seen."""
        at = max(start, self.next or 0)
        for one in tuple(self._waiting):
            if one.start >= end:
                break
            if at < one.start:
                yield at, one.start
            at = max(at, one.end)
        if at < end:
            yield at, end

    def _wait(self, one: _Waiting) -> None:
        at = len(self._waiting)
        while at and self._waiting[at - 1].start > one.start:
            at -= 1
        self._waiting.insert(at, one)
        self._waiting_bytes += len(one.data)

    def _in_order(self) -> Iterator[Piece]:
        while self._waiting and self._waiting[0].start == self.next:
            one = self._waiting.pop(0)
            self._waiting_bytes -= len(one.data)
            self.next = one.end
            yield Piece(one.data, one.end - one.start, one.time_ns)
