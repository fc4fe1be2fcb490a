"""A list that a query gives as a sheet, line by line of documents: page, file and API of it."""

from __future__ import annotations

from litestar import Response

from zhuji_accounting.web.agencies import agency_name
from zhuji_accounting.web.filters import line_after
from zhuji_core.formats import format_date
from zhuji_core.reports.sheet import Sheet
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.components import Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.exports import export_table
from zhuji_core.web.paging import next_cursor
from zhuji_core.web.sheets import SheetAnswer, sheet_answer, sheet_table


def list_table(
    context: RequestContext, sheet: Sheet, *, address: str, is_first: bool, empty: str
) -> Table:
    """Return a page of the list; ``address`` is the list with its filter."""
    return sheet_table(
        context,
        sheet,
        address=address,
        first_url="" if is_first else address,
        next_url=f"{address}&after={sheet.next}" if sheet.next else "",
        empty=empty,
    )


def list_file(
    context: RequestContext,
    uow: UnitOfWork,
    sheet: Sheet,
    *,
    title: str,
    agency_code: str,
    file_format: str,
) -> Response[bytes]:
    """Return the list as a file, as it stands today, to be signed."""
    return export_table(
        context,
        uow,
        sheet_table(context, sheet, address=""),
        title=title,
        agency=agency_name(uow, agency_code),
        period=context.gettext("截至 {day}").format(day=format_date(uow.business_date)),
        file_format=file_format,
        signed=True,
    )


def list_answer(context: RequestContext, sheet: Sheet) -> SheetAnswer:
    """Return a page of the list for programs, with the cursor of the page after it."""
    following = next_cursor(context, line_after(sheet.next)) if sheet.next else None
    return sheet_answer(context, sheet, following=following)
