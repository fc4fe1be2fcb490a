"""How far each module of a county is with the log, and what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.values import Value

# Counted no further: whether a module is a hundred thousand or a million behind is the same news.
COUNT_MAX = 100_000

# Of every module that was told of anything, and of those that listen and were not told yet.
STATUS = sa.text("""
    SELECT m.module, COALESCE(c.delivered, 0) AS delivered, c.moved_at,
           COALESCE(c.relay, '') AS relay, COALESCE(c.sequence, 0) AS sequence,
           (SELECT max(e.sequence) FROM kernel.event AS e) AS last_sequence,
           l.lag_events, l.oldest_at, w.waiting, w.parked_documents, w.dead_letters,
           w.waiting_since
      FROM (SELECT module FROM kernel.event_cursor
             UNION
            SELECT unnest(CAST(:listeners AS text[]))) AS m (module)
      LEFT JOIN kernel.event_cursor AS c USING (module)
     CROSS JOIN LATERAL (
            SELECT count(*) AS lag_events, min(n.recorded_at) AS oldest_at
              FROM (SELECT e.recorded_at FROM kernel.event AS e
                     WHERE (e.transaction_id, e.sequence)
                           > (COALESCE(c.transaction_id, '0'), COALESCE(c.sequence, 0))
                       AND e.sequence > COALESCE(c.floor_sequence, 0)
                     ORDER BY e.transaction_id, e.sequence
                     LIMIT :count_max) AS n) AS l
     CROSS JOIN LATERAL (
            SELECT count(*) AS waiting, count(DISTINCT q.document_id) AS parked_documents,
                   count(*) FILTER (WHERE q.state = 'dead') AS dead_letters,
                   min(q.since) AS waiting_since
              FROM (SELECT w.document_id, w.state, w.since FROM kernel.event_waiting AS w
                     WHERE w.module = m.module
                     LIMIT :count_max) AS q) AS w
     ORDER BY m.module
     LIMIT 100
""")


# For a page that shows a projection: cheap, and enough to say how fresh it is. In the log's order:
# without it the planner goes through the whole log by its numbers to find that nothing is left.
PROGRESS = sa.text("""
    SELECT COALESCE(c.sequence, 0) AS as_of_event,
           (SELECT count(*) FROM (
                SELECT FROM kernel.event AS e
                 WHERE (e.transaction_id, e.sequence)
                       > (COALESCE(c.transaction_id, '0'), COALESCE(c.sequence, 0))
                   AND e.sequence > COALESCE(c.floor_sequence, 0)
                   AND (e.type = ANY(CAST(:types AS text[])) OR :types_any)
                 ORDER BY e.transaction_id, e.sequence
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


# Of the log beyond the cursor and of what waits, never of the whole log. ``having`` is what the
# body must contain: of one agency, of one document.
OUTSTANDING = sa.text("""
    WITH cursor AS (
        SELECT COALESCE(max(c.transaction_id), '0') AS transaction_id,
               COALESCE(max(c.sequence), 0) AS sequence,
               COALESCE(max(c.floor_sequence), 0) AS floor_sequence
          FROM kernel.event_cursor AS c
         WHERE c.module = :module
    ), untold AS (
        SELECT e.sequence, e.type, e.body, '' AS state, '' AS code
          FROM kernel.event AS e
         WHERE (e.transaction_id, e.sequence)
               > ((SELECT c.transaction_id FROM cursor AS c), (SELECT c.sequence FROM cursor AS c))
           AND e.sequence > (SELECT c.floor_sequence FROM cursor AS c)
           AND e.type = ANY(CAST(:types AS text[])) AND e.body @> CAST(:having AS jsonb)
    ), waiting AS (
        SELECT e.sequence, e.type, e.body, w.state, w.code
          FROM kernel.event_waiting AS w
          JOIN kernel.event AS e USING (sequence)
         WHERE w.module = :module
           AND e.type = ANY(CAST(:types AS text[])) AND e.body @> CAST(:having AS jsonb)
    )
    SELECT sequence, type, body, state, code FROM waiting
     UNION ALL
    SELECT sequence, type, body, state, code FROM untold
     ORDER BY sequence
     LIMIT :outstanding_max
""")
OUTSTANDING_MAX = 1_000  # whoever asks wants to know whether, and which is the first


class Outstanding(Value, frozen=True, kw_only=True):
    """An event that a module has not taken in; ``state`` is empty while it is only underway.

    Else it waits (``behind``, ``retrying``) or is a dead letter (``dead``), refused by ``code``.
    """

    sequence: int
    type: str
    body: Mapping[str, Any]
    state: str
    code: str


def read_outstanding(
    connection: sa.Connection,
    *,
    module: str,
    types: Sequence[str],
    having: Mapping[str, object],
) -> list[Outstanding]:
    """Return the events of ``types`` that ``module`` has still to take in, oldest first.

    Only those whose body contains ``having``; at most OUTSTANDING_MAX.
    """
    rows = connection.execute(
        OUTSTANDING,
        {
            "module": module,
            "types": list(types),
            "having": msgspec.json.encode(having).decode(),
            "outstanding_max": OUTSTANDING_MAX,
        },
    ).mappings()
    return [Outstanding(**row) for row in rows]


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


def read_status(
    connection: sa.Connection, *, now: dt.datetime, listeners: Sequence[str]
) -> list[ModuleStatus]:
    """Return the status of every module that was ever told of anything, and of ``listeners``.

    One that listens and was told of nothing lags by all there is; nobody should think it done.
    """
    asked = {"count_max": COUNT_MAX, "listeners": list(listeners)}
    rows = connection.execute(STATUS, asked).mappings()
    return [_status(dict(row), now) for row in rows]


def _status(row: dict[str, object], now: dt.datetime) -> ModuleStatus:
    oldest_at = row.pop("oldest_at")
    lag_s = (now - oldest_at).total_seconds() if isinstance(oldest_at, dt.datetime) else 0.0
    row["last_sequence"] = row["last_sequence"] or 0
    return ModuleStatus(**row, lag_s=max(0.0, round(lag_s, 3)))  # type: ignore[arg-type]
