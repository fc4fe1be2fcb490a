"""What waits for the actor on the first page: schedules, estimates, reports of the month.

Each is one round trip, or none for whoever cannot act on its answer. Who wrote a document does not
decide on it, so it does not wait for them; documents of the whole county wait for nobody's agency.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_budget.permissions import (
    ACCEPT_MONTH_REPORT,
    APPROVE_ALLOTMENT,
    COMMENT_ALLOTMENT,
    COMPILE_BILL,
    ENDORSE_ALLOTMENT,
    ENDORSE_ESTIMATE,
    REVIEW_ESTIMATES,
    WRITE_ALLOTMENT,
    WRITE_ESTIMATE,
    WRITE_MONTH_REPORT,
)
from zhuji_budget.queries.changes_waiting import waiting_changes
from zhuji_budget.queries.releases import waiting_releases
from zhuji_budget.settings import MODULE, BudgetSettings
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

SCHEDULES = sa.text("""
    SELECT w.what, s.fiscal_year, count(*) AS documents,
           min(COALESCE(s.submitted_on, CAST(s.created_at AS date))) AS oldest,
           COALESCE(sum((SELECT sum(m) FROM budget.allotment_line AS l
                          CROSS JOIN unnest(l.months_ntd) AS m
                          WHERE l.schedule_id = s.schedule_id)), 0)::bigint AS amount_ntd
      FROM budget.allotment_schedule AS s
     CROSS JOIN LATERAL (
           SELECT s.writers || ARRAY[s.endorsed_by, s.endorsed_for, s.commented_by,
                                     s.commented_for] AS hands) AS h
     CROSS JOIN LATERAL (
           SELECT CASE WHEN s.state = 'returned' AND s.agency_code = ANY(:writes_in)
                       THEN 'returned'
                       WHEN s.state = 'supervising' AND s.supervisor_code = ANY(:endorses_in)
                            AND NOT s.writers && :persons
                       THEN 'supervising'
                       WHEN s.state = 'submitted' AND :comments AND NOT h.hands && :persons
                       THEN 'submitted'
                       WHEN s.state = 'commented' AND :approves AND NOT h.hands && :persons
                       THEN 'commented'
                       WHEN s.state = 'submitted' AND :approves AND NOT h.hands && :persons
                            AND s.submitted_on + CAST(:days AS integer) <= :today
                       THEN 'unanswered' END AS what) AS w
     WHERE s.state IN ('returned', 'supervising', 'submitted', 'commented') AND w.what IS NOT NULL
     GROUP BY w.what, s.fiscal_year
     ORDER BY s.fiscal_year, w.what
     LIMIT 20
""")
SCHEDULE_TITLES = {
    "returned": (N_("退回修正之分配預算表"), "returned"),
    "supervising": (N_("待核轉之所屬機關分配預算表"), "supervising"),
    "submitted": (N_("待表示意見之分配預算表"), "submitted"),
    "commented": (N_("待核定之分配預算表"), "commented"),
    "unanswered": (N_("財政單位逾期未表示意見，得逕行核定"), "submitted"),
}
# An agency sends its schedule within days of the enactment (預算法 55); it waits since then.
UNALLOTTED = sa.text("""
    SELECT y.fiscal_year, count(DISTINCT r.agency_code) AS documents,
           sum(r.enacted_ntd + r.changes_ntd - r.frozen_ntd)::bigint AS amount_ntd,
           (SELECT min(m.business_date) FROM budget.budget_movement AS m
             WHERE m.document_id = y.document_id AND m.kind = 'enact') AS oldest
      FROM budget.fiscal_year AS y
      JOIN budget.control_row AS r USING (fiscal_year)
     WHERE y.state = 'enacted' AND r.agency_code = ANY(:writes_in)
       AND r.enacted_ntd + r.changes_ntd > 0 AND r.reserve = ''
       AND NOT EXISTS (SELECT FROM budget.control_row AS o
                        WHERE o.fiscal_year = r.fiscal_year AND o.agency_code = r.agency_code
                          AND 0 < ANY (o.allotment_ntd))
       AND NOT EXISTS (SELECT FROM budget.allotment_schedule AS s
                        WHERE s.fiscal_year = r.fiscal_year AND s.agency_code = r.agency_code
                          AND s.side = 'expenditure' AND s.state <> 'withdrawn')
     GROUP BY y.fiscal_year, y.document_id
     ORDER BY y.fiscal_year
     LIMIT 5
