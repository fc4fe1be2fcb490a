"""Keeps what became of requests: a queue, and a thread that writes once a second.

A request pays for putting itself into the queue. Where the queue is full, the disk is full or a
file is damaged, figures are lost and counted as lost; nobody waits and nothing is raised.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from zhuji_observability.joined.browser import BrowserTerms
from zhuji_observability.joined.equation import seen_by
from zhuji_observability.recorder.attribution import Mark
from zhuji_observability.recorder.cost import measured
from zhuji_observability.regularly import regularly
from zhuji_observability.store import files, writing
from zhuji_observability.store.collector import Finished, exchange_of, spans_of, statements_of
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import BROWSER, Exchange
from zhuji_observability.store.hourly import Hourly
from zhuji_observability.store.probe import Probe
from zhuji_observability.store.promises import Promises
from zhuji_observability.store.sampling import KEPT_IN_A_MINUTE_MAX, Sampler
from zhuji_observability.store.tally import Tally

INTERVAL_S = 1.0
# Some seconds of the busiest host; a finished request is about 10 kB with its spans.
QUEUE_MAX = 5_000
# One count for each county and operation in five minutes: fine enough to see when it began.
PERIOD_S = 300
# A browser reports two seconds after the answer. Its request is remembered so long on a host of
# hundreds of requests a second; with its spans it is about 10 kB.
RECENT_MAX = 1_000
REPORTS_MAX = 1_000
# Counts wait in memory while nothing can be written: an hour of them, then the oldest are lost.
COUNTS_MAX = 5_000
COMPLAINT_INTERVAL_S = 60.0
# Of those to be kept whole the busiest minute's, some 10 kB each; then the oldest are lost.
WAITING_MAX = KEPT_IN_A_MINUTE_MAX
# Three a minute; while nothing can be written, an hour of them.
PROBES_MAX = 180
_MS_IN_S = 1_000

_logger = logging.getLogger(__name__)

# From, until (of the process's clock) → pauses of the collector in between.
Pauses = Callable[[int, int], Collection[Mark]]
# The trace id that the answer bore, and what the browser measured.
Report = tuple[str, BrowserTerms]


class Keeper:
    """Of one process. ``lost``: requests that neither counts nor files know of.

    ``unwritten``: counted, but chosen to be kept whole and never written. ``trouble``: why nothing
    can be written at present, since ``troubled_s``; '' where it can.
    """

    def __init__(
        self, folder: Path, *, pauses: Pauses = lambda _first, _last: (),
        clock: Callable[[], float] = time.time, day_bytes_max: int = files.DAY_BYTES_MAX,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._pauses = pauses
        self._clock = clock
        self._day_bytes_max = day_bytes_max
        self._process = f"{os.getpid()}-{int(clock() * _MS_IN_S)}"
        self._queue: deque[Finished] = deque()
        self._sampler = Sampler()
        self._reports: deque[Report] = deque(maxlen=REPORTS_MAX)
        self._recent: OrderedDict[str, tuple[Exchange, Finished]] = OrderedDict()
        self._counts: dict[writing.CountKey, Sketch] = {}
        self._changed: set[writing.CountKey] = set()
        self._connection: sqlite3.Connection | None = None
        self._path: Path | None = None
        self._silent_until = 0.0
        self._tally = Tally(measured)
        self._hourly = Hourly()
        self._probes: deque[Probe] = deque(maxlen=PROBES_MAX)
        self._waiting: list[Exchange] = []
        self.trouble = ""
        self.troubled_s = 0.0
        self.lost = 0
        self.unwritten = 0
        self.unjoined = 0  # reports of requests that another process served, or long ago

    def promise(self, promises: Promises) -> None:
        """Say what was promised of each operation; until then each has the usual half second."""
        self._sampler.promises = promises

    def take(self, finished: Finished) -> None:
        """Put a request into the queue: all that a request ever pays."""
        if len(self._queue) >= QUEUE_MAX:
            self.lost += 1
            return
        self._queue.append(finished)

    def take_report(self, trace: str, terms: BrowserTerms) -> None:
        """Put what a browser says of a request into its queue; the oldest go when it is full."""
        self._reports.append((trace, terms))

    def take_probe(self, probe: Probe) -> None:
        """Put what a probe found into its queue; the oldest go when it is full."""
        self._probes.append(probe)

    def start(self) -> Callable[[], None]:
        """Write from a thread of its own; return what writes the rest and ends it."""
        stop = regularly(self.step, every_s=INTERVAL_S, name="zhuji-times", at_end=self._last)
        _present.append(self)

        def end() -> None:
            _present.remove(self)
            stop()

        return end

    def _last(self) -> None:
        self.step()
        self.close()

    def step(self) -> None:
        """Write what has come; whatever goes wrong is told once a minute."""
        queue = len(self._queue)
        self._waiting += (*self._taken(), *self._joined())
        self._tally.step(
            period_of(self._clock()), queue=queue, lost=self.lost, unjoined=self.unjoined,
            left_out=self._sampler.left_out, unwritten=self.unwritten,
        )  # fmt: skip
        try:
            self._write()
        except (sqlite3.Error, OSError) as error:
            self._complain(error)
            self.close()
        else:
            self.trouble = ""

    def _taken(self) -> list[Exchange]:
        """Count all that has come, and return what is to be kept whole."""
        chosen = []
        for _ in range(len(self._queue)):
            finished = self._queue.popleft()
            record = finished.record
            exchange = exchange_of(finished, self._pauses(record.started_ns, record.ended_ns))
            self._count(exchange)
            self._hourly.add(exchange, statements_of(finished))
            if why := self._sampler.why(exchange):
                exchange = _whole(exchange, finished, why)
                chosen.append(exchange)
            self._tally.request(period_of(self._clock()), record, kept=bool(why))
            self._recent[exchange.trace] = (exchange, finished)
        while len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        return chosen

    def _joined(self) -> list[Exchange]:
        """Join what browsers say to what was served here, and count it as they saw it."""
        chosen = []
        for _ in range(len(self._reports)):
            trace, browser = self._reports.popleft()
            if trace not in self._recent:
                self.unjoined += 1
                continue
            served, finished = self._recent.pop(trace)
            whole = seen_by(browser, served.terms_us, rtt_known=served.rtt_us is not None)
            seen = msgspec.structs.replace(
                served, vantage=BROWSER, total_us=whole.total_us, terms_us=whole.terms_us
            )
            self._count(seen)
            if why := served.kept or self._sampler.why(seen):
                chosen.append(_whole(seen, finished, why))
        return chosen

    def _count(self, one: Exchange) -> None:
        period_s = period_of(one.began_ms / _MS_IN_S)
        key = (period_s, one.county, one.operation, one.release, one.vantage)
        sketch = self._counts.get(key)
        if sketch is None:
            if len(self._counts) >= COUNTS_MAX:
                oldest = min(self._counts)
                self.lost += self._counts.pop(oldest).requests
                self._changed.discard(oldest)
            sketch = self._counts[key] = Sketch()
        sketch.add(one)
        self._changed.add(key)

    def _write(self) -> None:
        now_s, chosen = self._clock(), self._waiting
        watching = self._tally.rows()
        if not chosen and not self._changed and not self._probes and not watching:
            return
        connection = self._of_today(now_s)
        changed = {key: self._counts[key] for key in self._changed}
        writing.write(connection, chosen, changed, process=self._process)
        self._changed.clear()
        self._waiting = []
        if chosen or changed:
            writing.write_hourly(
                connection, self._hourly.unwritten(), self._hourly.lines, process=self._process
            )
            self._hourly.written(now_s)
        probes = list(self._probes)
        writing.write_itself(connection, watching, probes, process=self._process)
        self._tally.written(period_of(now_s))
        for _ in probes:
            self._probes.popleft()
        # What is written and will not change any more need not be in memory.
        over = [key for key in self._counts if key[0] + 2 * PERIOD_S < now_s]
        for key in over:
            del self._counts[key]

    def _of_today(self, now_s: float) -> sqlite3.Connection:
        today = files.day_of(int(now_s * _MS_IN_S))
        path = files.path_of(self._folder, today)
        if self._connection is not None and self._path == path and path.exists():
            return self._connection
        self.close()
        try:
            connection = files.opened(path, bytes_max=self._day_bytes_max)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # No database, or a damaged one: another day's figures are not worth today's.
            files.set_aside(path)
            connection = files.opened(path, bytes_max=self._day_bytes_max)
        self._connection, self._path = connection, path
        files.forget_old(self._folder, today)
        return connection

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _complain(self, error: Exception) -> None:
        if not self.trouble:
            self.troubled_s = self._clock()
        self.trouble = str(error)
        if len(self._waiting) > WAITING_MAX:
            self.unwritten += len(self._waiting) - WAITING_MAX
            del self._waiting[:-WAITING_MAX]
        now_s = time.monotonic()
        if now_s >= self._silent_until:
            self._silent_until = now_s + COMPLAINT_INTERVAL_S
            _logger.warning("figures of requests are not kept: %s", error)


def _whole(exchange: Exchange, finished: Finished, why: str) -> Exchange:
    return msgspec.structs.replace(exchange, kept=why, spans=spans_of(finished))


def period_of(moment_s: float) -> int:
    """Return when the period of a moment begins, in seconds since 1970."""
    return int(moment_s) // PERIOD_S * PERIOD_S


# One for the process, as the tracer is: pages are made far from where clocks are put on.
_present: list[Keeper] = []


def present() -> Keeper | None:
    """Return what keeps the requests of this process, where something does."""
    return _present[-1] if _present else None
