"""A new password for somebody who has none or forgot it: by a one-time code, seen by no other.

Whoever may (ADM, an operator) makes the code and hands it over; the person redeems it with a
password of their own. The administrator never learns the password, the table never the code.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
import uuid

import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.county import SESSION
from zhuji_core.identity.accounts import UserAccount, UserUnknown
from zhuji_core.identity.actor import system_actor
from zhuji_core.identity.county_rates import limit_reset
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.sessions import Client
from zhuji_core.identity.set_password import (
    NewPassword,
    county_settings,
    find_secret,
    judged_hash,
    keep_password,
    policy_of,
)
from zhuji_core.permissions import MODULE, RESET_PASSWORD
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# 80 bits in four groups of four letters and digits: nobody guesses one in its 24 hours, and
# people can tell it over the telephone. No 0, 1, 8, 9: base32 has none.
CODE_BYTES = 10
GROUP = 4

# A code before this one is of no use any more.
MAKE = sa.text("""
    WITH person AS (
        SELECT user_id, account, name, agency_code
          FROM kernel.user_account
         WHERE user_id = :user_id AND state = 'active'
           FOR UPDATE
    ), before AS (
        DELETE FROM kernel.password_reset WHERE user_id = (SELECT user_id FROM person)
    ), made AS (
        INSERT INTO kernel.password_reset (code_digest, user_id, made_by, made_at, expires_at)
        SELECT :code_digest, user_id, :made_by, :now, :expires_at FROM person
    )
    SELECT user_id, account, name, agency_code FROM person
""")
FIND = sa.text("""
    SELECT r.user_id
      FROM kernel.password_reset AS r
      JOIN kernel.user_account AS u USING (user_id)
     WHERE r.code_digest = :code_digest AND r.expires_at > :now
       AND u.account = :account AND u.state = 'active'
""")
TAKE = sa.text("""
    DELETE FROM kernel.password_reset
     WHERE code_digest = :code_digest AND user_id = :user_id AND expires_at > :now
    RETURNING user_id
""")


class ResetRefused(DomainError):
    """No such account, no such code, used before, or too late: which is not said."""

    code = "E-PASSWORD-RESET"
    message = N_("帳號或重設碼不正確，或重設碼已使用、已逾期。請洽系統管理人員重新產生。")
    status_code = 422


class ResetCode(Value, frozen=True, kw_only=True):
    """The code as people read it, shown once."""

    user: UserAccount
    code: str
    expires_at: dt.datetime


def make_reset_code(uow: UnitOfWork, *, user_id: uuid.UUID) -> ResetCode:
    """Make the only valid code of an active person; raise Forbidden or UserUnknown.

    The present password stays good until the code is redeemed.
    """
    uow.require(RESET_PASSWORD)
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    hours = uow.settings(CountySettings, module=MODULE).password_reset_hours
    expires_at = uow.now + dt.timedelta(hours=hours)
    row = uow.connection.execute(
        MAKE,
        {
            "user_id": user_id,
            "code_digest": code_digest(code),
            "made_by": uow.actor.user_id,
            "now": uow.now,
            "expires_at": expires_at,
        },
    ).one_or_none()
    if row is None:
        raise UserUnknown(user=str(user_id))
    user = UserAccount(
        user_id=row.user_id, account=row.account, name=row.name, agency_code=row.agency_code
    )
    uow.audit(RESET_PASSWORD.name, user.document, after={"expires_at": expires_at})
    groups = [code[at : at + GROUP] for at in range(0, len(code), GROUP)]
    return ResetCode(user=user, code="-".join(groups), expires_at=expires_at)


def redeem_reset_code(
    access: CountyAccess,
    *,
    account: str,
    code: str,
    new: NewPassword,
    passwords: Passwords,
    client: Client,
) -> None:
    """Set the password of the person who was given ``code``; every session of theirs ends.

    Raises TooManyRequests, ResetRefused, PasswordsDiffer, PasswordReused, or what
    ``check_password`` raises; then the code is still good.
    """
    raw = access.settings()
    policy = policy_of(county_settings(raw))
    digest = code_digest(code)
    known_as = account.strip().lower()
    limit_reset(access, settings=raw, account=known_as, address=client.address)
    with access.statements.connect() as connection:
        user_id = connection.execute(
            FIND,
            {
                "code_digest": digest,
                "account": known_as,
                "now": access.clock(),
            },
        ).scalar_one_or_none()
    if user_id is None:
        raise ResetRefused
    secret = find_secret(access, user_id=user_id, policy=policy)
    password_hash = judged_hash(secret, new, policy=policy, passwords=passwords)
    with access.begin(actor=system_actor({}), settings=raw, writes=SESSION) as uow:
        taken = uow.connection.execute(
            TAKE, {"code_digest": digest, "user_id": user_id, "now": uow.now}
        ).one_or_none()
        if taken is None:
            raise ResetRefused
        keep_password(uow, secret, password_hash=password_hash, action="kernel.password.redeem")
        end_sessions(uow, user_id=user_id, reason="password-reset")


def code_digest(code: str) -> bytes:
    """Digest a code, however it was typed: blanks and dashes do not count, nor does case."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).digest()