""")
# Since when: the estimate's last version is the step that it took last.
ESTIMATES = sa.text("""
    SELECT w.what, e.fiscal_year, count(*) AS documents, min(v.since) AS oldest,
           COALESCE(sum((SELECT sum(i.amount_ntd) FROM budget.estimate_line AS l
                           JOIN budget.estimate_item AS i USING (estimate_line_id)
                          WHERE l.estimate_id = e.estimate_id AND l.side = 'expenditure')),
                    0)::bigint AS amount_ntd
      FROM budget.estimate AS e
     CROSS JOIN LATERAL (
           SELECT CASE WHEN e.state = 'returned' AND e.agency_code = ANY(:writes_in)
                       THEN 'returned'
                       WHEN e.state = 'supervising' AND e.supervisor_code = ANY(:endorses_in)
                            AND e.submitted_by <> ALL(:persons)
                       THEN 'supervising'
                       WHEN e.state = 'submitted' AND :reviews
                            AND e.submitted_by IS DISTINCT FROM :actor_id
                            AND e.endorsed_by IS DISTINCT FROM :actor_id
                       THEN 'submitted'
                       WHEN e.state = 'reviewed' AND :compiles
                            AND NOT EXISTS (SELECT FROM budget.estimate AS o
                                             WHERE o.fiscal_year = e.fiscal_year
                                               AND o.state NOT IN ('reviewed', 'compiled'))
                       THEN 'reviewed' END AS what) AS w
     CROSS JOIN LATERAL (
           SELECT max(x.recorded_at) AS since FROM budget.estimate_version AS x
            WHERE x.estimate_id = e.estimate_id) AS v
     WHERE e.state IN ('returned', 'supervising', 'submitted', 'reviewed') AND w.what IS NOT NULL
     GROUP BY w.what, e.fiscal_year
     ORDER BY e.fiscal_year, w.what
     LIMIT 20
""")
ESTIMATE_TITLES = {
    "returned": (N_("退回修正之概算"), "budget/estimates?year={year}&states=returned"),
    "supervising": (
        N_("待核轉之所屬機關概算"),
        "budget/estimates?year={year}&states=supervising",
    ),
    "submitted": (N_("待審議之概算"), "budget/estimates?year={year}&states=submitted"),
    "reviewed": (N_("概算均已審議，待編成預算案"), "budget/bills/{year}"),
}
REPORTS = sa.text("""
    SELECT CASE WHEN m.state = 'submitted' THEN 'submitted' ELSE 'returned' END AS what,
           m.fiscal_year, m.month, count(*) AS documents, min(m.submitted_on) AS oldest
      FROM budget.month_report AS m
     WHERE (m.state = 'submitted' AND :accepts AND NOT m.writers && :persons)
        OR (m.state = 'returned' AND m.agency_code = ANY(:writes_in))
     GROUP BY 1, 2, 3
     ORDER BY 2, 3
     LIMIT 40
""")
REPORT_TITLES = {"submitted": N_("待備查之執行月報"), "returned": N_("退回補正之執行月報")}
# Months of this year that are over, in agencies with a budget that is law, and nothing was sent.
UNWRITTEN = sa.text("""
    SELECT g.month, count(*) AS documents
      FROM (SELECT DISTINCT b.agency_code
              FROM budget.budget_line AS b
              JOIN budget.fiscal_year AS y USING (fiscal_year)
             WHERE b.fiscal_year = :year AND y.state = 'allotted'
               AND b.agency_code = ANY(:writes_in)) AS a
     CROSS JOIN generate_series(1, CAST(:over AS integer)) AS g (month)
     WHERE NOT EXISTS (SELECT FROM budget.month_report AS m
                        WHERE m.fiscal_year = :year AND m.month = g.month
                          AND m.agency_code = a.agency_code AND m.state <> 'open')
     GROUP BY g.month
     ORDER BY g.month
     LIMIT 12
""")


def waiting_work(uow: UnitOfWork) -> list[WorkItem]:
    """Return everything of the budget that waits for the actor."""
    return [
        *waiting_changes(uow),
        *waiting_releases(uow),
        *waiting_schedules(uow),
        *waiting_estimates(uow),
        *waiting_month_reports(uow),
    ]


def waiting_schedules(uow: UnitOfWork) -> list[WorkItem]:
    """Return schedules of allotment to mend, to endorse, to comment on, to approve."""
    if not _any(uow, WRITE_ALLOTMENT, ENDORSE_ALLOTMENT, COMMENT_ALLOTMENT, APPROVE_ALLOTMENT):
        return []
    rows = uow.connection.execute(
        SCHEDULES,
        {
            "writes_in": _own_agencies(uow, WRITE_ALLOTMENT),
            "endorses_in": _own_agencies(uow, ENDORSE_ALLOTMENT),
            "comments": uow.actor.may(COMMENT_ALLOTMENT),
            "approves": uow.actor.may(APPROVE_ALLOTMENT),
            "persons": sorted(uow.actor.persons),
            "days": uow.settings(BudgetSettings, module=MODULE).allotment_comment_days,
            "today": uow.business_date,
        },
    )
    items = [
        WorkItem(
            title=SCHEDULE_TITLES[row.what][0],
            path=f"budget/allotments?fiscal_year={row.fiscal_year}"
            f"&states={SCHEDULE_TITLES[row.what][1]}",
            count=row.documents,
            oldest_days=_days(uow, row.oldest),
            amount_ntd=row.amount_ntd,
        )
        for row in rows
    ]
    return [*_unallotted(uow), *items]


def _unallotted(uow: UnitOfWork) -> list[WorkItem]:
    """Return years that are law and that the actor's agencies have not begun to allot."""
    writes_in = _own_agencies(uow, WRITE_ALLOTMENT)
    if not writes_in:
        return []
    return [
        WorkItem(
            title=N_("法定預算已成立，待編送分配預算"),
            path=f"budget/allotments/new?fiscal_year={row.fiscal_year}",
            count=row.documents,
            oldest_days=_days(uow, row.oldest),
            amount_ntd=row.amount_ntd,
        )
        for row in uow.connection.execute(UNALLOTTED, {"writes_in": writes_in})
    ]


