"""What a county may set: every setting of the kernel and of its enabled modules."""

from __future__ import annotations

import msgspec

from zhuji_core.permissions import MODULE
from zhuji_core.setting_changes.declared import SettingField, fields_of
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError


class SettingUnknown(DomainError):
    """No enabled module of the county has such a setting."""

    code = "E-SETTING-UNKNOWN"
    message = N_("查無設定 {module}.{key}，或其模組未啟用。")
    status_code = 404


def structs(uow: UnitOfWork) -> dict[str, type[msgspec.Struct]]:
    """Return the structs of the kernel and of the enabled modules."""
    return {MODULE: CountySettings, **uow.hooks.settings_structs()}


def fields(uow: UnitOfWork) -> list[SettingField]:
    """Return every setting of the kernel and the enabled modules, in order of declaration."""
    return [one for module, struct in structs(uow).items() for one in fields_of(module, struct)]


def find_field(uow: UnitOfWork, *, module: str, key: str) -> SettingField:
    """Return one setting; raise SettingUnknown."""
    for one in fields(uow):
        if (one.module, one.key) == (module, key):
            return one
    raise SettingUnknown(module=module, key=key)
