"""What every row had by the end of a month: its counters, less what came after. For the hook."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_budget.store import as_of
from zhuji_core.contracts.figures import RowFigures, RowFiguresQuery
from zhuji_core.uow import UnitOfWork

# Every control row of the largest city with its schools, twice over.
ROWS_MAX = 100_000

# The baseline and the months of a schedule are of the whole year, whenever they were recorded; a
# change counts from its own day, and a month of the allotment once it is asked for.
COUNTED = """
    (m.business_date <= :last_day OR m.kind = 'enact'
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
                           WHERE y.line_id = v.line_id OFFSET 0) AS b""",
}
MOVED = ("enacted_ntd", "allotted_ntd")
SPENT = ("month_expended_ntd", "expended_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd")
HAD = (*MOVED, *SPENT, "changed_ntd")
CHANGES = ("supplement_ntd", "virement_ntd", "reserve_ntd")


def _told(*moved: str) -> str:
    """Return the columns, zero for a row that nothing was told of."""
    columns = [*(f"v.{name}" for name in moved), *(f"w.{name}" for name in CHANGES)]
    told = ", ".join(f"COALESCE({one}, 0) AS {one[2:]}" for one in columns)
    named = "".join(f" - COALESCE(w.{name}, 0)" for name in CHANGES)
    return f"{told}, COALESCE(v.changed_ntd, 0){named} AS other_ntd"


# What every row had by the end of the month (store/as_of.py).
NAMED = {"enacted_ntd": "r.enacted_ntd", "changed_ntd": as_of.FIGURES["changes_ntd"]}
THEN = ",\n           ".join(
    f"({NAMED.get(name) or as_of.FIGURES[name]})::bigint AS {name}" for name in HAD
)
ROWS = {
    whose: f"""
    SELECT r.control_row_id, r.line_id, r.agency_code, r.object_code, r.object_name, r.account,
           {THEN}
      FROM budget.control_row AS r {joined}
     WHERE {OF_ROWS[whose]}
"""
    for whose, joined in as_of.JOINED.items()
}
CHANGED_BY = """
    FROM budget.change_document AS c
    JOIN budget.budget_movement AS m USING (document_id)
    JOIN budget.control_row AS r USING (control_row_id)
   WHERE c.fiscal_year = :fiscal_year AND m.kind = 'change' AND m.business_date <= :last_day
"""
EXPENDITURE = {
    whose: f"""
    WITH changed AS (
        SELECT r.control_row_id, {CHANGED} {CHANGED_BY} GROUP BY r.control_row_id
    )
    SELECT v.control_row_id AS row_id, v.line_id, b.agency_code, b.agency_name,
           b.plan_code AS group_code, b.plan_name AS group_name, b.code, b.name, v.object_code,
           v.object_name, v.account, {_told(*MOVED, *SPENT)}
      FROM ({rows}) AS v
      {LINE_OF[whose]}
      LEFT JOIN changed AS w USING (control_row_id)
     ORDER BY b.code, v.object_code, v.account
     LIMIT :limit
"""
    for whose, rows in ROWS.items()
}
# Of agencies: figures are added up where they are, 480 sums for a city's rows.
SUMS = ", ".join(f"sum(v.{name})::bigint AS {name}" for name in HAD)
OF_AGENCY = """
    CAST(:nil AS uuid) AS row_id, NULL::uuid AS line_id, {agency},
    '' AS group_code, '' AS group_name, '' AS code, '' AS name, '' AS object_code,
    '' AS object_name, '' AS account
"""
EXPENDITURE_OF_AGENCIES = {
    whose: f"""
    WITH changed AS (
        SELECT r.agency_code, {CHANGED} {CHANGED_BY} AND {OF_ROWS[whose]} GROUP BY r.agency_code
    )
    SELECT {OF_AGENCY.format(agency="v.agency_code, v.agency_name")}, {_told(*MOVED, *SPENT)}
      FROM (SELECT v.agency_code, max(b.agency_name) AS agency_name, {SUMS}
              FROM ({rows}) AS v {LINE_OF[whose]}
             GROUP BY v.agency_code) AS v
      LEFT JOIN changed AS w USING (agency_code)
     ORDER BY v.agency_code
     LIMIT :limit
"""
    for whose, rows in ROWS.items()
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
         WHERE c.fiscal_year = :fiscal_year AND m.kind = 'change' AND m.business_date <= :last_day
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
    SELECT {OF_AGENCY.format(agency="r.agency_code, max(r.agency_name) AS agency_name")},
           {REVENUE_SUMS}
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
            "agencies": None if query.agencies is None else list(query.agencies),
            "limit": ROWS_MAX + 1,
            "nil": uuid.UUID(int=0),
            **as_of.asked_of_time(month=query.month, first_day=query.since, last_day=query.until),
        },
    ).mappings()
    found = [RowFigures(**row) for row in rows]
    assert len(found) <= ROWS_MAX, "a statement is of all rows or of none"
    return found
