"""SQL of the monthly release. The caller holds the year (``years.lock`` or ``years.hold``).

Whatever changes a month holds it as well: what is read here is what is told, and rows need no lock.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.release import MonthRelease, MonthsOfRow
from zhuji_budget.domain.schedule import Side
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ROWS = """
    SELECT r.agency_code, r.{key} AS row_id, r.allotment_ntd AS months_ntd,
           COALESCE(t.released_to, 0) AS released_to
      FROM budget.{table} AS r
      LEFT JOIN (SELECT t.agency_code, max(t.month) AS released_to
                   FROM budget.allotment_release AS t
                  WHERE t.fiscal_year = :fiscal_year AND t.side = :side
                  GROUP BY t.agency_code) AS t USING (agency_code)
     WHERE r.fiscal_year = :fiscal_year AND COALESCE(t.released_to, 0) < :begun
       AND {chosen}
     ORDER BY r.agency_code, r.{order}, r.account
     LIMIT 100000
"""
ROWS_OF = {
    Side.EXPENDITURE: ByAgency(
        ROWS.format(
            table="control_row",
            key="control_row_id",
            order="line_code, r.object_code",
            chosen=CHOSEN,
        ),
        agency="r.agency_code",
    ),
    Side.REVENUE: ByAgency(
        ROWS.format(table="revenue_row", key="revenue_row_id", order="code", chosen=CHOSEN),
        agency="r.agency_code",
    ),
}
WRITE = sa.text("""
    INSERT INTO budget.allotment_release
           (fiscal_year, agency_code, side, month, amount_ntd, rows, released_on, recorded_at)
    SELECT :fiscal_year, g.agency_code, g.side, g.month, g.amount_ntd, g.rows, :today, :now
      FROM jsonb_to_recordset(CAST(:releases AS jsonb))
           AS g (agency_code text, side text, month integer, amount_ntd bigint, rows integer)
""")
RELEASED_TO = sa.text("""
    SELECT t.agency_code, max(t.month) AS released_to
      FROM budget.allotment_release AS t
     WHERE t.fiscal_year = :fiscal_year AND t.side = :side AND t.agency_code = ANY(:agencies)
     GROUP BY t.agency_code
     LIMIT 1000
""")
# Agencies that have an allotment and are behind the calendar, in all years that are law. Nothing
# is locked: whoever releases reads again under the year's lock.
DUE = sa.text("""
    WITH begun AS (
        SELECT y.fiscal_year, CASE WHEN y.fiscal_year < :year THEN 12 ELSE :month END AS month
          FROM budget.fiscal_year AS y
         WHERE y.fiscal_year <= :year AND y.state <> 'bill'
    ), allotted AS (
        SELECT DISTINCT r.fiscal_year, 'expenditure' AS side, r.agency_code
          FROM budget.control_row AS r JOIN begun AS b USING (fiscal_year)
         WHERE r.allotment_ntd <> '{0,0,0,0,0,0,0,0,0,0,0,0}'
         UNION ALL
        SELECT DISTINCT r.fiscal_year, 'revenue', r.agency_code
          FROM budget.revenue_row AS r JOIN begun AS b USING (fiscal_year)
         WHERE r.allotment_ntd <> '{0,0,0,0,0,0,0,0,0,0,0,0}'
    )
    SELECT a.fiscal_year, a.side, a.agency_code
      FROM allotted AS a
      JOIN begun AS b USING (fiscal_year)
     WHERE NOT EXISTS (SELECT FROM budget.allotment_release AS t
                        WHERE t.fiscal_year = a.fiscal_year AND t.agency_code = a.agency_code
                          AND t.side = a.side AND t.month = b.month)
     ORDER BY a.fiscal_year, a.side, a.agency_code
     LIMIT 10000
""")
# What the agency is told of: months with money, that nobody of it has taken note of.
NOTE = sa.text("""
    WITH noted AS (
        INSERT INTO budget.release_note
               (fiscal_year, agency_code, side, month, noted_by, noted_by_name, noted_on, noted_at)
        SELECT t.fiscal_year, t.agency_code, t.side, t.month, :noted_by, :noted_by_name, :today,
               :now
          FROM budget.allotment_release AS t
         WHERE t.fiscal_year = :fiscal_year AND t.agency_code = :agency_code AND t.rows > 0
         ORDER BY t.side, t.month
            ON CONFLICT DO NOTHING
        RETURNING fiscal_year, agency_code, side, month
    )
    SELECT t.side, t.month, t.amount_ntd
      FROM noted JOIN budget.allotment_release AS t USING (fiscal_year, agency_code, side, month)
     ORDER BY t.side, t.month
     LIMIT 100
""")


class NotedMonth(Value, frozen=True, kw_only=True):
    """A released month of which the agency has taken note."""

    side: Side
    month: int
    amount_ntd: int


class AgencyDue(Value, frozen=True, kw_only=True):
    """An agency whose months have begun without having been released."""

    fiscal_year: int
    side: Side
    agency_code: str


def rows_behind(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    side: Side,
    begun: int,
    agencies: Sequence[str] | None,
) -> list[MonthsOfRow]:
    """Return the rows of agencies (None: all) that are not released up to ``begun``."""
    rows = uow.connection.execute(
        ROWS_OF[side].of(agencies),
        {
            "fiscal_year": fiscal_year,
            "side": str(side),
            "begun": begun,
            "agencies": None if agencies is None else list(agencies),
        },
    ).mappings()
    return [MonthsOfRow(**{**row, "months_ntd": tuple(row["months_ntd"])}) for row in rows]


def write(uow: UnitOfWork, releases: Sequence[MonthRelease], *, fiscal_year: int) -> None:
    """Record these months as released."""
    if not releases:
        return
    given = [
        {
            "agency_code": release.agency_code,
            "side": str(release.side),
            "month": release.month,
            "amount_ntd": release.amount_ntd,
            "rows": len(release.rows),
        }
        for release in releases
    ]
    uow.connection.execute(
        WRITE,
        {
            "fiscal_year": fiscal_year,
            "releases": msgspec.json.encode(given).decode(),
            "today": uow.business_date,
            "now": uow.now,
        },
    )


def released_to(
    uow: UnitOfWork, agencies: Sequence[str], *, fiscal_year: int, side: Side
) -> dict[str, int]:
    """Return up to which month each agency was released (0: none)."""
    wanted = {"fiscal_year": fiscal_year, "side": str(side), "agencies": list(agencies)}
    rows = uow.connection.execute(RELEASED_TO, wanted)
    found = {row.agency_code: row.released_to for row in rows}
    return {agency_code: found.get(agency_code, 0) for agency_code in agencies}


def agencies_due(uow: UnitOfWork) -> list[AgencyDue]:
    """Return who is behind the calendar on the business date."""
    wanted = {"year": uow.fiscal_year, "month": uow.business_date.month}
    rows = uow.connection.execute(DUE, wanted).mappings()
    return [msgspec.convert(dict(row), AgencyDue) for row in rows]


def note(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> list[NotedMonth]:
    """Write that the actor has taken note of the agency's released months; return the new ones."""
    rows = uow.connection.execute(
        NOTE,
        {
            "fiscal_year": fiscal_year,
            "agency_code": agency_code,
            "noted_by": uow.actor.user_id,
            "noted_by_name": uow.actor.signature,
            "today": uow.business_date,
            "now": uow.now,
        },
    ).mappings()
    return [msgspec.convert(dict(row), NotedMonth) for row in rows]
