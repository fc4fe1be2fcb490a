"""What pages and commands ask of the files: counts of a time, the slowest, one exchange."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from zhuji_core.values import Value
from zhuji_observability.pcap.terms import PacketRow
from zhuji_observability.store import files
from zhuji_observability.store.counts import Sketch, unpacked
from zhuji_observability.store.exchange import PROCESS, Exchange, Meeting
from zhuji_observability.store.hourly import LineSum, StatementSum
from zhuji_observability.store.itself import Watching
from zhuji_observability.store.probe import Probe
from zhuji_observability.store.refusals import PacketsNotKept
from zhuji_observability.store.rows import STATEMENTS, exchange_of_row, spans_of

# A page shows no more; who wants all asks for a shorter time.
SLOWEST_MAX = 50
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
# No transaction of a request is open for longer.
_MET_MS = 120_000
_MS_IN_S = 1_000

_COUNTS = """
    SELECT period_s, county, operation, release, sketch
      FROM main.count
     WHERE period_s >= :since_s AND period_s < :until_s
       AND vantage = :vantage
       AND (:county IS NULL OR county = :county)
       AND (:operation IS NULL OR operation = :operation)
       AND (:release IS NULL OR release = :release)
"""
_RELEASES = """
    SELECT release, min(period_s) AS first_s
      FROM main.count
     WHERE period_s >= :since_s AND period_s < :until_s
       AND vantage = :vantage
       AND (:county IS NULL OR county = :county)
       AND (:operation IS NULL OR operation = :operation)
     GROUP BY release
"""
_SLOWEST = """
    SELECT * FROM main.exchange
     WHERE began_ms >= :since_ms AND began_ms < :until_ms
       AND (:county IS NULL OR county = :county)
       AND (:operation IS NULL OR operation = :operation)
     ORDER BY total_us DESC
     LIMIT :limit
"""
_WHOLE = """
    SELECT * FROM main.exchange
     WHERE began_ms >= :since_ms AND began_ms < :until_ms
       AND (:county IS NULL OR county = :county)
       AND (:operation IS NULL OR operation = :operation)
       AND (:usual = 0 OR kept IN ('first', 'sample'))
     ORDER BY CASE WHEN :usual = 0 THEN total_us ELSE began_ms END DESC
     LIMIT :limit
"""
_STATEMENT_HOURS = """
    SELECT statement.text, statement_hour.county, sum(times) AS times, sum(total_us) AS total_us,
           max(longest_us) AS longest_us
      FROM main.statement_hour
      JOIN main.statement ON statement.id = statement_hour.statement
     WHERE hour_s >= :since_s - 3600 AND hour_s < :until_s
       AND (:county IS NULL OR county = :county)
     GROUP BY statement.text, statement_hour.county
     ORDER BY sum(total_us) DESC
     LIMIT 5000
"""
_LINE_HOURS = """
    SELECT county, sum(requests) AS requests, sum(sent_again) AS sent_again, sum(hurt) AS hurt
      FROM main.line_hour
     WHERE hour_s >= :since_s - 3600 AND hour_s < :until_s
       AND (:county IS NULL OR county = :county)
     GROUP BY county
"""
_PROCESSES = """
    SELECT period_s, process, told FROM main.process
     WHERE period_s >= :since_s AND period_s < :until_s
"""
_PROBES = """
    SELECT * FROM main.probe
     WHERE at_ms >= :since_ms AND at_ms < :until_ms
     ORDER BY at_ms
"""
_MET = """
    SELECT * FROM main.exchange
     WHERE met IS NOT NULL AND began_ms >= :since_ms AND began_ms < :until_ms
       AND (:county IS NULL OR county = :county)
     LIMIT 500
