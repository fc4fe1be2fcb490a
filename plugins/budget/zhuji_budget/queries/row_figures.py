"""What every row had by the end of a month, recomputed from the movements: for the hook."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.store.movements import signed
from zhuji_core.contracts.figures import RowFigures, RowFiguresQuery
from zhuji_core.uow import UnitOfWork

# Every control row of the largest city with its schools, twice over.
ROWS_MAX = 100_000

# The baseline and the months of a schedule are of the whole year, whenever they were recorded; a
# change counts from its own day.
COUNTED = """
    (m.business_date <= :until OR m.kind = 'enact'
     OR (m.kind = 'allot' AND m.document_kind <> 'budget.change'))
"""
# Of which column of the statement a change is; what else there is, is the rest.
CHANGED = """
    COALESCE(sum(m.amount_ntd) FILTER (
        WHERE m.kind = 'change' AND c.kind IN ('supplement', 'reduction')), 0)::bigint
        AS supplement_ntd,
    COALESCE(sum(m.amount_ntd) FILTER (
        WHERE m.kind = 'change' AND c.kind = 'virement'), 0)::bigint AS virement_ntd,
    COALESCE(sum(m.amount_ntd) FILTER (
        WHERE m.kind = 'change' AND c.kind IN ('first_reserve', 'second_reserve')), 0)::bigint
        AS reserve_ntd,
    COALESCE(sum(m.amount_ntd) FILTER (
        WHERE m.kind = 'change'
          AND (c.kind IS NULL OR c.kind NOT IN ('supplement', 'reduction', 'virement',
                                                'first_reserve', 'second_reserve'))), 0)::bigint
        AS other_ntd,
    COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'enact'), 0)::bigint AS enacted_ntd,
    COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot' AND m.month <= :month), 0)::bigint
        AS allotted_ntd
"""
BUDGET = (
    "enacted_ntd",
    "supplement_ntd",
    "virement_ntd",
    "reserve_ntd",
    "other_ntd",
    "allotted_ntd",
)
SPENT = ("month_expended_ntd", "expended_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd")


def _told(*names: str) -> str:
    """Return the columns, zero for a row that nothing was told of."""
    return ", ".join(f"COALESCE(v.{name}, 0) AS {name}" for name in names)


# Rows of an agency are tens, each found by index; the city's are added up in one pass.
EXPENDITURE = sa.text(f"""
    WITH moved AS (
        SELECT m.control_row_id, {CHANGED},
               COALESCE(sum({signed("expended")}) FILTER (WHERE m.business_date >= :since),
                        0)::bigint AS month_expended_ntd,
               sum({signed("expended")})::bigint AS expended_ntd,
               sum({signed("payable")})::bigint AS payable_ntd,
               sum({signed("advanced")})::bigint AS advanced_ntd,
               sum({signed("encumbered")})::bigint AS encumbered_ntd
          FROM budget.control_row AS r
          JOIN budget.budget_movement AS m USING (control_row_id)
          LEFT JOIN budget.change_document AS c USING (document_id)
         WHERE r.fiscal_year = :fiscal_year AND {COUNTED}
           AND (CAST(:agencies AS text[]) IS NULL
                OR r.agency_code = ANY(CAST(:agencies AS text[])))
         GROUP BY m.control_row_id
    )
    SELECT r.control_row_id AS row_id, r.line_id, b.agency_code, b.agency_name,
           b.plan_code AS group_code, b.plan_name AS group_name, b.code, b.name, r.object_code,
           r.object_name, r.account, {_told(*BUDGET, *SPENT)}
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
      LEFT JOIN moved AS v USING (control_row_id)
     WHERE r.fiscal_year = :fiscal_year
       AND (CAST(:agencies AS text[]) IS NULL OR r.agency_code = ANY(CAST(:agencies AS text[])))
     ORDER BY b.code, r.object_code, r.account
     LIMIT :limit
""")
REVENUE = sa.text(f"""
    WITH moved AS (
        SELECT m.revenue_row_id, {CHANGED}
          FROM budget.revenue_row AS r
          JOIN budget.revenue_movement AS m USING (revenue_row_id)
          LEFT JOIN budget.change_document AS c USING (document_id)
         WHERE r.fiscal_year = :fiscal_year AND {COUNTED}
           AND (CAST(:agencies AS text[]) IS NULL
                OR r.agency_code = ANY(CAST(:agencies AS text[])))
         GROUP BY m.revenue_row_id
    )
    SELECT r.revenue_row_id AS row_id, NULL::uuid AS line_id, r.agency_code, r.agency_name,
           r.source_code AS group_code, r.source_name AS group_name, r.code, r.name,
           '' AS object_code, '' AS object_name, r.account, {_told(*BUDGET)}
      FROM budget.revenue_row AS r
      LEFT JOIN moved AS v USING (revenue_row_id)
     WHERE r.fiscal_year = :fiscal_year
       AND (CAST(:agencies AS text[]) IS NULL OR r.agency_code = ANY(CAST(:agencies AS text[])))
     ORDER BY r.source_code, r.code, r.account
     LIMIT :limit
""")


def row_figures(uow: UnitOfWork, query: RowFiguresQuery) -> list[RowFigures]:
    """Return the figures of every row of the year, in the order of the book."""
    rows = uow.connection.execute(
        REVENUE if query.side == "revenue" else EXPENDITURE,
        {
            "fiscal_year": query.fiscal_year,
            "month": query.month,
            "since": query.since,
            "until": query.until,
            "agencies": None if query.agencies is None else list(query.agencies),
            "limit": ROWS_MAX + 1,
        },
    ).mappings()
    found = [RowFigures(**row) for row in rows]
    assert len(found) <= ROWS_MAX, "a statement is of all rows or of none"
    return found
