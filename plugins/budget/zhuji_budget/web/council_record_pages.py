"""Page and API of what recordings of the council's decisions changed: who, when, why."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.queries.council_records import CouncilRecordRow, RecordKey, council_records
from zhuji_budget.settings import MODULE
from zhuji_budget.web.council_form import PAGE, YearInPath, crumbs
from zhuji_budget.web.views.council_records import records_table
from zhuji_core.values import N_
from zhuji_core.web.components import Pager
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController, PageController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.rendering import render

Context = NamedDependency[RequestContext]


class CouncilRecordPages(PageController):
    """``/budget/council/{year}/records``."""

    module = MODULE
    path = "/council/{fiscal_year:int}/records"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council-records.page",
        sync_to_thread=True,
    )
    def page(
        self, context: Context, fiscal_year: FromPath[int], cursor: FromQuery[str] = ""
    ) -> Response[str]:
        after = open_cursor(context, cursor, RecordKey)
        root = context.path(f"budget/council/{fiscal_year}")
        with context.read() as uow:
            rows = council_records(uow, fiscal_year, after=after, limit=PAGE + 1)
            listed = page_of(
                context, rows, limit=PAGE, key=lambda row: row.key, item=lambda row: row
            )
            title = context.gettext("{year} 年度審議結果登錄紀錄").format(year=fiscal_year)
            pager = Pager(
                shown=len(listed.items),
                first_url=f"{root}/records" if after else "",
                next_url=f"{root}/records?cursor={listed.next}" if listed.next else "",
            )
            return render(
                context,
                "budget/council_records.html",
                title=title,
                breadcrumb=crumbs(context, fiscal_year, title),
                view_url=root,
                table=records_table(listed.items, pager=pager, gettext=context.gettext),
            )


class CouncilRecordsApi(ApiController):
    """``/council/{year}/records``."""

    module = MODULE
    path = "/council/{fiscal_year:int}/records"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council-records.list",
        summary=N_("列出審議結果之登錄紀錄"),
        sync_to_thread=True,
    )
    def list_all(
        self, context: Context, fiscal_year: YearInPath, cursor: Cursor = "", limit: Limit = LIMIT
    ) -> Page[CouncilRecordRow]:
        after = open_cursor(context, cursor, RecordKey)
        with context.read() as uow:
            rows = council_records(uow, fiscal_year, after=after, limit=limit + 1)
        return page_of(context, rows, limit=limit, key=lambda row: row.key, item=lambda row: row)
