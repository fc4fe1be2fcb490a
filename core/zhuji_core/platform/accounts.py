"""Operators' accounts and roles, made and changed on the host."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import get_args

import sqlalchemy as sa

from zhuji_core.identity.accounts import ACCOUNT_FORM, AccountMalformed, AccountTaken
from zhuji_core.identity.password_rules import PasswordPolicy, PasswordReused, check_password
from zhuji_core.identity.passwords import Passwords
from zhuji_core.ids import new_id
from zhuji_core.platform.operators import MANAGE_OPERATORS, OperatorRole
from zhuji_core.platform.uow import PlatformUnitOfWork
from zhuji_core.settings import CountySettings
from zhuji_core.values import N_, DomainError, Value

# Nobody has a policy of their own on the host: the strictest that counties begin with.
POLICY = PasswordPolicy()
ROLES: tuple[OperatorRole, ...] = get_args(OperatorRole)
NAME_MAX = 60
# A password that somebody else typed is good for so long, as in counties by default.
TEMPORARY_FOR = dt.timedelta(days=CountySettings().password_temporary_days)
# A host has a handful; a page or table shows them all.
LIST_MAX = 200

INSERT = sa.text("""
    INSERT INTO platform.operator
           (operator_id, account, name, password_hash, password_set_at, created_at)
    VALUES (:operator_id, :account, :name, :password_hash, :now, :now)
        ON CONFLICT (account) DO NOTHING
    RETURNING operator_id
""")
LIST = sa.text("""
    SELECT o.operator_id, o.account, o.name, o.state, o.created_at, o.locked_until,
           ARRAY (SELECT r.role FROM platform.operator_role AS r
                   WHERE r.operator_id = o.operator_id ORDER BY r.role) AS roles,
           (SELECT max(s.seen_at) FROM platform.operator_session AS s
             WHERE s.operator_id = o.operator_id) AS seen_at,
           (SELECT count(*) FROM platform.operator_key AS k
             WHERE k.operator_id = o.operator_id) AS keys
      FROM platform.operator AS o
     ORDER BY o.account
     LIMIT :limit
""")
# The row is locked: of two who change one account at once, the second sees what the first did.
LOCK = sa.text("""
    SELECT o.operator_id, o.account, o.name, o.state, o.password_hash,
           ARRAY (SELECT r.role FROM platform.operator_role AS r
                   WHERE r.operator_id = o.operator_id ORDER BY r.role) AS roles,
           ARRAY (SELECT p.password_hash FROM platform.operator_password AS p
                   WHERE p.operator_id = o.operator_id
                   ORDER BY p.set_at DESC LIMIT :kept_last) AS earlier
      FROM platform.operator AS o
     WHERE o.account = :account
       FOR UPDATE
""")
SET_STATE = sa.text("""
    WITH ended AS (
        DELETE FROM platform.operator_session WHERE operator_id = :operator_id
    )
    UPDATE platform.operator
       SET state = :state, failed_sign_ins = 0, locked_until = NULL
     WHERE operator_id = :operator_id
""")
# Whoever has other rights than before signs in again.
SET_ROLES = sa.text("""
    WITH ended AS (
        DELETE FROM platform.operator_session WHERE operator_id = :operator_id
    ), dropped AS (
        DELETE FROM platform.operator_role
         WHERE operator_id = :operator_id AND role <> ALL (CAST(:roles AS text[]))
    )
    INSERT INTO platform.operator_role (operator_id, role)
    SELECT :operator_id, r FROM unnest(CAST(:roles AS text[])) AS r
        ON CONFLICT DO NOTHING
""")
SET_PASSWORD = sa.text("""
    WITH ended AS (
        DELETE FROM platform.operator_session WHERE operator_id = :operator_id
    ), kept AS (
        INSERT INTO platform.operator_password (operator_id, set_at, password_hash)
        SELECT operator_id, password_set_at, password_hash FROM platform.operator
         WHERE operator_id = :operator_id
            ON CONFLICT DO NOTHING
    )
    UPDATE platform.operator
       SET password_hash = :password_hash, password_set_at = :now, temporary_until = NULL,
           failed_sign_ins = 0, locked_until = NULL
     WHERE operator_id = :operator_id
