"""The API of estimates: each handler is one use case or one query."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from zhuji_budget.domain.estimate import Estimate, EstimateLine
from zhuji_budget.domain.estimate_items import WantedLine
from zhuji_budget.domain.last_year import Struck
from zhuji_budget.permissions import READ_ESTIMATES, SUBMIT_ESTIMATE, WRITE_ESTIMATE
from zhuji_budget.queries.estimates import (
    EstimateRow,
    EstimateVersion,
    find_estimate,
    list_estimates,
    list_versions,
)
from zhuji_budget.queries.passed import find_struck
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.copy_last_year import copy_last_year
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.remove_estimate_line import remove_estimate_line
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import YEAR_MAX

Context = NamedDependency[RequestContext]
Year = Annotated[int, QueryParameter(ge=1, le=YEAR_MAX, description=N_("年度（民國）"))]
StateAsked = Annotated[
    Literal["", "draft", "supervising", "submitted", "returned", "reviewed", "compiled"],
    QueryParameter(description=N_("概算的狀態")),
]


class EstimateWanted(Value, frozen=True, kw_only=True):
    """Whose estimate of which year is to be opened."""

    fiscal_year: int
    agency_code: str


class EstimatesApi(ApiController):
    """``/estimates``: what agencies ask for, from the first line to submission."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimates.list",
        summary=N_("列出概算"),
        sync_to_thread=True,
    )
    def list_all(
        self,
        context: Context,
        fiscal_year: Year,
        states: StateAsked = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[EstimateRow]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            rows = list_estimates(uow, fiscal_year, state=states, after=after, limit=limit + 1)
        return page_of(
            context, rows, limit=limit, key=lambda row: row.agency_code, item=lambda row: row
        )

    @post(
        "/",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: Estimate},
        operation_id="budget.estimates.open",
        summary=N_("建立概算"),
        status_code=201,
        sync_to_thread=True,
    )
    def open(self, context: Context, data: JSONBody[EstimateWanted]) -> Response[bytes]:
        return context.perform(
            lambda uow: open_estimate(
                uow, fiscal_year=data.fiscal_year, agency_code=data.agency_code
            ),
            lambda estimate: json_answer(estimate, status_code=201),
        )

    @get(
        "/{estimate_id:uuid}",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimates.read",
        summary=N_("查詢一份概算"),
        sync_to_thread=True,
    )
    def read(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Estimate:
        with context.read() as uow:
            return find_estimate(uow, estimate_id)

    @get(
        "/{estimate_id:uuid}/versions",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimates.versions",
        summary=N_("列出概算的版本"),
        sync_to_thread=True,
    )
    def versions(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> list[EstimateVersion]:
        with context.read() as uow:
            return list_versions(uow, find_estimate(uow, estimate_id))

    @post(
        "/{estimate_id:uuid}/lines",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: EstimateLine},
        operation_id="budget.estimate-lines.add",
        summary=N_("新增工作計畫或歲入科目"),
        status_code=201,
        sync_to_thread=True,
    )
    def add(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: JSONBody[WantedLine]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_estimate(uow, estimate_id=estimate_id, wanted=data),
            lambda line: json_answer(line, status_code=201),
        )

    @post(
        "/{estimate_id:uuid}/lines/{estimate_line_id:uuid}",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: EstimateLine},
        operation_id="budget.estimate-lines.write",
        summary=N_("改寫工作計畫或歲入科目"),
        status_code=200,
        sync_to_thread=True,
    )
    def write(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        estimate_line_id: FromPath[uuid.UUID],
        data: JSONBody[WantedLine],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_estimate(
                uow, estimate_id=estimate_id, wanted=data, estimate_line_id=estimate_line_id
            ),
            json_answer,
        )

    @post(
        "/{estimate_id:uuid}/lines/{estimate_line_id:uuid}/removal",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: EstimateLine},
        operation_id="budget.estimate-lines.remove",
        summary=N_("刪除工作計畫或歲入科目"),
        status_code=200,
        sync_to_thread=True,
    )
    def remove(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        estimate_line_id: FromPath[uuid.UUID],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: remove_estimate_line(
                uow, estimate_id=estimate_id, estimate_line_id=estimate_line_id
            ),
            json_answer,
        )

    @get(
        "/{estimate_id:uuid}/last-year",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimates.last-year",
        summary=N_("列出上年度審議及議會刪減"),
        sync_to_thread=True,
    )
    def struck(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> list[Struck]:
        """Return what the review and the council took last year: it is not taken over."""
        with context.read() as uow:
            return list(find_struck(uow, find_estimate(uow, estimate_id)))

    @post(
        "/{estimate_id:uuid}/last-year",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: Estimate},
        operation_id="budget.estimates.copy",
        summary=N_("帶入上年度"),
        status_code=200,
        sync_to_thread=True,
    )
    def copy(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return context.perform(
            lambda uow: copy_last_year(uow, estimate_id=estimate_id), json_answer
        )

    @post(
        "/{estimate_id:uuid}/submission",
        opt={PERMISSION: SUBMIT_ESTIMATE, ANSWERS: Estimate},
        operation_id="budget.estimates.submit",
        summary=N_("概算送審"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Response[bytes]:
        return context.perform(
            lambda uow: submit_estimate(uow, estimate_id=estimate_id), json_answer
        )
