"""The API of changes: each handler is one use case or one query."""

from __future__ import annotations

import uuid

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_budget.domain.changes.model import ChangeKind, ChangeState
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    DECIDE_CHANGE,
    ENDORSE_CHANGE,
    READ_CHANGES,
    RETURN_CHANGE,
    WRITE_CHANGE,
)
from zhuji_budget.queries.changes import ChangeFilter, ChangeRow, find_change, list_changes
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.endorse_change import endorse_change
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.try_change import try_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_budget.usecases.write_change import WantedChange, write_change
from zhuji_budget.web.allotment_structs import EndorsementWanted
from zhuji_budget.web.changes.structs import (
    ActWanted,
    ChangeAnswer,
    ChangeDetail,
    PreviewAnswer,
    ReasonWanted,
    answer_of,
    detail_of,
    preview_of,
)
from zhuji_core.values import N_
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear

Context = NamedDependency[RequestContext]
DocumentId = FromPath[uuid.UUID]


class ChangesApi(ApiController):
    """``/changes``: write, read with the effect, and take through its states."""

    module = MODULE
    path = "/changes"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_CHANGES},
        operation_id="budget.changes.list",
        summary=N_("列出預算變動"),
        sync_to_thread=True,
    )
    def list_changes(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FiscalYear = None,
        agency_code: Code = "",
        kind: FromQuery[ChangeKind | None] = None,
        states: FromQuery[ChangeState | None] = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[ChangeRow]:
        before = open_cursor(context, cursor, uuid.UUID)
        with context.read() as uow:
            rows = list_changes(
                uow,
                ChangeFilter(
                    fiscal_year=fiscal_year or uow.fiscal_year,
                    agency_code=agency_code,
                    kind=str(kind or ""),
                    state=str(states or ""),
                    before=before,
                    limit=limit + 1,
                ),
            )
        return page_of(
            context, rows, limit=limit, key=lambda row: row.document_id, item=lambda row: row
        )

    @get(
        "/{document_id:uuid}",
        opt={PERMISSION: READ_CHANGES},
        operation_id="budget.changes.read",
        summary=N_("查詢一件預算變動及其計算"),
        sync_to_thread=True,
    )
    def read(self, context: Context, document_id: DocumentId) -> ChangeDetail:
        with context.read() as uow:
            return detail_of(context, find_change(uow, document_id))

    @post(
        "/",
        opt={PERMISSION: WRITE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.write",
        summary=N_("填寫預算變動"),
        sync_to_thread=True,
    )
    def write(self, context: Context, data: JSONBody[WantedChange]) -> Response[bytes]:
        return context.perform(
            lambda uow: write_change(uow, wanted=data),
            lambda change: json_answer(answer_of(change), status_code=201),
        )

    @post(
        "/preview",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.changes.preview",
        summary=N_("試算預算變動（不存檔）"),
        status_code=200,
        sync_to_thread=True,
    )
    def preview(self, context: Context, data: JSONBody[WantedChange]) -> PreviewAnswer:
        with context.read() as uow:
            return preview_of(context, try_change(uow, wanted=data).preview)

    @put(
        "/{document_id:uuid}",
        opt={PERMISSION: WRITE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.rewrite",
        summary=N_("修改預算變動"),
        sync_to_thread=True,
    )
    def rewrite(
        self, context: Context, document_id: DocumentId, data: JSONBody[WantedChange]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_change(uow, wanted=data, document_id=document_id),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/submission",
        opt={PERMISSION: WRITE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.submit",
        summary=N_("送出預算變動"),
        status_code=200,
        sync_to_thread=True,
    )
    def submit(self, context: Context, document_id: DocumentId) -> Response[bytes]:
        return context.perform(
            lambda uow: submit_change(uow, document_id=document_id),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/approval",
        opt={PERMISSION: AGREE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.approve",
        summary=N_("核准預算變動"),
        status_code=200,
        sync_to_thread=True,
    )
    def approve(self, context: Context, document_id: DocumentId) -> Response[bytes]:
        return context.perform(
            lambda uow: agree_change(uow, document_id=document_id),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/endorsement",
        opt={PERMISSION: ENDORSE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.endorse",
        summary=N_("主管機關核轉或退回"),
        status_code=200,
        sync_to_thread=True,
    )
    def endorse(
        self, context: Context, document_id: DocumentId, data: JSONBody[EndorsementWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: endorse_change(
                uow,
                document_id=document_id,
                opinion=Endorsement(data.opinion),
                reason=data.reason,
            ),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/decision",
        opt={PERMISSION: DECIDE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.decide",
        summary=N_("核定預算變動"),
        status_code=200,
        sync_to_thread=True,
    )
    def decide(
        self, context: Context, document_id: DocumentId, data: JSONBody[ActWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: decide_change(uow, document_id=document_id, act_no=data.act_no),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/return",
        opt={PERMISSION: RETURN_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.return",
        summary=N_("退回預算變動"),
        status_code=200,
        sync_to_thread=True,
    )
    def send_back(
        self, context: Context, document_id: DocumentId, data: JSONBody[ReasonWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: return_change(uow, document_id=document_id, reason=data.reason),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.withdraw",
        summary=N_("撤回預算變動"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, document_id: DocumentId) -> Response[bytes]:
        return context.perform(
            lambda uow: withdraw_change(uow, document_id=document_id),
            lambda change: json_answer(answer_of(change)),
        )

    @post(
        "/{document_id:uuid}/reversal",
        opt={PERMISSION: WRITE_CHANGE, ANSWERS: ChangeAnswer},
        operation_id="budget.changes.reverse",
        summary=N_("以另一文件沖回預算變動"),
        sync_to_thread=True,
    )
    def reverse(
        self, context: Context, document_id: DocumentId, data: JSONBody[ReasonWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: reverse_change(uow, document_id=document_id, reason=data.reason),
            lambda change: json_answer(answer_of(change), status_code=201),
        )