""")
SET_TEMPORARY = sa.text("""
    UPDATE platform.operator SET temporary_until = :until WHERE operator_id = :operator_id
""")
CLEAR_KEYS = sa.text("""
    WITH ended AS (
        DELETE FROM platform.operator_session WHERE operator_id = :operator_id
    ), codes AS (
        DELETE FROM platform.operator_recovery_code WHERE operator_id = :operator_id
    ), keys AS (
        DELETE FROM platform.operator_key WHERE operator_id = :operator_id RETURNING 1
    )
    SELECT count(*) FROM keys
""")
ACTIVE_OPERATORS = sa.text("""
    SELECT count(*)
      FROM platform.operator AS o JOIN platform.operator_role AS r USING (operator_id)
     WHERE o.state = 'active' AND r.role = 'OPR'
""")


IN_USE, LOCKED, DISABLED = N_("使用中"), N_("暫停登入"), N_("停用")


class OperatorUnknown(DomainError):
    """The host has no such operator."""

    code = "E-OPERATOR-UNKNOWN"
    message = N_("查無維運帳號「{account}」。")
    status_code = 404


class OperatorRoleUnknown(DomainError):
    """An operator is OPR, PERF or EXEC, and at least one of them."""

    code = "E-OPERATOR-ROLE"
    message = N_("維運角色須為 {known} 之一或數個。")
    status_code = 422


class LastOperator(DomainError):
    """Somebody must remain who may operate the host from its pages."""

    code = "E-OPERATOR-LAST"
    message = N_("「{account}」是最後一位可用的集中維運人員，不得停用或取消角色。")


class OperatorNameInvalid(DomainError):
    """A name that audit entries and counties' administrators can read."""

    code = "E-OPERATOR-NAME"
    message = N_("姓名須為 1 至 {length_max} 字。")
    status_code = 422


class OperatorAccount(Value, frozen=True, kw_only=True):
    """An account as lists show it."""

    operator_id: uuid.UUID
    account: str
    name: str
    state: str
    roles: tuple[OperatorRole, ...]
    created_at: dt.datetime
    locked_until: dt.datetime | None = None
    seen_at: dt.datetime | None = None
    keys: int = 0

    def is_locked(self, now: dt.datetime) -> bool:
        return self.locked_until is not None and self.locked_until > now

    def state_title(self, now: dt.datetime) -> str:
        """Return the words for its state ``now``, for whoever reads them to translate."""
        if self.state == "disabled":
            return DISABLED
        return LOCKED if self.is_locked(now) else IN_USE


def add_operator(
    uow: PlatformUnitOfWork,
    *,
    account: str,
    name: str,
    roles: Sequence[str],
    password: str,
    passwords: Passwords,
) -> uuid.UUID:
    """Make an account.

    Raises HostForbidden, AccountMalformed, AccountTaken, a refusal of roles, name or password;
    then nothing is kept.
    """
    uow.require(MANAGE_OPERATORS)
    held = _checked(roles)
    called = " ".join(name.split())
    if not ACCOUNT_FORM.fullmatch(account):
        raise AccountMalformed(account=account, fields={"account": AccountMalformed.message})
    if not 0 < len(called) <= NAME_MAX:
        raise OperatorNameInvalid(length_max=NAME_MAX)
    check_password(password, policy=POLICY, known_as=(account, called))
    made = uow.connection.execute(
        INSERT,
        {
            "operator_id": new_id(),
            "account": account,
            "name": called,
            "password_hash": passwords.hash(password),
            "now": uow.now,
        },
    ).scalar_one_or_none()
    if made is None:
        raise AccountTaken(account=account)
    uow.connection.execute(SET_ROLES, {"operator_id": made, "roles": list(held)})
    uow.audit("host.operator.add", after={"account": account, "name": called, "roles": held})
    return uuid.UUID(str(made))


def list_operators(uow: PlatformUnitOfWork) -> list[OperatorAccount]:
    """Return every account, disabled ones too (at most 200)."""
    uow.require(MANAGE_OPERATORS)
    rows = uow.connection.execute(LIST, {"limit": LIST_MAX}).mappings()
    return [OperatorAccount(**{**row, "roles": tuple(row["roles"])}) for row in rows]


