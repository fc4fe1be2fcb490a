"""The control ledger of a year, movement by movement, for exports that prove it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from zhuji_budget.store.movements import signed
from zhuji_core.contracts.control import ControlPosting
from zhuji_core.uow import UnitOfWork

CHUNK = 5_000

# A row's movements are in the order of their numbers, which is that of its lock. Whoever sets the
# county's date back must not turn that order round, so a row's date never falls.
POSTINGS = sa.text(f"""
    SELECT m.control_row_id, r.agency_code,
           r.line_code || '-' || r.object_code || '-' || r.account AS label,
           max(m.business_date) OVER (PARTITION BY m.control_row_id
                                      ORDER BY m.movement_id) AS on_date,
           m.kind, m.document_kind, m.document_id, m.document_label,
           CASE WHEN m.kind IN ('enact', 'change') THEN m.amount_ntd
                WHEN m.kind = 'freeze' THEN -m.amount_ntd ELSE 0 END AS budget_ntd,
           {signed("encumbered")} AS encumbered_ntd,
           {signed("advanced")} AS advanced_ntd,
           {signed("expended")} AS expended_ntd
      FROM budget.budget_movement AS m
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE r.fiscal_year = :fiscal_year AND m.kind NOT IN ('allot', 'owe', 'pay')
     ORDER BY on_date, m.movement_id
     LIMIT 1000000000
""").execution_options(yield_per=CHUNK)


def control_postings(uow: UnitOfWork, *, fiscal_year: int) -> Iterator[ControlPosting]:
    """Yield the movements of the year's rows by date; read in chunks, never all at once."""
    rows = uow.connection.execute(POSTINGS, {"fiscal_year": fiscal_year})
    for row in rows.mappings():
        yield ControlPosting(**row)
