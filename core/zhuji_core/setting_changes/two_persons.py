"""Control settings (內部控制設定): one person proposes the value, another decides."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from zhuji_core.permissions import APPROVE_SETTING, CHANGE_SETTING
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.setting_changes.catalogue import find_field
from zhuji_core.setting_changes.change_setting import require_change
from zhuji_core.setting_changes.declared import SettingField, to_text
from zhuji_core.settings import SettingChanged, keep_setting, setting_document
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

# Locked until the proposal is kept or decided, so that what it relies on stays so.
PRESENT = sa.text("""
    SELECT value, version, set_by_account
      FROM kernel.setting
     WHERE module = :module AND key = :key
       FOR UPDATE
""")


class SettingChange(Value, frozen=True, kw_only=True):
    """Set ``value`` in place of version ``version`` (0: the default)."""

    module: str
    key: str
    value: Any
    version: int


def _foresee(uow: UnitOfWork, change: SettingChange) -> Foreseen:
    field = find_field(uow, module=change.module, key=change.key)
    require_change(uow, field, change.value)
    row = uow.connection.execute(
        PRESENT, {"module": change.module, "key": change.key}
    ).one_or_none()
    version = 0 if row is None else row.version
    if version != change.version:
        by = "" if row is None else row.set_by_account
        raise SettingChanged(name=field.name, version=version, set_by=by)
    present = field.default if row is None else row.value
    return Foreseen(
        document=setting_document(module=change.module, key=change.key),
        subject=field.name,
        facts={N_("設定版本"): str(version), N_("目前的值"): told(field, present)},
        changes=(
            ProposedChange(
                label=field.title or field.name,
                before=told(field, present),
                after=told(field, change.value),
            ),
        ),
    )


def _apply(uow: UnitOfWork, change: SettingChange, proposal: Proposal) -> None:
    keep_setting(
        uow,
        module=change.module,
        key=change.key,
        value=change.value,
        reason=proposal.reason,
        version=change.version,
        proposal_id=proposal.proposal_id,
    )


def told(field: SettingField, value: object) -> str:
    """Return the marked word of a choice, else the value as it is keyed; － for none."""
    text = to_text(field, value)
    return field.choices.get(text, text) or "－"


SETTING: ProposalKind[SettingChange] = ProposalKind(
    name="kernel.setting.control",
    title=N_("變更內部控制設定"),
    payload=SettingChange,
    version=1,
    propose=CHANGE_SETTING,
    decide=APPROVE_SETTING,
    foresee=_foresee,
    apply=_apply,
)
