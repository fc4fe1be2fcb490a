"""Accounts: who may sign in. What they may do stands in ``grants.py``."""

from __future__ import annotations

import re
import uuid

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.permissions import CREATE_USER
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# Lower case, so that nobody signs in as a look-alike; also fits an e-mail address.
ACCOUNT_FORM = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")

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
    SELECT user_id, account, name, agency_code, state
      FROM kernel.user_account
     WHERE account = :account
""")
FIND_BY_ID = sa.text("""
    SELECT user_id, account, name, agency_code, state
      FROM kernel.user_account
     WHERE user_id = :user_id
""")


class UserAccount(Value, frozen=True, kw_only=True):
    """A person who may sign in; what they may do stands in the grants of their roles."""

    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str
    state: str = "active"

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.user",
            document_id=self.user_id,
            label=f"{self.account} {self.name}",
            agency_code=self.agency_code,
        )


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


def find_user_by_id(uow: UnitOfWork, *, user_id: uuid.UUID) -> UserAccount | None:
    """Return the user with this id, or None."""
    row = uow.connection.execute(FIND_BY_ID, {"user_id": user_id}).mappings().one_or_none()
    return None if row is None else UserAccount(**row)


def find_user(uow: UnitOfWork, *, account: str) -> UserAccount | None:
    """Return the user with this account, or None."""
    row = uow.connection.execute(FIND_USER, {"account": account}).mappings().one_or_none()
    return None if row is None else UserAccount(**row)
