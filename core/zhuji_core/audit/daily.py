"""The audit's daily report (稽核日報): counts of one business day, and the head that covers it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from zhuji_core.permissions import READ_AUDIT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# No county has so many agencies times verbs in a day; what is more is told by the total.
GROUPS_MAX = 5_000

COUNTS = sa.text("""
    SELECT g.action, COALESCE(p.title, g.action) AS action_title, g.agency_code,
           COALESCE(y.name, '') AS agency_name, g.entries, g.people
      FROM (SELECT action, agency_code, count(*) AS entries,
                   count(DISTINCT actor_account) AS people
              FROM kernel.audit_entry
             WHERE business_date = :day
             GROUP BY action, agency_code) AS g
      LEFT JOIN kernel.permission AS p ON p.permission = g.action
      LEFT JOIN kernel.agency AS y ON y.agency_code = g.agency_code
     ORDER BY g.action, g.agency_code
     LIMIT :groups
""")
BOUNDS = sa.text("""
    SELECT count(*) AS entries, min(audit_id) AS first_audit_id, max(audit_id) AS last_audit_id,
           count(*) FILTER (WHERE audit_id > :sealed) AS unsealed
      FROM kernel.audit_entry
     WHERE business_date = :day
""")
NEWEST = sa.text("SELECT COALESCE(max(last_audit_id), 0) FROM kernel.audit_seal")
# The first seal that covers the day's last entry: it stays the same however often the report of
# a day that is over is printed. Before there is one, the newest that covers some of the day.
COVERING = sa.text("""
    SELECT batch_no, last_audit_id, entries_total, sealed_at, encode(seal_hash, 'hex') AS head
      FROM kernel.audit_seal
     WHERE last_audit_id >= LEAST(CAST(:last_audit_id AS bigint), CAST(:sealed AS bigint))
       AND last_audit_id >= :first_audit_id
     ORDER BY batch_no
     LIMIT 1
""")


class DailyCount(Value, frozen=True, kw_only=True):
    """How often something was done for an agency in the day, and by how many people."""

    action: str
    action_title: str
    agency_code: str
    agency_name: str
    entries: int
    people: int


class DailyHead(Value, frozen=True, kw_only=True):
    """The head of the chain at the seal that covers the whole day; hexadecimal."""

    batch_no: int
    last_audit_id: int
    entries_total: int
    sealed_at: dt.datetime
    head: str


class DailyReport(Value, frozen=True, kw_only=True):
    """``is_over`` False: the day goes on and its head will change. ``head`` None: not sealed."""

    day: dt.date
    is_over: bool
    entries: int
    unsealed: int
    first_audit_id: int | None
    last_audit_id: int | None
    counts: tuple[DailyCount, ...]
    head: DailyHead | None


def daily_report(uow: UnitOfWork, day: dt.date) -> DailyReport:
    """Return the report of a business day; raise Forbidden. It counts all kinds of entries."""
    uow.require(READ_AUDIT)
    sealed = uow.connection.execute(NEWEST).scalar_one()
    bounds = uow.connection.execute(BOUNDS, {"day": day, "sealed": sealed}).one()
    counts = uow.connection.execute(COUNTS, {"day": day, "groups": GROUPS_MAX}).mappings()
    return DailyReport(
        day=day,
        is_over=day < uow.business_date,
        entries=bounds.entries,
        unsealed=bounds.unsealed,
        first_audit_id=bounds.first_audit_id,
        last_audit_id=bounds.last_audit_id,
        counts=tuple(DailyCount(**row) for row in counts),
        head=None if bounds.entries == 0 else _head(uow, bounds, sealed=sealed),
    )


def _head(uow: UnitOfWork, bounds: sa.Row[Any], *, sealed: int) -> DailyHead | None:
    covering = uow.connection.execute(
        COVERING,
        {
            "first_audit_id": bounds.first_audit_id,
            "last_audit_id": bounds.last_audit_id,
            "sealed": sealed,
        },
    )
    row = covering.mappings().one_or_none()
    return None if row is None else DailyHead(**row)
