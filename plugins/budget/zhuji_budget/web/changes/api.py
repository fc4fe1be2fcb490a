"""The API of changes: each handler is one use case or one query."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_budget.domain.changes.effects import RevenueEffect, RowEffect
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    DECIDE_CHANGE,
    POOL_LINE,
    READ_CHANGES,
    RETURN_CHANGE,
    WRITE_CHANGE,
)
from zhuji_budget.queries.changes import (
    ChangeFilter,
    ChangePage,
    ChangeRow,
    Preview,
    find_change,
    list_changes,
)
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.pool_line import pool_line
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.share_line import share_line
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.try_change import try_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_budget.usecases.write_change import WantedChange, write_change
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Code, FiscalYear

Context = NamedDependency[RequestContext]
DocumentId = FromPath[uuid.UUID]


class ChangeAnswer(Value, frozen=True, kw_only=True):
    """A document after an act."""

    document_id: uuid.UUID
    label: str
    kind: ChangeKind
    state: ChangeState
    change_no: int
    amount_ntd: int
    act_no: str
    revision: int


class EffectAnswer(Value, frozen=True, kw_only=True):
    """One control row: before, the deltas, and after; NT dollars."""

    control_row_id: uuid.UUID
    line_code: str
    object_code: str
    account: str
    budget_ntd: int
    change_ntd: int
    budget_after_ntd: int
    frozen_after_ntd: int
    used_ntd: int
    left_after_ntd: int
    unallotted_after_ntd: int
    months_ntd: tuple[int, ...]
    months_after_ntd: tuple[int, ...]


class RevenueEffectAnswer(Value, frozen=True, kw_only=True):
    """One row of revenue: before, the deltas, and after; NT dollars."""

    revenue_row_id: uuid.UUID
    code: str
    name: str
    budget_ntd: int
    change_ntd: int
    budget_after_ntd: int
    unallotted_after_ntd: int
    months_ntd: tuple[int, ...]
    months_after_ntd: tuple[int, ...]


class ChangeDetail(Value, frozen=True, kw_only=True):
    """A document with its lines and its effect: what it met, or what it would do now.

    ``refusal``: the code of what forbids it at this moment, empty when nothing does.
    """

    change: Change
    posted_on: dt.date | None
    reversal_id: uuid.UUID | None
    effects: tuple[EffectAnswer, ...]
    revenue_effects: tuple[RevenueEffectAnswer, ...]
    refusal: str
    refusal_text: str
    arithmetic: dict[str, int]


class PreviewAnswer(Value, frozen=True, kw_only=True):
    """What a document would do if it took effect now, and what forbids it; nothing was kept."""

    effects: tuple[EffectAnswer, ...]
    revenue_effects: tuple[RevenueEffectAnswer, ...]
    refusal: str
    refusal_text: str
    arithmetic: dict[str, int]


class ActWanted(Value, frozen=True, kw_only=True):
    """The number of the executive's or the council's document."""

    act_no: str


class ReasonWanted(Value, frozen=True, kw_only=True):
    """Why a document is returned or reversed."""

    reason: str


class PoolingWanted(Value, frozen=True, kw_only=True):
    """Whether the line is pooled (統籌科目)."""

    pooled: bool


class PoolingAnswer(Value, frozen=True, kw_only=True):
    """The line as it is now."""

    line_id: uuid.UUID
    pooled: bool


def answer_of(change: Change) -> ChangeAnswer:
    return ChangeAnswer(
        **{
            name: getattr(change, name)
            for name in ChangeAnswer.__struct_fields__  # properties too: label, amount_ntd
        }
    )


def effects_answer(effects: Sequence[RowEffect]) -> tuple[EffectAnswer, ...]:
    return tuple(
        EffectAnswer(
            control_row_id=effect.before.control_row_id,
            line_code=effect.before.line_code,
            object_code=effect.before.object_code,
            account=effect.before.account,
            budget_ntd=effect.before.budget_ntd,
            change_ntd=effect.adjustment.change_ntd,
            budget_after_ntd=effect.budget_after_ntd,
            frozen_after_ntd=effect.frozen_after_ntd,
            used_ntd=effect.before.used_ntd,
            left_after_ntd=effect.left_after_ntd,
            unallotted_after_ntd=effect.unallotted_after_ntd,
            months_ntd=effect.before.allotment_ntd,
            months_after_ntd=effect.months_after,
        )
        for effect in effects
    )


def revenues_answer(effects: Sequence[RevenueEffect]) -> tuple[RevenueEffectAnswer, ...]:
    return tuple(
        RevenueEffectAnswer(
            revenue_row_id=effect.before.revenue_row_id,
            code=effect.before.code,
            name=effect.before.name,
            budget_ntd=effect.before.budget_ntd,
            change_ntd=effect.adjustment.change_ntd,
            budget_after_ntd=effect.budget_after_ntd,
            unallotted_after_ntd=effect.unallotted_after_ntd,
            months_ntd=effect.before.allotment_ntd,
            months_after_ntd=effect.months_after,
        )
        for effect in effects
    )


def detail_of(context: RequestContext, page: ChangePage) -> ChangeDetail:
    return ChangeDetail(
        change=page.change,
        posted_on=page.posted_on,
        reversal_id=page.reversal_id,
        effects=effects_answer(page.effects),
        revenue_effects=revenues_answer(page.revenues),
        refusal=page.refusal.code if page.refusal else "",
        refusal_text=page.refusal.text(context.gettext) if page.refusal else "",
        arithmetic=dict(page.refusal.arithmetic) if page.refusal else {},
    )


def preview_of(context: RequestContext, preview: Preview) -> PreviewAnswer:
    refusal = preview.refusal
    return PreviewAnswer(
        effects=effects_answer(preview.effects),
        revenue_effects=revenues_answer(preview.revenues),
        refusal=refusal.code if refusal else "",
        refusal_text=refusal.text(context.gettext) if refusal else "",
        arithmetic=dict(refusal.arithmetic) if refusal else {},
    )


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


class SharingWanted(Value, frozen=True, kw_only=True):
    """The agencies that write requests on the line beside its own; ``*``: every agency."""

    agency_codes: tuple[str, ...]


class SharingAnswer(Value, frozen=True, kw_only=True):
    """Who uses the line now."""

    line_id: uuid.UUID
    agency_codes: tuple[str, ...]


class SharingApi(ApiController):
    """``/lines/{id}/pooled-use``."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooled-use"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE, ANSWERS: SharingAnswer},
        operation_id="budget.lines.share",
        summary=N_("指定統籌科目之使用機關"),
        status_code=200,
        sync_to_thread=True,
    )
    def share(
        self, context: Context, line_id: FromPath[uuid.UUID], data: JSONBody[SharingWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: share_line(uow, line_id=line_id, agency_codes=data.agency_codes),
            lambda users: json_answer(SharingAnswer(line_id=line_id, agency_codes=users)),
        )


class PoolingApi(ApiController):
    """``/lines/{id}/pooling``."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooling"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE, ANSWERS: PoolingAnswer},
        operation_id="budget.lines.pool",
        summary=N_("指定或取消統籌科目"),
        status_code=200,
        sync_to_thread=True,
    )
    def pool(
        self, context: Context, line_id: FromPath[uuid.UUID], data: JSONBody[PoolingWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: pool_line(uow, line_id=line_id, pooled=data.pooled),
            lambda _: json_answer(PoolingAnswer(line_id=line_id, pooled=data.pooled)),
        )
