"""Last year's allotment as the pattern of this year's: of the same row, else of the agency."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from zhuji_budget.domain.allotment import MONTHS
from zhuji_budget.domain.schedule import AllottedRow, Rule, Side
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# A row of last year is the same row by code, object and account. Objects of another generation
# (02 and 2000) do not meet; then the agency's whole pattern stands in.
EXPENDITURE = sa.text("""
    SELECT r.line_code AS code, r.object_code, r.account, r.allotment_ntd AS months_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
       AND 0 < ANY (r.allotment_ntd)
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT 5000
""")
REVENUE = sa.text("""
    SELECT r.code, r.source_code AS object_code, r.account, r.allotment_ntd AS months_ntd
      FROM budget.revenue_row AS r
     WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
       AND 0 < ANY (r.allotment_ntd)
     ORDER BY r.code, r.account
     LIMIT 5000
""")


class Pattern(Value, frozen=True, kw_only=True):
    """Twelve weights, and where they come from."""

    weights: tuple[int, ...]
    rule: Rule


def last_years_patterns(
    uow: UnitOfWork,
    rows: Sequence[AllottedRow],
    *,
    fiscal_year: int,
    agency_code: str,
    side: Side,
) -> Mapping[uuid.UUID, Pattern]:
    """Return a pattern for each row; none at all when the agency had no months last year."""
    found = uow.connection.execute(
        EXPENDITURE if side is Side.EXPENDITURE else REVENUE,
        {"fiscal_year": fiscal_year - 1, "agency_code": agency_code},
    ).all()
    if not found:
        return {}
    own = {(row.code, row.object_code, row.account): tuple(row.months_ntd) for row in found}
    agency = tuple(sum(row.months_ntd[month] for row in found) for month in range(MONTHS))
    patterns = {}
    for row in rows:
        weights = own.get((row.code, row.object_code, row.account))
        patterns[row.row_id] = (
            Pattern(weights=weights, rule=Rule.LAST_YEAR)
            if weights
            else Pattern(weights=agency, rule=Rule.LAST_YEAR_AGENCY)
        )
    return patterns
