"""What became of an advance outside the budget (墊付款): how much of it is in the budget by now.

An advance that the council consented to moves no counter of the budget. What it leaves behind is
what later documents have to include (補辦預算); that is its effect, and it is shown as such.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

INCLUSIONS = sa.text("""
    SELECT d.document_id, d.fiscal_year, COALESCE(d.change_no, 0) AS change_no, d.state,
           d.amount_ntd, d.posted_on,
           COALESCE(sum(d.amount_ntd) FILTER (
               WHERE d.state = 'posted' AND d.document_id <> :document_id) OVER (), 0)::bigint
               AS included_ntd
      FROM budget.change_document AS d
     WHERE d.advance_id = :advance_id AND d.kind = 'inclusion' AND d.reverses_id IS NULL
       AND d.state IN ('submitted', 'agreed', 'posted')
     ORDER BY d.document_id
     LIMIT 200
""")
# Of every year: what was advanced in an earlier one is still to be included.
OTHERS = sa.text("""
    SELECT COALESCE(sum(a.amount_ntd - i.amount_ntd), 0)::bigint
      FROM budget.change_document AS a
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum(d.amount_ntd), 0) AS amount_ntd
             FROM budget.change_document AS d
            WHERE d.advance_id = a.document_id AND d.kind = 'inclusion' AND d.state = 'posted'
              AND d.reverses_id IS NULL) AS i
     WHERE a.kind = 'advance' AND a.state = 'posted' AND a.reverses_id IS NULL
       AND a.agency_code = :agency_code AND a.document_id <> :advance_id
""")
# Documents that nothing comes of any more.
OVER = (ChangeState.WITHDRAWN, ChangeState.REVERSED)


class Inclusion(Value, frozen=True, kw_only=True):
    """A document that includes money of the advance, in force or on its way."""

    document_id: uuid.UUID
    fiscal_year: int
    change_no: int
    state: str
    amount_ntd: int
    posted_on: dt.date | None


class AdvanceEffect(Value, frozen=True, kw_only=True):
    """What is advanced, what of it is in the budget, and what remains to be included, NT dollars.

    ``included_ntd``: by other documents that took effect. ``document_ntd``: by this one.
    ``others_ntd``: what of the agency's other advances is not in the budget yet.
    """

    advance_id: uuid.UUID
    advanced_ntd: int
    included_ntd: int
    document_ntd: int
    others_ntd: int
    inclusions: tuple[Inclusion, ...]

    @property
    def left_ntd(self) -> int:
        return self.advanced_ntd - self.included_ntd - self.document_ntd

    @property
    def outstanding_ntd(self) -> int:
        """What the agency has still to bring into a budget with this document in force."""
        return self.left_ntd + self.others_ntd


def advance_effect(
    uow: UnitOfWork, change: Change, *, advance: Change | None
) -> AdvanceEffect | None:
    """Return the effect of an advance, or of a document that includes ``advance``; else None."""
    if change.reverses_id is not None or change.state in OVER:
        return None
    about = change if change.kind is ChangeKind.ADVANCE else advance
    if about is None or change.kind not in {ChangeKind.ADVANCE, ChangeKind.INCLUSION}:
        return None
    asked = {"advance_id": about.document_id, "document_id": change.document_id}
    rows = uow.connection.execute(INCLUSIONS, asked).all()
    others_ntd = uow.connection.execute(
        OTHERS, {"agency_code": about.agency_code, "advance_id": about.document_id}
    ).scalar_one()
    return AdvanceEffect(
        advance_id=about.document_id,
        advanced_ntd=about.amount_ntd,
        included_ntd=rows[0].included_ntd if rows else 0,
        document_ntd=0 if about is change else change.amount_ntd,
        others_ntd=others_ntd,
        inclusions=tuple(_inclusion(row) for row in rows if row.document_id != change.document_id),
    )


def _inclusion(row: sa.Row[Any]) -> Inclusion:
    return Inclusion(**{name: getattr(row, name) for name in Inclusion.__struct_fields__})
