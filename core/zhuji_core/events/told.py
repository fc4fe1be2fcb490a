"""What was told of documents, added up: a module proves its own records by its own events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

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


class ToldSum(Value, frozen=True, kw_only=True):
    """The events of one document with equal ``keys``; a field that is missing is ''."""

    document_id: uuid.UUID
    keys: tuple[str, ...]
    events: int
    amount_ntd: int


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
