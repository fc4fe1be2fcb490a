"""Accounts and their roles: who may sign in, and as what, where and how long."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.permissions import CREATE_USER, GRANT_ROLE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Lower case, so that nobody signs in as a look-alike; also fits an e-mail address.
ACCOUNT_FORM = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")

# Administrators give rights to others, so they hold none over money themselves (domain.md §7).
ADMINISTRATOR = "ADM"
MONEY_ROLES = ("REQ", "SUP", "REV", "CACC", "HEAD", "BAS")

INSERT_USER = sa.text("""
    INSERT INTO kernel.user_account
           (user_id, account, name, agency_code, password_hash, created_at)
    SELECT :user_id, :account, :name, a.agency_code, :password_hash, :now
      FROM kernel.agency AS a
     WHERE a.agency_code = :agency_code
        ON CONFLICT (account) DO NOTHING
    RETURNING user_id
""")
FIND_USER = sa.text("""
    SELECT user_id, account, name, agency_code
      FROM kernel.user_account
     WHERE account = :account
""")
# The user's row is locked, so that two grants at one moment cannot make a conflict between them.
LOCK_USER = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code,
           EXISTS (SELECT FROM kernel.role AS r WHERE r.role_code = :role_code) AS role_known,
           (CAST(:agency_code AS text) IS NULL
            OR EXISTS (SELECT FROM kernel.agency AS a WHERE a.agency_code = :agency_code))
               AS agency_known,
           ARRAY (SELECT g.role_code
                    FROM kernel.role_grant AS g
                   WHERE g.user_id = u.user_id
                     AND daterange(g.valid_from, g.valid_to, '[]')
                         && daterange(:valid_from, :valid_to, '[]')
                   ORDER BY g.role_code) AS roles
      FROM kernel.user_account AS u
     WHERE u.user_id = :user_id
       FOR UPDATE OF u
""")
INSERT_GRANT = sa.text("""
    INSERT INTO kernel.role_grant
           (grant_id, user_id, role_code, agency_code, valid_from, valid_to)
    VALUES (:grant_id, :user_id, :role_code, :agency_code, :valid_from, :valid_to)
        ON CONFLICT (user_id, role_code, COALESCE(agency_code, ''), valid_from)
        DO UPDATE SET valid_to = excluded.valid_to
    RETURNING grant_id, user_id, role_code, agency_code, valid_from, valid_to
""")


class UserAccount(Value, frozen=True, kw_only=True):
    """A person who may sign in; what they may do stands in the grants of their roles."""

    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.user",
            document_id=self.user_id,
            label=f"{self.account} {self.name}",
            agency_code=self.agency_code,
        )


class RoleGrant(Value, frozen=True, kw_only=True):
    """A role held in one agency (None: in the whole county), both days included."""

    grant_id: uuid.UUID
    user_id: uuid.UUID
    role_code: str
    agency_code: str | None
    valid_from: dt.date
    valid_to: dt.date | None


class AccountMalformed(DomainError):
    """An account that could be mistaken for another."""

    code = "E-ACCOUNT-FORM"
    message = N_("帳號「{account}」須為 2 至 64 個小寫英文字母、數字或 . _ @ -。")
    status_code = 422


class AccountTaken(DomainError):
    """Another person signs in with this account."""

    code = "E-ACCOUNT-TAKEN"
    message = N_("帳號「{account}」已有人使用。")


class AgencyUnknown(DomainError):
    """The county has no agency with this code."""

    code = "E-AGENCY-UNKNOWN"
    message = N_("查無機關「{agency_code}」。")
    status_code = 422


class UserUnknown(DomainError):
    """The county has no such user."""

    code = "E-USER-UNKNOWN"
    message = N_("查無使用者「{user}」。")
    status_code = 404


class RoleUnknown(DomainError):
    """The county has no such role."""

    code = "E-ROLE-UNKNOWN"
    message = N_("查無角色「{role_code}」。")
    status_code = 422


class RoleConflict(DomainError):
    """One person may not hold both roles at one time (內部控制: administrators and money)."""

    code = "E-ROLE-CONFLICT"
    message = N_("「{account}」同一期間已有角色 {roles}，不得兼任 {role_code}。")


def create_user(
    uow: UnitOfWork, *, account: str, name: str, agency_code: str, password_hash: str
) -> UserAccount:
    """Make an account; the password is hashed before, outside of the transaction (it is slow).

    Raises Forbidden, AccountMalformed, AgencyUnknown or AccountTaken; then nothing is kept.
    """
    uow.require(CREATE_USER)
    if not ACCOUNT_FORM.fullmatch(account):
        raise AccountMalformed(account=account, fields={"account": AccountMalformed.message})
    user = UserAccount(user_id=new_id(), account=account, name=name, agency_code=agency_code)
    made = uow.connection.execute(
        INSERT_USER,
        {
            "user_id": user.user_id,
            "account": account,
            "name": name,
            "agency_code": agency_code,
            "password_hash": password_hash,
            "now": uow.now,
        },
    ).one_or_none()
    if made is None:
        if find_user(uow, account=account) is None:
            raise AgencyUnknown(agency_code=agency_code)
        raise AccountTaken(account=account)
    uow.audit(CREATE_USER.name, user.document, after=user)
    return user


def find_user(uow: UnitOfWork, *, account: str) -> UserAccount | None:
    """Return the user with this account, or None."""
    row = uow.connection.execute(FIND_USER, {"account": account}).mappings().one_or_none()
    return None if row is None else UserAccount(**row)


def grant_role(
    uow: UnitOfWork,
    *,
    user_id: uuid.UUID,
    role_code: str,
    agency_code: str | None,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
) -> RoleGrant:
    """Give a role in one agency, or in the whole county with ``agency_code=None``.

    Raises Forbidden, UserUnknown, RoleUnknown, AgencyUnknown or RoleConflict; then nothing is
    kept. The same role from the same day once more corrects its last day.
    """
    uow.require(GRANT_ROLE)
    grant = RoleGrant(
        grant_id=new_id(),
        user_id=user_id,
        role_code=role_code,
        agency_code=agency_code,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    user = _may_hold(uow, grant)
    row = uow.connection.execute(INSERT_GRANT, msgspec.structs.asdict(grant)).mappings().one()
    kept = RoleGrant(**row)
    uow.audit(GRANT_ROLE.name, user.document, after=kept)
    return kept


def _may_hold(uow: UnitOfWork, grant: RoleGrant) -> UserAccount:
    row = uow.connection.execute(
        LOCK_USER,
        {
            "user_id": grant.user_id,
            "role_code": grant.role_code,
            "agency_code": grant.agency_code,
            "valid_from": grant.valid_from,
            "valid_to": grant.valid_to,
        },
    ).one_or_none()
    if row is None:
        raise UserUnknown(user=str(grant.user_id))
    if not row.role_known:
        raise RoleUnknown(role_code=grant.role_code)
    if not row.agency_known:
        raise AgencyUnknown(agency_code=grant.agency_code)
    against = MONEY_ROLES if grant.role_code == ADMINISTRATOR else (ADMINISTRATOR,)
    if grant.role_code in (*MONEY_ROLES, ADMINISTRATOR):
        held = [role for role in row.roles if role in against]
        if held:
            raise RoleConflict(
                account=row.account, roles="、".join(held), role_code=grant.role_code
            )
    return UserAccount(
        user_id=row.user_id, account=row.account, name=row.name, agency_code=row.agency_code
    )
