"""The list of requests: filter in the address, pages by key, and what is seen as a file."""

from __future__ import annotations

import uuid

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.domain.rules import STATE_TITLES
from zhuji_accounting.permissions import READ_REQUESTS, WRITE_REQUEST
from zhuji_accounting.queries.requests import (
    EXPORT_MAX,
    RequestFilter,
    list_requests,
    request_totals,
)
from zhuji_accounting.web.agencies import agency_name, agency_options
from zhuji_accounting.web.request_tables import list_table
from zhuji_accounting.web.wording import options_of
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
PAGE_ROWS = 50


class ListPages(PageController):
    """``/requests`` and its export."""

    module = "accounting"
    path = "/requests"

    @get(
        "/",
        opt={PERMISSION: READ_REQUESTS},
        operation_id="accounting.requests.list-page",
        sync_to_thread=True,
    )
    def list_page(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        states: FromQuery[str] = "",
        text: FromQuery[str] = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = RequestFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                states=(states,) if states else (),
                text=text,
                mine=mine,
                before=before,
                limit=PAGE_ROWS,
            )
            table = list_table(
                context,
                list_requests(uow, wanted),
                wanted=wanted,
                totals=request_totals(uow, wanted),
            )
            return render(
                context,
                "accounting/requests.html",
                breadcrumb=(Crumb(title=tr("動支申請")),),
                title=tr("動支申請"),
                wanted=wanted,
                table=table,
                action=context.path("accounting/requests"),
                states=options_of(STATE_TITLES, tr),
                agencies=agency_options(uow, READ_REQUESTS),
                new_url=context.path("accounting/requests/new")
                if uow.actor.may(WRITE_REQUEST, agency_code=uow.actor.agency_code)
                else "",
            )

    @get(
        "/export/{file_format:str}",
        opt={PERMISSION: READ_REQUESTS, "cold": True, HEAVY: True},
        operation_id="accounting.requests.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        file_format: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        states: FromQuery[str] = "",
        text: FromQuery[str] = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
    ) -> Response[bytes]:
        with context.read() as uow:
            wanted = RequestFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                states=(states,) if states else (),
                text=text,
                mine=mine,
                limit=EXPORT_MAX,
            )
            return _file(context, uow, wanted, file_format)


def _file(
    context: RequestContext, uow: UnitOfWork, wanted: RequestFilter, file_format: str
) -> Response[bytes]:
    rows = list_requests(uow, wanted)
    whole = msgspec.structs.replace(wanted, limit=len(rows) + 1)
    table = list_table(context, rows, wanted=whole, totals=request_totals(uow, wanted))
    title = context.gettext("{year} 年度動支申請").format(year=wanted.fiscal_year)
    return export_table(
        context,
        uow,
        table,
        title=title,
        agency=agency_name(uow, wanted.agency_code),
        period=context.gettext("{year} 年度").format(year=wanted.fiscal_year),
        file_format=file_format,
    )
