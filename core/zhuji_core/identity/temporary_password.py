"""A password that somebody else typed: it opens nothing but the page that replaces it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from zhuji_core.identity.accounts import UserAccount
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.identity.password_rules import check_password
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.set_password import policy_of
from zhuji_core.permissions import MODULE, RESET_PASSWORD
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork

SET = sa.text("""
    UPDATE kernel.user_account
       SET password_hash = :password_hash, password_set_at = :now, password_temporary = true,
           password_until = :until, failed_sign_ins = 0, locked_until = NULL
     WHERE user_id = :user_id
""")


def set_temporary_password(
    uow: UnitOfWork, user: UserAccount, *, password: str, passwords: Passwords
) -> None:
    """Give ``user`` a password that must be replaced at the first sign-in, within some days.

    For commands of an operator, who may type what a script hands over; people get a one-time
    code instead (``reset_password.py``). Hashes inside the transaction: nobody waits for a new
    account. Raises Forbidden, or what ``check_password`` raises.
    """
    uow.require(RESET_PASSWORD)
    settings = uow.settings(CountySettings, module=MODULE)
    check_password(password, policy=policy_of(settings), known_as=(user.account, user.name))
    until = uow.now + dt.timedelta(days=settings.password_temporary_days)
    uow.connection.execute(
        SET,
        {
            "user_id": user.user_id,
            "password_hash": passwords.hash(password),
            "now": uow.now,
            "until": until,
        },
    )
    uow.audit("kernel.password.temporary", user.document, after={"until": until})
    end_sessions(uow, user_id=user.user_id, reason="password-reset")
