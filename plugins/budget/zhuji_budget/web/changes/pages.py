"""Pages of changes: the list, one document with its effect, and the verbs below it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    DECIDE_CHANGE,
    POOL_LINE,
    READ_CHANGES,
    READ_LINES,
    RETURN_CHANGE,
    WRITE_CHANGE,
)
from zhuji_budget.queries.changes import (
    ChangeFilter,
    find_change,
    list_changes,
    pick_revenues,
    pick_rows,
)
from zhuji_budget.queries.years import year_agencies
from zhuji_budget.settings import MODULE
from zhuji_budget.store.adjustments import positions_for_preview, revenue_for_preview
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.pool_line import pool_line
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.share_line import share_line
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_budget.web.changes import views
from zhuji_budget.web.changes.form import chosen_ids, chosen_value, position_text, revenue_text
from zhuji_budget.web.changes.words import (
    change_label,
    kind_options,
    state_options,
)
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import FORMATS
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
DocumentId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
PAGE_ROWS = 50
# Every change of the largest city in a year, many times over.
EXPORT_MAX = 50_000


class PickedRow(Value, frozen=True, kw_only=True):
    """One choice of a picker, as its script reads it."""

    value: str
    code: str
    label: str
    note: str = ""


class PickedRows(Value, frozen=True, kw_only=True):
    items: tuple[PickedRow, ...]
    more: bool = False


class PositionAnswer(Value, frozen=True, kw_only=True):
    """What a row has now, in words; ``state`` is ok or unknown."""

    text: str
    state: str


class ChangeListPages(PageController):
    """``/changes``, and what the form asks while it is being filled."""

    module = MODULE
    path = "/changes"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_CHANGES},
        operation_id="budget.changes.page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        states: FromQuery[str] = "",
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = ChangeFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                kind=kind,
                state=states,
                before=before,
                limit=PAGE_ROWS + 1,
            )
            rows = list_changes(uow, wanted)
            table = views.changes_table(
                rows[:PAGE_ROWS],
                wanted=wanted,
                more=len(rows) > PAGE_ROWS,
                address=context.path,
                gettext=tr,
                exports=FORMATS,
            )
            return render(
                context,
                "budget/changes.html",
                title=tr("預算變動"),
                breadcrumb=_crumbs(context)[:1],
                table=table,
                wanted=wanted,
                action=context.path("budget/changes"),
                kinds=kind_options(tr, tuple(ChangeKind)),
                states=state_options(tr),
                agencies=tuple(
                    Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
                    for one in year_agencies(uow, wanted.fiscal_year)
                ),
                new_url=context.path("budget/changes/new") if uow.actor.may(WRITE_CHANGE) else "",
            )

    @get(
        "/control-rows",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.changes.pick",
        sync_to_thread=True,
    )
    def pick(
        self,
        context: Context,
        text: FromQuery[str] = "",
        agency_code: FromQuery[str] = "",
        everywhere: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        revenue: FromQuery[bool] = False,  # noqa: FBT002 (the same)
    ) -> PickedRows:
        with context.read() as uow:
            rows = pick_rows(
                uow,
                agency_code=agency_code or uow.actor.agency_code,
                fiscal_year=uow.fiscal_year,
                text=text,
                everywhere=everywhere,
            )
            revenues = []
            if revenue:
                revenues = pick_revenues(uow, fiscal_year=uow.fiscal_year, text=text)
        return PickedRows(
            items=(
                *(
                    PickedRow(
                        value=str(row.control_row_id),
                        code=f"{row.line_code}-{row.object_code}",
                        label=f"{row.line_name}　{row.object_name}",
                        note=position_text(row, month=0, context=context),
                    )
                    for row in rows
                ),
                *(
                    PickedRow(
                        value=chosen_value(None, row.revenue_row_id),
                        code=row.code,
                        label=f"{row.name}　{row.source_name}",
                        note=revenue_text(row, month=0, context=context),
                    )
                    for row in revenues
                ),
            )
        )

    @get(
        "/positions",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.changes.position",
        sync_to_thread=True,
    )
    def position(
        self, context: Context, control_row_id: FromQuery[str], month: FromQuery[str] = ""
    ) -> PositionAnswer:
        row_id, revenue_id = chosen_ids(control_row_id)
        chosen = int(month) if month.isdecimal() and 1 <= int(month) <= 12 else 0  # noqa: PLR2004
        with context.read() as uow:
            uow.require(READ_LINES)
            rows = positions_for_preview(uow, [row_id] if row_id else [])
            revenues = revenue_for_preview(uow, [revenue_id] if revenue_id else [])
            owners = [row.agency_code for row in rows] + [row.agency_code for row in revenues]
            owner = next(iter(owners), None)
            if owner is None or not uow.actor.may(READ_LINES, agency_code=owner):
                return PositionAnswer(text=context.gettext("查無此預算科目"), state="unknown")
        text = (
            position_text(rows[0], month=chosen, context=context)
            if rows
            else revenue_text(revenues[0], month=chosen, context=context)
        )
        return PositionAnswer(text=text, state="ok")


class ChangeExports(PageController):
    """``/changes/export``: the list as a file, with the filters of the page."""

    module = MODULE
    path = "/changes/export"
    cold = True

    @get(
        "/{suffix:str}",
        opt={PERMISSION: READ_CHANGES, HEAVY: True},
        operation_id="budget.changes.export",
        sync_to_thread=True,
    )
    def export(
        self,
        context: Context,
        suffix: FromPath[str],
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        kind: FromQuery[str] = "",
        states: FromQuery[str] = "",
    ) -> Response[bytes]:
        with context.read() as uow:
            wanted = ChangeFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                kind=kind,
                state=states,
                limit=EXPORT_MAX,
            )
            rows = list_changes(uow, wanted, most=EXPORT_MAX)
            return export_table(
                context,
                uow,
                views.changes_table(
                    rows, wanted=wanted, more=False, address=context.path, gettext=context.gettext
                ),
                title=context.gettext("預算變動清單"),
                agency=rows[0].agency_name if agency_code and rows else "",
                period=context.gettext("{year} 年度").format(year=wanted.fiscal_year),
                file_format=suffix,
            )


class ChangePages(PageController):
    """``/changes/{id}`` and the state changes below it."""

    module = MODULE
    path = "/changes/{document_id:uuid}"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_CHANGES},
        operation_id="budget.change.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, document_id: DocumentId) -> Response[str]:
        return show_change(context, document_id)

    @post(
        "/submission",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.change.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, document_id: DocumentId) -> Page:
        return _act(context, document_id, lambda uow: submit_change(uow, document_id=document_id))

    @post(
        "/approval",
        opt={PERMISSION: AGREE_CHANGE},
        operation_id="budget.change.approve-form",
        sync_to_thread=True,
    )
    def approve(self, context: Context, document_id: DocumentId) -> Page:
        return _act(context, document_id, lambda uow: agree_change(uow, document_id=document_id))

    @post(
        "/decision",
        opt={PERMISSION: DECIDE_CHANGE},
        operation_id="budget.change.decide-form",
        sync_to_thread=True,
    )
    def decide(self, context: Context, document_id: DocumentId, data: Form) -> Page:
        act_no = str(data.get("act_no", ""))
        return _act(
            context,
            document_id,
            lambda uow: decide_change(uow, document_id=document_id, act_no=act_no),
        )

    @post(
        "/return",
        opt={PERMISSION: RETURN_CHANGE},
        operation_id="budget.change.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, document_id: DocumentId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            document_id,
            lambda uow: return_change(uow, document_id=document_id, reason=reason),
        )

    @post(
        "/withdrawal",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.change.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, document_id: DocumentId) -> Page:
        return _act(context, document_id, lambda uow: withdraw_change(uow, document_id=document_id))

    @post(
        "/reversal",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.change.reverse-form",
        sync_to_thread=True,
    )
    def reverse(self, context: Context, document_id: DocumentId, data: Form) -> Page:
        """Lead to the document that reverses this one: it is submitted, and waits for its hands."""
        reason = str(data.get("reason", ""))
        try:
            return context.perform(
                lambda uow: reverse_change(uow, document_id=document_id, reason=reason),
                lambda made: see_other(context.path(f"budget/changes/{made.document_id}")),
            )
        except DomainError as error:
            return show_change(context, document_id, error=error)


class PoolPages(PageController):
    """``/lines/{id}/pooling``: whether the line is shared out among agencies."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooling"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE},
        operation_id="budget.line.pool-form",
        sync_to_thread=True,
    )
    def pool(self, context: Context, line_id: FromPath[uuid.UUID], data: Form) -> Page:
        pooled = str(data.get("pooled", "")) == "true"
        return context.perform(
            lambda uow: pool_line(uow, line_id=line_id, pooled=pooled),
            lambda _: see_other(context.path(f"budget/lines/{line_id}")),
        )


