"""Switch a module of the county off, from the next request of every process on."""

from __future__ import annotations

from zhuji_core.enabling.store import lock_module_set
from zhuji_core.enabling.switching import Switched, installed_module, switch, titles
from zhuji_core.permissions import SWITCH_MODULE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError


class ModuleNeeded(DomainError):
    """Another module that is on cannot work without this one."""

    code = "E-MODULE-NEEDED"
    message = N_("模組「{title}」為「{dependents}」所需，請先停用後者。")


def disable_module(uow: UnitOfWork, *, module: str, reason: str = "") -> Switched:
    """Switch ``module`` off; its data stays. Allowed for one whose code or licence is gone.

    Raises Forbidden, ModuleUnknown, ModuleNeeded; then nothing is kept.
    """
    uow.require(SWITCH_MODULE)
    before = lock_module_set(uow)
    info = installed_module(uow, module, known=before.modules)
    dependents = [
        name
        for name, other in uow.hooks.installed.items()
        if name in before.modules and module in other.requires
    ]
    if dependents:
        raise ModuleNeeded(title=info.title, dependents=titles(uow, dependents))
    return switch(uow, info, before, enabled=False, reason=reason)
