"""What watching itself lost, left out and cost: one row for each process and five minutes."""

from __future__ import annotations

from zhuji_core.values import Value

_NS_IN_US = 1_000


class Watching(Value, frozen=True, kw_only=True):
    """Of one process in one period; lengths in microseconds, sums over its requests.

    ``lost``: requests that neither counts nor files know of · ``unjoined``: reports of browsers
    that found no request · ``left_out``: requests worth keeping whole that a full minute had no
    room for (they are counted) · ``unwritten``: the same, which the disk had no room for, or
    nobody could write · ``queue_most``: the longest that the queue was.

    ``noting_us``: in requests, between their first and last byte, measured · ``marks`` and
    ``spans``: how many there were; one of each costs ``mark_ns`` and ``span_ns`` ·
    ``keeping_us``: processor time of the thread that writes · ``process_us``: of the whole process.
    """

    requests: int = 0
    kept: int = 0
    lost: int = 0
    unjoined: int = 0
    left_out: int = 0
    unwritten: int = 0
    queue_most: int = 0
    noting_us: int = 0
    marks: int = 0
    spans: int = 0
    mark_ns: int = 0
    span_ns: int = 0
    keeping_us: int = 0
    process_us: int = 0

    @property
    def in_requests_us(self) -> int:
        """Return what requests waited for being watched."""
        marked_ns = self.marks * self.mark_ns + self.spans * self.span_ns
        return self.noting_us + marked_ns // _NS_IN_US

    @property
    def watching_us(self) -> int:
        return self.in_requests_us + self.keeping_us


def together(rows: list[Watching]) -> Watching:
    """Add them up; of what one mark or span costs the mean, weighted by how many there were."""
    sums = {
        name: sum(getattr(one, name) for one in rows)
        for name in Watching.__struct_fields__
        if name not in {"queue_most", "mark_ns", "span_ns"}
    }
    return Watching(
        **sums,
        queue_most=max((one.queue_most for one in rows), default=0),
        mark_ns=sum(one.marks * one.mark_ns for one in rows) // max(1, sums["marks"]),
        span_ns=sum(one.spans * one.span_ns for one in rows) // max(1, sums["spans"]),
    )
