"""What protects the operator's own account, in figures."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from zhuji_core.identity.my_security import MySecurity
from zhuji_core.platform.accounts import POLICY
from zhuji_core.platform.sessions import IDLE
from zhuji_core.platform.uow import PlatformUnitOfWork
from zhuji_core.settings import TAIPEI

FIND = sa.text("""
    SELECT o.password_set_at,
           (SELECT count(*) FROM platform.operator_session AS s
             WHERE s.operator_id = o.operator_id AND s.expires_at > :now
               AND s.seen_at > :idle_since) AS sessions,
           (SELECT count(*) FROM platform.operator_key AS k
             WHERE k.operator_id = o.operator_id) AS keys,
           (SELECT count(*) FROM platform.operator_recovery_code AS c
             WHERE c.operator_id = o.operator_id AND c.used_at IS NULL) AS recovery_codes
      FROM platform.operator AS o
     WHERE o.operator_id = :operator_id
""")


def find_own_security(uow: PlatformUnitOfWork) -> MySecurity:
    """Return the figures of the operator's own account."""
    row = uow.connection.execute(
        FIND,
        {
            "operator_id": uow.operator.operator_id,
            "now": uow.now,
            "idle_since": uow.now - IDLE,
        },
    ).one()
    due = row.password_set_at + dt.timedelta(days=POLICY.days_max)
    return MySecurity(
        password_set_at=row.password_set_at,
        password_due_on=due.astimezone(TAIPEI).date(),
        sessions=row.sessions,
        keys=row.keys,
        recovery_codes=row.recovery_codes,
    )
