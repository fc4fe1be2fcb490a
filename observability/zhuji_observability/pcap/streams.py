"""The connections that are open, of which there are never more than a bound."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from zhuji_observability.pcap.conversations import Conversation
from zhuji_observability.pcap.exchanges import Exchange
from zhuji_observability.pcap.segments import ACK, SYN, Segment

# A connection that is silent this long is finished; one that was closed keeps its number for
# what is still sent again of it.
IDLE_NS = 600_000_000_000
CLOSED_NS = 30_000_000_000
OPEN_MAX = 65_536
# Two or three attempts to send again, after which a row is given without waiting for the next.
QUIET_NS = 2_000_000_000
# How often the bounds are looked at, in packets.
_EVERY = 256

Key = bytes


class Streams:
    """Finds the connection of a segment; forgets those that are over, idle or too many."""

    def __init__(
        self,
        done: Callable[[Conversation, Exchange], None],
        forgotten: Callable[[Conversation], None],
        *,
        open_max: int = OPEN_MAX,
        packets: bool = False,
    ) -> None:
        self.numbered = 0
        self.expelled = 0
        self._done = done
        self._forgotten = forgotten
        self._open_max = open_max
        self._packets = packets
        # Both directions lead to a connection; oldest activity first in ``_by_age``.
        self._found: dict[Key, tuple[Conversation, int]] = {}
        self._by_age: OrderedDict[int, Key] = OrderedDict()
        self._closed: deque[tuple[int, Key, int]] = deque()
        self._countdown = _EVERY

    def packet(self, segment: Segment, time_ns: int, head: bytes = b"") -> None:
        """Take a segment of any connection; ``head`` is its TCP head, where packets are kept."""
        key = segment.source + segment.target
        found = self._found.get(key)
        if found is None:
            found = self._open(key, segment)
        elif segment.flags & (SYN | ACK) == SYN and found[0].begins_anew(found[1], segment.seq):
            self._forget(key)  # the same ports again: another connection
            found = self._open(key, segment)
        conversation, side = found
        was_over = conversation.over
        conversation.packet(side, segment, time_ns, head)
        self._by_age.move_to_end(conversation.number)
        if conversation.over and not was_over:
            self._closed.append((time_ns, key, conversation.number))
        self._countdown -= 1
        if not self._countdown:
            self._countdown = _EVERY
            self._keep_bounds(time_ns)

    def settle(self, time_ns: int) -> None:
        """Give the exchanges of connections that have been quiet: nothing more will be of them.

        For packets that come as they pass: a file gives each when the next one begins.
        """
        for key in self._by_age.values():
            conversation, _ = self._found[key]
            if time_ns - conversation.seen_ns <= QUIET_NS:
                break
            conversation.settle()
        self._keep_bounds(time_ns)

    def finish(self) -> None:
        """Forget all of them: the capture is over."""
        for key in list(self._by_age.values()):
            self._forget(key)

    def _open(self, key: Key, segment: Segment) -> tuple[Conversation, int]:
        ends = (segment.source, segment.target) if self._packets else None
        conversation = Conversation(self.numbered, self._done, ends=ends)
        self.numbered += 1
        self._found[segment.target + segment.source] = (conversation, 1)
        self._found[key] = (conversation, 0)
        self._by_age[conversation.number] = key
        return conversation, 0

    def _forget(self, key: Key) -> None:
        conversation, _ = self._found.pop(key)
        self._found.pop(_turned(key), None)
        del self._by_age[conversation.number]
        conversation.finish()
        self._forgotten(conversation)

    def _keep_bounds(self, time_ns: int) -> None:
        # Where no time passes (a capture without times), their number ends their wait.
        while self._closed and (
            time_ns - self._closed[0][0] > CLOSED_NS or len(self._closed) > self._open_max
        ):
            _, key, number = self._closed.popleft()
            found = self._found.get(key)
            if found is not None and found[0].number == number:
                self._forget(key)
        while self._by_age:
            key = next(iter(self._by_age.values()))
            if time_ns - self._found[key][0].seen_ns <= IDLE_NS:
                break
            self._forget(key)
        while len(self._by_age) > self._open_max:
            self.expelled += 1
            self._forget(next(iter(self._by_age.values())))


def _turned(key: Key) -> Key:
    half = len(key) // 2
    return key[half:] + key[:half]
