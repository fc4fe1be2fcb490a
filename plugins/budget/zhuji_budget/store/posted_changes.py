"""What posted documents did, as it was kept when they were posted. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.changes.effects import RevenueEffect, RowEffect
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.store.changes import CHANGE_COLUMNS, change_of
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ONE = sa.text(f"""
    SELECT {CHANGE_COLUMNS}, d.posted_on, d.effects AS met, d.revenue_effects AS revenue_met
      FROM budget.change_document AS d
     WHERE d.document_id = :document_id
""")


class PostedChange(Value, frozen=True, kw_only=True):
    """A document that took effect, and its effect on each row."""

    change: Change
    posted_on: dt.date
    effects: tuple[RowEffect, ...]
    revenues: tuple[RevenueEffect, ...]


def posted_change(uow: UnitOfWork, document_id: uuid.UUID) -> PostedChange:
    """Return one posted document; what it did never changes, so nothing is locked."""
    row = uow.connection.execute(ONE, {"document_id": document_id}).mappings().one()
    fields: dict[str, Any] = dict(row)
    posted_on, met = fields.pop("posted_on"), fields.pop("met")
    revenue_met = fields.pop("revenue_met")
    assert posted_on is not None, "the document is posted"
    return PostedChange(
        change=change_of(fields),
        posted_on=posted_on,
        effects=msgspec.convert(met, tuple[RowEffect, ...], strict=False),
        revenues=msgspec.convert(revenue_met or [], tuple[RevenueEffect, ...], strict=False),
    )
