"""Prove the counters: every control row recomputed from its movements, to the dollar."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ERRORS_MAX = 100

# One pass over the movements; a row without movements must have counters of zero.
COMPARE = sa.text("""
    WITH summed AS (
        SELECT m.control_row_id,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'enact'), 0) AS enacted_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot'), 0) AS allotted_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'reserve'), 0)
                   - COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'release'), 0)
                   AS encumbered_ntd
          FROM budget.budget_movement AS m
         GROUP BY m.control_row_id
    )
    SELECT r.control_row_id, r.line_code, r.object_code,
           abs(r.enacted_ntd - COALESCE(s.enacted_ntd, 0))
           + abs((SELECT sum(a) FROM unnest(r.allotment_ntd) AS a)
                 - COALESCE(s.allotted_ntd, 0))
           + abs(r.encumbered_ntd - COALESCE(s.encumbered_ntd, 0))
           + abs(r.changes_ntd) + abs(r.advanced_ntd) + abs(r.expended_ntd) AS drift_ntd
      FROM budget.control_row AS r
      LEFT JOIN summed AS s USING (control_row_id)
""")
CHECKED = sa.text("SELECT count(*) FROM budget.control_row")
DRIFTED = sa.text(f"""
    SELECT line_code, object_code, drift_ntd
      FROM ({COMPARE.text}) AS compared
     WHERE drift_ntd <> 0
     ORDER BY line_code, object_code
     LIMIT 1000
""")
# The book's own sums: what a line's control rows hold is what the line was granted.
UNEQUAL_LINES = sa.text("""
    SELECT b.code, b.bill_ntd, COALESCE(sum(r.bill_ntd), 0)::bigint AS rows_ntd
      FROM budget.budget_line AS b
      LEFT JOIN budget.control_row AS r USING (line_id)
     GROUP BY b.line_id
    HAVING b.bill_ntd <> COALESCE(sum(r.bill_ntd), 0)
     LIMIT 1000
""")


class BudgetVerification(Value, frozen=True, kw_only=True):
    """``checked`` control rows, the sum of all differences in NT dollars, and what is wrong."""

    checked: int
    drift_ntd: int
    errors: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing checked proves nothing, so it does not pass."""
        return self.checked > 0 and self.drift_ntd == 0 and not self.errors


def verify_budget(uow: UnitOfWork) -> BudgetVerification:
    """Compare every control row with the sum of its movements, every line with its rows."""
    drifted = uow.connection.execute(DRIFTED).all()
    unequal = uow.connection.execute(UNEQUAL_LINES).all()
    errors = [
        f"{row.line_code} {row.object_code}: counters and movements differ by {row.drift_ntd:,}"
        for row in drifted
    ] + [
        f"{row.code}: the line has {row.bill_ntd:,}, its control rows {row.rows_ntd:,}"
        for row in unequal
    ]
    drift_ntd = sum(int(row.drift_ntd) for row in drifted)
    drift_ntd += sum(abs(row.bill_ntd - row.rows_ntd) for row in unequal)
    return BudgetVerification(
        checked=uow.connection.execute(CHECKED).scalar_one(),
        drift_ntd=drift_ntd,
        errors=tuple(errors[:ERRORS_MAX]),
    )
