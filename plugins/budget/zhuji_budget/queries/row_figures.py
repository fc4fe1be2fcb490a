"""What every row had by the end of a month: its counters, less what came after. For the hook."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_budget.store.movements import signed
from zhuji_core.contracts.figures import RowFigures, RowFiguresQuery
from zhuji_core.uow import UnitOfWork

# Every control row of the largest city with its schools, twice over.
ROWS_MAX = 100_000

# The baseline and the months of a schedule are of the whole year, whenever they were recorded; a
# change counts from its own day, and a month of the allotment once it is asked for.
COUNTED = """
    (m.business_date <= :until OR m.kind = 'enact'
     OR (m.kind = 'allot' AND m.document_kind <> 'budget.change'))
    AND (m.month IS NULL OR m.month <= :month)
"""
# Of which column of the statement a change is, by its document; what else there is, is the rest.
CHANGED = """
    sum(m.amount_ntd) FILTER (WHERE c.kind IN ('supplement', 'reduction'))::bigint
        AS supplement_ntd,
    sum(m.amount_ntd) FILTER (WHERE c.kind = 'virement')::bigint AS virement_ntd,
    sum(m.amount_ntd) FILTER (WHERE c.kind IN ('first_reserve', 'second_reserve'))::bigint
        AS reserve_ntd
"""
BASELINE = """
    sum(m.amount_ntd) FILTER (WHERE m.kind = 'enact')::bigint AS enacted_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot')::bigint AS allotted_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.kind = 'change')::bigint AS changed_ntd
"""
# Two texts, since a prepared statement has one plan for all values.
OF_ROWS = {
    "all": "r.fiscal_year = :fiscal_year",
    "some": "r.fiscal_year = :fiscal_year AND r.agency_code = ANY(CAST(:agencies AS text[]))",
}
# Of some the line of each row, by its key: in the order of codes, all lines of the year were read.
LINE_OF = {
    "all": "JOIN budget.budget_line AS b USING (line_id)",
    "some": """
      CROSS JOIN LATERAL (SELECT * FROM budget.budget_line AS y
                           WHERE y.line_id = r.line_id OFFSET 0) AS b""",
}
MOVED = ("enacted_ntd", "allotted_ntd")
SPENT = ("month_expended_ntd", "expended_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd")
CHANGES = ("supplement_ntd", "virement_ntd", "reserve_ntd")


def _told(*moved: str) -> str:
    """Return the columns, zero for a row that nothing was told of."""
    columns = [*(f"v.{name}" for name in moved), *(f"w.{name}" for name in CHANGES)]
    told = ", ".join(f"COALESCE({one}, 0) AS {one[2:]}" for one in columns)
    named = "".join(f" - COALESCE(w.{name}, 0)" for name in CHANGES)
    return f"{told}, COALESCE(v.changed_ntd, 0){named} AS other_ntd"


# What came after the month, by row: its counters less this are what it had by the end of the month.
# A month of the allotment counts once it is asked for; what a change made of it, from its own day.
LATER = f"""
    sum({signed("expended")}) FILTER (WHERE m.business_date <= :until) AS month_expended_ntd,
    sum({signed("expended")}) FILTER (WHERE m.business_date > :until) AS expended_ntd,
    sum({signed("payable")}) FILTER (WHERE m.business_date > :until) AS payable_ntd,
    sum({signed("advanced")}) FILTER (WHERE m.business_date > :until) AS advanced_ntd,
    sum({signed("encumbered")}) FILTER (WHERE m.business_date > :until) AS encumbered_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.business_date > :until AND m.kind = 'change') AS changed_ntd,
    sum(m.amount_ntd) FILTER (WHERE m.business_date > :until AND m.kind = 'allot'
                                AND m.document_kind = 'budget.change' AND m.month <= :month)
        AS allotted_ntd
