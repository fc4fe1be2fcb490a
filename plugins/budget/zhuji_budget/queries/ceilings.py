"""The ceilings of a year beside what agencies had last year and what they ask for."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.domain.year import require_planned
from zhuji_budget.permissions import SET_CEILINGS
from zhuji_budget.store.years import BUDGET
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

LIST = sa.text(f"""
    SELECT a.agency_code, c.ceiling_ntd, COALESCE(b.last_year_ntd, 0)::bigint AS last_year_ntd,
           COALESCE(e.estimated_ntd, 0)::bigint AS estimated_ntd
      FROM unnest(CAST(:agencies AS text[])) AS a (agency_code)
      LEFT JOIN budget.estimate_ceiling AS c
        ON c.fiscal_year = :fiscal_year AND c.agency_code = a.agency_code
      LEFT JOIN (SELECT r.agency_code, sum({BUDGET}) AS last_year_ntd
                   FROM budget.control_row AS r
                   JOIN budget.fiscal_year AS y USING (fiscal_year)
                  WHERE r.fiscal_year = CAST(:fiscal_year AS integer) - 1
                  GROUP BY r.agency_code) AS b ON b.agency_code = a.agency_code
      LEFT JOIN (SELECT e.agency_code, sum(i.amount_ntd) AS estimated_ntd
                   FROM budget.estimate AS e
                   JOIN budget.estimate_line AS l USING (estimate_id)
                   JOIN budget.estimate_item AS i USING (estimate_line_id)
                  WHERE e.fiscal_year = :fiscal_year AND l.side = 'expenditure'
                  GROUP BY e.agency_code) AS e ON e.agency_code = a.agency_code
     ORDER BY a.agency_code
     LIMIT 2000
""")


class CeilingRow(Value, frozen=True, kw_only=True):
    """One agency: its ceiling, last year's budget and this year's estimate, NT dollars."""

    agency_code: str
    agency_name: str
    ceiling_ntd: int | None
    last_year_ntd: int
    estimated_ntd: int


def list_ceilings(uow: UnitOfWork, fiscal_year: int) -> list[CeilingRow]:
    """Return every agency of the county, in order of code; raise Forbidden or YearNotFound."""
    uow.require(SET_CEILINGS)
    require_planned(fiscal_year, this_year=uow.fiscal_year)
    names = {one.agency_code: one.name for one in find_agencies(uow)}
    rows = uow.connection.execute(LIST, {"fiscal_year": fiscal_year, "agencies": list(names)})
    return [CeilingRow(**row, agency_name=names[row["agency_code"]]) for row in rows.mappings()]
