"""Who looked at whose personal data: searched, and forgotten after its time.

Written by ``uow.read_personal_data`` (個人資料保護法施行細則 §12 (2) 10: trails of use are kept).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from zhuji_core.permissions import MODULE, READ_PERSONAL_READS
from zhuji_core.settings import TAIPEI, CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# A page of a list, and one row that tells whether there is another.
ROWS_MAX = 201

# By key, newest first. The account of a subject is shown where the subject is a user.
SEARCH = sa.text("""
    SELECT r.read_id, r.read_at, r.actor_account, r.kind, r.subject_count, r.purpose, r.source,
           r.trace_id, r.subjects[1:20] AS subjects,
           ARRAY (SELECT u.account || ' ' || u.name
                    FROM kernel.user_account AS u
                   WHERE r.kind = 'kernel.user'
                     AND u.user_id::text = ANY (r.subjects[1:20])
                   ORDER BY u.account) AS names
      FROM kernel.personal_read AS r
     WHERE (:account = '' OR r.actor_account = :account)
       AND (:subject = '' OR r.subjects @> ARRAY[CAST(:subject AS text)]
            OR r.subjects @> ARRAY (SELECT u.user_id::text FROM kernel.user_account AS u
                                     WHERE u.account = :subject)
               AND EXISTS (SELECT FROM kernel.user_account AS u WHERE u.account = :subject))
       AND (CAST(:from_date AS date) IS NULL
            OR r.read_at >= CAST(:from_date AS date)::timestamp AT TIME ZONE 'Asia/Taipei')
       AND (CAST(:to_date AS date) IS NULL
            OR r.read_at < (CAST(:to_date AS date) + 1)::timestamp AT TIME ZONE 'Asia/Taipei')
       AND (CAST(:before AS bigint) IS NULL OR r.read_id < :before)
     ORDER BY r.read_id DESC
     LIMIT :limit
""")
FORGET = sa.text("SELECT kernel.forget_personal_reads(:before)")


class PersonalRead(Value, frozen=True, kw_only=True):
    """A look at personal data. ``subjects``: the first twenty ids; ``names``: those of users."""

    read_id: int
    read_at: dt.datetime
    actor_account: str
    kind: str
    subject_count: int
    purpose: str
    source: str
    trace_id: str
    subjects: tuple[str, ...]
    names: tuple[str, ...]


class ReadFilter(Value, frozen=True, kw_only=True):
    """``account`` of who looked; ``subject``: an id, or the account of a user who was seen."""

    account: str = ""
    subject: str = ""
    from_date: dt.date | None = None
    to_date: dt.date | None = None


def search_personal_reads(
    uow: UnitOfWork, wanted: ReadFilter, *, before: int | None = None, limit: int
) -> list[PersonalRead]:
    """Return up to ``limit`` reads older than number ``before``, newest first; raise Forbidden."""
    uow.require(READ_PERSONAL_READS)
    rows: list[Any] = list(
        uow.connection.execute(
            SEARCH,
            {
                "account": wanted.account,
                "subject": wanted.subject,
                "from_date": wanted.from_date,
                "to_date": wanted.to_date,
                "before": before,
                "limit": min(limit, ROWS_MAX),
            },
        ).mappings()
    )
    return [
        PersonalRead(**{**row, "subjects": tuple(row["subjects"]), "names": tuple(row["names"])})
        for row in rows
    ]


def forget_personal_reads(uow: UnitOfWork) -> int:
    """Delete reads older than ``personal_read_days``; return how many.

    The county's role can delete none by itself: the database's own function does, and it keeps
    184 days whatever it is asked.
    """
    days = uow.settings(CountySettings, module=MODULE).personal_read_days
    before = uow.now.astimezone(TAIPEI) - dt.timedelta(days=days)
    return int(uow.connection.execute(FORGET, {"before": before}).scalar_one())
