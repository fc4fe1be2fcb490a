"""The security keys and recovery codes of a person: registered, named, used, removed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.ceremonies import Credential, FactorRefused, ProvedKey
from zhuji_core.ids import new_id
from zhuji_core.permissions import MODULE
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

KEYS_MAX = 10
NAME_MAX = 60
CODES = 10
CODE_BYTES = 10
GROUP = 4

CREDENTIALS = sa.text("""
    SELECT key_id, credential_id, public_key, sign_count, transports
      FROM kernel.security_key
     WHERE user_id = :user_id
     ORDER BY made_at
     LIMIT 10
""")
LIST = sa.text("""
    SELECT key_id, name, made_at, used_at
      FROM kernel.security_key
     WHERE user_id = :user_id
     ORDER BY made_at, key_id
     LIMIT 10
""")
# The person's row is locked: of ten registrations at one moment none becomes the eleventh.
LOCK = sa.text("SELECT user_id FROM kernel.user_account WHERE user_id = :user_id FOR UPDATE")
INSERT = sa.text("""
    INSERT INTO kernel.security_key
           (key_id, user_id, name, credential_id, public_key, sign_count, transports, made_at)
    SELECT :key_id, :user_id, :name, :credential_id, :public_key, :counted,
           CAST(:transports AS text[]), :now
     WHERE (SELECT count(*) FROM kernel.security_key WHERE user_id = :user_id) < :keys_max
        ON CONFLICT (credential_id) DO NOTHING
    RETURNING key_id
""")
# Guarded by the counter that was checked: of two answers at one moment one is taken.
USE = sa.text("""
    UPDATE kernel.security_key
       SET sign_count = CAST(:counted AS bigint), used_at = :now
     WHERE key_id = :key_id AND sign_count = :counted_before
    RETURNING key_id
""")
RENAME = sa.text("""
    UPDATE kernel.security_key SET name = :name
     WHERE key_id = :key_id AND user_id = :user_id
    RETURNING key_id
""")
REMOVE = sa.text("""
    DELETE FROM kernel.security_key
     WHERE key_id = :key_id AND user_id = :user_id
    RETURNING name
""")
CLEAR = sa.text("""
    WITH keys AS (
        DELETE FROM kernel.security_key WHERE user_id = :user_id RETURNING 1
    ), codes AS (
        DELETE FROM kernel.recovery_code WHERE user_id = :user_id
    )
    SELECT count(*) FROM keys
""")
MAKE_CODES = sa.text("""
    WITH old AS (
        DELETE FROM kernel.recovery_code WHERE user_id = :user_id
    )
    INSERT INTO kernel.recovery_code (user_id, code_digest, made_at)
    SELECT :user_id, c.digest, :now FROM unnest(CAST(:digests AS bytea[])) AS c (digest)
""")
USE_CODE = sa.text("""
    UPDATE kernel.recovery_code SET used_at = :now
     WHERE user_id = :user_id AND code_digest = :code_digest AND used_at IS NULL
    RETURNING (SELECT count(*) - 1 FROM kernel.recovery_code AS r
                WHERE r.user_id = :user_id AND r.used_at IS NULL) AS unused
""")


class FactorTaken(DomainError):
    """This key is registered already, or the person has as many as one may have."""

    code = "E-FACTOR-TAKEN"
    message = N_("這把安全金鑰已登錄，或已達 {keys_max} 把的上限。")


class FactorName(DomainError):
    """A key is found again by its name."""

    code = "E-FACTOR-NAME"
    message = N_("請為安全金鑰取一個 1 至 {name_max} 字的名稱。")
    status_code = 422


class FactorLast(DomainError):
    """The county asks this person for a key: the last one stays until another is registered."""

    code = "E-FACTOR-LAST"
    message = N_("您的角色須以安全金鑰登入，不能移除最後一把；請先登錄另一把。")


class FactorUnknown(DomainError):
    """No such key of this person."""

    code = "E-FACTOR-UNKNOWN"
    message = N_("查無這把安全金鑰。")
    status_code = 404


class CodeRefused(DomainError):
    """No such recovery code of this person, or used before."""

    code = "E-RECOVERY-CODE"
    message = N_("救援碼不正確或已使用。")
    status_code = 422


class SecurityKey(Value, frozen=True, kw_only=True):
    """A key as its owner knows it."""

    key_id: uuid.UUID
    name: str
    made_at: dt.datetime
    used_at: dt.datetime | None


def credentials_of(access: CountyAccess, *, user_id: uuid.UUID) -> list[Credential]:
    """Return a person's keys as ceremonies need them; one statement."""
    with access.statements.connect() as connection:
        rows = connection.execute(CREDENTIALS, {"user_id": user_id}).mappings().all()
    return [credential_of(row) for row in rows]


def credential_of(row: sa.RowMapping) -> Credential:
    return Credential(
        key_id=row["key_id"],
        credential_id=bytes(row["credential_id"]),
        public_key=bytes(row["public_key"]),
        sign_count=row["sign_count"],
        transports=tuple(row["transports"]),
    )


