"""Switch a module of the county off, from the next request of every process on."""

from __future__ import annotations

from zhuji_core.enabling.store import lock_module_set
from zhuji_core.enabling.switching import (
    Switched,
    installed_module,
    obstacle_to_disabling,
    switch,
)
from zhuji_core.permissions import SWITCH_MODULE
from zhuji_core.uow import UnitOfWork


def disable_module(uow: UnitOfWork, *, module: str, reason: str = "") -> Switched:
    """Switch ``module`` off; its data stays. Allowed for one whose code or licence is gone.

    Raises Forbidden, ModuleUnknown, ModuleNeeded; then nothing is kept.
    """
    uow.require(SWITCH_MODULE)
    before = lock_module_set(uow)
    info = installed_module(uow, module, known=before.modules)
    refused = obstacle_to_disabling(uow.hooks, info, enabled=before.modules)
    if refused is not None:
        raise refused
    return switch(uow, info, before, enabled=False, reason=reason)
