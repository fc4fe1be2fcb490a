"""What the trail keeps of documents: a module proves its own records by its own entries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# By the index on (action, audit_id): a document is decided once, the trail has millions of others.
ENTRIES = sa.text("""
    SELECT e.document_id, e.document_label AS label, e.agency_code, e.after AS said
      FROM kernel.audit_entry AS e
     WHERE e.action = ANY(:actions) AND e.document_kind = :document_kind
       AND (CAST(:state AS text) IS NULL OR e.after->>'state' = :state)
     ORDER BY e.audit_id
     LIMIT 500000
""")
# By the index on (document_id, audit_id).
STAMPS = sa.text("""
    SELECT DISTINCT e.document_id, e.document_label AS label, e.business_date, e.recorded_at,
           e.actor_id
      FROM kernel.audit_entry AS e
     WHERE e.document_id = ANY(:documents)
     LIMIT 1000000
""")


class Kept(Value, frozen=True, kw_only=True):
    """An entry about a document: what it was called, and what was said of it (``after``)."""

    document_id: uuid.UUID
    label: str
    agency_code: str
    said: dict[str, Any]


class Stamp(Value, frozen=True, kw_only=True):
    """Who acted on a document and when: the same in everything that the act wrote."""

    document_id: uuid.UUID
    label: str
    business_date: dt.date
    recorded_at: dt.datetime
    actor_id: uuid.UUID


def entries_kept(
    uow: UnitOfWork, *, actions: Sequence[str], document_kind: str, state: str | None = None
) -> list[Kept]:
    """Return the entries of these actions (that led to ``state``), oldest first."""
    asked = {"actions": list(actions), "document_kind": document_kind, "state": state}
    rows = uow.connection.execute(ENTRIES, asked).mappings()
    return [Kept(**{**row, "said": row["said"] or {}}) for row in rows]


def last_kept(
    uow: UnitOfWork, *, actions: Sequence[str], document_kind: str, state: str | None = None
) -> dict[uuid.UUID, Kept]:
    """Return of each document the newest of these entries, by id."""
    found = entries_kept(uow, actions=actions, document_kind=document_kind, state=state)
    return {one.document_id: one for one in found}


def stamps_kept(uow: UnitOfWork, documents: Sequence[uuid.UUID]) -> set[Stamp]:
    """Return the stamps of all acts on these documents."""
    rows = uow.connection.execute(STAMPS, {"documents": list(documents)}).mappings()
    return {Stamp(**row) for row in rows}
