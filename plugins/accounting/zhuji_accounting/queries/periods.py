"""The months of a year, and which of them are closed for an agency."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from zhuji_accounting.domain.period import LAST_PERIOD
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import CLOSE_PERIOD, READ_REGISTER
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# What was certified in a month is what its closing is about, so it stands beside it.
MONTHS = sa.text("""
    SELECT p.period, x.closed_at, COALESCE(x.county_wide, false) AS county_wide,
           COALESCE(x.stage, 'open') AS stage, COALESCE(x.closed_by_name, '') AS closed_by_name,
           EXISTS (SELECT FROM accounting.year_end AS y
                    WHERE y.fiscal_year = :fiscal_year AND y.agency_code = :agency_code
                      AND y.state = 'closed') AS year_ended,
           COALESCE(c.certifications, 0) AS certifications,
           COALESCE(c.certified_ntd, 0)::bigint AS certified_ntd
      FROM generate_series(1, :last_period) AS p (period)
      LEFT JOIN LATERAL (
           SELECT min(z.closed_at) AS closed_at, bool_or(z.agency_code = '') AS county_wide,
                  min(z.stage) AS stage,  -- 'closed' before 'soft'
                  max(z.closed_by_name) AS closed_by_name
             FROM accounting.closed_period AS z
            WHERE z.fiscal_year = :fiscal_year AND z.period = p.period
              AND z.agency_code IN (:agency_code, '')) AS x ON true
      LEFT JOIN (
           SELECT extract(month FROM c.business_date)::integer AS period,
                  count(*) AS certifications, sum(c.amount_ntd) AS certified_ntd
             FROM accounting.certification AS c
            WHERE c.agency_code = :agency_code AND c.fiscal_year = :fiscal_year
            GROUP BY 1) AS c USING (period)
     ORDER BY p.period
     LIMIT 13
""")
CLOSED = sa.text("""
    SELECT EXISTS (SELECT FROM accounting.closed_period AS p
                    WHERE p.fiscal_year = :fiscal_year AND p.period = :period
                      AND p.agency_code IN (:agency_code, ''))
""")
CLOSED_FOR_GOOD = sa.text("""
    SELECT EXISTS (SELECT FROM accounting.closed_period AS p
                    WHERE p.fiscal_year = :fiscal_year AND p.period = :period
                      AND p.agency_code IN (:agency_code, '') AND p.stage = 'closed')
""")
# Of every agency: the last months of each year that any of them has closed.
LAST_CLOSED = sa.text("""
    SELECT p.fiscal_year, max(p.period) AS period
      FROM accounting.closed_period AS p
     WHERE p.fiscal_year BETWEEN :first_year AND :last_year AND p.stage = 'closed'
     GROUP BY p.fiscal_year
     ORDER BY p.fiscal_year DESC
     LIMIT 3
""")
# Whoever has a budget that was told, a request or an entry has months to close.
AGENCIES = sa.text("""
    SELECT i.agency_code FROM accounting.budget_item AS i WHERE i.fiscal_year = :fiscal_year
     UNION
    SELECT b.agency_code FROM accounting.account_balance AS b WHERE b.fiscal_year = :fiscal_year
     UNION
    SELECT r.agency_code FROM accounting.spending_request AS r WHERE r.fiscal_year = :fiscal_year
     ORDER BY agency_code
     LIMIT 10000
""")
UNPOSTED = sa.text("""
    SELECT count(*)
      FROM accounting.voucher AS v
     WHERE v.fiscal_year = :fiscal_year AND v.period = :period AND v.agency_code = :agency_code
       AND v.state IN ('draft', 'prepared', 'reviewed', 'approved', 'returned')
""")


class Month(Value, frozen=True, kw_only=True):
    """One period of an agency's year; ``closed_at`` None: it takes everything.

    ``stage``: ``open``, ``soft`` (停止收件) or ``closed`` (關帳). ``year_ended``: the year
    is opened again before its months are.
    """

    period: int
    closed_at: dt.datetime | None
    county_wide: bool
    stage: str
    closed_by_name: str
    year_ended: bool
    certifications: int
    certified_ntd: int


def months(uow: UnitOfWork, *, agency_code: str, fiscal_year: int) -> list[Month]:
    """Return periods 1 to 13; raise Forbidden where the actor may not read the register."""
    if not uow.actor.may(CLOSE_PERIOD, agency_code=agency_code):
        uow.require(READ_REGISTER, agency_code=agency_code)
    rows = uow.connection.execute(
        MONTHS,
        {"agency_code": agency_code, "fiscal_year": fiscal_year, "last_period": LAST_PERIOD},
    )
    return [Month(**row) for row in rows.mappings()]


def is_closed(uow: UnitOfWork, period: Period, *, agency_code: str) -> bool:
    """Tell whether the period takes no more requests and claims of this agency."""
    closed: bool = uow.connection.execute(
        CLOSED,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
        },
    ).scalar_one()
    return closed


def is_closed_for_good(uow: UnitOfWork, period: Period, *, agency_code: str) -> bool:
    """Tell whether the period takes no vouchers either: closed, not only stopped."""
    closed: bool = uow.connection.execute(
        CLOSED_FOR_GOOD,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
        },
    ).scalar_one()
    return closed


def last_closed(uow: UnitOfWork, *, first_year: int, last_year: int) -> Period | None:
    """Return the period of these years that ends last of those that any agency has closed."""
    rows = uow.connection.execute(
        LAST_CLOSED, {"first_year": first_year, "last_year": last_year}
    ).mappings()
    # The adjustment period of a year ends in February of the next one.
    return max((Period(**row) for row in rows), key=lambda period: period.ends_on, default=None)


def agencies_with_books(uow: UnitOfWork, *, fiscal_year: int) -> list[str]:
    """Return the codes of the agencies that have anything in the books of the year."""
    uow.require(CLOSE_PERIOD)
    return list(uow.connection.execute(AGENCIES, {"fiscal_year": fiscal_year}).scalars())


def unposted(uow: UnitOfWork, period: Period, *, agency_code: str) -> int:
    """Return how many vouchers of the month are not in the books yet."""
    found: int = uow.connection.execute(
        UNPOSTED,
        {
            "fiscal_year": period.fiscal_year,
            "period": period.period,
            "agency_code": agency_code,
        },
    ).scalar_one()
    return found
