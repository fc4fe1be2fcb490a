"""Execution by month (各月執行): what was allotted to each month, and what was certified in it."""

from __future__ import annotations

from zhuji_budget.domain.reports.catalogue import report_named
from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.reports.reading import months_begun, read_report, report_filter
from zhuji_budget.store.execution import FOLLOWED_TYPES
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.events.status import read_progress
from zhuji_core.reports.definition import rate
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

MODULE = "budget"
MONTHS = range(1, 13)

# Of the year's rows, each with its months by their key: joined, all months of the county's rows
# were gone through for one agency's. What was certified after the year (整理期間) stands in its
# last month.
CERTIFIED = ByAgency(
    f"""
    SELECT LEAST(e.month_key - :fiscal_year * 100, 12) AS month,
           sum(e.certified_ntd)::bigint AS certified_ntd,
           sum(e.released_ntd)::bigint AS released_ntd,
           sum(e.documents)::bigint AS documents
      FROM budget.control_row AS r
     CROSS JOIN LATERAL (SELECT * FROM budget.execution_month AS m
                          WHERE m.control_row_id = r.control_row_id
                            AND m.month_key > :fiscal_year * 100
                         OFFSET 0) AS e
     WHERE r.fiscal_year = :fiscal_year
       AND {CHOSEN}
     GROUP BY 1
     ORDER BY 1
     LIMIT 12
""",
    agency="r.agency_code",
)


REALISED = ByAgency(
    f"""
    SELECT LEAST(e.month_key - :fiscal_year * 100, 12) AS month,
           sum(e.spent_ntd + e.settled_ntd - e.recovered_ntd)::bigint AS realised_ntd
      FROM budget.control_row AS r
     CROSS JOIN LATERAL (SELECT * FROM budget.realised_month AS m
                          WHERE m.control_row_id = r.control_row_id
                            AND m.month_key > :fiscal_year * 100
                         OFFSET 0) AS e
     WHERE r.fiscal_year = :fiscal_year
       AND {CHOSEN}
     GROUP BY 1
     ORDER BY 1
     LIMIT 12
""",
    agency="r.agency_code",
)


class MonthExecution(Value, frozen=True, kw_only=True):
    """One month and the year up to it; ``used_bp``: certified of allotted, both to date.

    ``begun`` False: a month to come. Its allotment is a plan, and what will be certified by then
    nobody knows: None. ``realised_ntd`` (實現數) waits for no event, and is below zero where more
    is recovered than spent.
    """

    month: int
    begun: bool
    allotted_ntd: int
    certified_ntd: int
    released_ntd: int
    documents: int
    allotted_to_date_ntd: int
    certified_to_date_ntd: int | None
    used_bp: int | None
    realised_ntd: int = 0
    realised_to_date_ntd: int | None = None


class YearExecution(Value, frozen=True, kw_only=True):
    """The months of a year, true up to an event; ``behind`` events are still to come."""

    fiscal_year: int
    months: tuple[MonthExecution, ...]
    as_of_event: int
    behind: int


def execution_by_month(uow: UnitOfWork, *, fiscal_year: int | None) -> YearExecution:
    """Return twelve months of the agencies that the actor may read."""
    uow.require(READ_LINES)
    report = report_named("allotment")
    wanted = report_filter(uow, report, fiscal_year=fiscal_year)
    total = read_report(uow, report, wanted).total
    allowed = uow.actor.agencies(READ_LINES)
    asked = {
        "fiscal_year": wanted.fiscal_year,
        "agencies": None if allowed is None else list(allowed),
    }
    certified = {row.month: row for row in uow.connection.execute(CERTIFIED.of(allowed), asked)}
    spent = uow.connection.execute(REALISED.of(allowed), asked)
    realised = {row.month: row.realised_ntd for row in spent}
    begun = months_begun(uow, wanted.fiscal_year)
    allotted_to_date_ntd = certified_to_date_ntd = realised_to_date_ntd = 0
    months = []
    for month in MONTHS:
        one = certified.get(month)
        allotted_ntd = total[f"month_{month}_ntd"] or 0
        allotted_to_date_ntd += allotted_ntd
        certified_to_date_ntd += one.certified_ntd - one.released_ntd if one else 0
        realised_to_date_ntd += realised.get(month, 0)
        known = certified_to_date_ntd if month <= begun else None
        months.append(
            MonthExecution(
                month=month,
                begun=month <= begun,
                allotted_ntd=allotted_ntd,
                certified_ntd=one.certified_ntd if one else 0,
                released_ntd=one.released_ntd if one else 0,
                documents=one.documents if one else 0,
                allotted_to_date_ntd=allotted_to_date_ntd,
                certified_to_date_ntd=known,
                used_bp=None if known is None else rate(known, allotted_to_date_ntd),
                realised_ntd=realised.get(month, 0),
                realised_to_date_ntd=realised_to_date_ntd if month <= begun else None,
            )
        )
    progress = read_progress(uow.connection, module=MODULE, types=FOLLOWED_TYPES)
    return YearExecution(
        fiscal_year=wanted.fiscal_year,
        months=tuple(months),
        as_of_event=progress.as_of_event,
        behind=progress.behind,
    )