def set_operator_state(uow: PlatformUnitOfWork, *, account: str, active: bool) -> None:
    """Disable an account, signed out everywhere at once, or enable it again.

    Raises HostForbidden, OperatorUnknown or LastOperator; then nothing is kept.
    """
    uow.require(MANAGE_OPERATORS)
    found = _locked(uow, account)
    state = "active" if active else "disabled"
    uow.connection.execute(SET_STATE, {"operator_id": found.operator_id, "state": state})
    if not active:
        _refuse_when_last(uow, account, roles=tuple(found.roles))
    uow.audit(
        "host.operator.set-state",
        before={"account": account, "state": found.state},
        after={"account": account, "state": state},
    )


def grant_operator(uow: PlatformUnitOfWork, *, account: str, roles: Sequence[str]) -> None:
    """Give the account exactly these roles; it signs in again.

    Raises HostForbidden, OperatorUnknown, OperatorRoleUnknown or LastOperator.
    """
    uow.require(MANAGE_OPERATORS)
    held = _checked(roles)
    found = _locked(uow, account)
    uow.connection.execute(SET_ROLES, {"operator_id": found.operator_id, "roles": list(held)})
    if "OPR" not in held:
        _refuse_when_last(uow, account, roles=tuple(found.roles))
    uow.audit(
        "host.operator.grant",
        before={"account": account, "roles": list(found.roles)},
        after={"account": account, "roles": held},
    )


def set_operator_password(
    uow: PlatformUnitOfWork, *, account: str, password: str, passwords: Passwords
) -> None:
    """Give the account another password; it signs in again everywhere.

    Raises HostForbidden, OperatorUnknown, or what the rules of passwords say against it.
    """
    uow.require(MANAGE_OPERATORS)
    found = _locked(uow, account)
    check_password(password, policy=POLICY, known_as=(account, found.name))
    if any(passwords.verify(old, password) for old in (found.password_hash, *found.earlier)):
        raise PasswordReused(kept_last=POLICY.kept_last)
    uow.connection.execute(
        SET_PASSWORD,
        {
            "operator_id": found.operator_id,
            "password_hash": passwords.hash(password),
            "now": uow.now,
        },
    )
    uow.audit("host.operator.set-password", after={"account": account})


def make_password_temporary(uow: PlatformUnitOfWork, *, account: str) -> None:
    """Let the password, which somebody else has typed, open nothing but what replaces it.

    Raises HostForbidden or OperatorUnknown.
    """
    uow.require(MANAGE_OPERATORS)
    found = _locked(uow, account)
    until = uow.now + TEMPORARY_FOR
    uow.connection.execute(SET_TEMPORARY, {"operator_id": found.operator_id, "until": until})
    uow.audit("host.password.temporary", after={"account": account, "until": until.isoformat()})


def clear_operator_keys(uow: PlatformUnitOfWork, *, account: str) -> int:
    """Remove every key and recovery code of who lost them all; return how many keys.

    The account signs in again, by its password alone. Raises HostForbidden or OperatorUnknown.
    """
    uow.require(MANAGE_OPERATORS)
    found = _locked(uow, account)
    cleared = int(
        uow.connection.execute(CLEAR_KEYS, {"operator_id": found.operator_id}).scalar_one()
    )
    uow.audit("host.factor.clear", after={"account": account, "keys": cleared})
    return cleared


def count_operators(uow: PlatformUnitOfWork) -> int:
    """Count those who may decide on an emergency access."""
    return int(uow.connection.execute(ACTIVE_OPERATORS).scalar_one())


def _checked(roles: Sequence[str]) -> tuple[str, ...]:
    held = tuple(sorted(set(roles)))
    if not held or any(role not in ROLES for role in held):
        raise OperatorRoleUnknown(known="、".join(ROLES))
    return held


def _locked(uow: PlatformUnitOfWork, account: str) -> sa.Row[tuple[object, ...]]:
    found = uow.connection.execute(
        LOCK, {"account": account, "kept_last": POLICY.kept_last}
    ).one_or_none()
    if found is None:
        raise OperatorUnknown(account=account)
    return found


def _refuse_when_last(uow: PlatformUnitOfWork, account: str, *, roles: tuple[str, ...]) -> None:
    if "OPR" in roles and count_operators(uow) == 0:
        raise LastOperator(account=account)
