"""The API of the reports that were kept when months closed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.report_sets import KeptSet, SetFilter, list_sets, read_set
from zhuji_core.values import N_, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear
from zhuji_core.web.sheets import SheetAnswer, sheet_answer

COLD = "cold"
Context = NamedDependency[RequestContext]
Period = Annotated[int, QueryParameter(ge=0, le=13, description=N_("月份；0 為全部"))]


class ListedSet(Value, frozen=True, kw_only=True):
    """Kept reports. ``in_force``: of the last closing of a month that is closed now.

    ``digest``: SHA-256 of what they tell; equal digests are equal reports.
    """

    set_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    period: int
    kind: str
    version: int
    digest: str
    made_by_name: str
    made_at: dt.datetime
    in_force: bool


class SetDetail(Value, frozen=True, kw_only=True):
    """Kept reports with their sheets as they were."""

    head: ListedSet
    sheets: tuple[SheetAnswer, ...]


class ReportSetsApi(ApiController):
    """``/report-sets``: list and read."""

    module = "accounting"
    path = "/report-sets"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.report-sets.list",
        summary=N_("列出留存報表"),
        sync_to_thread=True,
    )
    def list_sets(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        period: Period = 0,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ListedSet]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = list_sets(
                uow,
                SetFilter(
                    agency_code=agency_code or uow.actor.agency_code,
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    period=period,
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(context, rows, limit=limit, key=lambda row: row.set_id, item=listed)

    @get(
        "/{set_id:uuid}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.report-sets.read",
        summary=N_("查詢一份留存報表"),
        sync_to_thread=True,
    )
    def read(self, context: Context, set_id: FromPath[uuid.UUID]) -> SetDetail:
        with context.read() as uow:
            kept, reports = read_set(uow, set_id)
        return SetDetail(
            head=listed(kept),
            sheets=tuple(sheet_answer(context, sheet, following=None) for sheet in reports.sheets),
        )


def listed(kept: KeptSet) -> ListedSet:
    return ListedSet(
        **{
            **{name: getattr(kept, name) for name in ListedSet.__struct_fields__},
            "kind": str(kept.kind),
        }
    )
