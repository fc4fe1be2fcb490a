"""SQL that follows what the budget told: which events are new, and what they say of its rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.ledger.budget_facts import ItemMovement
from zhuji_core.uow import UnitOfWork

NOTE = sa.text("""
    INSERT INTO accounting.followed_event (event_id, followed_at)
    SELECT e.event_id, :now
      FROM unnest(CAST(:events AS uuid[])) AS e (event_id)
        ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
""")
# Rows in order of their key; a release names no words, and comes after what named them.
FOLLOW = sa.text("""
    WITH told AS MATERIALIZED (
        SELECT t.*
          FROM jsonb_to_recordset(CAST(:movements AS jsonb))
               AS t (event_id uuid, row_id uuid, side text, fiscal_year integer,
                     agency_code text, kind text, amount_ntd bigint, effective_on date,
                     code text, name text, object_code text, object_name text, account text,
                     position bigint)
    ), named AS (
        INSERT INTO accounting.budget_item AS i
               (row_id, side, fiscal_year, agency_code, code, name, object_code, object_name,
                account)
        SELECT DISTINCT ON (t.row_id) t.row_id, t.side, t.fiscal_year, t.agency_code, t.code,
               t.name, t.object_code, t.object_name, t.account
          FROM told AS t
         WHERE t.code <> ''
         ORDER BY t.row_id, t.position DESC
            ON CONFLICT (row_id) DO UPDATE
           SET code = excluded.code, name = excluded.name, object_code = excluded.object_code,
               object_name = excluded.object_name, account = excluded.account
    )
    INSERT INTO accounting.budget_item_movement
           (row_id, kind, amount_ntd, effective_on, event_id)
    SELECT t.row_id, t.kind, t.amount_ntd, t.effective_on, t.event_id
      FROM told AS t
     ORDER BY t.position
""")


def note(uow: UnitOfWork, event_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Note the events as taken in; return those that were not before."""
    rows = uow.connection.execute(NOTE, {"events": list(event_ids), "now": uow.now})
    return set(rows.scalars())


def follow(uow: UnitOfWork, movements: Sequence[ItemMovement]) -> None:
    """Write what new events told of the budget's rows."""
    if movements:
        uow.connection.execute(FOLLOW, {"movements": msgspec.json.encode(list(movements)).decode()})
