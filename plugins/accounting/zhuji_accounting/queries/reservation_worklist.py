"""Reservations that end soon or have ended, for who asked for them and for accounting."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from zhuji_accounting.permissions import RELEASE_ENCUMBRANCE, WRITE_REQUEST
from zhuji_accounting.settings import MODULE, AccountingSettings
from zhuji_core.formats import date_key
from zhuji_core.modules import WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

# By the partial index spending_request_ends.
ENDING = sa.text("""
    SELECT r.hold_until < :today AS over, count(DISTINCT r.request_id) AS requests,
           min(r.hold_until) AS first,
           sum(l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd)::bigint
               AS held_ntd
      FROM accounting.spending_request AS r
      JOIN accounting.request_line AS l USING (request_id)
     WHERE r.state = 'certified' AND r.hold_until <= :last AND r.fiscal_year = :fiscal_year
       AND l.amount_ntd - l.claimed_ntd - l.advanced_ntd - l.released_ntd > 0
       AND ((:writes AND r.created_by = :actor_id)
            OR (:releases AND (CAST(:release_in AS text[]) IS NULL
                               OR r.agency_code = ANY(:release_in))))
     GROUP BY r.hold_until < :today
     LIMIT 2
""")
# By the partial index release_by_system: of the system (SYSTEM_USER_ID), told for as long.
RELEASED = sa.text("""
    SELECT count(DISTINCT r.request_id) AS requests, min(x.business_date) AS first,
           sum(x.amount_ntd)::bigint AS released_ntd
      FROM accounting.release AS x
      JOIN accounting.spending_request AS r USING (request_id)
     WHERE x.released_by = '00000000-0000-0000-0000-000000000000'
       AND x.business_date >= :since AND r.created_by = :actor_id
    HAVING count(*) > 0
     LIMIT 1
""")


def reservations_ending(uow: UnitOfWork) -> list[WorkItem]:
    """Return what has ended, what ends soon, and what of the actor's the system released."""
    writes, releases = uow.actor.may(WRITE_REQUEST), uow.actor.may(RELEASE_ENCUMBRANCE)
    if not writes and not releases:
        return []
    notice = dt.timedelta(
        days=uow.settings(AccountingSettings, module=MODULE).reservation_notice_days
    )
    today = uow.business_date
    agencies = uow.actor.agencies(RELEASE_ENCUMBRANCE)
    rows = uow.connection.execute(
        ENDING,
        {
            "today": today,
            "last": today + notice,
            "fiscal_year": uow.fiscal_year,
            "writes": writes,
            "actor_id": uow.actor.user_id,
            "releases": releases,
            "release_in": None if agencies is None else list(agencies),
        },
    ).all()
    own = "" if releases else "&mine=true"
    titles = {True: N_("保留期限已屆滿之簽證"), False: N_("保留期限將屆滿之簽證")}
    items = [
        WorkItem(
            title=titles[row.over],
            path="accounting/reservations?until="
            + date_key(today - dt.timedelta(days=1) if row.over else today + notice)
            + own,
            count=row.requests,
            oldest_days=max(0, (today - row.first).days),
            amount_ntd=row.held_ntd,
        )
        for row in sorted(rows, key=lambda one: not one.over)
    ]
    return items + (_released(uow, since=today - notice) if writes else [])


def _released(uow: UnitOfWork, *, since: dt.date) -> list[WorkItem]:
    given = {"since": since, "actor_id": uow.actor.user_id}
    return [
        WorkItem(
            title=N_("期限屆滿已由系統釋放之簽證"),
            path="accounting/requests?mine=true&states=closed",
            count=row.requests,
            oldest_days=max(0, (uow.business_date - row.first).days),
            amount_ntd=row.released_ntd,
        )
        for row in uow.connection.execute(RELEASED, given)
    ]
