"""Change a setting of the county: at once, with a reason, and as a new version."""

from __future__ import annotations

from zhuji_core.identity.actor import SYSTEM_USER_ID
from zhuji_core.permissions import CHANGE_SETTING
from zhuji_core.setting_changes.catalogue import find_field, structs
from zhuji_core.setting_changes.declared import SettingField, to_text
from zhuji_core.settings import KeptSetting, check_setting, keep_setting
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

REASON_MAX = 500


class SettingTwoPersons(DomainError):
    """A control setting changes what is checked: one person proposes, another decides."""

    code = "E-SETTING-TWO-PERSONS"
    message = N_("「{title}」為內部控制設定，須由一人提案、另一人核准。")
    status_code = 403


class SettingReasonMissing(DomainError):
    """Whoever reads the history later must learn why."""

    code = "E-SETTING-REASON"
    message = N_("請填寫變更設定的理由（1 至 {reason_max} 字，目前 {length} 字）。")
    status_code = 422


class SettingSame(DomainError):
    """The county has this value already: a version that changes nothing would only mislead."""

    code = "E-SETTING-SAME"
    message = N_("「{title}」目前已是「{value}」，沒有變更。")


def change_setting(
    uow: UnitOfWork,
    *,
    module: str,
    key: str,
    value: object,
    reason: str,
    version: int | None = None,
) -> KeptSetting:
    """Keep ``value`` from the next request on; ``version`` is what the person had before them.

    Raises Forbidden, SettingUnknown, SettingInvalid, SettingReasonMissing, SettingTwoPersons,
    SettingSame, or SettingChanged when somebody else was first; then nothing is kept. The
    operator of the host may change a control setting alone, and the audit says so.
    """
    uow.require(CHANGE_SETTING)
    field = find_field(uow, module=module, key=key)
    if field.is_control and uow.actor.user_id != SYSTEM_USER_ID:
        raise SettingTwoPersons(title=field.title or field.name)
    why = require_reason(reason)
    require_change(uow, field, value)
    return keep_setting(uow, module=module, key=key, value=value, reason=why, version=version)


def require_reason(reason: str) -> str:
    """Return the reason without blanks around it; raise SettingReasonMissing."""
    why = reason.strip()
    if not 1 <= len(why) <= REASON_MAX:
        raise SettingReasonMissing(
            reason_max=REASON_MAX,
            length=len(why),
            fields={"reason": SettingReasonMissing.message},
        )
    return why


def require_change(uow: UnitOfWork, field: SettingField, value: object) -> None:
    """Raise SettingInvalid for a value that the struct refuses, SettingSame for the present one."""
    struct = structs(uow)[field.module]
    check_setting(uow, module=field.module, struct=struct, key=field.key, value=value)
    if uow.raw_settings.get(field.module, {}).get(field.key, field.default) == value:
        text = to_text(field, value)
        raise SettingSame(
            title=field.title or field.name, value=field.choices.get(text, text) or "－"
        )
