"""Adds up what watching loses and costs in this process, until it is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from zhuji_observability.recorder.cost import Cost
from zhuji_observability.recorder.record import Record
from zhuji_observability.store.itself import Watching

# What waits to be written while nothing can be: an hour of a process.
PERIODS_MAX = 12
_NS_IN_US = 1_000


class Tally:
    """Adds up the periods of this process until they are written. Used by the keeper's thread."""

    def __init__(self, cost: Callable[[], Cost]) -> None:
        self._cost_of = cost
        self._cost: Cost | None = None
        self._periods: dict[int, Watching] = {}
        self._changed: set[int] = set()
        self._seen = (0, 0, 0, 0)
        self._thread, self._thread_ns = 0, 0
        self._process_ns = time.process_time_ns()

    def step(
        self, period_s: int, *, queue: int, lost: int, unjoined: int, left_out: int, unwritten: int
    ) -> None:
        """Note what the counters of the process have become, and its time on the processor."""
        thread_ns, process_ns = time.thread_time_ns(), time.process_time_ns()
        seen = (lost, unjoined, left_out, unwritten)
        grown = [now - before for now, before in zip(seen, self._seen, strict=True)]
        if self._thread != threading.get_ident():  # each thread has a clock of its own
            self._thread, self._thread_ns = threading.get_ident(), thread_ns
        one = self._of(period_s)
        if not any(grown) and not queue and not one.requests:
            return  # nothing happened: its few microseconds are noted when something does
        self._periods[period_s] = msgspec.structs.replace(
            one,
            queue_most=max(one.queue_most, queue),
            lost=one.lost + grown[0],
            unjoined=one.unjoined + grown[1],
            left_out=one.left_out + grown[2],
            unwritten=one.unwritten + grown[3],
            keeping_us=one.keeping_us + (thread_ns - self._thread_ns) // _NS_IN_US,
            process_us=one.process_us + (process_ns - self._process_ns) // _NS_IN_US,
        )
        self._changed.add(period_s)
        self._seen, self._thread_ns, self._process_ns = seen, thread_ns, process_ns

    def request(self, period_s: int, record: Record, *, kept: bool) -> None:
        """Count a request, and what being watched cost it."""
        if self._cost is None:
            self._cost = self._cost_of()
        one = self._of(period_s)
        self._periods[period_s] = msgspec.structs.replace(
            one,
            requests=one.requests + 1,
            kept=one.kept + kept,
            noting_us=one.noting_us + record.noting_ns // _NS_IN_US,
            marks=one.marks + len(record.marks),
            spans=one.spans + len(record.spans) + 1,
            mark_ns=self._cost.mark_ns,
            span_ns=self._cost.span_ns,
        )
        self._changed.add(period_s)

    def rows(self) -> dict[int, Watching]:
        """Return what has been added up and is not written yet, by period."""
        return {period_s: self._periods[period_s] for period_s in self._changed}

    def written(self, period_s: int) -> None:
        """All of it is written: forget what will not change any more, all before this period."""
        self._changed.clear()
        for old in [one for one in self._periods if one < period_s]:
            del self._periods[old]

    def _of(self, period_s: int) -> Watching:
        while len(self._periods) > PERIODS_MAX:
            oldest = min(self._periods)
            del self._periods[oldest]
            self._changed.discard(oldest)
        return self._periods.get(period_s, Watching())
