"""What an agency had the year before: its lines, their objects, and the items of its estimate."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_budget.domain.estimate import Estimate
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.store.years import BUDGET
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

LINES = sa.text(f"""
    SELECT b.code, b.name, b.bill_ntd, b.plan_code, b.plan_name, b.department_code,
           b.department_name,
           (SELECT COALESCE(sum({BUDGET}), 0)::bigint
              FROM budget.control_row AS r
             WHERE r.line_id = b.line_id) AS budget_ntd
      FROM budget.budget_line AS b
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE b.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND b.agency_code = :agency_code
     ORDER BY b.code
     LIMIT 500
""")
ROWS = sa.text(f"""
    SELECT r.line_code, r.object_code, r.account, {BUDGET} AS budget_ntd
      FROM budget.control_row AS r
      JOIN budget.fiscal_year AS y USING (fiscal_year)
     WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND r.agency_code = :agency_code
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT 5000
""")
# Of the book's money, what it does not split by object, or by one that no longer holds.
LEFT_OUT = sa.text(f"""
    SELECT count(*) AS lines, COALESCE(sum(f.budget_ntd), 0)::bigint AS amount_ntd,
           COALESCE((array_agg(f.line_code || ' ' || f.line_name ORDER BY f.line_code))[1:5],
                    '{{}}') AS named
      FROM (SELECT r.line_code, r.line_name, sum({BUDGET}) AS budget_ntd
              FROM budget.control_row AS r
              JOIN budget.fiscal_year AS y USING (fiscal_year)
             WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 1
               AND r.agency_code = :agency_code
               AND NOT (r.object_code = ANY(CAST(:objects AS text[])))
             GROUP BY r.line_code, r.line_name) AS f
     WHERE f.budget_ntd > 0
""")
ESTIMATE = sa.text("""
    SELECT e.estimate_id
      FROM budget.estimate AS e
     WHERE e.fiscal_year = CAST(:fiscal_year AS integer) - 1 AND e.agency_code = :agency_code
""")


class LastYear(Value, frozen=True, kw_only=True):
    """One line of the year before, with what its bill said and what it was given (NT dollars)."""

    code: str
    name: str
    bill_ntd: int
    plan_code: str
    plan_name: str
    department_code: str
    department_name: str
    budget_ntd: int

    @property
    def is_struck(self) -> bool:
        """Nothing was passed of what its bill asked for."""
        return bool(self.bill_ntd) and not self.budget_ntd


class LastYearRow(Value, frozen=True, kw_only=True):
    """One control row of the year before."""

    line_code: str
    object_code: str
    account: str
    budget_ntd: int


class LeftOut(Value, frozen=True, kw_only=True):
    """Money of the year before that cannot be taken over; the first lines by name."""

    lines: int
    amount_ntd: int
    named: tuple[str, ...]


def left_out_of(uow: UnitOfWork, estimate: Estimate) -> LeftOut:
    """Return what of last year no object of this year tells."""
    row = uow.connection.execute(
        LEFT_OUT,
        {
            "fiscal_year": estimate.fiscal_year,
            "agency_code": estimate.agency_code,
            "objects": [one.code for one in objects_of(uow, estimate.fiscal_year)],
        },
    ).one()
    return LeftOut(lines=row.lines, amount_ntd=row.amount_ntd, named=tuple(row.named))


def last_year_of(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> list[LastYear]:
    """Return the lines that the agency had in the year before ``fiscal_year``."""
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    return [LastYear(**row) for row in uow.connection.execute(LINES, asked).mappings()]


def last_year_rows(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> list[LastYearRow]:
    """Return its control rows."""
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    return [LastYearRow(**row) for row in uow.connection.execute(ROWS, asked).mappings()]


def last_year_estimate(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> uuid.UUID | None:
    """Return the estimate of the year before, if the agency made one here."""
    asked = {"fiscal_year": fiscal_year, "agency_code": agency_code}
    found: uuid.UUID | None = uow.connection.execute(ESTIMATE, asked).scalar_one_or_none()
    return found
