"""Advances that are out (未結清暫付清單): as a page, as a file, and for programs."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.permissions import READ_ADVANCES
from zhuji_accounting.queries.open_advances import (
    EXPORT_MAX,
    OpenAdvanceFilter,
    read_open_advances,
)
from zhuji_accounting.web.agencies import agency_options, chosen_agency
from zhuji_accounting.web.filters import address_of, line_after
from zhuji_accounting.web.sheet_lists import list_answer, list_file, list_table
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, open_cursor
from zhuji_core.web.parameters import Code, FiscalYear, Text
from zhuji_core.web.rendering import render
from zhuji_core.web.sheets import SheetAnswer
from zhuji_core.web.shell import Crumb

COLD = "cold"
Context = NamedDependency[RequestContext]
PAGE_ROWS = 100


class OpenAdvancePages(PageController):
    """``/open-advances`` and its export."""

    module = "accounting"
    path = "/open-advances"

    @get(
        "/",
        opt={PERMISSION: READ_ADVANCES, COLD: True},
        operation_id="accounting.open-advances.page",
        sync_to_thread=True,
    )
    def page(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        overdue: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        mine: FromQuery[bool] = False,  # noqa: FBT002
        text: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            agencies = agency_options(uow, READ_ADVANCES)
            after_no, after_line = line_after(after)
            wanted = OpenAdvanceFilter(
                agency_code=chosen_agency(uow, agencies, agency_code),
                fiscal_year=fiscal_year or uow.fiscal_year,
                overdue=overdue,
                mine=mine,
                text=text,
                after_no=after_no,
                after_line=after_line,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/open_advances.html",
                breadcrumb=(
                    Crumb(title=tr("暫付案"), url=context.path("accounting/advances")),
                    Crumb(title=tr("未結清暫付清單")),
                ),
                title=tr("未結清暫付清單"),
                wanted=wanted,
                action=context.path("accounting/open-advances"),
                agencies=agencies,
                table=list_table(
                    context,
                    read_open_advances(uow, wanted),
                    address=_address(context, wanted),
                    is_first=not wanted.after_no,
                    empty=tr("沒有未結清之暫付。"),
                ),
            )

    @get(
        "/export/{file_format:str}",
        opt={PERMISSION: READ_ADVANCES, COLD: True, HEAVY: True},
        operation_id="accounting.open-advances.export",
        sync_to_thread=True,
    )
    def export(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        file_format: FromPath[str],
        agency_code: FromQuery[str],
        fiscal_year: FromQuery[int | None] = None,
        overdue: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        mine: FromQuery[bool] = False,  # noqa: FBT002
        text: FromQuery[str] = "",
    ) -> Response[bytes]:
        tr = context.gettext
        with context.read() as uow:
            wanted = OpenAdvanceFilter(
                agency_code=agency_code,
                fiscal_year=fiscal_year or uow.fiscal_year,
                overdue=overdue,
                mine=mine,
                text=text,
                limit=EXPORT_MAX,
            )
            return list_file(
                context,
                uow,
                read_open_advances(uow, wanted),
                title=tr("{year} 年度未結清暫付清單").format(year=wanted.fiscal_year),
                agency_code=wanted.agency_code,
                file_format=file_format,
            )


class OpenAdvancesApi(ApiController):
    """``/open-advances``: who has how much, and since when it is due."""

    module = "accounting"
    path = "/open-advances"

    @get(
        "/",
        opt={PERMISSION: READ_ADVANCES, COLD: True},
        operation_id="accounting.open-advances.list",
        summary=N_("列出未結清暫付"),
        sync_to_thread=True,
    )
    def list_open_advances(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        agency_code: Code,
        fiscal_year: FiscalYear = None,
        overdue: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        mine: FromQuery[bool] = False,  # noqa: FBT002
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> SheetAnswer:
        after_no, after_line = open_cursor(context, cursor, tuple[int, int]) or (0, 0)
        with context.read() as uow:
            sheet = read_open_advances(
                uow,
                OpenAdvanceFilter(
                    agency_code=agency_code,
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    overdue=overdue,
                    mine=mine,
                    text=text,
                    after_no=after_no,
                    after_line=after_line,
                    limit=limit,
                ),
            )
        return list_answer(context, sheet)


def _address(context: RequestContext, wanted: OpenAdvanceFilter) -> str:
    return address_of(
        context.path("accounting/open-advances"),
        {
            "agency_code": wanted.agency_code,
            "fiscal_year": wanted.fiscal_year,
            "overdue": wanted.overdue,
            "mine": wanted.mine,
            "text": wanted.text,
        },
    )
