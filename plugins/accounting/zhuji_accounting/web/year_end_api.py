"""The API of the ends of years: which there were, preview, end a year, open it again."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_accounting.permissions import CLOSE_YEAR, READ_VOUCHERS, REOPEN_YEAR
from zhuji_accounting.queries.year_ends import list_year_ends
from zhuji_accounting.usecases.close_year import close_year
from zhuji_accounting.usecases.reopen_year import reopen_year
from zhuji_accounting.web.year_end_structs import (
    ListedYearEnd,
    YearAnswer,
    YearReopening,
    YearWanted,
    answer_of,
    listed,
    reopened_of,
)
from zhuji_core.values import N_
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear

COLD = "cold"
Context = NamedDependency[RequestContext]


class YearEndsApi(ApiController):
    """``/year-ends``."""

    module = "accounting"
    path = "/year-ends"

    @get(
        "/",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.year-ends.list",
        summary=N_("列出年度結帳"),
        sync_to_thread=True,
    )
    def list_ends(
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ListedYearEnd]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = list_year_ends(
                uow,
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                before=before,
                limit=limit + 1,
            )
        return page_of(context, rows, limit=limit, key=lambda row: row.year_end_id, item=listed)

    @post(
        "/{fiscal_year:int}/preview",
        opt={PERMISSION: CLOSE_YEAR, COLD: True, ANSWERS: YearAnswer},
        operation_id="accounting.year-ends.preview",
        summary=N_("年度終了結帳預覽（不留存）"),
        status_code=200,
        sync_to_thread=True,
    )
    def preview(
        self, context: Context, fiscal_year: FromPath[int], data: JSONBody[YearWanted]
    ) -> Response[bytes]:
        code = data.agency_code or context.actor.agency_code
        return context.perform(
            lambda uow: close_year(uow, fiscal_year=fiscal_year, agency_code=code, preview=True),
            lambda closed: json_answer(answer_of(closed, kept=False)),
        )

    @post(
        "/{fiscal_year:int}/closing",
        opt={PERMISSION: CLOSE_YEAR, COLD: True, ANSWERS: YearAnswer},
        operation_id="accounting.year-ends.close",
        summary=N_("年度終了結帳"),
        status_code=200,
        sync_to_thread=True,
    )
    def close(
        self, context: Context, fiscal_year: FromPath[int], data: JSONBody[YearWanted]
    ) -> Response[bytes]:
        code = data.agency_code or context.actor.agency_code
        return context.perform(
            lambda uow: close_year(uow, fiscal_year=fiscal_year, agency_code=code),
            lambda closed: json_answer(answer_of(closed, kept=True)),
        )

    @post(
        "/{fiscal_year:int}/reopening",
        opt={PERMISSION: REOPEN_YEAR, COLD: True, ANSWERS: YearAnswer},
        operation_id="accounting.year-ends.reopen",
        summary=N_("重開年度結帳"),
        status_code=200,
        sync_to_thread=True,
    )
    def reopen(
        self, context: Context, fiscal_year: FromPath[int], data: JSONBody[YearReopening]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: reopen_year(
                uow,
                fiscal_year=fiscal_year,
                agency_code=data.agency_code,
                reason=data.reason,
            ),
            lambda vouchers: json_answer(
                reopened_of(vouchers, fiscal_year=fiscal_year, agency_code=data.agency_code)
            ),
        )
