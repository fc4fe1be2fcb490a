"""What certifications still hold (未結清簽證清單): as a page, as a file, and for programs."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.queries.reservations import (
    EXPORT_MAX,
    ReservationFilter,
    read_reservations,
)
from zhuji_accounting.web.agencies import agency_name, agency_options, chosen_agency
from zhuji_core.formats import date_key, format_date, parse_date
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.paging import LIMIT, Cursor, Limit, next_cursor, open_cursor
from zhuji_core.web.parameters import Code, FiscalYear, Text
from zhuji_core.web.rendering import render
from zhuji_core.web.sheets import SheetAnswer, sheet_answer, sheet_table
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
            after_no, after_line = _after(after)
            wanted = ReservationFilter(
                agency_code=chosen_agency(uow, agencies, agency_code),
                fiscal_year=fiscal_year or uow.fiscal_year,
                until=_until(context, until, faults),
                contracts=contracts,
                mine=mine,
                text=text,
                after_no=after_no,
                after_line=after_line,
                limit=PAGE_ROWS,
            )
            sheet = read_reservations(uow, wanted)
            address = f"{context.path('accounting/reservations')}?{_query(wanted)}"
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
                table=sheet_table(
                    context,
                    sheet,
                    address=address,
                    first_url=address if wanted.after_no else "",
                    next_url=f"{address}&after={sheet.next}" if sheet.next else "",
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
                until=_until(context, until),
                contracts=contracts,
                mine=mine,
                text=text,
                limit=EXPORT_MAX,
            )
            return _file(context, uow, wanted, file_format)


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
        following = next_cursor(context, _after(sheet.next)) if sheet.next else None
        return sheet_answer(context, sheet, following=following)


def _file(
    context: RequestContext, uow: UnitOfWork, wanted: ReservationFilter, file_format: str
) -> Response[bytes]:
    tr = context.gettext
    sheet = read_reservations(uow, wanted)
    return export_table(
        context,
        uow,
        sheet_table(context, sheet, address=""),
        title=tr("{year} 年度未結清簽證清單").format(year=wanted.fiscal_year),
        agency=agency_name(uow, wanted.agency_code),
        period=tr("截至 {day}").format(day=format_date(uow.business_date)),
        file_format=file_format,
        signed=True,
    )


def _until(
    context: RequestContext, text: str, faults: dict[str, str] | None = None
) -> dt.date | None:
    """Read a keyed date; one that cannot be read restricts nothing and is named in ``faults``."""
    if not text.strip():
        return None
    try:
        return parse_date(text, reference=context.business_date)
    except DomainError as error:
        if faults is None:
            raise
        faults["until"] = error.text(context.gettext)
        return None


def _query(wanted: ReservationFilter) -> str:
    given = {
        "agency_code": wanted.agency_code,
        "fiscal_year": str(wanted.fiscal_year),
        "until": date_key(wanted.until) if wanted.until else "",
        "contracts": "true" if wanted.contracts else "",
        "mine": "true" if wanted.mine else "",
        "text": wanted.text,
    }
    return urlencode({name: value for name, value in given.items() if value})


def _after(text: str) -> tuple[int, int]:
    """Read the cursor ``number-line`` of the page before."""
    number, _, line = text.partition("-")
    return (int(number), int(line)) if number.isdecimal() and line.isdecimal() else (0, 0)