def list_keys(uow: UnitOfWork) -> list[SecurityKey]:
    """Return the actor's own keys."""
    rows = uow.connection.execute(LIST, {"user_id": uow.actor.user_id})
    return [SecurityKey(**row) for row in rows.mappings()]


def checked_name(name: str) -> str:
    """Return the name as it is kept; raise FactorName. Asked before a ceremony begins."""
    kept = name.strip()
    if not 1 <= len(kept) <= NAME_MAX:
        raise FactorName(name_max=NAME_MAX, fields={"name": FactorName.message})
    return kept


def keep_key(uow: UnitOfWork, proved: ProvedKey, *, name: str) -> None:
    """Register a key that was proved as the actor's; raise FactorTaken or FactorName."""
    kept_name = checked_name(name)
    uow.connection.execute(LOCK, {"user_id": uow.actor.user_id})
    key_id = new_id()
    made = uow.connection.execute(
        INSERT,
        {
            "key_id": key_id,
            "user_id": uow.actor.user_id,
            "name": kept_name,
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
    uow.audit("kernel.factor.add", _document(uow, key_id, kept_name))


def use_key(uow: UnitOfWork, used: Credential, *, sign_count: int) -> None:
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


def rename_key(uow: UnitOfWork, *, key_id: uuid.UUID, name: str) -> None:
    """Name one of the actor's own keys anew; raise FactorName or FactorUnknown."""
    kept_name = checked_name(name)
    values = {"key_id": key_id, "user_id": uow.actor.user_id, "name": kept_name}
    if uow.connection.execute(RENAME, values).one_or_none() is None:
        raise FactorUnknown
    uow.audit("kernel.factor.rename", _document(uow, key_id, kept_name))


def remove_key(uow: UnitOfWork, *, key_id: uuid.UUID) -> None:
    """Remove one of the actor's own keys; raise FactorUnknown or FactorLast."""
    uow.connection.execute(LOCK, {"user_id": uow.actor.user_id})
    keys = list_keys(uow)
    if key_id not in {key.key_id for key in keys}:
        raise FactorUnknown
    if len(keys) == 1 and is_required(uow):
        raise FactorLast
    values = {"key_id": key_id, "user_id": uow.actor.user_id}
    name = uow.connection.execute(REMOVE, values).scalar_one()
    uow.audit("kernel.factor.remove", _document(uow, key_id, name))


def is_required(uow: UnitOfWork) -> bool:
    """Tell whether one of the actor's roles signs in with a key only."""
    roles = uow.settings(CountySettings, module=MODULE).second_factor_roles
    return not set(roles).isdisjoint(uow.actor.roles)


def clear_factors(uow: UnitOfWork, *, user_id: uuid.UUID) -> int:
    """Remove every key and recovery code of a person; return how many keys. Audited by callers."""
    return int(uow.connection.execute(CLEAR, {"user_id": user_id}).scalar_one())


def make_recovery_codes(uow: UnitOfWork) -> tuple[str, ...]:
    """Return ten new codes of the actor, shown once; those before are of no use any more."""
    codes = new_codes()
    uow.connection.execute(
        MAKE_CODES,
        {
            "user_id": uow.actor.user_id,
            "digests": [code_digest(uow.actor.user_id, code) for code in codes],
            "now": uow.now,
        },
    )
    uow.audit(
        "kernel.recovery-code.make", _document(uow, uow.actor.user_id, ""), after={"count": CODES}
    )
    return readable(codes)


def use_recovery_code(uow: UnitOfWork, *, user_id: uuid.UUID, code: str) -> None:
    """Use up a code; raise CodeRefused."""
    row: Any = uow.connection.execute(
        USE_CODE,
        {"user_id": user_id, "code_digest": code_digest(user_id, code), "now": uow.now},
    ).one_or_none()
    if row is None:
        raise CodeRefused(fields={"code": CodeRefused.message})
    uow.audit(
        "kernel.recovery-code.use",
        _document(uow, user_id, ""),
        after={"unused": row.unused},
    )


def new_codes() -> list[str]:
    return [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode() for _ in range(CODES)]


def readable(codes: Sequence[str]) -> tuple[str, ...]:
    """Return codes as people copy them: in groups of four."""
    return tuple(
        "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in codes
    )


def code_digest(user_id: uuid.UUID, code: str) -> bytes:
    """Digest a recovery code, however it was typed."""
    # 80 random bits need no slow hash: nobody runs through them.
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(user_id.bytes + letters.encode()).digest()


def _document(uow: UnitOfWork, document_id: uuid.UUID, name: str) -> DocumentRef:
    actor = uow.actor
    return DocumentRef(
        kind="kernel.factor",
        document_id=document_id,
        label=f"{actor.account} {name}".strip(),
        agency_code=actor.agency_code,
    )
