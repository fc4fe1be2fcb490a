"""What protects the actor's own account, in figures."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from zhuji_core.identity.sign_in_steps import is_demo_account
from zhuji_core.permissions import MODULE
from zhuji_core.settings import TAIPEI, CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

FIND = sa.text("""
    SELECT COALESCE(u.password_set_at, u.created_at) AS password_set_at,
           (SELECT count(*) FROM kernel.web_session AS s
             WHERE s.user_id = u.user_id AND s.expires_at > :now
               AND COALESCE(s.seen_at, s.created_at) > :idle_since) AS sessions,
           (SELECT count(*) FROM kernel.security_key AS k WHERE k.user_id = u.user_id) AS keys,
           (SELECT count(*) FROM kernel.recovery_code AS c
             WHERE c.user_id = u.user_id AND c.used_at IS NULL) AS recovery_codes
      FROM kernel.user_account AS u
     WHERE u.user_id = :user_id
""")


class MySecurity(Value, frozen=True, kw_only=True):
    """``password_due_on``: the last day before it must be changed at sign-in; None: never."""

    password_set_at: dt.datetime
    password_due_on: dt.date | None
    sessions: int
    keys: int
    recovery_codes: int


def find_my_security(uow: UnitOfWork) -> MySecurity:
    """Return the figures of the actor's own account."""
    settings = uow.settings(CountySettings, module=MODULE)
    row = uow.connection.execute(
        FIND,
        {
            "user_id": uow.actor.user_id,
            "now": uow.now,
            "idle_since": uow.now - dt.timedelta(minutes=settings.session_idle_minutes),
        },
    ).one()
    due = None
    if settings.password_days_max and not is_demo_account(uow, account=uow.actor.account):
        last = row.password_set_at + dt.timedelta(days=settings.password_days_max)
        due = last.astimezone(TAIPEI).date()
    return MySecurity(
        password_set_at=row.password_set_at,
        password_due_on=due,
        sessions=row.sessions,
        keys=row.keys,
        recovery_codes=row.recovery_codes,
    )
