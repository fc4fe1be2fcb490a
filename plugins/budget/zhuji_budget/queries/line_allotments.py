"""What documents did to the months of a line, and when each month was released. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# A schedule that is approved writes twelve movements a row: they are one act of one document. By
# the index on (control_row_id, movement_id), which holders and movements of the page read too.
ALLOTTED = sa.text(f"""
    SELECT m.control_row_id, m.document_kind, m.document_id, m.document_label, m.business_date,
           sum(m.amount_ntd)::bigint AS amount_ntd,
           ARRAY[{
    ", ".join(
        f"COALESCE(sum(m.amount_ntd) FILTER (WHERE m.month = {month}), 0)::bigint"
        for month in range(1, 13)
    )
}] AS months_ntd
      FROM budget.budget_movement AS m
     WHERE m.control_row_id = ANY(:ids) AND m.kind = 'allot'
     GROUP BY m.control_row_id, m.document_kind, m.document_id, m.document_label, m.business_date
     ORDER BY max(m.movement_id) DESC
     LIMIT 200
""")
RELEASED = sa.text("""
    SELECT t.month, t.released_on
      FROM budget.allotment_release AS t
     WHERE t.fiscal_year = :fiscal_year AND t.agency_code = :agency_code
       AND t.side = 'expenditure'
     ORDER BY t.month
     LIMIT 12
""")


class AllottedAct(Value, frozen=True, kw_only=True):
    """What one document did to the twelve months of one control row, NT dollars."""

    control_row_id: uuid.UUID
    document_kind: str
    document_id: uuid.UUID
    document_label: str
    business_date: dt.date
    amount_ntd: int
    months_ntd: tuple[int, ...]


def allotted_acts(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> tuple[AllottedAct, ...]:
    """Return the acts on these control rows, newest first; the caller has asked for the right."""
    rows = uow.connection.execute(ALLOTTED, {"ids": list(ids)}).mappings()
    return tuple(AllottedAct(**{**row, "months_ntd": tuple(row["months_ntd"])}) for row in rows)


def months_released(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> dict[int, dt.date]:
    """Return on which day each month of the agency's expenditure was released."""
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    return {row.month: row.released_on for row in uow.connection.execute(RELEASED, asked)}
