"""People as administrators keep them: found, changed, disabled and enabled again."""

from __future__ import annotations

import uuid

import msgspec
import sqlalchemy as sa

from zhuji_core.identity import grant_store
from zhuji_core.identity.accounts import AgencyUnknown, UserAccount, UserUnknown
from zhuji_core.identity.administrators import require_administrator_left
from zhuji_core.identity.grant_store import RoleGrant
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.permissions import CHANGE_USER, READ_USERS
from zhuji_core.proposals.propose import require_words
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

PAGE_ROWS = 50
NAME_MAX = 60

# By key: accounts are unique. ``roles`` are those held on the business date.
LIST = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code, u.state, a.name AS agency_name,
           ARRAY (SELECT DISTINCT g.role_code
                    FROM kernel.role_grant AS g
                   WHERE g.user_id = u.user_id AND g.valid_from <= :today
                     AND (g.valid_to IS NULL OR g.valid_to >= :today)
                   ORDER BY g.role_code) AS roles
      FROM kernel.user_account AS u
      JOIN kernel.agency AS a ON a.agency_code = u.agency_code
     WHERE u.account > :after
       AND (strpos(u.account, :text) > 0 OR strpos(u.name, :text) > 0)
       AND (CAST(:state AS text) = '' OR u.state = :state)
       AND (CAST(:agency_code AS text) = '' OR u.agency_code = :agency_code
            OR EXISTS (SELECT FROM kernel.role_grant AS g
                        WHERE g.user_id = u.user_id AND g.agency_code = :agency_code))
       AND (CAST(:role AS text) = ''
            OR EXISTS (SELECT FROM kernel.role_grant AS g
                        WHERE g.user_id = u.user_id AND g.role_code = :role
                          AND g.valid_from <= :today
                          AND (g.valid_to IS NULL OR g.valid_to >= :today)))
     ORDER BY u.account
     LIMIT :limit
""")
ONE = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code, u.state
      FROM kernel.user_account AS u
     WHERE u.user_id = :user_id
""")
CHANGE = sa.text("""
    UPDATE kernel.user_account AS u
       SET name = :name, agency_code = a.agency_code
      FROM kernel.agency AS a
     WHERE u.user_id = :user_id AND a.agency_code = :agency_code
    RETURNING u.user_id
""")
# An account that comes back has not been idle since it was last used.
SET_STATE = sa.text("""
    UPDATE kernel.user_account
       SET state = :state, failed_sign_ins = 0, locked_until = NULL, active_since = :now
     WHERE user_id = :user_id
""")


# Names and roles of people are personal data: who looks at them is kept (個資法施行細則 §12).
KIND = "kernel.user"
LISTED, SEEN = N_("查詢使用者名冊"), N_("查詢使用者資料")


class UserState(DomainError):
    """It is so already."""

    code = "E-USER-STATE"
    message = N_("帳號「{account}」已是此狀態。")


class NameMissing(DomainError):
    """A person without a name is nobody in the audit."""

    code = "E-USER-NAME"
    message = N_("請填寫姓名（1 至 {length_max} 字）。")
    status_code = 422


class ListedUser(Value, frozen=True, kw_only=True):
    """One row of the list; ``roles`` are held on the business date, wherever."""

    user_id: uuid.UUID
    account: str
    name: str
    agency_code: str
    agency_name: str
    state: str
    roles: tuple[str, ...]


class UserFilter(Value, frozen=True, kw_only=True):
    """Empty texts: all; ``after`` is the last account of the page before."""

    text: str = ""
    state: str = ""
    agency_code: str = ""
    role: str = ""
    after: str = ""
    limit: int = PAGE_ROWS


class UserView(Value, frozen=True, kw_only=True):
    """A person with every grant, past and future too."""

    user: UserAccount
    grants: tuple[RoleGrant, ...]


def list_users(uow: UnitOfWork, wanted: UserFilter) -> list[ListedUser]:
    """Return people in order of account, one more than ``limit`` when there are more."""
    uow.require(READ_USERS)
    rows = uow.connection.execute(
        LIST,
        {
            **msgspec.structs.asdict(wanted),
            "today": uow.business_date,
            "limit": wanted.limit + 1,
        },
    )
    found = [ListedUser(**{**row, "roles": tuple(row["roles"])}) for row in rows.mappings()]
    uow.read_personal_data(
        kind=KIND, subjects=[one.user_id for one in found[: wanted.limit]], purpose=LISTED
    )
    return found


def find_person(uow: UnitOfWork, *, user_id: uuid.UUID) -> UserView:
    """Return the person with all grants; raise UserUnknown."""
    uow.require(READ_USERS)
    row = uow.connection.execute(ONE, {"user_id": user_id}).mappings().one_or_none()
    if row is None:
        raise UserUnknown(user=str(user_id))
    uow.read_personal_data(kind=KIND, subjects=[user_id], purpose=SEEN)
    return UserView(user=UserAccount(**row), grants=grant_store.grants_of(uow, user_id))


def change_user(uow: UnitOfWork, *, user_id: uuid.UUID, name: str, agency_code: str) -> UserAccount:
    """Correct name and home agency; raise UserUnknown, NameMissing or AgencyUnknown."""
    uow.require(CHANGE_USER)
    words = require_name(name)
    before = _lock(uow, user_id)
    made = uow.connection.execute(
        CHANGE, {"user_id": user_id, "name": words, "agency_code": agency_code}
    ).one_or_none()
    if made is None:
        raise AgencyUnknown(agency_code=agency_code, fields={"agency_code": AgencyUnknown.message})
    after = msgspec.structs.replace(before, name=words, agency_code=agency_code)
    uow.audit(CHANGE_USER.name, after.document, before=before, after=after)
    return after


def require_name(name: str) -> str:
    """Return the name without blanks around it; raise NameMissing."""
    words = name.strip()
    if not 1 <= len(words) <= NAME_MAX:
        raise NameMissing(length_max=NAME_MAX, fields={"name": NameMissing.message})
    return words


def disable_user(uow: UnitOfWork, *, user_id: uuid.UUID, reason: str) -> UserAccount:
    """Let the person sign in no more, from the next request on; one administrator is enough.

    Taking a right in an emergency waits for nobody; giving it back is seen in the audit. Raises
    UserUnknown, UserState, LastAdministrator or ProposalReasonMissing.
    """
    uow.require(CHANGE_USER)
    words = require_words(reason)
    with require_administrator_left(uow, on=uow.business_date):
        changed = _set_state(uow, user_id, state="disabled", reason=words)
    end_sessions(uow, user_id=user_id, reason="disabled")
    return changed


def enable_user(uow: UnitOfWork, *, user_id: uuid.UUID, reason: str) -> UserAccount:
    """Let a disabled person sign in again, with the grants that still hold."""
    uow.require(CHANGE_USER)
    return _set_state(uow, user_id, state="active", reason=require_words(reason))


def _set_state(uow: UnitOfWork, user_id: uuid.UUID, *, state: str, reason: str) -> UserAccount:
    before = _lock(uow, user_id)
    if before.state == state:
        raise UserState(account=before.account)
    uow.connection.execute(SET_STATE, {"user_id": user_id, "state": state, "now": uow.now})
    after = msgspec.structs.replace(before, state=state)
    uow.audit(
        CHANGE_USER.name,
        after.document,
        before={"state": before.state},
        after={"state": state, "reason": reason},
    )
    return after


def _lock(uow: UnitOfWork, user_id: uuid.UUID) -> UserAccount:
    holder = grant_store.lock_holder(uow, user_id)
    if holder is None:
        raise UserUnknown(user=str(user_id))
    return holder.user
