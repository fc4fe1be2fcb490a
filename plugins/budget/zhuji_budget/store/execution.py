"""SQL that follows certifications and releases into the months of their control rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.contracts.requests import CertificationGranted, EncumbranceReleased
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# What the months are made of; other events leave them as they are.
FOLLOWED_TYPES = tuple(
    str(event.__struct_config__.tag) for event in (CertificationGranted, EncumbranceReleased)
)

# One statement for a batch: the events are noted, and only notes that are new change the months.
# Rows in order of their key, so that two relays of a moment could never wait for each other.
# ``documents`` counts events, however many lines of one name the same row. What is released of
# former years has rows and movements of its own, and no month of this year's budget.
FOLLOW = sa.text("""
    WITH line AS MATERIALIZED (
        SELECT l.*
          FROM unnest(CAST(:events AS uuid[]), CAST(:months AS integer[]),
                      CAST(:rows AS uuid[]), CAST(:certified AS bigint[]),
                      CAST(:released AS bigint[]))
               AS l (event_id, month_key, control_row_id, certified_ntd, released_ntd)
    ), fresh AS (
        INSERT INTO budget.told_event (event_id, told_at)
        SELECT DISTINCT line.event_id, CAST(:now AS timestamptz) FROM line
            ON CONFLICT (event_id) DO NOTHING
        RETURNING event_id
    )
    INSERT INTO budget.execution_month AS m
           (control_row_id, month_key, certified_ntd, released_ntd, documents)
    SELECT l.control_row_id, l.month_key, sum(l.certified_ntd), sum(l.released_ntd),
           count(DISTINCT l.event_id)
      FROM line AS l
      JOIN fresh USING (event_id)
      JOIN budget.control_row AS r USING (control_row_id)
     GROUP BY l.control_row_id, l.month_key
     ORDER BY l.control_row_id, l.month_key
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET certified_ntd = m.certified_ntd + excluded.certified_ntd,
           released_ntd = m.released_ntd + excluded.released_ntd,
           documents = m.documents + excluded.documents
""")


class Executed(Value, frozen=True, kw_only=True):
    """What one line of one event did to a control row, whole NT dollars."""

    event_id: uuid.UUID
    month_key: int
    control_row_id: uuid.UUID
    certified_ntd: int
    released_ntd: int


def follow(uow: UnitOfWork, lines: Sequence[Executed]) -> None:
    """Add ``lines`` to their months, apart from those of events that were taken in before.

    All lines of an event come together.
    """
    uow.connection.execute(
        FOLLOW,
        {
            "events": [line.event_id for line in lines],
            "months": [line.month_key for line in lines],
            "rows": [line.control_row_id for line in lines],
            "certified": [line.certified_ntd for line in lines],
            "released": [line.released_ntd for line in lines],
            "now": uow.now,
        },
    )
