"""What an agency was given the year before, row by row, and the estimate that asked for it."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.domain.estimate import Estimate
from zhuji_budget.domain.last_year import LastYearFacts, PassedRow, Place, Struck, struck_out
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.queries.last_year import last_year_estimate
from zhuji_budget.store import estimates
from zhuji_core.uow import UnitOfWork

# Of row r in its year y: the bill as the council left it, later the law with later acts of the
# council (追加、追減); virements and reserves move money within the year and are nobody's base.
PASSED = """CASE y.state WHEN 'bill' THEN r.bill_ntd + r.council_ntd
                ELSE r.enacted_ntd + COALESCE((
                     SELECT sum(m.amount_ntd)
                       FROM budget.{movement} AS m
                       JOIN budget.change_document AS d ON d.document_id = m.document_id
                      WHERE m.{key} = r.{key} AND m.kind = 'change'
                        AND d.kind IN ('supplement', 'reduction')), 0)
                 END"""
ROWS = sa.text(f"""
    SELECT 'expenditure' AS side, r.line_code, r.object_code, r.account, r.line_name,
           r.object_name, r.bill_ntd,
           ({PASSED.format(movement="budget_movement", key="control_row_id")})::bigint
               AS passed_ntd,
           COALESCE(c.condition, '') AS said
      FROM budget.control_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
      LEFT JOIN budget.council_change AS c USING (control_row_id)
     WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND r.agency_code = :agency_code
     UNION ALL
    SELECT 'revenue', r.code, '', r.account, r.name, r.source_name, r.bill_ntd,
           ({PASSED.format(movement="revenue_movement", key="revenue_row_id")})::bigint,
           COALESCE(c.reason, '')
      FROM budget.revenue_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
      LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
     WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND r.agency_code = :agency_code
     ORDER BY 1, 2, 3, 4
     LIMIT 5000
""")


def find_struck(uow: UnitOfWork, estimate: Estimate) -> tuple[Struck, ...]:
    """Return what of the agency's last year was struck out."""
    objects = objects_of(uow, estimate.fiscal_year)
    return struck_out(last_year_facts(uow, estimate), objects=objects)


def last_year_facts(uow: UnitOfWork, estimate: Estimate) -> LastYearFacts:
    """Return the year before the estimate's: rows where there is a bill, and what asked for them.

    An estimate that did not become the bill asks for nothing beside one.
    """
    asked = {"fiscal_year": estimate.fiscal_year, "agency_code": estimate.agency_code}
    rows = tuple(
        PassedRow(
            place=Place(
                side=row.side,
                line_code=row.line_code,
                object_code=row.object_code,
                account=row.account,
            ),
            line_name=row.line_name,
            object_name=row.object_name,
            bill_ntd=row.bill_ntd,
            passed_ntd=row.passed_ntd,
            said=row.said,
        )
        for row in uow.connection.execute(ROWS, asked)
    )
    before_id = last_year_estimate(
        uow, fiscal_year=estimate.fiscal_year, agency_code=estimate.agency_code
    )
    before = estimates.read(uow, [before_id])[0] if before_id else None
    is_compiled = before is not None and before.state == "compiled"
    lines = before.lines if before is not None and (is_compiled or not rows) else ()
    return LastYearFacts(lines=lines, rows=rows, is_passed=bool(rows) or is_compiled)
