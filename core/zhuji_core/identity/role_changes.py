"""Roles of the county: what each may do, and how long it is in use; changed by two persons."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.administrators import require_administrator_left
from zhuji_core.identity.duties import right_clash
from zhuji_core.identity.grants import period_of, require_period
from zhuji_core.identity.permissions import PERMISSION_NAMESPACE
from zhuji_core.identity.roles import ROLES, RoleKind
from zhuji_core.permissions import ALL, APPROVE_GRANT, CHANGE_ROLE, READ_USERS
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

READERS = frozenset(role.role_code for role in ROLES if role.kind is RoleKind.READER)
# The last word of a permission that only reads.
READS = frozenset({"read", "read-business", "verify", "export"})

LIST = sa.text("""
    SELECT r.role_code, r.title, r.title_en, r.valid_from, r.valid_to,
           ARRAY (SELECT rp.permission
                    FROM kernel.role_permission AS rp
                   WHERE rp.role_code = r.role_code
                   ORDER BY rp.permission) AS permissions
      FROM kernel.role AS r
     ORDER BY r.role_code
     LIMIT 200
""")
PERMISSIONS = sa.text("""
    SELECT permission, module, scope, title FROM kernel.permission ORDER BY permission LIMIT 1000
""")
LOCK = sa.text("""
    SELECT role_code FROM kernel.role WHERE role_code = :role_code FOR NO KEY UPDATE
""")
DATES = sa.text("""
    UPDATE kernel.role SET valid_from = :valid_from, valid_to = :valid_to
     WHERE role_code = :role_code
""")
ADD = sa.text("""
    INSERT INTO kernel.role_permission (role_code, permission)
    SELECT :role_code, p FROM unnest(CAST(:permissions AS text[])) AS p
        ON CONFLICT DO NOTHING
""")
REMOVE = sa.text("""
    DELETE FROM kernel.role_permission
     WHERE role_code = :role_code AND permission = ANY (CAST(:permissions AS text[]))
