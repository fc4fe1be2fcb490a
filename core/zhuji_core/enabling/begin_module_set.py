"""Write the first set of modules of a new county."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_core.enabling.store import keep_module_set, lock_module_set
from zhuji_core.enabling.switching import audit_switch, installed_module
from zhuji_core.permissions import SWITCH_MODULE
from zhuji_core.uow import UnitOfWork


def begin_module_set(uow: UnitOfWork, *, modules: Sequence[str]) -> None:
    """Keep ``modules`` as the county's own set, each with its audit entry; once.

    The register has checked them when the county was entered. Raises Forbidden, ModuleUnknown.
    """
    uow.require(SWITCH_MODULE)
    if not modules or lock_module_set(uow).version:
        uow.abandon("nothing is on, or the county has switched modules already")
        return
    keep_module_set(uow, modules)
    for name in modules:
        audit_switch(uow, installed_module(uow, name), enabled=True)
