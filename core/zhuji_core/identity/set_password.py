"""A person's password: found, judged by the county's rules, replaced; earlier ones remembered.

Like signing in, these use cases open their own units of work: passwords are hashed and verified
between two short transactions, since that takes longer than any lock should be held. They run in
the threads kept for passwords, never on the event loop.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.county import SESSION
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.lockout import FAILURES_MAX, LOCKED_FOR, refuse_when_locked
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.identity.password_rules import (
    PasswordPolicy,
    PasswordReused,
    check_age,
    check_password,
)
from zhuji_core.identity.passwords import LENGTH_MAX, NO_PASSWORD, Passwords
from zhuji_core.identity.sessions import renew_session
from zhuji_core.permissions import MODULE
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# The most that ``password_kept_last`` may ask for; older ones are forgotten.
HISTORY_MAX = 24

FIND = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code, u.password_hash, u.password_temporary,
           COALESCE(u.password_set_at, u.created_at) AS password_set_at,
           ARRAY (SELECT h.password_hash
                    FROM kernel.password_history AS h
                   WHERE h.user_id = u.user_id
                   ORDER BY h.set_at DESC
                   LIMIT :kept_last) AS earlier
      FROM kernel.user_account AS u
     WHERE u.user_id = :user_id AND u.state = 'active'
""")
# Guarded by the hash that was verified or read: of two changes at one moment one is kept. Codes
# for a new password that are still about are of no use afterwards.
KEEP = sa.text("""
    WITH kept AS (
        UPDATE kernel.user_account
           SET password_hash = :password_hash, password_set_at = :now, password_temporary = false,
               password_until = NULL, failed_sign_ins = 0, locked_until = NULL
         WHERE user_id = :user_id AND password_hash = :before AND state = 'active'
        RETURNING user_id
    ), remembered AS (
        INSERT INTO kernel.password_history (user_id, set_at, password_hash)
        SELECT user_id, :now, :before FROM kept WHERE :before <> :no_password
    ), forgotten AS (
        DELETE FROM kernel.password_history
         WHERE user_id = (SELECT user_id FROM kept)
           AND set_at < (SELECT h.set_at
                           FROM kernel.password_history AS h
                          WHERE h.user_id = :user_id
                          ORDER BY h.set_at DESC
                         OFFSET :history_max - 2
                          LIMIT 1)
    ), codes AS (
        DELETE FROM kernel.password_reset WHERE user_id = (SELECT user_id FROM kept)
    )
    SELECT user_id FROM kept
""")
# Counted before the password is verified, so that guesses at one moment are as many as guesses one
# after another; a right one clears the count. No row: locked.
CLAIM_TRY = sa.text("""
    UPDATE kernel.user_account
       SET failed_sign_ins = CASE WHEN failed_sign_ins + 1 < :failures_max
                                  THEN failed_sign_ins + 1 ELSE 0 END,
           locked_until = CASE WHEN failed_sign_ins + 1 < :failures_max
                               THEN NULL ELSE CAST(:locked_until AS timestamptz) END
     WHERE user_id = :user_id AND (locked_until IS NULL OR locked_until <= :now)
    RETURNING user_id
""")
LOCKED_UNTIL = sa.text("SELECT locked_until FROM kernel.user_account WHERE user_id = :user_id")
FORGIVE = sa.text("""
    UPDATE kernel.user_account
       SET failed_sign_ins = 0, locked_until = NULL
     WHERE user_id = :user_id
""")


class CurrentPasswordWrong(DomainError):
    """Whoever sits at an open session without knowing its password changes nothing."""

    code = "E-PASSWORD-WRONG"
    message = N_("目前的密碼不正確。連續 5 次不正確時，該帳號將鎖定 15 分鐘。")
    status_code = 422


class PasswordsDiffer(DomainError):
    """Typed twice so that a slip of a finger locks nobody out."""

    code = "E-PASSWORD-DIFFERS"
    message = N_("兩次輸入的新密碼不相同。")
    status_code = 422


class PasswordMoved(DomainError):
    """It was changed, or the account disabled, while this change was being made."""

    code = "E-PASSWORD-MOVED"
    message = N_("密碼或帳號狀態已由其他人變更，請重新登入後再試。")


class Secret(Value, frozen=True, kw_only=True):
    """What is known of an active person's password; ``earlier``: hashes of those before it."""

    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str
    password_hash: str
    password_temporary: bool
    password_set_at: dt.datetime
    earlier: tuple[str, ...]

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.user",
            document_id=self.user_id,
            label=f"{self.account} {self.name}",
            agency_code=self.agency_code,
        )


class NewPassword(Value, frozen=True, kw_only=True):
    """A password as it was typed, twice."""

    password: str
    repeated: str


