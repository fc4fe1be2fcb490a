"""The modules of the county: what is installed, licensed and enabled, and the switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_core.audit.history import history
from zhuji_core.enabling.costs import read_costs
from zhuji_core.enabling.disable_module import disable_module
from zhuji_core.enabling.enable_module import enable_module
from zhuji_core.enabling.switching import Switched, module_id
from zhuji_core.licences.book import day_of
from zhuji_core.permissions import READ_MODULES, SWITCH_MODULE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.counties import CountyDirectory
from zhuji_core.web.notices import standings_of
from zhuji_core.web.pages.module_view import (
    COST_DAYS,
    cost_summary,
    cost_table,
    module_actions,
    module_facts,
    module_history,
    module_table,
    state_badge,
    term_table,
)
from zhuji_core.web.pages.modules_found import find_standing
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Directory = NamedDependency[CountyDirectory]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]

TITLE = N_("模組管理")
PATH = "kernel/modules"
# As long as any reason in the audit trail.
REASON_MAX = 500


class ModulePages(PageController):
    """``/{county}/kernel/modules``."""

    module = "kernel"
    path = "/{county:str}/kernel/modules"

    @get(
        "/",
        operation_id="kernel.modules.page",
        opt={PERMISSION: READ_MODULES},
        sync_to_thread=True,
    )
    def page(self, context: Context) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            costs = read_costs(uow.connection, day=day_of(uow.now), days=COST_DAYS)
            return render(
                context,
                "kernel/modules.html",
                title=tr(TITLE),
                breadcrumb=(Crumb(title=tr(TITLE)),),
                modules=module_table(context, standings_of(context)),
                costs=cost_summary(context, costs),
            )

    @get(
        "/{name:str}",
        operation_id="kernel.module.page",
        opt={PERMISSION: READ_MODULES},
        sync_to_thread=True,
    )
    def one(self, context: Context, name: FromPath[str]) -> Response[str]:
        return _one(context, name)

    @post(
        "/{name:str}/enablement",
        operation_id="kernel.module.enable-form",
        opt={PERMISSION: SWITCH_MODULE},
        sync_to_thread=True,
    )
    def enable(
        self, context: Context, directory: Directory, name: FromPath[str], data: Form
    ) -> Page:
        """Switch the module on; a refusal is shown on its page."""
        return _switched(
            context,
            directory,
            name,
            lambda uow: enable_module(
                uow, module=name, licences=context.access.licences, reason=_reason(data)
            ),
        )

    @post(
        "/{name:str}/disablement",
        operation_id="kernel.module.disable-form",
        opt={PERMISSION: SWITCH_MODULE},
        sync_to_thread=True,
    )
    def disable(
        self, context: Context, directory: Directory, name: FromPath[str], data: Form
    ) -> Page:
        """Switch the module off; a refusal is shown on its page."""
        return _switched(
            context,
            directory,
            name,
            lambda uow: disable_module(uow, module=name, reason=_reason(data)),
        )


def _reason(data: dict[str, Any]) -> str:
    return str(data.get("reason", "")).strip()[:REASON_MAX]


def _switched(
    context: RequestContext,
    directory: CountyDirectory,
    name: str,
    switch: Callable[[UnitOfWork], Switched],
) -> Page:
    try:
        response = context.perform(switch, lambda _: see_other(context.path(f"{PATH}/{name}")))
    except DomainError as refusal:
        return _one(context, name, error=refusal)
    # After the commit, and again after a repeated request: the register follows in any case.
    directory.mirror(context.county.code)
    return response


def _one(context: RequestContext, name: str, *, error: DomainError | None = None) -> Response[str]:
    tr = context.gettext
    standing = find_standing(context, name)
    with context.read() as uow:
        costs = read_costs(uow.connection, day=day_of(uow.now), days=COST_DAYS)
        return render(
            context,
            "kernel/module.html",
            title=tr(standing.title),
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=tr(standing.title)),
            ),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            badge=state_badge(context, standing),
            facts=module_facts(context, standing),
            actions=module_actions(context, standing),
            terms=term_table(context, context.access.licences.of(name)),
            costs=cost_table(context, [one for one in costs if one.module == name]),
            history=module_history(context, history(uow, module_id(name))),
        )
