"""How far each module of a county is with the log, and what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.values import Value

# Counted no further: whether a module is a hundred thousand or a million behind is the same news.
COUNT_MAX = 100_000

STATUS = sa.text("""
    SELECT c.module, c.delivered, c.moved_at, c.relay, c.sequence,
           (SELECT max(e.sequence) FROM kernel.event AS e) AS last_sequence,
           l.lag_events, l.oldest_at, w.waiting, w.parked_documents, w.dead_letters,
           w.waiting_since
      FROM kernel.event_cursor AS c
     CROSS JOIN LATERAL (
            SELECT count(*) AS lag_events, min(n.recorded_at) AS oldest_at
              FROM (SELECT e.recorded_at FROM kernel.event AS e
                     WHERE (e.transaction_id, e.sequence) > (c.transaction_id, c.sequence)
                       AND e.sequence > c.floor_sequence
                     ORDER BY e.transaction_id, e.sequence
                     LIMIT :count_max) AS n) AS l
     CROSS JOIN LATERAL (
            SELECT count(*) AS waiting, count(DISTINCT q.document_id) AS parked_documents,
                   count(*) FILTER (WHERE q.state = 'dead') AS dead_letters,
                   min(q.since) AS waiting_since
              FROM (SELECT w.document_id, w.state, w.since FROM kernel.event_waiting AS w
                     WHERE w.module = c.module
                     LIMIT :count_max) AS q) AS w
     ORDER BY c.module
     LIMIT 100
""")


# For a page that shows a projection: cheap, and enough to say how fresh it is.
PROGRESS = sa.text("""
    SELECT COALESCE(c.sequence, 0) AS as_of_event,
           (SELECT count(*) FROM (
                SELECT FROM kernel.event AS e
                 WHERE (e.transaction_id, e.sequence)
                       > (COALESCE(c.transaction_id, '0'), COALESCE(c.sequence, 0))
                   AND e.sequence > COALESCE(c.floor_sequence, 0)
                   AND (e.type = ANY(CAST(:types AS text[])) OR :types_any)
                 LIMIT :behind_max) AS n)
           + (SELECT count(*) FROM (
                SELECT FROM kernel.event_waiting AS w
                  JOIN kernel.event AS e USING (sequence)
                 WHERE w.module = m.module
                   AND (e.type = ANY(CAST(:types AS text[])) OR :types_any)
                 LIMIT :behind_max) AS q) AS behind
      FROM (SELECT CAST(:module AS text) AS module) AS m
      LEFT JOIN kernel.event_cursor AS c USING (module)
""")
BEHIND_MAX = 1_000


class Progress(Value, frozen=True, kw_only=True):
    """Up to which event a module's projection is true, and how many are still to come.

    ``behind`` is counted up to BEHIND_MAX and includes what waits.
    """

    as_of_event: int
    behind: int


def read_progress(connection: sa.Connection, *, module: str, types: Sequence[str] = ()) -> Progress:
    """Return how fresh what ``module`` keeps from events is.

    ``types``: only these are followed, so nothing else leaves it behind; none: all are.
    """
    parameters = {
        "module": module,
        "types": list(types),
        "types_any": not types,
        "behind_max": BEHIND_MAX,
    }
    return Progress(**connection.execute(PROGRESS, parameters).mappings().one())


class ModuleStatus(Value, frozen=True, kw_only=True):
    """One module's place in the log.

    ``lag_events``: events it has not been told of yet (those that wait for a person apart);
    ``lag_s``: age of the oldest of them. ``waiting``: events parked, ``parked_documents``: of how
    many documents, ``dead_letters``: how many of them wait for a person. ``sequence``: the event
    up to which, apart from those, everything was told.
    """

    module: str
    sequence: int
    last_sequence: int
    delivered: int
    moved_at: dt.datetime | None
    relay: str
    lag_events: int
    lag_s: float
    waiting: int
    parked_documents: int
    dead_letters: int
    waiting_since: dt.datetime | None


def read_status(connection: sa.Connection, *, now: dt.datetime) -> list[ModuleStatus]:
    """Return the status of every module that was ever told of anything."""
    rows = connection.execute(STATUS, {"count_max": COUNT_MAX}).mappings()
    return [_status(dict(row), now) for row in rows]


def _status(row: dict[str, object], now: dt.datetime) -> ModuleStatus:
    oldest_at = row.pop("oldest_at")
    lag_s = (now - oldest_at).total_seconds() if isinstance(oldest_at, dt.datetime) else 0.0
    row["last_sequence"] = row["last_sequence"] or 0
    return ModuleStatus(**row, lag_s=max(0.0, round(lag_s, 3)))  # type: ignore[arg-type]
