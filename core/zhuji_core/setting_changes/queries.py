"""What a county has set, and every value that it had set before."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from zhuji_core.permissions import READ_SETTINGS
from zhuji_core.setting_changes.catalogue import fields, find_field
from zhuji_core.setting_changes.declared import SettingField
from zhuji_core.setting_changes.two_persons import SETTING
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

HISTORY_MAX = 200

PRESENT = sa.text("""
    SELECT s.module, s.key, s.value, s.version, s.set_at, s.reason,
           COALESCE(u.name, s.set_by_account) AS set_by
      FROM kernel.setting AS s
      LEFT JOIN kernel.user_account AS u ON u.user_id = s.set_by
     ORDER BY s.module, s.key
     LIMIT 2000
""")
HISTORY = sa.text("""
    SELECT v.version, v.value, v.set_at, v.reason, v.proposal_id,
           COALESCE(u.name, v.set_by_account) AS set_by,
           COALESCE(p.proposed_by_name, '') AS proposed_by,
           COALESCE(p.decided_by_name, '') AS approved_by
      FROM kernel.setting_version AS v
      LEFT JOIN kernel.user_account AS u ON u.user_id = v.set_by
      LEFT JOIN kernel.proposal AS p ON p.proposal_id = v.proposal_id
     WHERE v.module = :module AND v.key = :key
     ORDER BY v.version DESC
     LIMIT :limit
""")
# At most one of a kind is open on one setting (proposal_open_once).
OPEN_PROPOSAL = sa.text("""
    SELECT proposal_id, payload -> 'value' AS value, reason, proposed_by_name AS proposed_by,
           proposed_at, expires_on
      FROM kernel.proposal
     WHERE kind = :kind AND subject = :subject AND state = 'open' AND expires_on >= :today
""")


class SettingState(Value, frozen=True, kw_only=True):
    """A setting and its present value; ``version`` 0: never set, the default holds."""

    field: SettingField
    value: Any
    version: int = 0
    set_at: dt.datetime | None = None
    set_by: str = ""
    reason: str = ""


class SettingVersion(Value, frozen=True, kw_only=True):
    """A value that held from ``set_at`` on. Without a person: set by an earlier release.

    ``proposed_by`` and ``approved_by``, each with whom the person stood in for, are of a change
    by two persons; they are empty where one changed it alone.
    """

    version: int
    value: Any
    set_at: dt.datetime | None
    set_by: str
    reason: str
    proposal_id: uuid.UUID | None
    proposed_by: str
    approved_by: str


class OpenChange(Value, frozen=True, kw_only=True):
    """A value that somebody proposed and nobody has decided yet."""

    proposal_id: uuid.UUID
    value: Any
    reason: str
    proposed_by: str
    proposed_at: dt.datetime
    expires_on: dt.date


class SettingHistory(Value, frozen=True, kw_only=True):
    """A setting with its versions, newest first, and the proposal that is open on it."""

    present: SettingState
    versions: tuple[SettingVersion, ...]
    proposal: OpenChange | None


def list_settings(uow: UnitOfWork) -> list[SettingState]:
    """Return every setting of the kernel and the enabled modules; raise Forbidden."""
    uow.require(READ_SETTINGS)
    return _states(uow, fields(uow))


def find_setting(uow: UnitOfWork, *, module: str, key: str) -> SettingHistory:
    """Return a setting, its versions and what is proposed; raise Forbidden or SettingUnknown."""
    uow.require(READ_SETTINGS)
    (present,) = _states(uow, [find_field(uow, module=module, key=key)])
    asked = {"module": module, "key": key, "limit": HISTORY_MAX}
    versions = uow.connection.execute(HISTORY, asked).mappings()
    return SettingHistory(
        present=present,
        versions=tuple(SettingVersion(**row) for row in versions),
        proposal=_open_proposal(uow, present.field),
    )


def _open_proposal(uow: UnitOfWork, field: SettingField) -> OpenChange | None:
    if not field.is_control:
        return None
    asked = {"kind": SETTING.name, "subject": field.name, "today": uow.business_date}
    row = uow.connection.execute(OPEN_PROPOSAL, asked).mappings().one_or_none()
    return None if row is None else OpenChange(**row)


def _states(uow: UnitOfWork, wanted: list[SettingField]) -> list[SettingState]:
    rows = {(row.module, row.key): row for row in uow.connection.execute(PRESENT)}
    return [_state(one, rows.get((one.module, one.key))) for one in wanted]


def _state(field: SettingField, row: Any) -> SettingState:
    if row is None:
        return SettingState(field=field, value=field.default)
    return SettingState(
        field=field,
        value=row.value,
        version=row.version,
        set_at=row.set_at,
        set_by=row.set_by,
        reason=row.reason,
    )
