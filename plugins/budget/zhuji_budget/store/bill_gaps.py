"""SQL that tells who is in a year's bill and who ought to be: last year, ceilings, estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_budget.domain.bill_gaps import BillAgency, BillOutlook, outlook_of
from zhuji_budget.domain.fund_sources import balances
from zhuji_budget.store.years import BUDGET
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.uow import UnitOfWork

# In order of agency.
AGENCIES = sa.text(f"""
    WITH rows AS (
        SELECT r.fiscal_year, r.agency_code, b.agency_name, 'expenditure' AS side,
               {BUDGET} AS ntd
          FROM budget.control_row AS r
          JOIN budget.budget_line AS b USING (line_id)
          JOIN budget.fiscal_year AS y ON y.fiscal_year = r.fiscal_year
         WHERE r.fiscal_year BETWEEN CAST(:fiscal_year AS integer) - 1 AND :fiscal_year
         UNION ALL
        SELECT r.fiscal_year, r.agency_code, r.agency_name, 'revenue', {BUDGET}
          FROM budget.revenue_row AS r
          JOIN budget.fiscal_year AS y ON y.fiscal_year = r.fiscal_year
         WHERE r.fiscal_year BETWEEN CAST(:fiscal_year AS integer) - 1 AND :fiscal_year
    ), had AS (
        SELECT r.agency_code, min(r.agency_name) AS agency_name,
               sum(r.ntd) FILTER (WHERE r.fiscal_year < :fiscal_year AND r.side = 'expenditure')
                   AS last_year_ntd,
               sum(r.ntd) FILTER (WHERE r.fiscal_year < :fiscal_year AND r.side = 'revenue')
                   AS last_year_revenue_ntd,
               sum(r.ntd) FILTER (WHERE r.fiscal_year = :fiscal_year AND r.side = 'expenditure')
                   AS bill_ntd,
               sum(r.ntd) FILTER (WHERE r.fiscal_year = :fiscal_year AND r.side = 'revenue')
                   AS bill_revenue_ntd,
               count(*) FILTER (WHERE r.fiscal_year = :fiscal_year) AS bill_rows
          FROM rows AS r
         GROUP BY r.agency_code
    ), asked AS (
        SELECT e.agency_code, e.agency_name, e.state,
               COALESCE(sum(i.amount_ntd) FILTER (WHERE l.side = 'expenditure'), 0)
                   AS estimated_ntd,
               COALESCE(sum(i.amount_ntd - i.cut_ntd)
                        FILTER (WHERE l.side = 'expenditure' AND e.state = :coming), 0)
                   AS approved_ntd,
               COALESCE(sum(i.amount_ntd - i.cut_ntd)
                        FILTER (WHERE l.side = 'revenue' AND e.state = :coming), 0)
                   AS approved_revenue_ntd
          FROM budget.estimate AS e
          LEFT JOIN budget.estimate_line AS l USING (estimate_id)
          LEFT JOIN budget.estimate_item AS i USING (estimate_line_id)
         WHERE e.fiscal_year = :fiscal_year
         GROUP BY e.estimate_id
    ), allowed AS (
        SELECT c.agency_code, c.ceiling_ntd
          FROM budget.estimate_ceiling AS c
         WHERE c.fiscal_year = :fiscal_year
    )
    SELECT agency_code, COALESCE(a.agency_name, h.agency_name, '') AS agency_name,
           COALESCE(a.state, '') AS estimate_state,
           COALESCE(h.last_year_ntd, 0)::bigint AS last_year_ntd,
           COALESCE(h.last_year_revenue_ntd, 0)::bigint AS last_year_revenue_ntd,
           c.ceiling_ntd, COALESCE(a.estimated_ntd, 0)::bigint AS estimated_ntd,
           (COALESCE(h.bill_ntd, 0) + COALESCE(a.approved_ntd, 0))::bigint AS expenditure_ntd,
           (COALESCE(h.bill_revenue_ntd, 0) + COALESCE(a.approved_revenue_ntd, 0))::bigint
               AS revenue_ntd,
           COALESCE(h.bill_rows, 0) > 0 OR COALESCE(a.state, '') IN ('compiled', :coming)
               AS is_approved,
           COALESCE(a.state, '') NOT IN ('', 'compiled', :coming) AS is_waiting
      FROM had AS h
      FULL JOIN asked AS a USING (agency_code)
      FULL JOIN allowed AS c USING (agency_code)
     ORDER BY agency_code
     LIMIT 10000
""")

# Of the estimates that are, or come to be, in the bill; their words are told apart in the domain.
SOURCES = sa.text("""
    SELECT i.fund_source,
           COALESCE(sum(i.amount_ntd - i.cut_ntd) FILTER (WHERE l.side = 'revenue'), 0)::bigint
               AS revenue_ntd,
           COALESCE(sum(i.amount_ntd - i.cut_ntd) FILTER (WHERE l.side = 'expenditure'), 0)::bigint
               AS expenditure_ntd
      FROM budget.estimate AS e
      JOIN budget.estimate_line AS l USING (estimate_id)
      JOIN budget.estimate_item AS i USING (estimate_line_id)
     WHERE e.fiscal_year = :fiscal_year AND e.state IN ('compiled', :coming)
       AND i.fund_source <> ''
     GROUP BY i.fund_source
     ORDER BY i.fund_source
     LIMIT 10000
""")

NONE = "none"  # no state: what is reviewed does not count


def bill_to_come(uow: UnitOfWork, *, fiscal_year: int) -> BillOutlook:
    """Return the bill with what is reviewed and not compiled yet, and who is not in it."""
    return _outlook(uow, fiscal_year, coming="reviewed")


def bill_as_compiled(uow: UnitOfWork, *, fiscal_year: int) -> BillOutlook:
    """Return the bill as it stands; what was reviewed since is on the way."""
    return _outlook(uow, fiscal_year, coming=NONE)


def _outlook(uow: UnitOfWork, fiscal_year: int, *, coming: str) -> BillOutlook:
    asked = {"fiscal_year": fiscal_year, "coming": coming}
    rows = uow.connection.execute(AGENCIES, asked).mappings().all()
    unnamed = [row["agency_code"] for row in rows if not row["agency_name"]]
    names = {one.agency_code: one.name for one in find_agencies(uow, codes=unnamed)}
    sources = uow.connection.execute(SOURCES, asked)
    return outlook_of(
        [_agency(dict(row), names) for row in rows],
        fiscal_year=fiscal_year,
        is_compiled=any(row["estimate_state"] in {"compiled", coming} for row in rows),
        sources=balances(
            (row.fund_source, row.revenue_ntd, row.expenditure_ntd) for row in sources
        ),
    )


def _agency(row: Mapping[str, Any], names: Mapping[str, str]) -> BillAgency:
    code = row["agency_code"]
    return BillAgency(**{**row, "agency_name": row["agency_name"] or names.get(code, code)})
