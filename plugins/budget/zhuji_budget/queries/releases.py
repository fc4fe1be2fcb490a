"""Which months were released, to whom, and which are still to come. Reads only."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.release import ReleaseState, first_day, state_of
from zhuji_budget.domain.schedule import Side, clock_of
from zhuji_budget.permissions import READ_ALLOTMENT, RELEASE_ALLOTMENT, WRITE_ALLOTMENT
from zhuji_budget.store import releases
from zhuji_core.db.by_agency import ByAgency, chosen
from zhuji_core.jobs.queries import JobSeen, runs_of
from zhuji_core.modules import WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

JOB = "budget.allotment.release"
RUNS_SHOWN = 10
NONE_YET = "array_fill(0::bigint, ARRAY[12])"
# The names of agencies stand with the rows of revenue, and with the lines of expenditure: there
# they are asked of the agencies that are shown.
SOURCES = {
    Side.EXPENDITURE: f"""
        SELECT r.agency_code, '' AS agency_name, r.allotment_ntd
          FROM budget.control_row AS r
         WHERE r.fiscal_year = :fiscal_year AND {chosen("r.agency_code")}""",
    Side.REVENUE: f"""
        SELECT r.agency_code, r.agency_name, r.allotment_ntd
          FROM budget.revenue_row AS r
         WHERE r.fiscal_year = :fiscal_year AND {chosen("r.agency_code")}""",
}
NAMES = {
    Side.EXPENDITURE: """(SELECT min(b.agency_name) FROM budget.budget_line AS b
             WHERE b.fiscal_year = :fiscal_year AND b.agency_code = a.agency_code)""",
    Side.REVENUE: "a.agency_name",
}
# An agency with a release and no month of its own left (all moved away) is still shown.
LIST = f"""
    WITH agency AS (
        SELECT x.agency_code, min(x.agency_name) AS agency_name,
               bool_or(x.allotment_ntd <> {NONE_YET}) AS allotted,
               sum(x.allotment_ntd[CAST(:month AS integer)])::bigint AS allotted_ntd
          FROM ({{source}}) AS x
         GROUP BY x.agency_code
    )
    SELECT a.agency_code, {{name}} AS agency_name, a.allotted_ntd,
           t.amount_ntd AS released_ntd, t.rows, t.released_on, n.noted_on, n.noted_by_name
      FROM agency AS a
      LEFT JOIN budget.allotment_release AS t
        ON t.fiscal_year = :fiscal_year AND t.agency_code = a.agency_code AND t.side = :side
       AND t.month = :month
      LEFT JOIN budget.release_note AS n
        ON (n.fiscal_year, n.agency_code, n.side, n.month)
           = (t.fiscal_year, t.agency_code, t.side, t.month)
     WHERE (a.allotted OR t.month IS NOT NULL) AND a.agency_code > :after
     ORDER BY a.agency_code
     LIMIT :limit
"""
MONTHS = f"""
    WITH agency AS (
        SELECT x.agency_code, bool_or(x.allotment_ntd <> {NONE_YET}) AS allotted,
               ARRAY[{", ".join(f"sum(x.allotment_ntd[{month}])" for month in range(1, 13))}]
                   AS months_ntd
          FROM ({{source}}) AS x
         GROUP BY x.agency_code
    ), released AS (
        SELECT t.month, count(*) AS agencies, sum(t.amount_ntd)::bigint AS amount_ntd,
               count(n.month) AS noted
          FROM budget.allotment_release AS t
          LEFT JOIN budget.release_note AS n USING (fiscal_year, agency_code, side, month)
         WHERE t.fiscal_year = :fiscal_year AND t.side = :side AND {{released}}
         GROUP BY t.month
    )
    SELECT m.month, a.agencies, COALESCE(a.months_ntd[m.month], 0)::bigint AS allotted_ntd,
           COALESCE(t.agencies, 0) AS released, COALESCE(t.amount_ntd, 0) AS released_ntd,
           COALESCE(t.noted, 0) AS noted
      FROM generate_series(1, 12) AS m (month)
     CROSS JOIN (
           SELECT count(*) FILTER (WHERE allotted) AS agencies,
                  ARRAY[{", ".join(f"sum(months_ntd[{month}])" for month in range(1, 13))}]
                      AS months_ntd
             FROM agency) AS a
      LEFT JOIN released AS t USING (month)
     ORDER BY m.month
     LIMIT 12
"""
LIST_OF = {
    side: ByAgency(LIST.format(source=source, name=NAMES[side])) for side, source in SOURCES.items()
}
MONTHS_OF = {
    side: ByAgency(MONTHS.format(source=source, released=chosen("t.agency_code")))
    for side, source in SOURCES.items()
}
WAITING = sa.text("""
    SELECT t.fiscal_year, t.agency_code, count(*) AS months, min(t.released_on) AS oldest,
           sum(t.amount_ntd)::bigint AS amount_ntd
      FROM budget.allotment_release AS t
     WHERE t.agency_code = ANY(:agencies) AND t.rows > 0
       AND (CAST(:fiscal_year AS integer) IS NULL OR t.fiscal_year = :fiscal_year)
       AND NOT EXISTS (SELECT FROM budget.release_note AS n
                        WHERE (n.fiscal_year, n.agency_code, n.side, n.month)
                              = (t.fiscal_year, t.agency_code, t.side, t.month))
     GROUP BY t.fiscal_year, t.agency_code
     ORDER BY t.fiscal_year DESC, t.agency_code
     LIMIT 200