""")


class PermissionUnknown(DomainError):
    """No installed module declares it."""

    code = "E-PERMISSION-UNKNOWN"
    message = N_("查無權限：{permissions}。")
    status_code = 422


class RoleNotFound(DomainError):
    """The county has no role of this code."""

    code = "E-ROLE-NOT-FOUND"
    message = N_("查無角色「{role_code}」。")
    status_code = 404


class RoleReadsOnly(DomainError):
    """Auditors and executives read; a right to write is not theirs, whoever approves it."""

    code = "E-ROLE-READ-ONLY"
    message = N_("角色「{role_code}」僅供查閱，不得給予 {permissions}。")


class RoleDuties(DomainError):
    """A right of the other side of a separation of duties, whoever approves it."""

    code = "E-ROLE-DUTIES"
    message = N_(
        "角色「{role_code}」不得給予 {permissions}：依職能分工「{rule}」，該權限屬另一方角色"
        "（依據：{source}）。"
    )


class RoleUnchanged(DomainError):
    """Nothing would be different."""

    code = "E-ROLE-UNCHANGED"
    message = N_("角色「{role_code}」沒有任何變更。")
    status_code = 422


class RoleView(Value, frozen=True, kw_only=True):
    """A role as the county has it."""

    role_code: str
    title: str
    title_en: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    permissions: tuple[str, ...]


class PermissionView(Value, frozen=True, kw_only=True):
    permission: str
    module: str
    scope: str
    title: str


class RoleChange(Value, frozen=True, kw_only=True):
    """``permissions``: all that the role holds afterwards."""

    role_code: str
    permissions: tuple[str, ...]
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


def list_roles(uow: UnitOfWork) -> list[RoleView]:
    uow.require(READ_USERS)
    rows = uow.connection.execute(LIST).mappings()
    return [RoleView(**{**row, "permissions": tuple(row["permissions"])}) for row in rows]


def list_permissions(uow: UnitOfWork) -> list[PermissionView]:
    uow.require(READ_USERS)
    return [PermissionView(**row) for row in uow.connection.execute(PERMISSIONS).mappings()]


def find_role(uow: UnitOfWork, *, role_code: str) -> RoleView:
    """Return the role; raise RoleNotFound."""
    found = [role for role in list_roles(uow) if role.role_code == role_code]
    if not found:
        raise RoleNotFound(role_code=role_code)
    return found[0]


def _foresee(uow: UnitOfWork, change: RoleChange) -> Foreseen:
    uow.connection.execute(LOCK, {"role_code": change.role_code})
    role = find_role(uow, role_code=change.role_code)
    known = {one.permission for one in list_permissions(uow)}
    if unknown := sorted(set(change.permissions) - known):
        raise PermissionUnknown(permissions=tuple(unknown))
    if change.valid_from is not None:
        require_period(change.valid_from, change.valid_to)
    added, removed = _difference(role, change)
    written = tuple(one for one in added if one.rpartition(".")[2] not in READS)
    if change.role_code in READERS and written:
        raise RoleReadsOnly(role_code=change.role_code, permissions=written)
    _require_separate(uow, change.role_code, written)
    before, after = (
        _period(role.valid_from, role.valid_to),
        _period(change.valid_from, change.valid_to),
    )
    if not added and not removed and before == after:
        raise RoleUnchanged(role_code=change.role_code)
    return Foreseen(
        document=DocumentRef(
            kind="kernel.role",
            document_id=uuid.uuid5(PERMISSION_NAMESPACE, change.role_code),
            label=f"{role.role_code} {role.title}",
            agency_code="",
        ),
        subject=change.role_code,
        facts={
            N_("目前權限"): "、".join(role.permissions),
            N_("目前期間"): before,
        },
        changes=(
            ProposedChange(label=N_("增加權限"), after="、".join(added)),
            ProposedChange(label=N_("移除權限"), before="、".join(removed)),
            ProposedChange(label=N_("期間"), before=before, after=after),
        ),
    )


def _require_separate(uow: UnitOfWork, role_code: str, written: tuple[str, ...]) -> None:
    """Raise RoleDuties for rights to write that only the other side of a rule is declared for."""
    declared = {one.name: one.roles for one in (*ALL, *uow.hooks.permissions)}
    clashes = {name: right_clash(role_code, declared.get(name, ())) for name in written}
    for rule in clashes.values():
        if rule is not None:
            refused = tuple(name for name, found in clashes.items() if found is rule)
            raise RoleDuties(
                role_code=role_code, permissions=refused, rule=rule.title, source=rule.source
            )


def _difference(role: RoleView, change: RoleChange) -> tuple[tuple[str, ...], tuple[str, ...]]:
    held, wanted = set(role.permissions), set(change.permissions)
    return tuple(sorted(wanted - held)), tuple(sorted(held - wanted))


def _period(valid_from: dt.date | None, valid_to: dt.date | None) -> str:
    if valid_from is None:
        return "" if valid_to is None else f"－{valid_to.isoformat()}"
    return period_of(valid_from, valid_to)


def _apply(uow: UnitOfWork, change: RoleChange, proposal: Proposal) -> None:
    role = find_role(uow, role_code=change.role_code)
    added, removed = _difference(role, change)
    whose = {"role_code": change.role_code}
    with require_administrator_left(uow, on=uow.business_date):
        uow.connection.execute(
            DATES, {**whose, "valid_from": change.valid_from, "valid_to": change.valid_to}
        )
        uow.connection.execute(ADD, {**whose, "permissions": list(added)})
        uow.connection.execute(REMOVE, {**whose, "permissions": list(removed)})
    uow.audit(
        CHANGE_ROLE.name,
        proposal.document,
        before=role,
        after={
            "added": added,
            "removed": removed,
            "valid_from": change.valid_from,
            "valid_to": change.valid_to,
            "approved_by": str(proposal.proposal_id),
        },
    )


ROLE: ProposalKind[RoleChange] = ProposalKind(
    name=CHANGE_ROLE.name,
    title=N_("變更角色權限"),
    payload=RoleChange,
    version=1,
    propose=CHANGE_ROLE,
    decide=APPROVE_GRANT,
    foresee=_foresee,
    apply=_apply,
)