def waiting_estimates(uow: UnitOfWork) -> list[WorkItem]:
    """Return estimates to mend, to endorse, to review, and a year that is ready for the bill."""
    if not _any(uow, WRITE_ESTIMATE, ENDORSE_ESTIMATE, REVIEW_ESTIMATES, COMPILE_BILL):
        return []
    rows = uow.connection.execute(
        ESTIMATES,
        {
            "writes_in": _own_agencies(uow, WRITE_ESTIMATE),
            "endorses_in": _own_agencies(uow, ENDORSE_ESTIMATE),
            "persons": sorted(uow.actor.persons),
            "reviews": uow.actor.may(REVIEW_ESTIMATES),
            "compiles": uow.actor.may(COMPILE_BILL),
            "actor_id": uow.actor.user_id,
        },
    )
    return [
        WorkItem(
            title=ESTIMATE_TITLES[row.what][0],
            path=ESTIMATE_TITLES[row.what][1].format(year=row.fiscal_year),
            count=row.documents,
            oldest_days=max(0, (uow.now - row.oldest).days) if row.oldest else 0,
            amount_ntd=row.amount_ntd,
        )
        for row in rows
    ]


def waiting_month_reports(uow: UnitOfWork) -> list[WorkItem]:
    """Return reports of the month to mend, to accept, and months of which nothing was sent."""
    if not _any(uow, WRITE_MONTH_REPORT, ACCEPT_MONTH_REPORT):
        return []
    writes_in = _own_agencies(uow, WRITE_MONTH_REPORT)
    rows = uow.connection.execute(
        REPORTS,
        {
            "writes_in": writes_in,
            "accepts": uow.actor.may(ACCEPT_MONTH_REPORT),
            "persons": sorted(uow.actor.persons),
        },
    )
    items = [
        WorkItem(
            title=REPORT_TITLES[row.what],
            path=f"budget/month-reports?fiscal_year={row.fiscal_year}&month={row.month}"
            f"&states={row.what}",
            count=row.documents,
            oldest_days=_days(uow, row.oldest),
            amount_ntd=0,
        )
        for row in rows
    ]
    return [*items, *_unwritten(uow, writes_in)]


def _unwritten(uow: UnitOfWork, writes_in: Sequence[str]) -> list[WorkItem]:
    """One line for all months; it leads to the first. A county that asks for no words has none."""
    asks = uow.settings(BudgetSettings, module=MODULE).lag_below_percent
    over = uow.business_date.month - 1
    if not asks or not over or not writes_in:
        return []
    asked = {"year": uow.fiscal_year, "over": over, "writes_in": list(writes_in)}
    rows = uow.connection.execute(UNWRITTEN, asked).all()
    if not rows:
        return []
    first = dt.date(uow.business_date.year, rows[0].month + 1, 1)
    return [
        WorkItem(
            title=N_("待編送之執行月報"),
            path=f"budget/month-reports?fiscal_year={uow.fiscal_year}&month={rows[0].month}",
            count=sum(row.documents for row in rows),
            oldest_days=_days(uow, first),
            amount_ntd=0,
        )
    ]


def _any(uow: UnitOfWork, *permissions: Permission) -> bool:
    return any(uow.actor.may(permission) for permission in permissions)


def _own_agencies(uow: UnitOfWork, permission: Permission) -> list[str]:
    """Return where the actor is somebody's writer; who may everywhere is nobody's in particular."""
    return list(uow.actor.agencies(permission) or ())


def _days(uow: UnitOfWork, since: dt.date | None) -> int:
    return 0 if since is None else max(0, (uow.business_date - since).days)
