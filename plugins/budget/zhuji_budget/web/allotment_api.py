"""The API of allotment schedules: each handler is one use case or one query."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from zhuji_budget.domain.schedule import Opinion, Rule, ScheduleState, Side
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import (
    APPROVE_ALLOTMENT,
    COMMENT_ALLOTMENT,
    ENDORSE_ALLOTMENT,
    READ_ALLOTMENT,
    WRITE_ALLOTMENT,
)
from zhuji_budget.queries.schedules import ScheduleFilter, find_schedule, list_schedules
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.endorse_schedule import endorse_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.return_schedule import return_schedule
from zhuji_budget.usecases.spread_schedule import Spread, spread_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.withdraw_schedule import withdraw_schedule
from zhuji_budget.usecases.write_schedule import WantedMonths, write_schedule
from zhuji_budget.web.allotment_structs import (
    CommentWanted,
    EndorsementWanted,
    ListedSchedule,
    MonthsWanted,
    ScheduleAnswer,
    ScheduleDetail,
    ScheduleReason,
    ScheduleWanted,
    SpreadWanted,
    answer_of,
    detail_of,
    listed_of,
)
from zhuji_core.values import N_
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear

Context = NamedDependency[RequestContext]
ScheduleId = FromPath[uuid.UUID]
SideWanted = Annotated[
    Literal["", "expenditure", "revenue"], QueryParameter(description=N_("歲入或歲出"))
]
StateWanted = Annotated[ScheduleState | None, QueryParameter(description=N_("分配預算表的狀態"))]


class AllotmentsApi(ApiController):
    """``/allotments``: begin, key, and move an allotment schedule through its states."""

    module = MODULE
    path = "/allotments"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.allotments.list",
        summary=N_("列出分配預算表"),
        sync_to_thread=True,
    )
    def list_allotments(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        side: SideWanted = "",
        states: StateWanted = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ListedSchedule]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = list_schedules(
                uow,
                ScheduleFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    side=side,
                    states=(str(states),) if states else (),
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(context, rows, limit=limit, key=lambda row: row.schedule_id, item=listed_of)

    @get(
        "/{schedule_id:uuid}",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.allotments.read",
        summary=N_("查詢一份分配預算表"),
        sync_to_thread=True,
    )
    def read(self, context: Context, schedule_id: ScheduleId) -> ScheduleDetail:
        with context.read() as uow:
            return detail_of(find_schedule(uow, schedule_id))

    @post(
        "/",
        opt={PERMISSION: WRITE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.open",
        summary=N_("擬編分配預算表"),
        status_code=201,
        sync_to_thread=True,
    )
    def open(self, context: Context, data: JSONBody[ScheduleWanted]) -> Response[bytes]:
        return context.perform(
            lambda uow: open_schedule(
                uow,
                fiscal_year=data.fiscal_year,
                agency_code=data.agency_code,
                side=Side(data.side),
                reason=data.reason,
            ),
            lambda made: json_answer(
                answer_of(made),
                status_code=201,
                location=context.path(f"api/v1/budget/allotments/{made.schedule_id}"),
            ),
        )

    @put(
        "/{schedule_id:uuid}/months",
        opt={PERMISSION: WRITE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.write",
        summary=N_("填列各月分配數"),
        sync_to_thread=True,
    )
    def write(
        self, context: Context, schedule_id: ScheduleId, data: JSONBody[MonthsWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_schedule(
                uow,
                schedule_id=schedule_id,
                wanted=[
                    WantedMonths(row_id=one.row_id, months_ntd=one.months_ntd) for one in data.lines
                ],
                reason=data.reason,
                revision=data.revision,
            ),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/rule",
        opt={PERMISSION: WRITE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.spread",
        summary=N_("依規則分配"),
        status_code=200,
        sync_to_thread=True,
    )
    def spread(
        self, context: Context, schedule_id: ScheduleId, data: JSONBody[SpreadWanted]
    ) -> Response[bytes]:
        wanted = Spread(rule=Rule(data.rule), row_ids=data.row_ids, percents=data.percents)
        return context.perform(
            lambda uow: spread_schedule(
                uow, schedule_id=schedule_id, wanted=wanted, revision=data.revision
            ),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/submission",
        opt={PERMISSION: WRITE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.submit",
        summary=N_("送出分配預算表"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, schedule_id: ScheduleId) -> Response[bytes]:
        return context.perform(
            lambda uow: submit_schedule(uow, schedule_id=schedule_id),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/endorsement",
        opt={PERMISSION: ENDORSE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.endorse",
        summary=N_("主管機關核轉或退回"),
        status_code=200,
        sync_to_thread=True,
    )
    def endorse(
        self, context: Context, schedule_id: ScheduleId, data: JSONBody[EndorsementWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: endorse_schedule(
                uow,
                schedule_id=schedule_id,
                opinion=Endorsement(data.opinion),
                reason=data.reason,
            ),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/comment",
        opt={PERMISSION: COMMENT_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.comment",
        summary=N_("財政單位表示意見"),
        status_code=200,
        sync_to_thread=True,
    )
    def comment(
        self, context: Context, schedule_id: ScheduleId, data: JSONBody[CommentWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: comment_schedule(
                uow,
                schedule_id=schedule_id,
                opinion=Opinion(data.opinion),
                comment=data.comment,
            ),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/approval",
        opt={PERMISSION: APPROVE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.approve",
        summary=N_("核定分配預算表"),
        status_code=200,
        sync_to_thread=True,
    )
    def approve(
        self, context: Context, schedule_id: ScheduleId, data: JSONBody[ScheduleReason]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: approve_schedule(uow, schedule_id=schedule_id, reason=data.reason),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/return",
        opt={PERMISSION: APPROVE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.return",
        summary=N_("退回分配預算表"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, schedule_id: ScheduleId, data: JSONBody[ScheduleReason]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_schedule(uow, schedule_id=schedule_id, reason=data.reason),
            lambda saved: json_answer(answer_of(saved)),
        )

    @post(
        "/{schedule_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_ALLOTMENT, ANSWERS: ScheduleAnswer},
        operation_id="budget.allotments.withdraw",
        summary=N_("撤回分配預算表"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, schedule_id: ScheduleId) -> Response[bytes]:
        return context.perform(
            lambda uow: withdraw_schedule(uow, schedule_id=schedule_id),
            lambda saved: json_answer(answer_of(saved)),
        )
