"""An operator's own password, replaced by who knows it; the rules are those of every password.

Hashed and verified between two short transactions, in the threads kept for passwords.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_core.identity.password_rules import check_age
from zhuji_core.identity.passwords import LENGTH_MAX, Passwords
from zhuji_core.identity.sessions import digest
from zhuji_core.identity.set_password import (
    CurrentPasswordWrong,
    NewPassword,
    PasswordMoved,
    Secret,
    judged_hash,
)
from zhuji_core.platform.accounts import POLICY
from zhuji_core.platform.lockout import claim_try, forgive_tries
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.sessions import renew_session
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork

FIND = sa.text("""
    SELECT o.operator_id AS user_id, o.account, o.name, '' AS agency_code, o.password_hash,
           o.temporary_until IS NOT NULL AS password_temporary, o.password_set_at,
           ARRAY (SELECT p.password_hash FROM platform.operator_password AS p
                   WHERE p.operator_id = o.operator_id
                   ORDER BY p.set_at DESC LIMIT :kept_last) AS earlier
      FROM platform.operator AS o
     WHERE o.operator_id = :operator_id AND o.state = 'active'
""")
# Guarded by the hash that was verified or read: of two changes at one moment one is kept. Every
# session but this one ends.
KEEP = sa.text("""
    WITH kept AS (
        UPDATE platform.operator
           SET password_hash = :password_hash, password_set_at = :now, temporary_until = NULL,
               failed_sign_ins = 0, locked_until = NULL
         WHERE operator_id = :operator_id AND password_hash = :before AND state = 'active'
        RETURNING operator_id
    ), remembered AS (
        INSERT INTO platform.operator_password (operator_id, set_at, password_hash)
        SELECT operator_id, :set_at, :before FROM kept
            ON CONFLICT DO NOTHING
    ), ended AS (
        DELETE FROM platform.operator_session
         WHERE operator_id = (SELECT operator_id FROM kept) AND token_digest <> :kept_session
    )
    SELECT operator_id FROM kept
""")


def change_own_password(
    platform: Platform,
    operator: Operator,
    *,
    token: str,
    current: str,
    new: NewPassword,
    passwords: Passwords,
) -> str:
    """Replace the operator's own password; return the new token of this session.

    Every other session of theirs ends. Raises AccountLocked, CurrentPasswordWrong (counted as a
    failed sign-in), PasswordsDiffer, PasswordTooFresh, PasswordReused, or what ``check_password``
    raises; then the old password stays.
    """
    assert operator.operator_id is not None, "whoever runs a command has no password here"
    secret = find_secret(platform, operator_id=operator.operator_id)
    claim_try(platform, operator_id=secret.user_id)
    known = passwords.verify(secret.password_hash, current[:LENGTH_MAX])
    if not known or len(current) > LENGTH_MAX:
        with platform.begin(operator) as uow:
            uow.audit("host.password.refuse")
        raise CurrentPasswordWrong(fields={"current": CurrentPasswordWrong.message})
    forgive_tries(platform, operator_id=secret.user_id)
    if not secret.password_temporary:
        check_age(secret.password_set_at, policy=POLICY, now=platform.clock())
    password_hash = judged_hash(secret, new, policy=POLICY, passwords=passwords)
    with platform.begin(operator) as uow:
        keep_password(uow, secret, password_hash=password_hash, token=token)
        return renew_session(uow, token=token)


def find_secret(platform: Platform, *, operator_id: uuid.UUID) -> Secret:
    """Return what is known of the operator's password; raise PasswordMoved when disabled."""
    with platform.statements.connect() as connection:
        row = (
            connection.execute(FIND, {"operator_id": operator_id, "kept_last": POLICY.kept_last})
            .mappings()
            .one_or_none()
        )
    if row is None:
        raise PasswordMoved
    return Secret(**{**row, "earlier": tuple(row["earlier"])})


def keep_password(
    uow: PlatformUnitOfWork, secret: Secret, *, password_hash: str, token: str = ""
) -> None:
    """Write the hash; only the session of ``token`` stays. Raises PasswordMoved."""
    kept = uow.connection.execute(
        KEEP,
        {
            "operator_id": secret.user_id,
            "password_hash": password_hash,
            "before": secret.password_hash,
            "set_at": secret.password_set_at,
            "kept_session": digest(token),
            "now": uow.now,
        },
    ).one_or_none()
    if kept is None:
        raise PasswordMoved
    uow.audit("host.password.change", after={"account": secret.account})
