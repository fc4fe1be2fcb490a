"""Signs of abnormal use (資通系統防護基準, level 高), from rows that are there anyway.

Refused and granted sign-ins stand in the audit with address and device; reads of personal data in
their own log. Nothing is counted while people work; the report reads what is left of a period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_core.permissions import MODULE, READ_ABNORMAL_USE
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

DAYS_MAX = 31
ROWS_MAX = 100
# An address is new when the person has not signed in from it within so many days before.
KNOWN_FOR = dt.timedelta(days=90)
# So many entries of the kernel are looked at, newest first: months of a county's sign-ins.
WINDOW = 200_000

# The window comes first and by key, so that no period is dearer than it.
RECENT = """
    WITH recent AS MATERIALIZED (
        SELECT a.audit_id, a.recorded_at, a.actor_account, a.action, a.document_label,
               COALESCE(a.after ->> 'address', '') AS address
          FROM (SELECT *
                  FROM kernel.audit_entry
                 WHERE document_kind LIKE 'kernel.%'
                 ORDER BY audit_id DESC
                 LIMIT :window) AS a
         WHERE a.action IN ('kernel.session.open', 'kernel.session.refuse')
           AND a.recorded_at >= :known_since
    ), period AS (
        SELECT * FROM recent WHERE recorded_at >= :since
    )
"""
FAILURES = f"""
    {RECENT}
    SELECT document_label AS account, address, count(*) AS times, max(recorded_at) AS last_at
      FROM period
     WHERE action = 'kernel.session.refuse'
     GROUP BY document_label, address
    HAVING count(*) >= :failures_min
     ORDER BY times DESC, account, address
     LIMIT :limit
"""  # noqa: S608 (of constants)
ODD_HOURS = f"""
    {RECENT}
    SELECT actor_account AS account, address, recorded_at AS last_at, 1 AS times
      FROM (SELECT *, recorded_at AT TIME ZONE 'Asia/Taipei' AS here FROM period) AS p
     WHERE action = 'kernel.session.open'
       AND (extract(hour FROM here) < :from_hour OR extract(hour FROM here) >= :to_hour
            OR extract(isodow FROM here) > 5)
     ORDER BY audit_id DESC
     LIMIT :limit
"""  # noqa: S608 (of constants)
NEW_ADDRESSES = f"""
    {RECENT}
    SELECT p.actor_account AS account, p.address, count(*) AS times, min(p.recorded_at) AS last_at
      FROM period AS p
     WHERE p.action = 'kernel.session.open' AND p.address <> ''
       AND EXISTS (SELECT FROM recent AS r
                    WHERE r.action = p.action AND r.actor_account = p.actor_account
                      AND r.recorded_at < :since)
       AND NOT EXISTS (SELECT FROM recent AS r
                        WHERE r.action = p.action AND r.actor_account = p.actor_account
                          AND r.address = p.address AND r.recorded_at < :since)
     GROUP BY p.actor_account, p.address
     ORDER BY last_at DESC, account
     LIMIT :limit
"""  # noqa: S608 (of constants)
MANY_READS = """
    SELECT actor_account AS account, '' AS address, sum(subject_count)::bigint AS times,
           max(read_at) AS last_at
      FROM kernel.personal_read
     WHERE read_at >= :since
     GROUP BY actor_account, (read_at AT TIME ZONE 'Asia/Taipei')::date
    HAVING sum(subject_count) >= :reads_min
     ORDER BY times DESC, account
     LIMIT :limit
"""


class Sign(Value, frozen=True, kw_only=True):
    """Something to ask somebody about: who, from where, how often, when (last, or first)."""

    account: str
    address: str
    times: int
    last_at: dt.datetime


class AbnormalUse(Value, frozen=True, kw_only=True):
    """The signs of a period, each list with at most a hundred rows."""

    since: dt.datetime
    failures: tuple[Sign, ...]
    odd_hours: tuple[Sign, ...]
    new_addresses: tuple[Sign, ...]
    many_reads: tuple[Sign, ...]


def find_abnormal_use(uow: UnitOfWork, *, days: int) -> AbnormalUse:
    """Return the signs of the last ``days`` (at most 31); raise Forbidden."""
    uow.require(READ_ABNORMAL_USE)
    own = uow.settings(CountySettings, module=MODULE)
    since = uow.now - dt.timedelta(days=max(1, min(days, DAYS_MAX)))
    values = {
        "window": WINDOW,
        "since": since,
        "known_since": since - KNOWN_FOR,
        "limit": ROWS_MAX,
        "failures_min": own.abnormal_failures,
        "from_hour": own.office_from_hour,
        "to_hour": own.office_to_hour,
        "reads_min": own.abnormal_personal_reads,
    }
    return AbnormalUse(
        since=since,
        failures=_signs(uow, sa.text(FAILURES), values),
        odd_hours=_signs(uow, sa.text(ODD_HOURS), values),
        new_addresses=_signs(uow, sa.text(NEW_ADDRESSES), values),
        many_reads=_signs(uow, sa.text(MANY_READS), values),
    )


def _signs(uow: UnitOfWork, statement: sa.TextClause, values: dict[str, Any]) -> tuple[Sign, ...]:
    named: Sequence[str] = list(statement.compile().params)
    rows = uow.connection.execute(statement, {name: values[name] for name in named})
    return tuple(Sign(**row) for row in rows.mappings())
