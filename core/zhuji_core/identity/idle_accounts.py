"""Accounts that nobody has signed in to for long are disabled (資通系統防護基準, level 中)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from zhuji_core.identity.accounts import UserAccount
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.permissions import MODULE
from zhuji_core.settings import CountySettings, demo_accounts
from zhuji_core.uow import UnitOfWork

# Far more than idle in one day; what is left goes at the next run.
BATCH_MAX = 500

# A token of a machine that works in a person's name is no sign-in: its owner may have left.
DISABLE = sa.text("""
    WITH idle AS (
        SELECT user_id
          FROM kernel.user_account
         WHERE state = 'active' AND account <> ALL (CAST(:spared AS text[]))
           AND GREATEST(created_at, password_set_at, last_sign_in_at, active_since)
               < :idle_since
         ORDER BY user_id
         LIMIT :limit
           FOR UPDATE
    )
    UPDATE kernel.user_account AS u
       SET state = 'disabled'
      FROM idle
     WHERE u.user_id = idle.user_id
    RETURNING u.user_id, u.account, u.name, u.agency_code
""")


def disable_idle_accounts(uow: UnitOfWork) -> list[UserAccount]:
    """Disable the accounts idle for ``idle_account_days`` and return them; called once a day.

    An account counts as used when it was made, enabled again, given a password or signed in to.
    The accounts of a demo are left alone. With nobody idle the unit of work is abandoned.
    """
    days = uow.settings(CountySettings, module=MODULE).idle_account_days
    rows = []
    if days:
        found = uow.connection.execute(
            DISABLE,
            {
                "spared": [one.account for one in demo_accounts(uow.raw_settings)],
                "idle_since": uow.now - dt.timedelta(days=days),
                "limit": BATCH_MAX,
            },
        )
        rows = sorted(found.mappings(), key=lambda row: str(row["account"]))
    users = [UserAccount(**row) for row in rows]
    for user in users:
        uow.audit("kernel.user.disable-idle", user.document, after={"idle_days": days})
        end_sessions(uow, user_id=user.user_id, reason="idle")
    if not users:
        uow.abandon("nobody is idle")
    return users
