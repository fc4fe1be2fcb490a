"""What the law sees in a control row, by the codes of its year; and first reserves beyond 1 %."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.domain.reserve_limit import AgencyReserve
from zhuji_core.uow import UnitOfWork

# Of row r of line b. A reserve is the agency's first one unless its function says which it is; of
# a row that the book does not split only the second reserve is known.
ROLE = """
    (SELECT CASE WHEN o.role = 'reserve' THEN COALESCE(f.role, 'first_reserve')
                 WHEN r.object_code = '' AND f.role = 'second_reserve' THEN f.role
                 ELSE COALESCE(o.role, '') END
       FROM (SELECT 1) AS one
       LEFT JOIN budget.object_code AS o
              ON o.code = r.object_code AND o.level = 1
             AND r.fiscal_year BETWEEN o.fiscal_year_from AND o.fiscal_year_to
       LEFT JOIN LATERAL (
            SELECT NULLIF(c.role, '') AS role
              FROM budget.code_set AS s
              JOIN budget.class_code AS c ON c.kind = s.kind AND c.set_name = s.name
             WHERE s.kind = 'function' AND c.code = b.function_code
               AND r.fiscal_year BETWEEN s.fiscal_year_from AND s.fiscal_year_to
             LIMIT 1) AS f ON true
      LIMIT 1)
"""
# Bill and council together are what is enacted, before it and after it.
RESERVES = f"""
    SELECT r.fiscal_year, r.agency_code, min(b.agency_name) AS agency_name,
           COALESCE(sum(r.bill_ntd + r.council_ntd) FILTER (WHERE r.account = 'current'), 0)::bigint
               AS current_ntd,
           COALESCE(sum(r.bill_ntd + r.council_ntd) FILTER (WHERE {ROLE} = 'first_reserve'),
                    0)::bigint AS reserve_ntd
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
     GROUP BY r.fiscal_year, r.agency_code
"""
OVER = sa.text(f"""
    SELECT agency_code, agency_name, current_ntd, reserve_ntd
      FROM ({RESERVES}) AS x
     WHERE fiscal_year = :fiscal_year AND reserve_ntd > current_ntd / 100
     ORDER BY agency_code
     LIMIT 2000
""")


def reserves_over(uow: UnitOfWork, *, fiscal_year: int) -> list[AgencyReserve]:
    """Return the agencies whose first reserve is more than a hundredth of current expenditure."""
    rows = uow.connection.execute(OVER, {"fiscal_year": fiscal_year})
    return [AgencyReserve(**row) for row in rows.mappings()]
