"""The list of changes, as a page and as a file."""

from __future__ import annotations

import uuid

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.permissions import READ_CHANGES, WRITE_CHANGE
from zhuji_budget.queries.changes import ChangeFilter, list_changes
from zhuji_budget.queries.years import year_agencies
from zhuji_budget.settings import MODULE
from zhuji_budget.web.changes import views
from zhuji_budget.web.changes.words import crumbs, kind_options, state_options
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import FORMATS

Context = NamedDependency[RequestContext]
PAGE_ROWS = 50
# Every change of the largest city in a year, many times over.
EXPORT_MAX = 50_000


class ChangeListPages(PageController):
    """``/changes``."""

    module = MODULE
    path = "/changes"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_CHANGES},
        operation_id="budget.changes.page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        states: FromQuery[str] = "",
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = ChangeFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                kind=kind,
                state=states,
                before=before,
                limit=PAGE_ROWS + 1,
            )
            rows = list_changes(uow, wanted)
            table = views.changes_table(
                rows[:PAGE_ROWS],
                wanted=wanted,
                more=len(rows) > PAGE_ROWS,
                address=context.path,
                gettext=tr,
                exports=FORMATS,
            )
            return render(
                context,
                "budget/changes.html",
                title=tr("預算變動"),
                breadcrumb=crumbs(context)[:1],
                table=table,
                wanted=wanted,
                action=context.path("budget/changes"),
                kinds=kind_options(tr, tuple(ChangeKind)),
                states=state_options(tr),
                agencies=tuple(
                    Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
                    for one in year_agencies(uow, wanted.fiscal_year)
                ),
                new_url=context.path("budget/changes/new") if uow.actor.may(WRITE_CHANGE) else "",
            )


class ChangeExports(PageController):
    """``/changes/export``: the list as a file, with the filters of the page."""

    module = MODULE
    path = "/changes/export"
    cold = True

    @get(
        "/{suffix:str}",
        opt={PERMISSION: READ_CHANGES, HEAVY: True},
        operation_id="budget.changes.export",
        sync_to_thread=True,
    )
    def export(
        self,
        context: Context,
        suffix: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        states: FromQuery[str] = "",
    ) -> Response[bytes]:
        with context.read() as uow:
            wanted = ChangeFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                kind=kind,
                state=states,
                limit=EXPORT_MAX,
            )
            rows = list_changes(uow, wanted, most=EXPORT_MAX)
            return export_table(
                context,
                uow,
                views.changes_table(
                    rows, wanted=wanted, more=False, address=context.path, gettext=context.gettext
                ),
                title=context.gettext("預算變動清單"),
                agency=rows[0].agency_name if agency_code and rows else "",
                period=context.gettext("{year} 年度").format(year=wanted.fiscal_year),
                file_format=suffix,
            )
