"""SQL of delegations: keep one, lock one, end one, read them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

COLUMNS = """
    d.delegation_id, d.delegator_id, p.name AS delegator_name, p.account AS delegator_account,
    d.deputy_id, q.name AS deputy_name, q.account AS deputy_account, d.agency_code, d.roles,
    d.permissions, d.valid_from, d.valid_to, d.reason, d.appointed_at, d.ended_at, d.end_reason
"""
INSERT = sa.text("""
    INSERT INTO kernel.delegation
           (delegation_id, delegator_id, deputy_id, agency_code, roles, permissions, valid_from,
            valid_to, reason, proposal_id, appointed_at)
    VALUES (:delegation_id, :delegator_id, :deputy_id, :agency_code, :roles, :permissions,
            :valid_from, :valid_to, :reason, :proposal_id, :now)
""")
LOCK = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.delegation AS d
      JOIN kernel.user_account AS p ON p.user_id = d.delegator_id
      JOIN kernel.user_account AS q ON q.user_id = d.deputy_id
     WHERE d.delegation_id = :delegation_id
       FOR NO KEY UPDATE OF d
""")  # noqa: S608 (constants of this file)
END = sa.text("""
    UPDATE kernel.delegation
       SET ended_at = :now, ended_by = :ended_by, end_reason = :reason
     WHERE delegation_id = :delegation_id AND ended_at IS NULL
""")
# Newest first, by key; ``person`` NULL: those of everybody.
LIST = sa.text(f"""
    SELECT {COLUMNS}
      FROM kernel.delegation AS d
      JOIN kernel.user_account AS p ON p.user_id = d.delegator_id
      JOIN kernel.user_account AS q ON q.user_id = d.deputy_id
     WHERE (CAST(:person AS uuid) IS NULL OR d.delegator_id = :person OR d.deputy_id = :person)
       AND (CAST(:before AS uuid) IS NULL OR d.delegation_id < :before)
     ORDER BY d.delegation_id DESC
     LIMIT :limit
""")  # noqa: S608 (constants of this file)


class Delegation(Value, frozen=True, kw_only=True):
    """Who stands in for whom, with which roles (of them only ``permissions``; None: all)."""

    delegation_id: uuid.UUID
    delegator_id: uuid.UUID
    delegator_name: str
    delegator_account: str
    deputy_id: uuid.UUID
    deputy_name: str
    deputy_account: str
    agency_code: str | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...] | None
    valid_from: dt.date
    valid_to: dt.date
    reason: str
    appointed_at: dt.datetime
    ended_at: dt.datetime | None = None
    end_reason: str = ""

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="kernel.delegation",
            document_id=self.delegation_id,
            label=f"{self.deputy_name} 代理 {self.delegator_name}",
            agency_code=self.agency_code or "",
        )

    def holds_on(self, day: dt.date) -> bool:
        return self.ended_at is None and self.valid_from <= day <= self.valid_to


def insert(uow: UnitOfWork, delegation: Delegation, *, proposal_id: uuid.UUID | None) -> None:
    permissions = delegation.permissions
    uow.connection.execute(
        INSERT,
        {
            "delegation_id": delegation.delegation_id,
            "delegator_id": delegation.delegator_id,
            "deputy_id": delegation.deputy_id,
            "agency_code": delegation.agency_code,
            "roles": list(delegation.roles),
            "permissions": None if permissions is None else list(permissions),
            "valid_from": delegation.valid_from,
            "valid_to": delegation.valid_to,
            "reason": delegation.reason,
            "proposal_id": proposal_id,
            "now": uow.now,
        },
    )


def lock(uow: UnitOfWork, delegation_id: uuid.UUID) -> Delegation | None:
    row = uow.connection.execute(LOCK, {"delegation_id": delegation_id}).mappings().one_or_none()
    return None if row is None else _delegation(dict(row))


def end(uow: UnitOfWork, *, delegation_id: uuid.UUID, reason: str) -> None:
    uow.connection.execute(
        END,
        {
            "delegation_id": delegation_id,
            "now": uow.now,
            "ended_by": uow.actor.user_id,
            "reason": reason,
        },
    )


def read(
    uow: UnitOfWork, *, person: uuid.UUID | None, before: uuid.UUID | None, limit: int
) -> list[Delegation]:
    """Return delegations, newest first: those of ``person``, or of everybody."""
    rows = uow.connection.execute(LIST, {"person": person, "before": before, "limit": limit})
    return [_delegation(dict(row)) for row in rows.mappings()]


def _delegation(row: dict[str, Any]) -> Delegation:
    permissions = row["permissions"]
    row["roles"] = tuple(row["roles"])
    row["permissions"] = None if permissions is None else tuple(permissions)
    return Delegation(**row)
