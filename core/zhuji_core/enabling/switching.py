"""What enabling and disabling share: the write with its audit entry, and who a module is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.enabling.store import ModuleSet, keep_module_set
from zhuji_core.hooks import Hooks
from zhuji_core.modules import ModuleInfo, ModuleRequires, ModuleUnknown, ModuleUnlicensed
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

# A module is known by its name; the audit knows documents by an id.
MODULE_NAMESPACE = uuid.UUID("0198c5a0-0000-7000-8000-30d01e5e7001")
ENABLE = "kernel.module.enable"
DISABLE = "kernel.module.disable"


class ModuleNeeded(DomainError):
    """Another module that is on cannot work without this one."""

    code = "E-MODULE-NEEDED"
    message = N_("模組「{title}」為「{dependents}」所需，請先停用後者。")


class Switched(Value, frozen=True, kw_only=True):
    """``changed`` is False when the module stood so already; ``version`` counts the switches."""

    module: str
    enabled: bool
    changed: bool
    version: int


def module_document(info: ModuleInfo) -> DocumentRef:
    """Return how the audit names a module."""
    return DocumentRef(
        kind="kernel.module",
        document_id=module_id(info.name),
        label=f"{info.name} {info.title}",
        agency_code="",
    )


def module_id(name: str) -> uuid.UUID:
    return uuid.uuid5(MODULE_NAMESPACE, name)


def obstacle_to_enabling(
    hooks: Hooks, info: ModuleInfo, *, enabled: frozenset[str], licensed: bool
) -> DomainError | None:
    """Return why ``info`` cannot be switched on beside ``enabled``, or None."""
    if not licensed:
        return ModuleUnlicensed(title=info.title)
    missing = [name for name in info.requires if name not in enabled]
    if missing:
        return ModuleRequires(module=info.title, needs=_titles(hooks, missing))
    return None


def obstacle_to_disabling(
    hooks: Hooks, info: ModuleInfo, *, enabled: frozenset[str]
) -> DomainError | None:
    """Return why ``info`` cannot be switched off, or None."""
    dependents = [
        name
        for name, other in hooks.installed.items()
        if name in enabled and info.name in other.requires
    ]
    if dependents:
        return ModuleNeeded(title=info.title, dependents=_titles(hooks, dependents))
    return None


def switch(
    uow: UnitOfWork, info: ModuleInfo, before: ModuleSet, *, enabled: bool, reason: str
) -> Switched:
    """Write the set with this one module changed; leave everything when it stands so already."""
    if (info.name in before.modules) == enabled:
        uow.abandon("the module stands so already")
        return Switched(module=info.name, enabled=enabled, changed=False, version=before.version)
    after = keep_module_set(uow, before.modules ^ {info.name})
    audit_switch(uow, info, enabled=enabled, reason=reason)
    return Switched(module=info.name, enabled=enabled, changed=True, version=after.version)


def audit_switch(uow: UnitOfWork, info: ModuleInfo, *, enabled: bool, reason: str = "") -> None:
    """Tell the county's audit which release of the module was switched, and why."""
    after: dict[str, object] = {"enabled": enabled, "version": info.version}
    uow.audit(
        ENABLE if enabled else DISABLE,
        module_document(info),
        before={"enabled": not enabled},
        after=after | ({"reason": reason} if reason else {}),
    )


def installed_module(
    uow: UnitOfWork, name: str, *, known: frozenset[str] = frozenset()
) -> ModuleInfo:
    """Return what a module says of itself; one whose code is gone is known by its name alone.

    Raises ModuleUnknown.
    """
    installed = uow.hooks.installed
    if name in installed:
        return installed[name]
    if name in known:
        return ModuleInfo(name=name, title=name, version="")
    raise ModuleUnknown(module=name, installed=", ".join(sorted(installed)))


def _titles(hooks: Hooks, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(hooks.title(name) for name in names)
