"""Settings of the county for programs: the same use cases as on the pages."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_core.permissions import CHANGE_SETTING, READ_SETTINGS
from zhuji_core.proposals.model import Proposal
from zhuji_core.proposals.propose import propose
from zhuji_core.setting_changes.change_setting import change_setting
from zhuji_core.setting_changes.queries import (
    SettingHistory,
    SettingState,
    find_setting,
    list_settings,
)
from zhuji_core.setting_changes.two_persons import SETTING, SettingChange
from zhuji_core.settings import KeptSetting
from zhuji_core.values import Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT_MAX, Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]
ANSWERS = "answers"


class WantedSetting(Value, frozen=True, kw_only=True):
    """The value, why, and the version that it takes the place of (0: never set)."""

    value: Any
    reason: str
    version: int
    reference: str = ""


class SettingApi(ApiController):
    """``/{county}/api/v1/kernel/settings``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/settings"

    @get(
        "/",
        operation_id="kernel.settings.list",
        opt={PERMISSION: READ_SETTINGS},
        sync_to_thread=True,
    )
    def settings(
        self, context: Context, cursor: Cursor = "", limit: Limit = LIMIT_MAX
    ) -> Page[SettingState]:
        """List the settings of the kernel and the enabled modules."""
        after = open_cursor(context, cursor, str)
        with context.read() as uow:
            states = sorted(list_settings(uow), key=lambda one: one.field.name)
        rows = [one for one in states if after is None or one.field.name > after]
        return page_of(
            context,
            rows[: limit + 1],
            limit=limit,
            key=lambda one: one.field.name,
            item=lambda one: one,
        )

    @get(
        "/{module_name:str}/{setting_key:str}",
        operation_id="kernel.setting.read",
        opt={PERMISSION: READ_SETTINGS},
        sync_to_thread=True,
    )
    def one(
        self, context: Context, module_name: FromPath[str], setting_key: FromPath[str]
    ) -> SettingHistory:
        """Read one setting with its versions, newest first."""
        with context.read() as uow:
            return find_setting(uow, module=module_name, key=setting_key)

    @post(
        "/{module_name:str}/{setting_key:str}/versions",
        operation_id="kernel.setting.change",
        opt={PERMISSION: CHANGE_SETTING, ANSWERS: KeptSetting},
        status_code=201,
        sync_to_thread=True,
    )
    def change(
        self,
        context: Context,
        module_name: FromPath[str],
        setting_key: FromPath[str],
        data: JSONBody[WantedSetting],
    ) -> Response[bytes]:
        """Change a setting; one that takes two persons is proposed instead."""
        return context.perform(
            lambda uow: change_setting(
                uow,
                module=module_name,
                key=setting_key,
                value=data.value,
                reason=data.reason,
                version=data.version,
            ),
            lambda kept: json_answer(kept, status_code=201),
        )

    @post(
        "/{module_name:str}/{setting_key:str}/proposals",
        operation_id="kernel.setting.propose",
        opt={PERMISSION: CHANGE_SETTING, ANSWERS: Proposal},
        status_code=201,
        sync_to_thread=True,
    )
    def propose(
        self,
        context: Context,
        module_name: FromPath[str],
        setting_key: FromPath[str],
        data: JSONBody[WantedSetting],
    ) -> Response[bytes]:
        """Propose a value that a second person decides."""
        change = SettingChange(
            module=module_name, key=setting_key, value=data.value, version=data.version
        )
        return context.perform(
            lambda uow: propose(uow, SETTING, change, reason=data.reason, reference=data.reference),
            lambda made: json_answer(made, status_code=201),
        )