def policy_of(settings: CountySettings) -> PasswordPolicy:
    return PasswordPolicy(
        length_min=settings.password_length_min,
        classes_min=settings.password_classes_min,
        kept_last=settings.password_kept_last,
        days_min=settings.password_days_min,
        days_max=settings.password_days_max,
    )


def county_settings(raw: Any) -> CountySettings:
    return msgspec.convert(dict(raw.get(MODULE, {})), CountySettings)


def change_password(
    access: CountyAccess,
    *,
    actor: Actor,
    token: str,
    current: str,
    new: NewPassword,
    passwords: Passwords,
) -> str:
    """Replace the actor's own password; return the new token of this session.

    Every other session of the person ends. Raises AccountLocked, CurrentPasswordWrong (counted as
    a failed sign-in), PasswordsDiffer, PasswordTooFresh, PasswordReused, or what
    ``check_password`` raises; then the old password stays.
    """
    raw = access.settings()
    policy = policy_of(county_settings(raw))
    secret = find_secret(access, user_id=actor.user_id, policy=policy)
    claim_try(access, user_id=secret.user_id)
    known = passwords.verify(secret.password_hash, current[:LENGTH_MAX])
    if not known or len(current) > LENGTH_MAX:
        with access.begin(actor=actor, settings=raw, writes=SESSION) as uow:
            uow.audit("kernel.password.refuse", secret.document)
        raise CurrentPasswordWrong(fields={"current": CurrentPasswordWrong.message})
    forgive_tries(access, user_id=secret.user_id)
    if not secret.password_temporary:
        check_age(secret.password_set_at, policy=policy, now=access.clock())
    password_hash = judged_hash(secret, new, policy=policy, passwords=passwords)
    with access.begin(actor=actor, settings=raw, writes=SESSION) as uow:
        keep_password(uow, secret, password_hash=password_hash, action="kernel.password.change")
        end_sessions(uow, user_id=secret.user_id, reason="password-changed", keep_token=token)
        return renew_session(uow, token=token)


def find_secret(access: CountyAccess, *, user_id: uuid.UUID, policy: PasswordPolicy) -> Secret:
    """Return what is known of the person's password; raise PasswordMoved when disabled."""
    with access.statements.connect() as connection:
        found = connection.execute(FIND, {"user_id": user_id, "kept_last": policy.kept_last})
        row = found.mappings().one_or_none()
    if row is None:
        raise PasswordMoved
    return Secret(**{**row, "earlier": tuple(row["earlier"])})


def judged_hash(
    secret: Secret, new: NewPassword, *, policy: PasswordPolicy, passwords: Passwords
) -> str:
    """Return the hash of a new password that keeps every rule; slow, so outside of transactions.

    Raises PasswordsDiffer, PasswordReused, or what ``check_password`` raises.
    """
    if new.password != new.repeated:
        raise PasswordsDiffer(fields={"repeated": PasswordsDiffer.message})
    check_password(new.password, policy=policy, known_as=(secret.account, secret.name))
    if any(passwords.verify(old, new.password) for old in (secret.password_hash, *secret.earlier)):
        raise PasswordReused(
            kept_last=policy.kept_last, fields={"password": PasswordReused.message}
        )
    return passwords.hash(new.password)


def keep_password(uow: UnitOfWork, secret: Secret, *, password_hash: str, action: str) -> None:
    """Write the hash and its audit entry; raise PasswordMoved when it was replaced meanwhile."""
    kept = uow.connection.execute(
        KEEP,
        {
            "user_id": secret.user_id,
            "password_hash": password_hash,
            "before": secret.password_hash,
            "no_password": NO_PASSWORD,
            "history_max": HISTORY_MAX,
            "now": uow.now,
        },
    ).one_or_none()
    if kept is None:
        raise PasswordMoved
    uow.audit(action, secret.document)


def claim_try(access: CountyAccess, *, user_id: uuid.UUID) -> None:
    """Count a try before its password is verified; raise AccountLocked after five without luck."""
    now = access.clock()
    with access.statements.connect() as connection:
        claimed = connection.execute(
            CLAIM_TRY,
            {
                "user_id": user_id,
                "failures_max": FAILURES_MAX,
                "locked_until": now + LOCKED_FOR,
                "now": now,
            },
        ).one_or_none()
        if claimed is None:
            until = connection.execute(LOCKED_UNTIL, {"user_id": user_id}).scalar_one_or_none()
            refuse_when_locked(until or now + LOCKED_FOR, now=now)


def forgive_tries(access: CountyAccess, *, user_id: uuid.UUID) -> None:
    """Clear the count of whoever has proved the password."""
    with access.statements.connect() as connection:
        connection.execute(FORGIVE, {"user_id": user_id})
