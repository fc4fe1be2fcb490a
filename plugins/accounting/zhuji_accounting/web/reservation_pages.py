"""What certifications still hold (未結清簽證清單): as a page, as a file, and for programs."""

from __future__ import annotations

import datetime as dt

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.queries.reservations import (
    EXPORT_MAX,
    ReservationFilter,
    read_reservations,
)
from zhuji_accounting.web.agencies import agency_options, chosen_agency
from zhuji_accounting.web.filters import address_of, keyed_date, line_after
from zhuji_accounting.web.sheet_lists import list_answer, list_file, list_table
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, open_cursor
from zhuji_core.web.parameters import Code, FiscalYear, Text
from zhuji_core.web.rendering import render
from zhuji_core.web.sheets import SheetAnswer
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
PAGE_ROWS = 100


class ReservationPages(PageController):
    """``/reservations`` and its export."""

    module = "accounting"
    path = "/reservations"

    @get(
        "/",
        opt={PERMISSION: READ_REQUESTS, "cold": True},
        operation_id="accounting.reservations.page",
        sync_to_thread=True,
    )
    def page(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        until: FromQuery[str] = "",
        contracts: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        mine: FromQuery[bool] = False,  # noqa: FBT002
        text: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        tr = context.gettext
        faults: dict[str, str] = {}
        with context.read() as uow:
            agencies = agency_options(uow, READ_REQUESTS)
            after_no, after_line = line_after(after)
            wanted = ReservationFilter(
                agency_code=chosen_agency(uow, agencies, agency_code),
                fiscal_year=fiscal_year or uow.fiscal_year,
                until=keyed_date(context, "until", until, faults),
                contracts=contracts,
                mine=mine,
                text=text,
                after_no=after_no,
                after_line=after_line,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/reservations.html",
                breadcrumb=(Crumb(title=tr("未結清簽證")),),
                title=tr("未結清簽證"),
                wanted=wanted,
                until=until,
                faults=faults,
                action=context.path("accounting/reservations"),
                agencies=agencies,
                table=list_table(
                    context,
                    read_reservations(uow, wanted),
                    address=_address(context, wanted),
                    is_first=not wanted.after_no,
                    empty=tr("沒有尚保留之簽證。"),
                ),
            )

    @get(
        "/export/{file_format:str}",
        opt={PERMISSION: READ_REQUESTS, "cold": True, HEAVY: True},
        operation_id="accounting.reservations.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        file_format: FromPath[str],
        agency_code: FromQuery[str],
        fiscal_year: FromQuery[int | None] = None,
        until: FromQuery[str] = "",
        contracts: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        mine: FromQuery[bool] = False,  # noqa: FBT002
        text: FromQuery[str] = "",
    ) -> Response[bytes]:
        with context.read() as uow:
            wanted = ReservationFilter(
                agency_code=agency_code,
                fiscal_year=fiscal_year or uow.fiscal_year,
                until=keyed_date(context, "until", until),
                contracts=contracts,
                mine=mine,
                text=text,
                limit=EXPORT_MAX,
            )
            return list_file(
                context,
                uow,
                read_reservations(uow, wanted),
                title=context.gettext("{year} 年度未結清簽證清單").format(year=wanted.fiscal_year),
                agency_code=wanted.agency_code,
                file_format=file_format,
            )


class ReservationsApi(ApiController):
    """``/reservations``: what certifications still hold, by whom and until when."""

    module = "accounting"
    path = "/reservations"

    @get(
        "/",
        opt={PERMISSION: READ_REQUESTS, "cold": True},
        operation_id="accounting.reservations.list",
        summary=N_("列出未結清簽證"),
        sync_to_thread=True,
    )
    def list_reservations(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        agency_code: Code,
        fiscal_year: FiscalYear = None,
        until: FromQuery[dt.date | None] = None,
        contracts: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        mine: FromQuery[bool] = False,  # noqa: FBT002
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> SheetAnswer:
        after_no, after_line = open_cursor(context, cursor, tuple[int, int]) or (0, 0)
        with context.read() as uow:
            sheet = read_reservations(
                uow,
                ReservationFilter(
                    agency_code=agency_code,
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    until=until,
                    contracts=contracts,
                    mine=mine,
                    text=text,
                    after_no=after_no,
                    after_line=after_line,
                    limit=limit,
                ),
            )
        return list_answer(context, sheet)


def _address(context: RequestContext, wanted: ReservationFilter) -> str:
    return address_of(
        context.path("accounting/reservations"),
        {
            "agency_code": wanted.agency_code,
            "fiscal_year": wanted.fiscal_year,
            "until": wanted.until,
            "contracts": wanted.contracts,
            "mine": wanted.mine,
            "text": wanted.text,
        },
    )
