"""The history of one document, from the audit."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from zhuji_core.values import Value

if TYPE_CHECKING:
    from zhuji_core.uow import UnitOfWork

HISTORY = sa.text("""
    SELECT a.recorded_at, a.business_date, a.actor_account, a.action, a.before, a.after,
           COALESCE(u.name, a.actor_account) AS actor_name
      FROM kernel.audit_entry AS a
      LEFT JOIN kernel.user_account AS u ON u.user_id = a.actor_id
     WHERE a.document_id = :document_id
     ORDER BY a.audit_id
     LIMIT 500
""")


class HistoryEntry(Value, frozen=True, kw_only=True):
    """Who did what to a document, when; ``action`` is the name of the permission or the verb."""

    recorded_at: dt.datetime
    business_date: dt.date
    actor_account: str
    actor_name: str
    action: str
    before: Any = None
    after: Any = None


def history(uow: UnitOfWork, document_id: uuid.UUID) -> list[HistoryEntry]:
    """Return the entries of one document, oldest first (at most 500)."""
    rows = uow.connection.execute(HISTORY, {"document_id": document_id})
    return [HistoryEntry(**row) for row in rows.mappings()]
