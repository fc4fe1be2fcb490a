"""What must hold in a county whatever happened to it: asked of the tables, not of the product.

Written apart from ``zhuji accounting verify``, so that one mistake cannot hide in both. Balances
are recomputed from the movements, and from the receipts a second time. Made for the counties that
:mod:`seed` fills: the business date is in March, and a request names a control row once.
"""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_core.values import Value

# Each statement counts faults (rows or NT dollars): 0 is the only right answer.
FAULTS: dict[str, str] = {
    # The movements are what was granted, even where a lost update keeps the counter low.
    "overspent_ntd": """
        SELECT COALESCE(sum(GREATEST(0, h.held_ntd - LEAST(
                   r.enacted_ntd + r.changes_ntd,
                   (SELECT sum(a) FROM unnest(r.allotment_ntd[1:3]) AS a)))), 0)
          FROM budget.control_row AS r
          JOIN (SELECT control_row_id,
                       sum(CASE WHEN kind = 'reserve' THEN amount_ntd
                                WHEN kind IN ('release', 'return', 'recover') THEN -amount_ntd
                                ELSE 0 END) AS held_ntd
                  FROM budget.budget_movement GROUP BY control_row_id) AS h USING (control_row_id)
    """,
    "counters_differ_ntd": """
        SELECT COALESCE(sum(abs(r.encumbered_ntd - COALESCE(h.held_ntd, 0))
                   + abs(r.advanced_ntd - COALESCE(h.advanced_ntd, 0))
                   + abs(r.expended_ntd - COALESCE(h.expended_ntd, 0))
                   + abs(r.payable_ntd - COALESCE(h.payable_ntd, 0))
                   + abs(r.enacted_ntd - COALESCE(h.enacted_ntd, 0))
                   + abs((SELECT sum(a) FROM unnest(r.allotment_ntd) AS a)
                         - COALESCE(h.allotted_ntd, 0))), 0)
          FROM budget.control_row AS r
          LEFT JOIN (SELECT control_row_id,
                            sum(CASE WHEN kind = 'reserve' THEN amount_ntd
                                     WHEN kind IN ('release', 'expend', 'advance')
                                     THEN -amount_ntd ELSE 0 END) AS held_ntd,
                            sum(CASE WHEN kind = 'advance' THEN amount_ntd
                                     WHEN kind IN ('settle', 'return')
                                     THEN -amount_ntd ELSE 0 END) AS advanced_ntd,
                            sum(CASE WHEN kind IN ('expend', 'settle') THEN amount_ntd
                                     WHEN kind = 'recover'
                                     THEN -amount_ntd ELSE 0 END) AS expended_ntd,
                            sum(CASE kind WHEN 'owe' THEN amount_ntd
                                          WHEN 'pay' THEN -amount_ntd ELSE 0 END)
                                AS payable_ntd,
                            sum(amount_ntd) FILTER (WHERE kind = 'enact') AS enacted_ntd,
                            sum(amount_ntd) FILTER (WHERE kind = 'allot') AS allotted_ntd
                       FROM budget.budget_movement GROUP BY control_row_id) AS h
               USING (control_row_id)
    """,
    # Paid by the movements beyond the months that have begun.
    "overpaid_ntd": """
        SELECT COALESCE(sum(GREATEST(0, h.paid_ntd - (
                   SELECT sum(a) FROM unnest(r.allotment_ntd[1:3]) AS a))), 0)
          FROM budget.control_row AS r
          JOIN (SELECT control_row_id,
                       sum(CASE WHEN kind IN ('expend', 'advance') THEN amount_ntd
                                WHEN kind IN ('return', 'recover') THEN -amount_ntd
                                ELSE 0 END) AS paid_ntd
                  FROM budget.budget_movement GROUP BY control_row_id) AS h USING (control_row_id)
    """,
    # No commitment holds, has advanced or has spent less than nothing on a row.
    "commitments_overdrawn": """
        SELECT count(*)
          FROM (SELECT FROM budget.budget_movement
                 GROUP BY COALESCE(commitment_id, document_id), control_row_id
                HAVING sum(CASE WHEN kind = 'reserve' THEN amount_ntd
                                WHEN kind IN ('release', 'expend', 'advance')
                                THEN -amount_ntd ELSE 0 END) < 0
                    OR sum(CASE WHEN kind = 'advance' THEN amount_ntd
                                WHEN kind IN ('settle', 'return')
                                THEN -amount_ntd ELSE 0 END) < 0
                    OR sum(CASE WHEN kind IN ('expend', 'settle') THEN amount_ntd
                                WHEN kind = 'recover' THEN -amount_ntd ELSE 0 END) < 0) AS o
    """,
    "receipts_and_movements_differ": """
        SELECT count(*)
          FROM (SELECT c.request_id, l.control_row_id, l.requested_ntd AS amount_ntd
                  FROM accounting.receipt_line AS l
                  JOIN accounting.certification AS c USING (certification_id)) AS l
          FULL JOIN (SELECT document_id AS request_id, control_row_id, amount_ntd
                       FROM budget.budget_movement WHERE kind = 'reserve') AS m
               USING (request_id, control_row_id, amount_ntd)
         WHERE l.request_id IS NULL OR m.request_id IS NULL
    """,
    # A receipt must show exactly what was reserved on its row before it, no more and no less.
    "receipts_not_recomputable": """
        SELECT count(*)
          FROM (SELECT m.document_id AS request_id, m.control_row_id, m.kind,
                       COALESCE(sum(CASE WHEN m.kind = 'reserve' THEN m.amount_ntd
                                         WHEN m.kind IN ('release', 'expend', 'advance')
                                         THEN -m.amount_ntd ELSE 0 END)
                                OVER (PARTITION BY m.control_row_id ORDER BY m.movement_id
                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                           AS met_ntd
                  FROM budget.budget_movement AS m) AS h
          JOIN accounting.certification AS c USING (request_id)
          JOIN accounting.receipt_line AS l USING (certification_id, control_row_id)
         WHERE h.kind = 'reserve' AND (l.encumbered_ntd <> h.met_ntd
               OR l.remaining_ntd <> LEAST(l.enacted_ntd + l.changes_ntd, l.allotted_to_date_ntd)
                                     - h.met_ntd - l.advanced_ntd - l.expended_ntd
                                     - l.requested_ntd)
    """,
    "numbers_with_gaps": """
        SELECT COALESCE(sum(f.faults), 0)
          FROM (SELECT abs(max(certification_no) - count(*)) + (min(certification_no) <> 1)::int
                       + abs(max(certification_no) - max(n.last_no)) AS faults
                  FROM accounting.certification AS c
                  LEFT JOIN kernel.number_counter AS n
                         ON n.agency_code = c.agency_code AND n.fiscal_year = c.fiscal_year
                        AND n.kind = 'certification'
                 GROUP BY c.agency_code, c.fiscal_year) AS f
    """,
    "certified_twice": """
        SELECT (SELECT count(*) - count(DISTINCT request_id) FROM accounting.certification)
             + (SELECT count(*) FROM (SELECT FROM budget.budget_movement WHERE kind = 'reserve'
                                       GROUP BY document_id, control_row_id
                                      HAVING count(*) > 1) AS twice)
    """,
    "state_without_certification": """
        SELECT count(*)
          FROM accounting.spending_request AS r
          LEFT JOIN accounting.certification AS c USING (request_id)
         WHERE (r.state IN ('certified', 'closed')) <> (c.request_id IS NOT NULL)
    """,
    "audit_rows_differ": """
        SELECT count(*)
          FROM accounting.certification AS c
          FULL JOIN (SELECT document_id AS request_id FROM kernel.audit_entry
                      WHERE action = 'accounting.request.certify') AS a USING (request_id)
         WHERE c.request_id IS NULL OR a.request_id IS NULL
    """,
    "events_differ": """
        SELECT count(*)
          FROM (SELECT request_id, amount_ntd FROM accounting.certification) AS c
          FULL JOIN (SELECT document_id AS request_id, (body ->> 'amount_ntd')::bigint AS amount_ntd
                       FROM kernel.event
                      WHERE type = 'accounting.certification-granted') AS e
               USING (request_id, amount_ntd)
         WHERE c.request_id IS NULL OR e.request_id IS NULL
    """,
}
# Rows only fill up in a race, so a request that was refused for funds must still be short now.
REFUSED_ALTHOUGH_FUNDED = """
    SELECT count(*)
      FROM accounting.spending_request AS r
     WHERE r.state = 'unit_approved'
       AND NOT EXISTS (
           SELECT FROM accounting.request_line AS l
             JOIN budget.control_row AS b USING (control_row_id)
            WHERE l.request_id = r.request_id
              AND l.amount_ntd > LEAST(b.enacted_ntd + b.changes_ntd,
                                       (SELECT sum(a) FROM unnest(b.allotment_ntd[1:3]) AS a))
                                 - b.encumbered_ntd - b.advanced_ntd - b.expended_ntd)
"""
COUNTS = """
    SELECT (SELECT count(*) FROM accounting.certification) AS certified,
           (SELECT count(*) FROM accounting.receipt_line) AS receipt_lines,
           (SELECT count(*) FROM budget.budget_movement WHERE kind = 'reserve') AS movements,
           (SELECT count(*) FROM budget.control_row WHERE encumbered_ntd > 0) AS rows_used
"""


class Invariants(Value, frozen=True, kw_only=True):
    """How much was looked at, and how many faults of each kind were found."""

    certified: int
    receipt_lines: int
    movements: int
    rows_used: int
    faults: dict[str, int]

    @property
    def hold(self) -> bool:
        """Nothing looked at proves nothing."""
        return self.certified > 0 and not self.broken

    @property
    def broken(self) -> dict[str, int]:
        return {name: count for name, count in self.faults.items() if count}


def check(connection: sa.Connection, *, all_tried: bool = False) -> Invariants:
    """Ask every invariant; ``all_tried``: each request has had its answer, so none may wait."""
    statements = FAULTS | (
        {"refused_although_funded": REFUSED_ALTHOUGH_FUNDED} if all_tried else {}
    )
    counts = connection.execute(sa.text(COUNTS)).mappings().one()
    return Invariants(
        **counts,
        faults={
            name: int(connection.execute(sa.text(sql)).scalar_one())
            for name, sql in statements.items()
        },
    )
