"""Who holds what others wait for: asked of PostgreSQL while a transaction is unusually long.

Nothing is asked while all is quick. Once a transaction of this process has been open for
``LOOK_AFTER_MS``, all lock waits of its database are read every ``INTERVAL_S``, by a connection of
its own; what is found is noted in the requests on both sides. Decision 63.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from zhuji_observability.recorder import transactions
from zhuji_observability.recorder.record import Met, now_ns
from zhuji_observability.recorder.transactions import Open
from zhuji_observability.regularly import regularly

INTERVAL_S = 0.05
# What is shorter nobody notices, and a lock is waited for in most transactions.
LOOK_AFTER_MS = 50
# A wait has at most so many before it; who asks is never stopped by a cycle.
CHAIN_MAX = 100
# After an error (no connection free, statement too slow): nothing is asked for so long.
SILENT_S = 5.0
_MS_NS = 1_000_000
_INTERVAL_NS = round(INTERVAL_S * 1_000 * _MS_NS)
# Rows of sessions of the same role are visible; of others there is the process, and its program.
# ``pg_blocking_pids`` stops the lock manager for a moment: it is called for those who wait only.
WAITS = b"""
    SELECT waiting.pid, held.pid, coalesce(blocking.application_name LIKE 'zhuji%', false),
           coalesce(blocking.state, ''),
           coalesce(round(1e6 * extract(epoch FROM clock_timestamp() - blocking.xact_start)), 0)
      FROM pg_stat_activity AS waiting
     CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS held(pid)
      LEFT JOIN pg_stat_activity AS blocking ON blocking.pid = held.pid
     WHERE waiting.wait_event_type = 'Lock' AND waiting.datname = current_database()
     LIMIT 500
"""
_QUICKLY = "-c statement_timeout=1000 -c default_transaction_read_only=on"

_logger = logging.getLogger(__name__)


class Blocking(NamedTuple):
    """A session that another one waits for; ``open_us`` 0 and ``state`` '' where it is hidden."""

    backend: int
    ours: bool
    state: str
    open_us: int


class Root(NamedTuple):
    """Who holds in the end what one waits for, and how many stand before it in the line."""

    holder: Blocking
    behind: int


class Holders:
    """The thread that asks; of one process, for all databases that it uses."""

    def __init__(self, *, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._sessions: dict[bytes, pq.abc.PGconn] = {}
        self._silent_until_ns = 0
        self.asked = 0

    def start(self) -> Callable[[], None]:
        """Look from a thread of its own; return what ends it."""
        return regularly(
            self.step, every_s=self._interval_s, name="zhuji-locks", at_end=self._close
        )

    def step(self) -> None:
        """Ask if something takes long; whatever goes wrong is told once, and then not for long."""
        at_ns = now_ns()
        found = transactions.going_on()
        long = [one for one in found if at_ns - one.since_ns >= LOOK_AFTER_MS * _MS_NS]
        if not long:
            return
        if at_ns < self._silent_until_ns:
            return
        try:
            for one in {one.connection.pgconn.db: one for one in long}.values():
                note(roots(self._waits(one.connection)), found, at_ns)
        except (psycopg.Error, OSError) as error:
            self._silent_until_ns = at_ns + round(SILENT_S * 1_000 * _MS_NS)
            self._close()
            _logger.warning("who holds locks cannot be asked: %s", type(error).__name__)

    def _waits(self, connection: Any) -> Mapping[int, Sequence[Blocking]]:
        result = self._session(connection).exec_(WAITS)
        self.asked += 1
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(f"status {result.status}")
        found: dict[int, list[Blocking]] = {}
        for row in range(result.ntuples):
            cells = [(result.get_value(row, column) or b"").decode() for column in range(5)]
            waiting, backend, ours, state, open_us = cells
            blocking = Blocking(int(backend), ours == "t", state, int(open_us))
            found.setdefault(int(waiting), []).append(blocking)
        return found

    def _session(self, connection: Any) -> pq.abc.PGconn:
        """Return this thread's own session of a database: no wrapper of a library sees it."""
        name = connection.pgconn.db
        session = self._sessions.get(name)
        if session is None or session.status != pq.ConnStatus.OK:
            info = connection.info
            told = make_conninfo(
                info.dsn, password=info.password, application_name="zhuji watching locks",
                options=_QUICKLY, connect_timeout="2",
            )  # fmt: skip
            session = self._sessions[name] = pq.PGconn.connect(told.encode())
            if session.status != pq.ConnStatus.OK:
                raise psycopg.OperationalError("no session")
        return session

    def _close(self) -> None:
        while self._sessions:
            self._sessions.popitem()[1].finish()


def roots(waits: Mapping[int, Sequence[Blocking]]) -> dict[int, list[Root]]:
    """Return for each session that waits those who wait for nobody themselves."""
    return {waiting: _roots(waiting, waits) for waiting in waits}


def _roots(waiting: int, waits: Mapping[int, Sequence[Blocking]]) -> list[Root]:
    found: dict[int, Root] = {}
    seen, ahead = {waiting}, [(one, 0) for one in waits[waiting]]
    while ahead and len(seen) < CHAIN_MAX:
        one, behind = ahead.pop()
        if one.backend in seen:
            continue
        seen.add(one.backend)
        if one.backend in waits:
            ahead.extend((before, behind + 1) for before in waits[one.backend])
        else:
            found[one.backend] = Root(one, behind)
    return list(found.values())


def note(waits: Mapping[int, Iterable[Root]], found: Sequence[Open], at_ns: int) -> None:
    """Note on both sides what was seen at a moment; the other side may be no request of ours."""
    ours = {one.backend: one for one in found}
    for waiting, holders in waits.items():
        waiter = ours.get(waiting)
        for holder, behind in holders:
            held_by = ours.get(holder.backend)
            if waiter is not None:
                other = "" if held_by is None else held_by.record.traceparent
                met = waiter.record.met.setdefault(
                    ("waited", holder.backend),
                    Met(
                        other=other, own=waiting, ours=holder.ours, state=holder.state,
                        open_us=holder.open_us, behind=behind, first_ns=at_ns,
                    ),
                )  # fmt: skip
                met.last_ns = at_ns + _INTERVAL_NS
            if held_by is not None:
                other = "" if waiter is None else waiter.record.traceparent
                met = held_by.record.met.setdefault(
                    ("held", waiting),
                    Met(
                        other=other, own=holder.backend, ours=True, state=holder.state,
                        open_us=holder.open_us, behind=behind, first_ns=at_ns,
                    ),
                )  # fmt: skip
                met.last_ns = at_ns + _INTERVAL_NS
