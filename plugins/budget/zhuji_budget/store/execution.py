"""SQL that follows certifications and releases into the months of their control rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# One statement: the event is noted, and only a note that is new changes the months. Rows in
# order of their key, so that two relays of a moment could never wait for each other.
FOLLOW = sa.text("""
    WITH fresh AS (
        INSERT INTO budget.told_event (event_id, told_at) VALUES (:event_id, :now)
            ON CONFLICT (event_id) DO NOTHING
        RETURNING event_id
    ), line AS (
        SELECT l.control_row_id, sum(l.certified_ntd)::bigint AS certified_ntd,
               sum(l.released_ntd)::bigint AS released_ntd
          FROM unnest(CAST(:rows AS uuid[]), CAST(:certified AS bigint[]),
                      CAST(:released AS bigint[]))
               AS l (control_row_id, certified_ntd, released_ntd)
         GROUP BY l.control_row_id
    )
    INSERT INTO budget.execution_month AS m
           (control_row_id, month_key, certified_ntd, released_ntd, documents)
    SELECT l.control_row_id, :month_key, l.certified_ntd, l.released_ntd, 1
      FROM line AS l, fresh
     ORDER BY l.control_row_id
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET certified_ntd = m.certified_ntd + excluded.certified_ntd,
           released_ntd = m.released_ntd + excluded.released_ntd,
           documents = m.documents + 1
""")


class Executed(Value, frozen=True, kw_only=True):
    """What one event did to one control row, whole NT dollars."""

    control_row_id: uuid.UUID
    certified_ntd: int = 0
    released_ntd: int = 0


def follow(
    uow: UnitOfWork, *, event_id: uuid.UUID, month_key: int, lines: Sequence[Executed]
) -> None:
    """Add ``lines`` to their month, unless the event was taken in before."""
    uow.connection.execute(
        FOLLOW,
        {
            "event_id": event_id,
            "month_key": month_key,
            "rows": [line.control_row_id for line in lines],
            "certified": [line.certified_ntd for line in lines],
            "released": [line.released_ntd for line in lines],
            "now": uow.now,
        },
    )
