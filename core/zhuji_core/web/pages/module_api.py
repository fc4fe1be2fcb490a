"""The same as the pages of modules, for programs."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from zhuji_core.enabling.costs import KEPT_DAYS, Cost, read_costs
from zhuji_core.enabling.disable_module import disable_module
from zhuji_core.enabling.enable_module import enable_module
from zhuji_core.enabling.standing import ModuleStanding
from zhuji_core.enabling.switching import Switched
from zhuji_core.licences.book import day_of
from zhuji_core.permissions import READ_MODULES, SWITCH_MODULE
from zhuji_core.values import Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.counties import CountyDirectory
from zhuji_core.web.notices import standings_of
from zhuji_core.web.pages.module_view import COST_DAYS
from zhuji_core.web.pages.modules import REASON_MAX
from zhuji_core.web.pages.modules_found import find_standing
from zhuji_core.web.paging import Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]
Directory = NamedDependency[CountyDirectory]
Days = Annotated[int, QueryParameter(ge=1, le=KEPT_DAYS)]


class Switch(Value, frozen=True, kw_only=True):
    """Why the module is switched; kept in the audit trail."""

    reason: str = ""


class ModuleApi(ApiController):
    """``/{county}/api/v1/kernel/modules``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/modules"

    @get(
        "/",
        operation_id="kernel.modules.list",
        opt={PERMISSION: READ_MODULES},
        sync_to_thread=True,
    )
    def all(self, context: Context, limit: Limit = 50, cursor: Cursor = "") -> Page[ModuleStanding]:
        """List the modules: installed, licensed until when, enabled; required ones first."""
        after = open_cursor(context, cursor, str)
        found = standings_of(context)
        names = [one.name for one in found]
        start = names.index(after) + 1 if after in names else 0
        return page_of(
            context,
            found[start : start + limit + 1],
            limit=limit,
            key=lambda one: one.name,
            item=lambda one: one,
        )

    @get(
        "/{name:str}",
        operation_id="kernel.module.read",
        opt={PERMISSION: READ_MODULES},
        sync_to_thread=True,
    )
    def one(self, context: Context, name: FromPath[str]) -> ModuleStanding:
        """Read how one module stands."""
        return find_standing(context, name)

    @post(
        "/{name:str}/enablement",
        operation_id="kernel.module.enable",
        opt={PERMISSION: SWITCH_MODULE, ANSWERS: Switched},
        status_code=200,
        sync_to_thread=True,
    )
    def enable(
        self,
        context: Context,
        directory: Directory,
        name: FromPath[str],
        data: JSONBody[Switch],
    ) -> Response[bytes]:
        """Switch a module on, from the next request on."""
        response = context.perform(
            lambda uow: enable_module(
                uow,
                module=name,
                licences=context.access.licences,
                reason=data.reason[:REASON_MAX],
            ),
            json_answer,
        )
        directory.mirror(context.county.code)
        return response

    @post(
        "/{name:str}/disablement",
        operation_id="kernel.module.disable",
        opt={PERMISSION: SWITCH_MODULE, ANSWERS: Switched},
        status_code=200,
        sync_to_thread=True,
    )
    def disable(
        self,
        context: Context,
        directory: Directory,
        name: FromPath[str],
        data: JSONBody[Switch],
    ) -> Response[bytes]:
        """Switch a module off, from the next request on; its data stays."""
        response = context.perform(
            lambda uow: disable_module(uow, module=name, reason=data.reason[:REASON_MAX]),
            json_answer,
        )
        directory.mirror(context.county.code)
        return response


class ModuleCostApi(ApiController):
    """``/{county}/api/v1/kernel/module-costs``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/module-costs"

    @get(
        "/",
        operation_id="kernel.module-costs.list",
        opt={PERMISSION: READ_MODULES},
        sync_to_thread=True,
    )
    def all(
        self,
        context: Context,
        days: Days = COST_DAYS,
        limit: Limit = 50,
        cursor: Cursor = "",
    ) -> Page[Cost]:
        """List what modules cost in the last days: requests, hooks and use cases, all processes."""
        after = open_cursor(context, cursor, tuple[str, str])
        with context.read() as uow:
            found = read_costs(uow.connection, day=day_of(uow.now), days=days)
        in_order = sorted(found, key=lambda one: (one.module, one.name))
        rest = [one for one in in_order if after is None or (one.module, one.name) > after]
        return page_of(
            context,
            rest[: limit + 1],
            limit=limit,
            key=lambda one: (one.module, one.name),
            item=lambda one: one,
        )
