"""Prove that what goes on in the next year is what was left of this one, and nothing twice."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork

# What goes on in the next year is what was carried over and what is due, each once, nothing twice.
FORWARD = sa.text("""
    WITH went AS (
        SELECT r.continues_id AS request_id, l.line_no, r.brought,
               sum(l.amount_ntd) AS went_ntd
          FROM accounting.spending_request AS r
          JOIN accounting.request_line AS l USING (request_id)
         WHERE r.brought <> '' AND r.state IN ('certified', 'closed')
         GROUP BY r.continues_id, l.line_no, r.brought
    ), left_over AS (
        SELECT l.request_id, l.request_line_no AS line_no, 'carried' AS brought,
               least(q.amount_ntd - q.claimed_ntd - q.advanced_ntd - q.released_ntd,
                     l.granted_carry_ntd) AS left_ntd
          FROM accounting.year_end AS y
          JOIN accounting.carry_over AS c USING (agency_code, fiscal_year)
          JOIN accounting.carry_line AS l USING (carry_id)
          JOIN accounting.request_line AS q
            ON q.request_id = l.request_id AND q.line_no = l.request_line_no
         WHERE y.state = 'closed' AND c.state = 'decided'
         UNION ALL
        SELECT l.request_id, l.request_line_no, 'owed', l.granted_payable_ntd
          FROM accounting.year_end AS y
          JOIN accounting.carry_over AS c USING (agency_code, fiscal_year)
          JOIN accounting.carry_line AS l USING (carry_id)
         WHERE y.state = 'closed' AND c.state = 'decided'
         UNION ALL
        SELECT l.request_id, l.line_no, 'owed', l.amount_ntd - l.claimed_ntd - l.released_ntd
          FROM accounting.year_end AS y
          JOIN accounting.spending_request AS r USING (agency_code, fiscal_year)
          JOIN accounting.request_line AS l USING (request_id)
         WHERE y.state = 'closed' AND r.brought = 'owed' AND r.state = 'certified'
    )
    SELECT request_id, line_no, brought,
           abs(COALESCE(w.went_ntd, 0) - COALESCE(o.left_ntd, 0))::bigint AS difference_ntd
      FROM went AS w
      FULL JOIN left_over AS o USING (request_id, line_no, brought)
     WHERE COALESCE(w.went_ntd, 0) <> COALESCE(o.left_ntd, 0)
     LIMIT 1000
""")


def compare_forward(uow: UnitOfWork) -> tuple[int, list[str]]:
    """Compare what goes on in the next year with what was left of each line."""
    rows = uow.connection.execute(FORWARD).all()
    errors = [
        f"request {row.request_id} line {row.line_no}: goes on ({row.brought}) with"
        f" {row.difference_ntd:,} more or less than was left"
        for row in rows
    ]
    return sum(row.difference_ntd for row in rows), errors
