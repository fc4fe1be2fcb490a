"""Operators' security keys and recovery codes: the ceremonies of a county, the host's own tables.

Refusals, names, limits and the form of codes are those of ``identity/security_keys.py``.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from zhuji_core.identity import ceremonies
from zhuji_core.identity.ceremonies import (
    Challenges,
    Credential,
    FactorRefused,
    Holder,
    Party,
    ProvedKey,
)
from zhuji_core.identity.security_keys import (
    CODES,
    KEYS_MAX,
    CodeRefused,
    FactorTaken,
    FactorUnknown,
    SecurityKey,
    checked_name,
    code_digest,
    credential_of,
    new_codes,
    readable,
)
from zhuji_core.ids import new_id
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.sessions import renew_session
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork

KEEP = sa.text("""
    WITH old AS (
        DELETE FROM platform.operator_challenge
         WHERE holder_digest = :holder_digest OR expires_at <= :now
    )
    INSERT INTO platform.operator_challenge
           (challenge_id, holder_digest, operator_id, purpose, challenge, expires_at)
    VALUES (:challenge_id, :holder_digest, :user_id, :purpose, :challenge, :expires_at)
""")
REMOVE_CHALLENGE = sa.text("""
    DELETE FROM platform.operator_challenge
     WHERE holder_digest = :holder_digest AND operator_id = :user_id AND purpose = :purpose
    RETURNING challenge, expires_at
""")
CREDENTIALS = sa.text("""
    SELECT key_id, credential_id, public_key, sign_count, transports
      FROM platform.operator_key
     WHERE operator_id = :operator_id
     ORDER BY made_at
     LIMIT 10
""")
LIST = sa.text("""
    SELECT key_id, name, made_at, used_at
      FROM platform.operator_key
     WHERE operator_id = :operator_id
     ORDER BY made_at, key_id
     LIMIT 10
""")
# The operator's row is locked: of ten registrations at one moment none becomes the eleventh.
LOCK = sa.text("SELECT 1 FROM platform.operator WHERE operator_id = :operator_id FOR UPDATE")
INSERT = sa.text("""
    INSERT INTO platform.operator_key
           (key_id, operator_id, name, credential_id, public_key, sign_count, transports, made_at)
    SELECT :key_id, :operator_id, :name, :credential_id, :public_key, :counted,
           CAST(:transports AS text[]), :now
     WHERE (SELECT count(*) FROM platform.operator_key
             WHERE operator_id = :operator_id) < :keys_max
        ON CONFLICT (credential_id) DO NOTHING
    RETURNING key_id
""")
# Guarded by the counter that was checked: of two answers at one moment one is taken.
USE = sa.text("""
    UPDATE platform.operator_key
       SET sign_count = CAST(:counted AS bigint), used_at = :now
     WHERE key_id = :key_id AND sign_count = :counted_before
    RETURNING key_id
""")
RENAME = sa.text("""
    UPDATE platform.operator_key SET name = :name
     WHERE key_id = :key_id AND operator_id = :operator_id
    RETURNING key_id
""")
REMOVE = sa.text("""
    DELETE FROM platform.operator_key
     WHERE key_id = :key_id AND operator_id = :operator_id
    RETURNING name
""")
MAKE_CODES = sa.text("""
    WITH old AS (
        DELETE FROM platform.operator_recovery_code WHERE operator_id = :operator_id
    )
    INSERT INTO platform.operator_recovery_code (operator_id, code_digest, made_at)
    SELECT :operator_id, c.digest, :now FROM unnest(CAST(:digests AS bytea[])) AS c (digest)
""")
USE_CODE = sa.text("""
    UPDATE platform.operator_recovery_code SET used_at = :now
     WHERE operator_id = :operator_id AND code_digest = :code_digest AND used_at IS NULL
    RETURNING (SELECT count(*) - 1 FROM platform.operator_recovery_code AS r
                WHERE r.operator_id = :operator_id AND r.used_at IS NULL) AS unused
""")


def host_challenges(platform: Platform) -> Challenges:
    return Challenges(
        statements=platform.statements, clock=platform.clock, keep=KEEP, remove=REMOVE_CHALLENGE
    )


def credentials_of(platform: Platform, *, operator_id: uuid.UUID) -> list[Credential]:
    """Return an operator's keys as ceremonies need them; one statement."""
    with platform.statements.connect() as connection:
        rows = connection.execute(CREDENTIALS, {"operator_id": operator_id}).mappings().all()
    return [credential_of(row) for row in rows]


