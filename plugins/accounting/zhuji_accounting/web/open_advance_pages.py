"""Advances that are out (未結清暫付清單): as a page, as a file, and for programs."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.permissions import READ_ADVANCES
from zhuji_accounting.queries.open_advances import (
    EXPORT_MAX,
    OpenAdvanceFilter,
    read_open_advances,
)
from zhuji_accounting.web.agencies import agency_name, agency_options, chosen_agency
from zhuji_core.formats import format_date
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.paging import LIMIT, Cursor, Limit, next_cursor, open_cursor
from zhuji_core.web.parameters import Code, FiscalYear, Text
from zhuji_core.web.rendering import render
from zhuji_core.web.sheets import SheetAnswer, sheet_answer, sheet_table
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
            after_no, after_line = _after(after)
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
            sheet = read_open_advances(uow, wanted)
            address = f"{context.path('accounting/open-advances')}?{_query(wanted)}"
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
                table=sheet_table(
                    context,
                    sheet,
                    address=address,
                    first_url=address if wanted.after_no else "",
                    next_url=f"{address}&after={sheet.next}" if sheet.next else "",
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
            return export_table(
                context,
                uow,
                sheet_table(context, read_open_advances(uow, wanted), address=""),
                title=tr("{year} 年度未結清暫付清單").format(year=wanted.fiscal_year),
                agency=agency_name(uow, wanted.agency_code),
                period=tr("截至 {day}").format(day=format_date(uow.business_date)),
                file_format=file_format,
                signed=True,
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
        following = next_cursor(context, _after(sheet.next)) if sheet.next else None
        return sheet_answer(context, sheet, following=following)


def _query(wanted: OpenAdvanceFilter) -> str:
    given = {
        "agency_code": wanted.agency_code,
        "fiscal_year": str(wanted.fiscal_year),
        "overdue": "true" if wanted.overdue else "",
        "mine": "true" if wanted.mine else "",
        "text": wanted.text,
    }
    return urlencode({name: value for name, value in given.items() if value})


def _after(text: str) -> tuple[int, int]:
    """Read the cursor ``number-line`` of the page before."""
    number, _, line = text.partition("-")
    return (int(number), int(line)) if number.isdecimal() and line.isdecimal() else (0, 0)