"""
_WIRE = "SELECT told FROM main.wire WHERE trace = :trace"
_HEADS = "SELECT pcap FROM main.head WHERE trace = :trace"
_ONE = "SELECT * FROM main.exchange WHERE trace = :trace"

_logger = logging.getLogger(__name__)


class Wanted(Value, frozen=True, kw_only=True):
    """A time in milliseconds since 1970; None: of all counties, of all operations."""

    since_ms: int
    until_ms: int
    county: str | None = None
    operation: str | None = None
    release: str | None = None
    vantage: str = PROCESS


# How one asks for what is of no county (the host's own pages), or was found no route for.
NONE = "-"


def last_hours(
    hours: int, *, now_ms: int, county: str = "", operation: str = "", vantage: str = PROCESS
) -> Wanted:
    """Return the time until now, of what people name: '' is all, ``NONE`` what has no name."""
    return Wanted(
        since_ms=now_ms - hours * _HOUR_MS,
        until_ms=now_ms + _HOUR_MS,  # what has begun belongs to a period that ends later
        county=_named(county.strip().upper()),
        operation=_named(operation.strip()),
        vantage=vantage,
    )


def _named(text: str) -> str | None:
    return "" if text == NONE else text or None


class Operation(Value, frozen=True, kw_only=True):
    """Whose counts they are."""

    county: str
    operation: str
    release: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """The folder of a host; ``on`` tells whether this host writes to it at present.

    ``only``: the county that it tells of, whatever is asked for; None of all, and of the host.
    """

    folder: Path
    on: bool
    only: str | None = None

    def of(self, county: str) -> Store:
        """Return the same for who may see one county."""
        return dataclasses.replace(self, only=county)

    def counts(self, wanted: Wanted) -> dict[Operation, Sketch]:
        """Return the counts of all processes by county, operation and release."""
        found: dict[Operation, Sketch] = {}
        for row in self._counted(wanted):
            key = Operation(
                county=row["county"], operation=row["operation"], release=row["release"]
            )
            found.setdefault(key, Sketch()).merge(unpacked(row["sketch"]))
        return found

    def by_operation(self, wanted: Wanted) -> dict[tuple[str, str], Sketch]:
        """Return the same by county and operation, all releases together."""
        found: dict[tuple[str, str], Sketch] = {}
        for key, sketch in self.counts(wanted).items():
            found.setdefault((key.county, key.operation), Sketch()).merge(sketch)
        return found

    def by_county(self, wanted: Wanted) -> dict[str, Sketch]:
        """Return the same by county."""
        found: dict[str, Sketch] = {}
        for key, sketch in self.counts(wanted).items():
            found.setdefault(key.county, Sketch()).merge(sketch)
        return found

    def periods(self, wanted: Wanted) -> dict[int, Sketch]:
        """Return the same by period: when it began, in seconds since 1970."""
        found: dict[int, Sketch] = {}
        for row in self._counted(wanted):
            found.setdefault(row["period_s"], Sketch()).merge(unpacked(row["sketch"]))
        return found

    def releases(self, wanted: Wanted) -> tuple[str, ...]:
        """Return the releases that served requests, in the order in which they began to."""
        first: dict[str, int] = {}
        for row in self._rows(_RELEASES, self._asked(wanted), wanted):
            name, first_s = row["release"], row["first_s"]
            first[name] = min(first.get(name, first_s), first_s)
        return tuple(sorted(first, key=lambda name: first[name]))

    def _counted(self, wanted: Wanted) -> Iterator[sqlite3.Row]:
        asked = {**self._asked(wanted), "release": wanted.release}
        return self._rows(_COUNTS, asked, wanted)

    def _asked(self, wanted: Wanted) -> dict[str, object]:
        return {
            "since_s": wanted.since_ms // _MS_IN_S,
            "until_s": wanted.until_ms // _MS_IN_S,
            "since_ms": wanted.since_ms,
            "until_ms": wanted.until_ms,
            "county": wanted.county if self.only is None else self.only,
            "operation": wanted.operation,
            "vantage": wanted.vantage,
        }

    def slowest(self, wanted: Wanted, *, limit: int = SLOWEST_MAX) -> list[Exchange]:
        """Return the slowest of the exchanges that were kept whole, without their spans."""
        asked = {**self._asked(wanted), "limit": limit}
        found = [exchange_of_row(row) for row in self._rows(_SLOWEST, asked, wanted)]
        return sorted(found, key=lambda one: one.total_us, reverse=True)[:limit]

    def whole(self, wanted: Wanted, *, usual: bool, limit: int) -> list[Exchange]:
        """Return exchanges that were kept whole, with their spans.

        ``usual``: the newest of those that nothing was wrong with; else the slowest of all.
        """
        asked = {**self._asked(wanted), "usual": int(usual), "limit": limit}
        found: list[tuple[int, sqlite3.Row, dict[int, str]]] = []
        for path in self._days(wanted):
            with contextlib.suppress(sqlite3.Error), files.reading(path) as connection:
                rows = connection.execute(_WHOLE, asked).fetchall()
                texts = dict(connection.execute(STATEMENTS).fetchall()) if rows else {}
                order = "began_ms" if usual else "total_us"
                found.extend((row[order], row, texts) for row in rows)
        found.sort(key=lambda one: one[0], reverse=True)
        return [exchange_of_row(row, spans=spans_of(row, texts)) for _, row, texts in found[:limit]]

    def wire(self, trace: str) -> PacketRow | None:
        """Return what a capture saw of an exchange; None where none was joined to it."""
        if self.only is not None and self.find(trace) is None:
            return None
        for _, path in reversed(files.days(self.folder)):
            with contextlib.suppress(sqlite3.Error), files.reading(path) as connection:
                row = connection.execute(_WIRE, {"trace": trace}).fetchone()
                if row is not None:
                    return msgspec.msgpack.decode(row["told"], type=PacketRow)
        return None

    def heads(self, trace: str) -> bytes | None:
        """Return the heads of the packets of an exchange, a pcap file; None where there are none.

        Without payload, and with as much of the addresses as was set when they were captured.
        """
        if self.only is not None and self.find(trace) is None:
            return None
        for _, path in reversed(files.days(self.folder)):
            # A day of an older release has none.
            with contextlib.suppress(sqlite3.Error), files.reading(path) as connection:
                row = connection.execute(_HEADS, {"trace": trace}).fetchone()
                if row is not None:
                    return zlib.decompress(row["pcap"])
        return None

    def require_heads(self, trace: str) -> bytes:
        """Return the same, or raise PacketsNotKept."""
        found = self.heads(trace)
        if found is None:
            raise PacketsNotKept(trace=trace)
        return found

    def find(self, trace: str) -> Exchange | None:
        """Return the exchange of a trace id with its spans; None where it was not kept."""
        for _, path in reversed(files.days(self.folder)):
            try:
                with files.reading(path) as connection:
                    row = connection.execute(_ONE, {"trace": trace}).fetchone()
                    if row is not None and self.only in {None, row["county"]}:
                        return _whole(connection, row)
            except sqlite3.Error as error:
                _logger.warning("%s cannot be read: %s", path, error)
        return None

    def whom(self, one: Exchange) -> dict[int, Exchange]:
        """Return those that a request met and that are kept whole too, by the place in ``met``.

        Of another process of this host nobody knew the trace: both sides noted the two processes
        of PostgreSQL.
        """
        found: dict[int, Exchange] = {}
        others: list[Exchange] | None = None
        for place, met in enumerate(one.met):
            if met.trace:
                other = self.find(met.trace)
            else:
                others = self._met_about(one) if others is None else others
                other = next((each for each in others if _is_other_side(each, met)), None)
            if other is not None:
                found[place] = other
        return found

    def _met_about(self, one: Exchange) -> list[Exchange]:
        about = Wanted(since_ms=one.began_ms - _MET_MS, until_ms=one.began_ms + _MET_MS)
        return [exchange_of_row(row) for row in self._rows(_MET, self._asked(about), about)]

    def statements(self, wanted: Wanted) -> list[tuple[str, str, StatementSum]]:
        """Return the statements by text and county, in whole hours, those of a day together."""
        return [
            (
                row["text"],
                row["county"],
                StatementSum(
                    times=row["times"], total_us=row["total_us"], longest_us=row["longest_us"]
                ),
            )
            for row in self._rows(_STATEMENT_HOURS, self._asked(wanted), wanted)
        ]

    def lines(self, wanted: Wanted) -> dict[str, LineSum]:
        """Return what was sent again to clients, by county, in whole hours."""
        found: dict[str, LineSum] = {}
        for row in self._rows(_LINE_HOURS, self._asked(wanted), wanted):
            one = LineSum(requests=row["requests"], sent_again=row["sent_again"], hurt=row["hurt"])
            found[row["county"]] = found.get(row["county"], LineSum()).plus(one)
        return found

    def watching(self, wanted: Wanted) -> dict[str, dict[int, Watching]]:
        """Return what watching lost and cost, by process and period."""
        assert self.only is None, "of the host, not of a county"
        found: dict[str, dict[int, Watching]] = {}
        for row in self._rows(_PROCESSES, self._asked(wanted), wanted):
            told = msgspec.msgpack.decode(row["told"], type=Watching)
            found.setdefault(row["process"], {})[row["period_s"]] = told
        return found

    def probes(self, wanted: Wanted) -> list[Probe]:
        """Return the probes of a time, oldest first."""
        assert self.only is None, "of the host, not of a county"
        return [
            # A day of an older release has fewer columns.
            Probe(**{name: row[name] for name in Probe.__struct_fields__ if name in row.keys()})  # noqa: SIM118 (a Row iterates over its values)
            for row in self._rows(_PROBES, self._asked(wanted), wanted)
        ]

    def _rows(
        self, statement: str, asked: Mapping[str, object], wanted: Wanted
    ) -> Iterator[sqlite3.Row]:
        for path in self._days(wanted):
            try:
                with files.reading(path) as connection:
                    yield from connection.execute(statement, asked).fetchall()
            except sqlite3.Error as error:
                # A day of an older release has fewer tables and columns.
                if "no such" not in str(error):
                    _logger.warning("%s cannot be read: %s", path, error)

    def _days(self, wanted: Wanted) -> Iterator[Path]:
        # Written within a second, so into the file of its day or, at midnight, of the next one.
        first = files.day_of(wanted.since_ms)
        last = files.day_of(wanted.until_ms + _DAY_MS)
        return (path for day, path in files.days(self.folder) if first <= day <= last)


def _whole(connection: sqlite3.Connection, row: sqlite3.Row) -> Exchange:
    texts = dict(connection.execute(STATEMENTS).fetchall())
    return exchange_of_row(row, spans=spans_of(row, texts))


def _is_other_side(one: Exchange, met: Meeting) -> bool:
    return any(
        (each.own, each.backend) == (met.backend, met.own) and each.side != met.side
        for each in one.met
    )
