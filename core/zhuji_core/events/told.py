"""What was told of documents, added up: a module proves its own records by its own events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# By the index on (document_id, sequence): the log may have millions of other events.
SUMS = sa.text("""
    SELECT e.document_id,
           ARRAY(SELECT COALESCE(e.body->>k.name, '')
                   FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS k (name, no)
                  ORDER BY k.no) AS keys,
           count(*) AS events, COALESCE(sum((e.body->>:amount)::bigint), 0)::bigint AS amount_ntd
      FROM kernel.event AS e
     WHERE e.document_id = ANY(:documents) AND e.type = :type
     GROUP BY 1, 2
     ORDER BY 1, 2
     LIMIT 200000
""")

ROWS = sa.text("""
    SELECT e.document_id, r.row
      FROM kernel.event AS e
     CROSS JOIN LATERAL jsonb_array_elements(e.body->:field) AS r (row)
     WHERE e.document_id = ANY(:documents) AND e.type = :type
     ORDER BY e.sequence
     LIMIT 1000000
""")


class ToldSum(Value, frozen=True, kw_only=True):
    """The events of one document with equal ``keys``; a field that is missing is ''."""

    document_id: uuid.UUID
    keys: tuple[str, ...]
    events: int
    amount_ntd: int


class ToldRow(Value, frozen=True, kw_only=True):
    """One row of a list in an event's body, as it was told."""

    document_id: uuid.UUID
    row: dict[str, Any]


def told_rows(
    uow: UnitOfWork, *, event_type: str, documents: Sequence[uuid.UUID], field: str
) -> list[ToldRow]:
    """Return the rows of list ``field`` in a module's own events of these documents, in order."""
    asked = {"type": event_type, "documents": list(documents), "field": field}
    return [ToldRow(**row) for row in uow.connection.execute(ROWS, asked).mappings()]


def sum_told(
    uow: UnitOfWork,
    *,
    event_type: str,
    documents: Sequence[uuid.UUID],
    amount: str,
    keys: Sequence[str] = (),
) -> list[ToldSum]:
    """Add up field ``amount`` of a module's own events, for each document and value of ``keys``."""
    asked = {
        "type": event_type,
        "documents": list(documents),
        "amount": amount,
        "keys": list(keys),
    }
    rows = uow.connection.execute(SUMS, asked).mappings()
    return [ToldSum(**{**row, "keys": tuple(row["keys"])}) for row in rows]