""")


class ReleaseFilter(Value, frozen=True, kw_only=True):
    """One month of one side; ``after``: the last agency of the page before."""

    fiscal_year: int
    side: Side
    month: int
    agency_code: str = ""
    after: str = ""
    limit: int = 100


class AgencyRelease(Value, frozen=True, kw_only=True):
    """One agency in a month: what the month has now, and what was released when.

    What differs was changed by documents after the release, which tell it themselves.
    """

    agency_code: str
    agency_name: str
    allotted_ntd: int
    released_ntd: int | None
    rows: int | None
    released_on: dt.date | None
    noted_on: dt.date | None
    noted_by_name: str | None
    state: ReleaseState = ReleaseState.AHEAD


class ReleaseMonth(Value, frozen=True, kw_only=True):
    """One month of all agencies that the actor may read, added up."""

    month: int
    begins_on: dt.date
    agencies: int
    released: int
    noted: int
    allotted_ntd: int
    released_ntd: int
    state: ReleaseState


class WaitingNote(Value, frozen=True, kw_only=True):
    """Released months of an agency and year of which nobody there has taken note."""

    fiscal_year: int
    agency_code: str
    months: int
    oldest: dt.date
    amount_ntd: int


def begun_of(uow: UnitOfWork, fiscal_year: int) -> int:
    """Return how many months of the year have begun on the business date."""
    return clock_of(
        fiscal_year=fiscal_year, business_year=uow.fiscal_year, month=uow.business_date.month
    ).to_date


def list_releases(uow: UnitOfWork, wanted: ReleaseFilter) -> list[AgencyRelease]:
    """Return the agencies that the actor may read, in order of code."""
    uow.require(READ_ALLOTMENT)
    agencies = _agencies(uow, wanted)
    found = uow.connection.execute(LIST_OF[wanted.side].of(agencies), _asked(wanted, agencies))
    rows = found.mappings()
    begun = begun_of(uow, wanted.fiscal_year)
    return [
        AgencyRelease(
            **row,
            state=state_of(
                month=wanted.month,
                begun=begun,
                agencies=1,
                released=int(row["released_on"] is not None),
            ),
        )
        for row in rows
    ]


def release_months(uow: UnitOfWork, wanted: ReleaseFilter) -> list[ReleaseMonth]:
    """Return the twelve months of the year, each added up; the month asked for does not matter."""
    uow.require(READ_ALLOTMENT)
    agencies = _agencies(uow, wanted)
    found = uow.connection.execute(MONTHS_OF[wanted.side].of(agencies), _asked(wanted, agencies))
    rows = found.mappings()
    begun = begun_of(uow, wanted.fiscal_year)
    return [
        ReleaseMonth(
            **row,
            begins_on=first_day(wanted.fiscal_year, row["month"]),
            state=state_of(
                month=row["month"],
                begun=begun,
                agencies=row["agencies"],
                released=row["released"],
            ),
        )
        for row in rows
    ]


def _agencies(uow: UnitOfWork, wanted: ReleaseFilter) -> list[str] | None:
    """Return the one agency asked for, if it may be read, or all that may be; None: every one."""
    allowed = uow.actor.agencies(READ_ALLOTMENT)
    if not wanted.agency_code:
        return None if allowed is None else list(allowed)
    return [code for code in (wanted.agency_code,) if allowed is None or code in allowed]


def _asked(wanted: ReleaseFilter, agencies: list[str] | None) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(wanted),
        "side": str(wanted.side),
        "agencies": agencies,
    }


def release_runs(uow: UnitOfWork) -> list[JobSeen]:
    """Return the last runs of the job, newest first: what failed, and why."""
    uow.require(RELEASE_ALLOTMENT)
    return runs_of(uow, JOB, limit=RUNS_SHOWN)


def agencies_behind(uow: UnitOfWork) -> int:
    """Count the agencies whose months have begun without having been released."""
    uow.require(RELEASE_ALLOTMENT)
    return len({one.agency_code for one in releases.agencies_due(uow)})


def waiting_notes(uow: UnitOfWork, *, fiscal_year: int | None = None) -> list[WaitingNote]:
    """Return what the actor's own agencies have not taken note of.

    Who may do it for the whole county is nobody's accountant: nothing waits there.
    """
    agencies = uow.actor.agencies(WRITE_ALLOTMENT)
    if not agencies:
        return []
    asked = {"agencies": list(agencies), "fiscal_year": fiscal_year}
    return [WaitingNote(**row) for row in uow.connection.execute(WAITING, asked).mappings()]


def waiting_releases(uow: UnitOfWork) -> list[WorkItem]:
    """Return the notice to the agency: one line for each year."""
    found: dict[int, list[WaitingNote]] = {}
    for one in waiting_notes(uow):
        found.setdefault(one.fiscal_year, []).append(one)
    return [
        WorkItem(
            title=N_("分配數已釋出，請知悉"),
            path=f"budget/releases?fiscal_year={fiscal_year}",
            count=sum(one.months for one in notes),
            oldest_days=max(0, (uow.business_date - min(one.oldest for one in notes)).days),
            amount_ntd=sum(one.amount_ntd for one in notes),
        )
        for fiscal_year, notes in found.items()
    ]
