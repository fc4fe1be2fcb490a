"""SQL that brings reviewed estimates into the bill of their year."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.bill import Bill, RevenueRow
from zhuji_budget.store import books
from zhuji_core.uow import UnitOfWork

OF_YEAR = sa.text("""
    SELECT e.estimate_id
      FROM budget.estimate AS e
     WHERE e.fiscal_year = :fiscal_year
     ORDER BY e.estimate_id
     LIMIT 2000
""")
CODES = sa.text("""
    SELECT b.code FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year AND b.code = ANY(:codes)
     ORDER BY b.code
     LIMIT 100000
""")
KEEP_REVENUE = sa.text("""
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, legal_basis, explanation, last_year_ntd, bill_ntd)
    SELECT w.revenue_row_id, :fiscal_year, w.agency_code, w.agency_name, w.code, w.name,
           w.source_code, w.source_name, w.account, w.legal_basis, w.explanation,
           w.last_year_ntd, w.bill_ntd
      FROM jsonb_to_recordset(CAST(:rows AS jsonb))
           AS w (revenue_row_id uuid, agency_code text, agency_name text, code text, name text,
                 source_code text, source_name text, account text, legal_basis text,
                 explanation text, last_year_ntd bigint, bill_ntd bigint)
""")
# A line that the county's own year before has not had nothing then; what was spent two years ago
# are its final accounts. Of years that this county has not, nobody says anything here.
LINES_BEFORE = sa.text("""
    UPDATE budget.budget_line AS b
       SET last_year_ntd = COALESCE(b.last_year_ntd, CASE WHEN k.last THEN 0 END),
           final_ntd = COALESCE(b.final_ntd, CASE WHEN k.final THEN COALESCE((
                SELECT sum(r.expended_ntd)
                  FROM budget.control_row AS r
                 WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 2
                   AND r.line_code = b.code), 0) END)
      FROM (SELECT EXISTS (SELECT FROM budget.fiscal_year AS y
                            WHERE y.fiscal_year = CAST(:fiscal_year AS integer) - 1) AS last,
                   EXISTS (SELECT FROM budget.fiscal_year AS y
                            WHERE y.fiscal_year = CAST(:fiscal_year AS integer) - 2) AS final
           ) AS k
     WHERE b.line_id = ANY(:ids)
""")
REVENUE_BEFORE = sa.text("""
    UPDATE budget.revenue_row AS v
       SET last_year_ntd = 0
     WHERE v.revenue_row_id = ANY(:ids) AND v.last_year_ntd IS NULL
       AND EXISTS (SELECT FROM budget.revenue_row AS w
                    WHERE w.fiscal_year = CAST(:fiscal_year AS integer) - 1)
""")
COMPILED = sa.text("""
    UPDATE budget.estimate SET state = 'compiled'
     WHERE estimate_id = ANY(:ids) AND state = 'reviewed'
""")


def estimates_of(uow: UnitOfWork, *, fiscal_year: int) -> list[uuid.UUID]:
    """Return the ids of the year's estimates, in order."""
    return list(uow.connection.execute(OF_YEAR, {"fiscal_year": fiscal_year}).scalars())


def taken_codes(uow: UnitOfWork, bill: Bill, *, fiscal_year: int) -> list[str]:
    """Return which of the bill's codes the year has already."""
    asked = {"fiscal_year": fiscal_year, "codes": [line.code for line in bill.lines]}
    return list(uow.connection.execute(CODES, asked).scalars())


def keep(uow: UnitOfWork, bill: Bill, *, fiscal_year: int, estimates: Sequence[uuid.UUID]) -> None:
    """Write lines, control rows and revenue, and mark the estimates as compiled."""
    books.keep_lines(uow, bill.lines, fiscal_year=fiscal_year, sources={})
    keep_revenue(uow, bill.revenues, fiscal_year=fiscal_year)
    _note_years_before(uow, bill, fiscal_year=fiscal_year)
    uow.connection.execute(COMPILED, {"ids": list(estimates)})


def _note_years_before(uow: UnitOfWork, bill: Bill, *, fiscal_year: int) -> None:
    lines = {"fiscal_year": fiscal_year, "ids": [line.line_id for line in bill.lines]}
    rows = {"fiscal_year": fiscal_year, "ids": [row.revenue_row_id for row in bill.revenues]}
    uow.connection.execute(LINES_BEFORE, lines)
    uow.connection.execute(REVENUE_BEFORE, rows)


def keep_revenue(uow: UnitOfWork, rows: Sequence[RevenueRow], *, fiscal_year: int) -> None:
    """Write rows of revenue into the bill of the year."""
    told = {"fiscal_year": fiscal_year, "rows": msgspec.json.encode(rows).decode()}
    uow.connection.execute(KEEP_REVENUE, told)
