"""What the enactment of a year made law, by agency: the rows of expenditure and of revenue."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import sqlalchemy as sa

from zhuji_core.contracts.budgets import BudgetRow
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# What the council froze is what enactment froze, also when later documents have released it.
EXPENDITURE = sa.text("""
    SELECT r.agency_code, r.control_row_id AS row_id, r.line_code AS code, r.line_name AS name,
           r.object_code, r.object_name, r.account, r.enacted_ntd AS amount_ntd,
           COALESCE(f.frozen_ntd, 0)::bigint AS frozen_ntd
      FROM budget.control_row AS r
      LEFT JOIN (SELECT m.control_row_id, sum(m.amount_ntd) AS frozen_ntd
                   FROM budget.budget_movement AS m
                   JOIN budget.fiscal_year AS y ON y.document_id = m.document_id
                  WHERE y.fiscal_year = :fiscal_year AND m.kind = 'freeze'
                  GROUP BY m.control_row_id) AS f USING (control_row_id)
     WHERE r.fiscal_year = :fiscal_year AND r.enacted_ntd > 0
     ORDER BY r.agency_code, r.line_code, r.object_code, r.account
     LIMIT 100000
""")
REVENUE = sa.text("""
    SELECT r.agency_code, r.revenue_row_id AS row_id, r.code, r.name,
           r.source_code AS object_code, r.source_name AS object_name, r.account,
           r.enacted_ntd AS amount_ntd, 0 AS frozen_ntd
      FROM budget.revenue_row AS r
     WHERE r.fiscal_year = :fiscal_year AND r.enacted_ntd > 0
     ORDER BY r.agency_code, r.code, r.account
     LIMIT 100000
""")

Rows = dict[str, tuple[BudgetRow, ...]]


class EnactedAgency(Value, frozen=True, kw_only=True):
    agency_code: str
    expenditure: tuple[BudgetRow, ...]
    revenue: tuple[BudgetRow, ...]


def enacted_agencies(uow: UnitOfWork, *, fiscal_year: int) -> Iterator[EnactedAgency]:
    """Return the baseline of each agency of the year, in order of code."""
    expenditure = _by_agency(uow, EXPENDITURE, fiscal_year)
    revenue = _by_agency(uow, REVENUE, fiscal_year)
    for agency_code in sorted({*expenditure, *revenue}):
        yield EnactedAgency(
            agency_code=agency_code,
            expenditure=expenditure.get(agency_code, ()),
            revenue=revenue.get(agency_code, ()),
        )


def _by_agency(uow: UnitOfWork, statement: sa.TextClause, fiscal_year: int) -> Rows:
    rows = uow.connection.execute(statement, {"fiscal_year": fiscal_year}).mappings()
    found = {}
    for agency_code, group in itertools.groupby(rows, key=lambda row: str(row["agency_code"])):
        own = [{name: row[name] for name in BudgetRow.__struct_fields__} for row in group]
        found[agency_code] = tuple(BudgetRow(**row) for row in own)
    return found