def list_keys(uow: PlatformUnitOfWork) -> list[SecurityKey]:
    """Return the operator's own keys."""
    rows = uow.connection.execute(LIST, {"operator_id": uow.operator.operator_id})
    return [SecurityKey(**row) for row in rows.mappings()]


def begin_key(platform: Platform, operator: Operator, *, token: str, party: Party) -> str:
    """Return the options that a browser makes a key with, as JSON."""
    holder = _holder(operator, token)
    known = credentials_of(platform, operator_id=holder.user_id)
    return ceremonies.begin_registration(
        host_challenges(platform), holder, party=party, known=known
    )


def register_key(
    platform: Platform, operator: Operator, *, token: str, party: Party, answer: str, name: str
) -> str:
    """Register the key that ``answer`` proves; return the new token of this session.

    Raises FactorName, FactorTaken or FactorRefused; then nothing is kept, and the challenge is
    used up.
    """
    kept_name = checked_name(name)
    proved = ceremonies.verify_registration(
        host_challenges(platform), _holder(operator, token), party=party, answer=answer
    )
    with platform.begin(operator) as uow:
        _keep_key(uow, proved, name=kept_name)
        return renew_session(uow, token=token)


def _holder(operator: Operator, token: str) -> Holder:
    assert operator.operator_id is not None, "whoever runs a command has no browser"
    return Holder(
        token=token,
        user_id=operator.operator_id,
        account=operator.account,
        name=operator.name,
    )


def _keep_key(uow: PlatformUnitOfWork, proved: ProvedKey, *, name: str) -> None:
    uow.connection.execute(LOCK, {"operator_id": uow.operator.operator_id})
    key_id = new_id()
    made = uow.connection.execute(
        INSERT,
        {
            "key_id": key_id,
            "operator_id": uow.operator.operator_id,
            "name": name,
            "credential_id": proved.credential_id,
            "public_key": proved.public_key,
            "counted": proved.sign_count,
            "transports": list(proved.transports),
            "now": uow.now,
            "keys_max": KEYS_MAX,
        },
    ).one_or_none()
    if made is None:
        raise FactorTaken(keys_max=KEYS_MAX)
    uow.audit("host.factor.add", after={"key_id": str(key_id), "name": name})


def use_key(uow: PlatformUnitOfWork, used: Credential, *, sign_count: int) -> None:
    """Keep the counter of a key that was proved; raise FactorRefused when another was quicker."""
    row = uow.connection.execute(
        USE,
        {
            "key_id": used.key_id,
            "counted": sign_count,
            "counted_before": used.sign_count,
            "now": uow.now,
        },
    ).one_or_none()
    if row is None:
        raise FactorRefused


def rename_key(uow: PlatformUnitOfWork, *, key_id: uuid.UUID, name: str) -> None:
    """Name one of the operator's own keys anew; raise FactorName or FactorUnknown."""
    kept_name = checked_name(name)
    values = {"key_id": key_id, "operator_id": uow.operator.operator_id, "name": kept_name}
    if uow.connection.execute(RENAME, values).one_or_none() is None:
        raise FactorUnknown
    uow.audit("host.factor.rename", after={"key_id": str(key_id), "name": kept_name})


def remove_key(uow: PlatformUnitOfWork, *, key_id: uuid.UUID) -> None:
    """Remove one of the operator's own keys; raise FactorUnknown."""
    values = {"key_id": key_id, "operator_id": uow.operator.operator_id}
    name = uow.connection.execute(REMOVE, values).scalar_one_or_none()
    if name is None:
        raise FactorUnknown
    uow.audit("host.factor.remove", before={"key_id": str(key_id), "name": name})


def make_recovery_codes(uow: PlatformUnitOfWork) -> tuple[str, ...]:
    """Return ten new codes of the operator, shown once; those before are of no use any more."""
    operator_id = uow.operator.operator_id
    assert operator_id is not None, "whoever runs a command has no codes"
    codes = new_codes()
    uow.connection.execute(
        MAKE_CODES,
        {
            "operator_id": operator_id,
            "digests": [code_digest(operator_id, code) for code in codes],
            "now": uow.now,
        },
    )
    uow.audit("host.recovery-code.make", after={"count": CODES})
    return readable(codes)


def use_recovery_code(uow: PlatformUnitOfWork, *, operator_id: uuid.UUID, code: str) -> None:
    """Use up a code; raise CodeRefused."""
    row: Any = uow.connection.execute(
        USE_CODE,
        {
            "operator_id": operator_id,
            "code_digest": code_digest(operator_id, code),
            "now": uow.now,
        },
    ).one_or_none()
    if row is None:
        raise CodeRefused(fields={"code": CodeRefused.message})
    uow.audit("host.recovery-code.use", after={"unused": row.unused})
