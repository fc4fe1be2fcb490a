"""SQL of grants: lock their holder, read them, write one."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_core.identity.accounts import UserAccount
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# The user's row is the gate of everything that changes what this person may do. What is read
# after the wait must be as the last one left it, so the grants are read by a statement of their
# own: within this one they would be those of before the wait.
LOCK_USER = sa.text("""
    SELECT user_id, account, name, agency_code, state
      FROM kernel.user_account
     WHERE user_id = :user_id
       FOR NO KEY UPDATE
""")
GRANTS = sa.text("""
    SELECT grant_id, user_id, role_code, agency_code, valid_from, valid_to
      FROM kernel.role_grant
     WHERE user_id = :user_id
     ORDER BY valid_from, role_code, grant_id
     LIMIT 1000
""")
# What others have lent the person to act with is held too, as far as rules go.
LENT = sa.text("""
    SELECT valid_from, valid_to, roles
      FROM kernel.delegation
     WHERE deputy_id = :user_id AND ended_at IS NULL AND valid_to >= :today
     ORDER BY delegation_id
     LIMIT 1000
""")
PLACES = sa.text("""
    SELECT r.role_code IS NOT NULL AS role_known, r.valid_from, r.valid_to,
           (CAST(:agency_code AS text) IS NULL
            OR EXISTS (SELECT FROM kernel.agency AS a WHERE a.agency_code = :agency_code))
               AS agency_known
      FROM (VALUES (CAST(:role_code AS text))) AS w (role_code)
      LEFT JOIN kernel.role AS r ON r.role_code = w.role_code
""")
INSERT = sa.text("""
    INSERT INTO kernel.role_grant
           (grant_id, user_id, role_code, agency_code, valid_from, valid_to)
    VALUES (:grant_id, :user_id, :role_code, :agency_code, :valid_from, :valid_to)
        ON CONFLICT (user_id, role_code, COALESCE(agency_code, ''), valid_from)
        DO UPDATE SET valid_to = excluded.valid_to
    RETURNING grant_id, user_id, role_code, agency_code, valid_from, valid_to
""")
# A grant that has not begun when it ends never was: the audit and its proposals remember it.
END = sa.text("""
    WITH gone AS (
        DELETE FROM kernel.role_grant WHERE grant_id = :grant_id AND valid_from > :last_day
    )
    UPDATE kernel.role_grant
       SET valid_to = :last_day
     WHERE grant_id = :grant_id AND valid_from <= :last_day
""")


class RoleGrant(Value, frozen=True, kw_only=True):
    """A role held in one agency (None: in the whole county), both days included."""

    grant_id: uuid.UUID
    user_id: uuid.UUID
    role_code: str
    agency_code: str | None
    valid_from: dt.date
    valid_to: dt.date | None

    def overlaps(self, valid_from: dt.date, valid_to: dt.date | None) -> bool:
        """Tell whether the grant holds on a day of the period (None: without end)."""
        begins_before_its_end = valid_to is None or self.valid_from <= valid_to
        return begins_before_its_end and (self.valid_to is None or self.valid_to >= valid_from)


class Lent(Value, frozen=True, kw_only=True):
    """Roles that another person has lent to this one (代理), both days included."""

    valid_from: dt.date
    valid_to: dt.date
    roles: tuple[str, ...]


class Holder(Value, frozen=True, kw_only=True):
    """A person, locked, with every grant that was ever made and not taken away."""

    user: UserAccount
    grants: tuple[RoleGrant, ...]
    lent: tuple[Lent, ...] = ()

    def roles_in(self, valid_from: dt.date, valid_to: dt.date | None) -> frozenset[str]:
        """Return the roles held on any day of the period, wherever; lent ones are held too."""
        lent = {
            role
            for one in self.lent
            if one.valid_to >= valid_from and (valid_to is None or one.valid_from <= valid_to)
            for role in one.roles
        }
        return frozenset(lent | self.own_roles_in(valid_from, valid_to))

    def own_roles_in(self, valid_from: dt.date, valid_to: dt.date | None) -> frozenset[str]:
        """Return the roles granted to the person for any day of the period."""
        return frozenset(
            grant.role_code for grant in self.grants if grant.overlaps(valid_from, valid_to)
        )


class Places(Value, frozen=True, kw_only=True):
    """Whether a role and an agency exist, and how long the role does."""

    role_known: bool
    agency_known: bool
    valid_from: dt.date | None
    valid_to: dt.date | None

    def role_in(self, valid_from: dt.date, valid_to: dt.date | None) -> bool:
        """Tell whether the role exists on some day of the period."""
        ended = self.valid_to is not None and self.valid_to < valid_from
        later = self.valid_from is not None and valid_to is not None and self.valid_from > valid_to
        return self.role_known and not ended and not later


def lock_holder(uow: UnitOfWork, user_id: uuid.UUID) -> Holder | None:
    """Lock the person and read the grants as of after the wait; None: no such user."""
    user = uow.connection.execute(LOCK_USER, {"user_id": user_id}).mappings().one_or_none()
    if user is None:
        return None
    whose = {"user_id": user_id, "today": uow.business_date}
    lent = uow.connection.execute(LENT, whose).mappings()
    return Holder(
        user=UserAccount(**user),
        grants=grants_of(uow, user_id),
        lent=tuple(Lent(**{**row, "roles": tuple(row["roles"])}) for row in lent),
    )


def grants_of(uow: UnitOfWork, user_id: uuid.UUID) -> tuple[RoleGrant, ...]:
    """Return every grant of the person, past and future too."""
    rows = uow.connection.execute(GRANTS, {"user_id": user_id}).mappings()
    return tuple(RoleGrant(**row) for row in rows)


def places(uow: UnitOfWork, *, role_code: str, agency_code: str | None) -> Places:
    row = uow.connection.execute(PLACES, {"role_code": role_code, "agency_code": agency_code})
    return Places(**row.mappings().one())


def insert(uow: UnitOfWork, grant: RoleGrant) -> RoleGrant:
    """Keep the grant; the same role from the same day gets the new last day."""
    row = uow.connection.execute(INSERT, msgspec.structs.asdict(grant)).mappings().one()
    return RoleGrant(**row)


def end(uow: UnitOfWork, *, grant_id: uuid.UUID, last_day: dt.date) -> None:
    uow.connection.execute(END, {"grant_id": grant_id, "last_day": last_day})
