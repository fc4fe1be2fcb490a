"""Switch a module of the county on, from the next request of every process on."""

from __future__ import annotations

from zhuji_core.enabling.store import lock_module_set
from zhuji_core.enabling.switching import (
    Switched,
    installed_module,
    obstacle_to_enabling,
    switch,
)
from zhuji_core.licences.book import LicenceBook
from zhuji_core.permissions import SWITCH_MODULE
from zhuji_core.uow import UnitOfWork


def enable_module(
    uow: UnitOfWork, *, module: str, licences: LicenceBook, reason: str = ""
) -> Switched:
    """Switch ``module`` on; its data is found again as it was left.

    Raises Forbidden, ModuleUnknown, ModuleUnlicensed, ModuleRequires; then nothing is kept.
    """
    uow.require(SWITCH_MODULE)
    info = installed_module(uow, module)
    before = lock_module_set(uow)
    licensed = licences.covers(module, at=uow.now)
    refused = obstacle_to_enabling(uow.hooks, info, enabled=before.modules, licensed=licensed)
    if refused is not None:
        raise refused
    return switch(uow, info, before, enabled=True, reason=reason)