"""
# Of some agencies row by row, by its index: their share of a city's million movements. Of all in
# one pass over the movements since the month began: the sums of the year are in the counters.
LATER_OF = {
    "all": f"""
        SELECT m.control_row_id, {LATER}
          FROM budget.control_row AS r
          JOIN budget.budget_movement AS m USING (control_row_id)
         WHERE {OF_ROWS["all"]} AND m.business_date >= :since
         GROUP BY m.control_row_id
         LIMIT :limit
    """,
    "some": f"""
        SELECT r.control_row_id, l.*
          FROM budget.control_row AS r
         CROSS JOIN LATERAL (
               SELECT {LATER}
                 FROM budget.budget_movement AS m
                WHERE m.control_row_id = r.control_row_id AND m.business_date >= :since) AS l
         WHERE {OF_ROWS["some"]}
    """,
}
NOW = {
    "enacted_ntd": "r.enacted_ntd",
    "allotted_ntd": "r.asked_ntd - COALESCE(l.allotted_ntd, 0)",
    "month_expended_ntd": "COALESCE(l.month_expended_ntd, 0)",
    "changed_ntd": "r.changes_ntd - COALESCE(l.changed_ntd, 0)",
} | {
    f"{name}_ntd": f"r.{name}_ntd - COALESCE(l.{name}_ntd, 0)"
    for name in ("expended", "payable", "advanced", "encumbered")
}
HAD = ",\n               ".join(f"({value})::bigint AS {name}" for name, value in NOW.items())
# What the schedule has in the months so far.
ASKED = """
    (SELECT COALESCE(sum(a), 0) FROM unnest(r.allotment_ntd[1:CAST(:month AS integer)]) AS a)
"""
CHANGED_BY = """
    FROM budget.change_document AS c
    JOIN budget.budget_movement AS m USING (document_id)
    JOIN budget.control_row AS r USING (control_row_id)
   WHERE c.fiscal_year = :fiscal_year AND m.kind = 'change' AND m.business_date <= :until
"""
EXPENDITURE = {
    whose: f"""
    WITH later AS ({later}), changed AS (
        SELECT r.control_row_id, {CHANGED} {CHANGED_BY} GROUP BY r.control_row_id
    )
    SELECT r.control_row_id AS row_id, r.line_id, b.agency_code, b.agency_name,
           b.plan_code AS group_code, b.plan_name AS group_name, b.code, b.name, r.object_code,
           r.object_name, r.account, {_told(*MOVED, *SPENT)}
      FROM (SELECT r.*, {ASKED} AS asked_ntd
              FROM budget.control_row AS r WHERE {OF_ROWS[whose]}) AS r
      {LINE_OF[whose]}
      LEFT JOIN later AS l USING (control_row_id)
      LEFT JOIN changed AS w USING (control_row_id)
     CROSS JOIN LATERAL (SELECT {HAD}) AS v
     ORDER BY b.code, r.object_code, r.account
     LIMIT :limit
"""
    for whose, later in LATER_OF.items()
}
# Of agencies: counters and movements are added up where they are, 480 sums for a city's rows.
COUNTERS = ("enacted", "changes", "expended", "payable", "advanced", "encumbered")
SUMS = ", ".join(f"sum(r.{name}_ntd) AS {name}_ntd" for name in COUNTERS)
OF_AGENCY = """
    CAST(:nil AS uuid) AS row_id, NULL::uuid AS line_id, r.agency_code, r.agency_name,
    '' AS group_code, '' AS group_name, '' AS code, '' AS name, '' AS object_code,
    '' AS object_name, '' AS account
"""
EXPENDITURE_OF_AGENCIES = {
    whose: f"""
    WITH later AS (
        SELECT r.agency_code, {LATER}
          FROM budget.control_row AS r
          JOIN budget.budget_movement AS m USING (control_row_id)
         WHERE {of_rows} AND m.business_date >= :since
         GROUP BY r.agency_code
    ), changed AS (
        SELECT r.agency_code, {CHANGED} {CHANGED_BY} AND {of_rows} GROUP BY r.agency_code
    )
    SELECT {OF_AGENCY}, {_told(*MOVED, *SPENT)}
      FROM (SELECT r.agency_code, max(b.agency_name) AS agency_name, {SUMS},
                   sum({ASKED}) AS asked_ntd
              FROM budget.control_row AS r JOIN budget.budget_line AS b USING (line_id)
             WHERE {of_rows}
             GROUP BY r.agency_code) AS r
      LEFT JOIN later AS l USING (agency_code)
      LEFT JOIN changed AS w USING (agency_code)
     CROSS JOIN LATERAL (SELECT {HAD}) AS v
     ORDER BY r.agency_code
     LIMIT :limit