class SharePages(PageController):
    """``/lines/{id}/pooled-use``: which agencies use the pooled line."""

    module = MODULE
    path = "/lines/{line_id:uuid}/pooled-use"
    cold = True

    @post(
        "/",
        opt={PERMISSION: POOL_LINE},
        operation_id="budget.line.share-form",
        sync_to_thread=True,
    )
    def share(self, context: Context, line_id: FromPath[uuid.UUID], data: Form) -> Page:
        codes = str(data.get("agencies", "")).replace("、", " ").replace(",", " ").split()
        return context.perform(
            lambda uow: share_line(uow, line_id=line_id, agency_codes=codes),
            lambda _: see_other(context.path(f"budget/lines/{line_id}")),
        )


def show_change(
    context: RequestContext, document_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show the document; ``error`` is what refused the verb that was just tried."""
    tr = context.gettext
    with context.read() as uow:
        found = find_change(uow, document_id)
        change = found.change
        label = change_label(
            change.kind, year=change.fiscal_year, number=change.change_no, gettext=tr
        )
        refusal = error or (found.refusal if found.steps else None)
        return render(
            context,
            "budget/change.html",
            title=label,
            breadcrumb=(*_crumbs(context), Crumb(title=label)),
            status_code=error.status_code if error else 200,
            refusal=refused(context, refusal) if refusal else None,
            change=change,
            head=views.change_head(found, address=context.path, gettext=tr),
            lines=views.lines_table(change, address=context.path, gettext=tr),
            effects=views.effects_table(
                found.effects, is_posted=found.posted_on is not None, gettext=tr
            ),
            revenues=views.revenue_effects_table(
                found.revenues, is_posted=found.posted_on is not None, gettext=tr
            )
            if found.revenues
            else None,
            actions=views.actions_of(found, key=str(new_id()), address=context.path, gettext=tr),
            history=views.history_of(found.history, tr),
            new_url=context.path("budget/changes/new") if uow.actor.may(WRITE_CHANGE) else "",
        )


def _act(
    context: RequestContext, document_id: uuid.UUID, action: Callable[[UnitOfWork], object]
) -> Page:
    """Do the verb and come back to the document; a refusal stands on its page."""
    try:
        return context.perform(
            action, lambda _: see_other(context.path(f"budget/changes/{document_id}"))
        )
    except DomainError as error:
        return show_change(context, document_id, error=error)


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算變動"), url=context.path("budget/changes")),
    )
