"""The council's view: the bill against last year with differences, reasons and decisions."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.lines import LineNotFound
from zhuji_budget.queries.years import read_year
from zhuji_budget.store.years import BUDGET
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# Whoever reads lines of some agencies sees the decisions on those; the budget office sees all.
OWN = """(CAST(:agencies AS text[]) IS NULL OR {agency} = ANY(CAST(:agencies AS text[])))"""
# By key (the line's code). A line of last year that is not in the bill any more stands in it with
# nothing, and with the reason that its agency gave.
REASONS = """
    SELECT g.agency_code, l.code, l.reason
      FROM budget.estimate AS g
      JOIN budget.estimate_line AS l USING (estimate_id)
     WHERE g.fiscal_year = :fiscal_year AND l.side = 'expenditure'
"""
ALL = f"""
    SELECT b.line_id, b.code, b.name, b.agency_name, COALESCE(b.last_year_ntd, 0) AS last_year_ntd,
           b.bill_ntd, COALESCE(e.reason, '') AS reason,
           COALESCE(s.cut_ntd, 0)::bigint AS cut_ntd,
           COALESCE(s.frozen_ntd, 0)::bigint AS frozen_ntd,
           COALESCE(s.conditions, '') AS conditions, false AS is_gone
      FROM budget.budget_line AS b
      LEFT JOIN ({REASONS}) AS e
        ON e.agency_code = b.agency_code AND e.code = b.code
      LEFT JOIN LATERAL (
           SELECT sum(-r.council_ntd) AS cut_ntd, sum(c.frozen_ntd) AS frozen_ntd,
                  string_agg(NULLIF(c.condition, ''), '；' ORDER BY r.object_code) AS conditions
             FROM budget.control_row AS r
             LEFT JOIN budget.council_change AS c USING (control_row_id)
            WHERE r.line_id = b.line_id) AS s ON true
     WHERE b.fiscal_year = :fiscal_year AND {OWN.format(agency="b.agency_code")}
     UNION ALL
    SELECT b.line_id, b.code, b.name, b.agency_name, s.last_year_ntd, 0, COALESCE(e.reason, ''),
           0, 0, '', true
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     CROSS JOIN LATERAL (
           SELECT COALESCE(sum({BUDGET}), 0)::bigint AS last_year_ntd
             FROM budget.control_row AS r
            WHERE r.line_id = b.line_id) AS s
      LEFT JOIN ({REASONS}) AS e
        ON e.agency_code = b.agency_code AND e.code = b.code
     WHERE b.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND s.last_year_ntd > 0
       AND {OWN.format(agency="b.agency_code")}
       AND NOT EXISTS (SELECT FROM budget.budget_line AS n
                        WHERE n.fiscal_year = :fiscal_year AND n.code = b.code)
"""
LINES = sa.text(f"""
    SELECT a.* FROM ({ALL}) AS a WHERE a.code > :after ORDER BY a.code LIMIT :limit
""")
LINE = sa.text(f"""
    SELECT a.* FROM ({ALL}) AS a WHERE a.line_id = :line_id AND NOT a.is_gone
""")
TOTALS = sa.text(f"""
    SELECT count(*) AS lines, count(*) FILTER (WHERE a.is_gone) AS gone,
           COALESCE(sum(a.last_year_ntd), 0)::bigint AS last_year_ntd,
           COALESCE(sum(a.bill_ntd), 0)::bigint AS bill_ntd,
           COALESCE(sum(a.cut_ntd), 0)::bigint AS cut_ntd,
           COALESCE(sum(a.frozen_ntd), 0)::bigint AS frozen_ntd
      FROM ({ALL}) AS a
""")
ROWS = sa.text(f"""
    SELECT r.control_row_id, r.line_code, r.line_name, r.object_code, r.object_name, r.account,
           r.bill_ntd, COALESCE(c.cut_ntd, 0) AS cut_ntd, COALESCE(c.frozen_ntd, 0) AS frozen_ntd,
           COALESCE(c.condition, '') AS condition
      FROM budget.control_row AS r
      LEFT JOIN budget.council_change AS c USING (control_row_id)
     WHERE r.fiscal_year = :fiscal_year
       AND {OWN.format(agency="r.agency_code")}
       AND (CAST(:line_id AS uuid) IS NULL OR r.line_id = :line_id)
       AND (NOT :decided OR c.control_row_id IS NOT NULL)
       AND (starts_with(r.line_code || '-' || r.object_code, :text)
            OR strpos(r.line_name || r.object_name, :text) > 0)
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT :limit
""")


class CouncilLine(Value, frozen=True, kw_only=True):
    """One line of the bill before the council, NT dollars; ``is_gone``: last year's, not in it."""

    line_id: uuid.UUID
    code: str
    name: str
    agency_name: str
    last_year_ntd: int
    bill_ntd: int
    reason: str
    cut_ntd: int
    frozen_ntd: int
    conditions: str
    is_gone: bool


class CouncilTotals(Value, frozen=True, kw_only=True):
    """All lines of one side of the bill that the actor may read, added up, NT dollars."""

    lines: int
    gone: int
    last_year_ntd: int
    bill_ntd: int
    cut_ntd: int
    frozen_ntd: int


class CouncilRow(Value, frozen=True, kw_only=True):
    """One row of the bill with what was decided on it, NT dollars."""

    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    bill_ntd: int
    cut_ntd: int
    frozen_ntd: int
    condition: str


def council_lines(
    uow: UnitOfWork, fiscal_year: int, *, after: str = "", limit: int = 100
) -> list[CouncilLine]:
    """Return lines of the year in order of code; raise Forbidden or YearNotFound."""
    read_year(uow, fiscal_year)
    asked = {"fiscal_year": fiscal_year, "after": after, "limit": limit}
    rows = uow.connection.execute(LINES, {**asked, **own_agencies(uow)})
    return [CouncilLine(**row) for row in rows.mappings()]


def council_totals(uow: UnitOfWork, fiscal_year: int) -> CouncilTotals:
    """Return the sums of the whole view, however many pages it has."""
    read_year(uow, fiscal_year)
    row = uow.connection.execute(TOTALS, {"fiscal_year": fiscal_year, **own_agencies(uow)})
    return CouncilTotals(**row.mappings().one())


def council_line(uow: UnitOfWork, fiscal_year: int, line_id: uuid.UUID) -> CouncilLine:
    """Return one line of the year's bill; raise LineNotFound, Forbidden or YearNotFound."""
    read_year(uow, fiscal_year)
    asked = {"fiscal_year": fiscal_year, "line_id": line_id, **own_agencies(uow)}
    row = uow.connection.execute(LINE, asked).mappings().one_or_none()
    if row is None:
        raise LineNotFound
    return CouncilLine(**row)


def council_rows(
    uow: UnitOfWork,
    fiscal_year: int,
    *,
    text: str = "",
    decided: bool = False,
    line_id: uuid.UUID | None = None,
    limit: int = 500,
) -> list[CouncilRow]:
    """Return rows of the year or line whose code or name has the text, or only the decided."""
    read_year(uow, fiscal_year)
    asked = {
        "fiscal_year": fiscal_year,
        "text": text,
        "decided": decided,
        "line_id": line_id,
        "limit": limit,
    }
    rows = uow.connection.execute(ROWS, {**asked, **own_agencies(uow)})
    return [CouncilRow(**row) for row in rows.mappings()]


def own_agencies(uow: UnitOfWork) -> dict[str, list[str] | None]:
    """Return what ``OWN`` is asked with."""
    allowed = uow.actor.agencies(READ_LINES)
    return {"agencies": None if allowed is None else list(allowed)}