"""
    for whose, of_rows in OF_ROWS.items()
}
REVENUE_ROWS = """
    r.revenue_row_id AS row_id, NULL::uuid AS line_id, r.agency_code, r.agency_name,
    r.source_code AS group_code, r.source_name AS group_name, r.code, r.name, '' AS object_code,
    '' AS object_name, r.account
"""
REVENUE_OF_ROWS = {
    whose: f"""
    WITH moved AS (
        SELECT m.revenue_row_id, {BASELINE}
          FROM budget.revenue_row AS r
          JOIN budget.revenue_movement AS m USING (revenue_row_id)
         WHERE {of_rows} AND {COUNTED}
         GROUP BY m.revenue_row_id
    ), changed AS (
        SELECT m.revenue_row_id, {CHANGED}
          FROM budget.change_document AS c
          JOIN budget.revenue_movement AS m USING (document_id)
         WHERE c.fiscal_year = :fiscal_year AND m.kind = 'change' AND m.business_date <= :until
         GROUP BY m.revenue_row_id
    )
    SELECT {REVENUE_ROWS}, {_told(*MOVED)}
      FROM budget.revenue_row AS r
      LEFT JOIN moved AS v USING (revenue_row_id)
      LEFT JOIN changed AS w USING (revenue_row_id)
     WHERE {of_rows}
"""
    for whose, of_rows in OF_ROWS.items()
}
REVENUE = {
    whose: f"{rows} ORDER BY group_code, code, account LIMIT :limit"
    for whose, rows in REVENUE_OF_ROWS.items()
}
# A city has some thousand rows of revenue: they are read, and added up.
REVENUE_SUMS = ", ".join(
    f"sum(r.{name})::bigint AS {name}" for name in (*MOVED, *CHANGES, "other_ntd")
)
REVENUE_OF_AGENCIES = {
    whose: f"""
    SELECT {OF_AGENCY.replace("r.agency_name", "max(r.agency_name) AS agency_name")}, {REVENUE_SUMS}
      FROM ({rows}) AS r
     GROUP BY r.agency_code
     ORDER BY r.agency_code
     LIMIT :limit
"""
    for whose, rows in REVENUE_OF_ROWS.items()
}
# By side and by whether agencies are added up; each text has its own plan.
STATEMENTS = {
    (side, by_agency, whose): sa.text(text)
    for (side, by_agency), texts in {
        ("expenditure", False): EXPENDITURE,
        ("expenditure", True): EXPENDITURE_OF_AGENCIES,
        ("revenue", False): REVENUE,
        ("revenue", True): REVENUE_OF_AGENCIES,
    }.items()
    for whose, text in texts.items()
}


def row_figures(uow: UnitOfWork, query: RowFiguresQuery) -> list[RowFigures]:
    """Return the figures of every row of the year in the order of the book, or of each agency."""
    whose = "all" if query.agencies is None else "some"
    rows = uow.connection.execute(
        STATEMENTS[query.side, query.by_agency, whose],
        {
            "fiscal_year": query.fiscal_year,
            "month": query.month,
            "since": query.since,
            "until": query.until,
            "agencies": None if query.agencies is None else list(query.agencies),
            "limit": ROWS_MAX + 1,
            "nil": uuid.UUID(int=0),
        },
    ).mappings()
    found = [RowFigures(**row) for row in rows]
    assert len(found) <= ROWS_MAX, "a statement is of all rows or of none"
    return found
