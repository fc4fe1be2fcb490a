"""Bring what modules declare into a county, once; afterwards the county decides who holds it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PERMISSION_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-9e5415510001")

# Default holders are written for permissions that are new to the county, and for no other: a
# county that took a right from a role keeps it so over every upgrade.
SYNC = sa.text("""
    WITH declared AS (
        SELECT d.name AS permission, split_part(d.name, '.', 1) AS module, d.scope, d.title, d.roles
          FROM jsonb_to_recordset(CAST(:declared AS jsonb))
               AS d (name text, scope text, title text, roles jsonb)
    ), old AS (
        SELECT permission FROM kernel.permission
    ), kept AS (
        INSERT INTO kernel.permission AS p (permission, module, scope, title)
        SELECT permission, module, scope, title FROM declared ORDER BY permission
            ON CONFLICT (permission) DO UPDATE
           SET scope = excluded.scope, title = excluded.title
         WHERE (p.scope, p.title) IS DISTINCT FROM (excluded.scope, excluded.title)
        RETURNING permission
    ), fresh AS (
        SELECT d.permission, d.roles
          FROM declared AS d
         WHERE d.permission NOT IN (SELECT permission FROM old)
    ), held AS (
        INSERT INTO kernel.role_permission (role_code, permission)
        SELECT r.role_code, f.permission
          FROM fresh AS f, jsonb_array_elements_text(f.roles) AS r (role_code)
        RETURNING permission
    )
    SELECT k.permission, k.permission IN (SELECT permission FROM fresh) AS fresh
      FROM kept AS k
     ORDER BY k.permission
""")


TITLES = sa.text("""
    SELECT permission, title
      FROM kernel.permission
     WHERE permission = ANY (CAST(:names AS text[]))
     ORDER BY permission
     LIMIT 1000
""")


class SyncedPermissions(Value, frozen=True, kw_only=True):
    """Names of permissions new to the county, and of those with another title or scope."""

    fresh: tuple[str, ...]
    changed: tuple[str, ...]


def sync_permissions(uow: UnitOfWork, declared: Sequence[Permission]) -> SyncedPermissions:
    """Write what is new or differs; nothing to write leaves the unit of work abandoned.

    Run when a county is made and by ``zhuji db upgrade``. Idempotent. What a module does not
    declare any more stays: grants of a module that comes back are found again.
    """
    rows = uow.connection.execute(
        SYNC, {"declared": msgspec.json.encode(list(declared)).decode()}
    ).all()
    if not rows:
        uow.abandon("every declared permission is known")
    titles = {permission.name: permission for permission in declared}
    for row in rows:
        uow.audit(
            "kernel.permission.declare",
            DocumentRef(
                kind="kernel.permission",
                document_id=uuid.uuid5(PERMISSION_NAMESPACE, row.permission),
                label=row.permission,
                agency_code="",
            ),
            after=titles[row.permission],
        )
    return SyncedPermissions(
        fresh=tuple(row.permission for row in rows if row.fresh),
        changed=tuple(row.permission for row in rows if not row.fresh),
    )


def titles_of(uow: UnitOfWork, *, names: Sequence[str]) -> dict[str, str]:
    """Return the 正體中文 titles of permissions by name, those that the county knows."""
    rows = uow.connection.execute(TITLES, {"names": list(names)})
    return {row.permission: row.title for row in rows}
