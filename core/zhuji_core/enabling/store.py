"""The set of enabled modules: one row in the county's database, mirrored in the register."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

READ = sa.text("SELECT modules, version FROM kernel.module_set")
# Locked until the switch commits: whoever switches at the same moment decides on its result.
LOCK = sa.text("SELECT modules, version FROM kernel.module_set FOR UPDATE")
KEEP = sa.text("""
    UPDATE kernel.module_set
       SET modules = CAST(:modules AS text[]), version = version + 1
    RETURNING version
""")
# Only ever forward: two switches may reach the register in the other order.
MIRROR = sa.text("""
    UPDATE platform.county
       SET modules = CAST(:modules AS text[]), modules_version = :version
     WHERE code = :code AND modules_version < :version
""")


class ModuleSet(Value, frozen=True, kw_only=True):
    """The enabled modules by name, and how many switches led to them (0: the register's own)."""

    modules: frozenset[str]
    version: int


def lock_module_set(uow: UnitOfWork) -> ModuleSet:
    """Return the set as it is now, locked; a county that never switched has the register's."""
    row = uow.connection.execute(LOCK).one()
    modules = uow.county.modules if row.modules is None else row.modules
    return ModuleSet(modules=frozenset(modules), version=row.version)


def keep_module_set(uow: UnitOfWork, modules: Iterable[str]) -> ModuleSet:
    """Write the set that ``lock_module_set`` locked."""
    kept = sorted(set(modules))
    version = uow.connection.execute(KEEP, {"modules": kept}).scalar_one()
    return ModuleSet(modules=frozenset(kept), version=version)


def mirror_module_set(county: sa.Engine, platform: sa.Engine, *, code: str) -> None:
    """Bring the register to the county's set: for public pages, lists and older code.

    Called after each switch and by ``zhuji db upgrade``; doing it again changes nothing.
    """
    with county.connect() as connection:
        row = connection.execute(READ).one()
    if row.modules is None:
        return
    with platform.begin() as register:
        register.execute(MIRROR, {"modules": row.modules, "version": row.version, "code": code})
