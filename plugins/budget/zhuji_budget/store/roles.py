"""What the law sees in a control row, by the codes of its year; and first reserves beyond 1 %.

Certification does not ask for the codes: a row that is a reserve says so itself (``reserve``),
marked by whoever makes rows, loads codes or enacts the year.
"""

from __future__ import annotations

from collections.abc import Sequence

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
# Which reserve a row is, of those that are never spent where they stand.
RESERVE = f"""
    CASE {ROLE} WHEN 'first_reserve' THEN 'first_reserve'
                WHEN 'second_reserve' THEN 'second_reserve' ELSE '' END
"""
# Rows in the order of their id, as everywhere; those that say it already are not touched.
MARK = sa.text(f"""
    WITH told AS MATERIALIZED (
        SELECT r.control_row_id, {RESERVE} AS reserve
          FROM budget.control_row AS r
          JOIN budget.budget_line AS b USING (line_id)
         WHERE CAST(:fiscal_year AS integer) IS NULL OR r.fiscal_year = :fiscal_year
    ), wrong AS (
        SELECT r.control_row_id, t.reserve
          FROM budget.control_row AS r
          JOIN told AS t USING (control_row_id)
         WHERE r.reserve <> t.reserve
         ORDER BY r.control_row_id
           FOR NO KEY UPDATE OF r
    )
    UPDATE budget.control_row AS r
       SET reserve = w.reserve
      FROM wrong AS w
     WHERE r.control_row_id = w.control_row_id
""")
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
# What later acts voted (追加減, 墊付款納入預算), with what took them back. Virements, and reserves
# that are drawn on, move money that was voted before.
VOTED_KINDS = "('supplement', 'reduction', 'inclusion')"
VOTED = f"""
    SELECT d.document_id, d.kind, d.state, d.reverses_id, d.posted_at, r.agency_code,
           sum(l.amount_ntd) FILTER (WHERE r.account = 'current') AS current_ntd,
           sum(l.amount_ntd) FILTER (WHERE {ROLE} = 'first_reserve') AS reserve_ntd
      FROM budget.change_document AS d
      JOIN budget.change_line AS l USING (document_id)
      JOIN budget.control_row AS r USING (control_row_id)
      JOIN budget.budget_line AS b ON b.line_id = r.line_id
     WHERE d.state IN ('posted', 'reversed') AND d.kind IN {VOTED_KINDS}
       AND d.fiscal_year = r.fiscal_year
     GROUP BY d.document_id, r.agency_code
"""
NOW = sa.text(f"""
    SELECT x.agency_code, x.agency_name,
           (x.current_ntd + COALESCE(v.current_ntd, 0))::bigint AS current_ntd,
           (x.reserve_ntd + COALESCE(v.reserve_ntd, 0))::bigint AS reserve_ntd
      FROM ({RESERVES}) AS x
      LEFT JOIN (SELECT w.agency_code, sum(w.current_ntd) AS current_ntd,
                        sum(w.reserve_ntd) AS reserve_ntd
                   FROM ({VOTED}) AS w
                   JOIN budget.change_document AS d USING (document_id)
                  WHERE d.fiscal_year = :fiscal_year
                  GROUP BY w.agency_code) AS v USING (agency_code)
     WHERE x.fiscal_year = :fiscal_year AND x.agency_code = ANY(:agencies)
     ORDER BY x.agency_code
     LIMIT 2000
""")
OVER = sa.text(f"""
    SELECT agency_code, agency_name, current_ntd, reserve_ntd
      FROM ({RESERVES}) AS x
     WHERE fiscal_year = :fiscal_year AND reserve_ntd > current_ntd / 100
     ORDER BY agency_code
     LIMIT 2000
""")


def mark_reserves(uow: UnitOfWork, *, fiscal_year: int | None = None) -> None:
    """Let each control row say which reserve it is, by the codes of its year; None: every year."""
    uow.connection.execute(MARK, {"fiscal_year": fiscal_year})


def reserves_over(uow: UnitOfWork, *, fiscal_year: int) -> list[AgencyReserve]:
    """Return the agencies whose first reserve is more than a hundredth of current expenditure."""
    rows = uow.connection.execute(OVER, {"fiscal_year": fiscal_year})
    return [AgencyReserve(**row) for row in rows.mappings()]


def reserves_now(
    uow: UnitOfWork, *, fiscal_year: int, agencies: Sequence[str]
) -> list[AgencyReserve]:
    """Return first reserves of these agencies as voted until now, beside current expenditure."""
    if not agencies:
        return []
    wanted = {"fiscal_year": fiscal_year, "agencies": list(agencies)}
    return [AgencyReserve(**row) for row in uow.connection.execute(NOW, wanted).mappings()]
