"""The pages on which an estimate is keyed: a work plan's grid, a new one, and the object picker."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.estimate import (
    EDITABLE,
    EXPENDITURE,
    REVENUE,
    Estimate,
    EstimateLine,
)
from zhuji_budget.domain.estimate_gaps import cell_faults, gaps_of
from zhuji_budget.domain.estimate_items import WantedLine
from zhuji_budget.permissions import READ_ESTIMATES, WRITE_ESTIMATE
from zhuji_budget.queries.estimates import find_estimate, objects_of
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.remove_estimate_line import remove_estimate_line
from zhuji_budget.usecases.write_estimate import line_of, write_estimate
from zhuji_budget.web.estimate_form import (
    TypedLine,
    items_grid,
    typed_from,
    typed_line,
    wanted_line,
)
from zhuji_budget.web.estimate_pages import act, crumbs
from zhuji_budget.web.views.estimate_line import LineForm, items_table
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.drafts import delete_draft, get_draft
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Fields = URLEncodedBody[dict[str, str]]
PICK_MAX = 20
NEW_FIELDS = ("code", "name", "group_code", "group_name", "legal_basis", "reason")


class PickedObject(Value, frozen=True, kw_only=True):
    """One choice of the picker, as its script reads it."""

    value: str
    code: str
    label: str
    note: str = ""


class ObjectList(Value, frozen=True, kw_only=True):
    items: tuple[PickedObject, ...]
    more: bool = False


class Keyed(Value, frozen=True, kw_only=True):
    """A work plan with what is typed for it at this moment."""

    estimate: Estimate
    line: EstimateLine
    typed: TypedLine


class Lacking(Value, frozen=True, kw_only=True):
    """What a work plan lacks for submission: in words, and by cell."""

    told: tuple[str, ...] = ()
    faults: Mapping[str, str] = {}


class EstimateLinePages(PageController):
    """``/budget/estimates/{id}/lines``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/objects",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimate-objects.pick",
        sync_to_thread=True,
    )
    def objects(
        self, context: Context, year: FromQuery[int] = 0, text: FromQuery[str] = ""
    ) -> ObjectList:
        """Give the objects of a year whose code begins with the text, or whose name has it."""
        with context.read() as uow:
            known = objects_of(uow, year or uow.fiscal_year)
        found = [one for one in known if one.code.startswith(text) or text in one.name]
        return ObjectList(
            items=tuple(
                PickedObject(value=one.code, code=one.code, label=one.name)
                for one in found[:PICK_MAX]
            ),
            more=len(found) > PICK_MAX,
        )

    @get(
        "/{estimate_id:uuid}/lines/new",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.estimate-line.new-form",
        sync_to_thread=True,
    )
    def new(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        side: FromQuery[str] = EXPENDITURE,
    ) -> Response[str]:
        with context.read() as uow:
            return _new(context, uow, estimate_id, {"side": side})

    @post(
        "/{estimate_id:uuid}/lines",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.estimate-line.add-form",
        sync_to_thread=True,
    )
    def add(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: Fields
    ) -> Response[str] | Response[bytes]:
        side = REVENUE if data.get("side") == REVENUE else EXPENDITURE
        wanted = WantedLine(
            side=side,
            code=data.get("code", ""),
            name=data.get("name", ""),
            group_code=data.get("group_code", ""),
            group_name=data.get("group_name", ""),
            legal_basis=data.get("legal_basis", ""),
            reason=data.get("reason", ""),
        )
        try:
            return context.perform(
                lambda uow: write_estimate(uow, estimate_id=estimate_id, wanted=wanted),
                lambda line: see_other(_url(context, estimate_id, line.estimate_line_id)),
            )
        except DomainError as error:
            if error.status_code in {403, 404}:
                raise
            with context.read() as uow:
                return _new(context, uow, estimate_id, data, error=error)

    @get(
        "/{estimate_id:uuid}/lines/{estimate_line_id:uuid}",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimate-line.page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        estimate_line_id: FromPath[uuid.UUID],
        missing: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
    ) -> Response[str]:
        """Show the grid; ``missing``: with the cells marked that submission asks for."""
        kept = _kept(context, estimate_line_id)
        with context.read() as uow:
            estimate = find_estimate(uow, estimate_id)
            line = line_of(estimate, estimate_line_id)
            # What was typed over an older state of the line would undo a later change.
            newer = kept if kept and kept.revision == line.revision else None
            keyed = Keyed(estimate=estimate, line=line, typed=newer or typed_from(line))
            return _form(
                context, uow, keyed, from_draft=newer is not None, marked=missing and not newer
            )

    @post(
        "/{estimate_id:uuid}/lines/{estimate_line_id:uuid}",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.estimate-line.write-form",
        sync_to_thread=True,
    )
    def write(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        estimate_line_id: FromPath[uuid.UUID],
        data: Form,
    ) -> Response[str] | Response[bytes]:
        typed = typed_line(fields_of(data))
        with context.read() as uow:
            estimate = find_estimate(uow, estimate_id)
            keyed = Keyed(estimate=estimate, line=line_of(estimate, estimate_line_id), typed=typed)
            if data.get(ADD_ROW_FIELD):
                return _form(context, uow, keyed)
        wanted = wanted_line(typed, keyed.line)
        try:
            answer = context.perform(
                lambda uow: write_estimate(
                    uow, estimate_id=estimate_id, wanted=wanted, estimate_line_id=estimate_line_id
                ),
                lambda _: see_other(context.path(f"budget/estimates/{estimate_id}")),
            )
        except DomainError as error:
            if error.status_code in {403, 404}:
                raise
            with context.read() as uow:
                return _form(context, uow, keyed, error=error)
        delete_draft(
            context.access, user_id=context.actor.user_id, form_key=_form_key(estimate_line_id)
        )
        return answer

    @post(
        "/{estimate_id:uuid}/lines/{estimate_line_id:uuid}/removal",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.estimate-line.remove-form",
        sync_to_thread=True,
    )
    def remove(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        estimate_line_id: FromPath[uuid.UUID],
    ) -> Response[str] | Response[bytes]:
        return act(
            context,
            estimate_id,
            lambda uow: remove_estimate_line(
                uow, estimate_id=estimate_id, estimate_line_id=estimate_line_id
            ),
        )


def _new(
    context: RequestContext,
    uow: UnitOfWork,
    estimate_id: uuid.UUID,
    data: dict[str, str],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    estimate = find_estimate(uow, estimate_id)
    is_revenue = data.get("side") == REVENUE
    title = context.gettext("新增歲入科目") if is_revenue else context.gettext("新增工作計畫")
    refusal = refused(context, error) if error else None
    return render(
        context,
        "budget/estimate_line_new.html",
        title=title,
        breadcrumb=crumbs(context, estimate, title),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        action=context.path(f"budget/estimates/{estimate_id}/lines"),
        side=REVENUE if is_revenue else EXPENDITURE,
        typed={name: data.get(name, "") for name in NEW_FIELDS},
    )


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    keyed: Keyed,
    *,
    error: DomainError | None = None,
    from_draft: bool = False,
    marked: bool = False,
) -> Response[str]:
    """Show the grid with what was typed, or, where nothing may be changed, the items."""
    estimate, line, typed = keyed.estimate, keyed.line, keyed.typed
    refusal = refused(context, error) if error else None
    may = uow.actor.may(WRITE_ESTIMATE, agency_code=estimate.agency_code)
    editable = estimate.state in EDITABLE and may
    lacking = _lacking(context, uow, keyed, marked=marked) if editable else Lacking()
    faults = refusal.faults if refusal else lacking.faults
    url = _url(context, estimate.estimate_id, line.estimate_line_id)
    return render(
        context,
        "budget/estimate_line.html",
        title=f"{line.code} {line.name}",
        breadcrumb=crumbs(context, estimate, line.name),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        faults=faults,
        form=LineForm(
            action=url,
            draft_url=context.path(f"drafts/{_form_key(line.estimate_line_id)}"),
            key=str(new_id()),
            from_draft=from_draft,
            editable=editable,
            is_revenue=line.side == REVENUE,
            head=dict(typed.head),
            revision=typed.revision,
            comments=tuple(item.comment for item in line.items if item.comment),
            gaps=lacking.told,
        ),
        grid=items_grid(
            estimate,
            line,
            typed,
            faults=faults,
            objects_url=context.path(f"budget/estimates/objects?year={estimate.fiscal_year}"),
            gettext=context.gettext,
        )
        if editable
        else None,
        table=items_table(line, gettext=context.gettext),
    )


def _lacking(context: RequestContext, uow: UnitOfWork, keyed: Keyed, *, marked: bool) -> Lacking:
    """Return what the line as it was saved lacks; in its cells only where that is asked for."""
    objects = objects_of(uow, keyed.estimate.fiscal_year)
    return Lacking(
        told=tuple(one.lacking(context.gettext) for one in gaps_of([keyed.line], objects=objects)),
        faults={
            name: context.gettext(text)
            for name, text in (cell_faults(keyed.line, objects=objects) if marked else {}).items()
        },
    )


def _kept(context: RequestContext, estimate_line_id: uuid.UUID) -> TypedLine | None:
    """Return what was typed before and not saved, or None."""
    draft = get_draft(
        context.access, user_id=context.actor.user_id, form_key=_form_key(estimate_line_id)
    )
    fields = draft.fields.get("fields", draft.fields) if draft else None
    return typed_line(fields_of(fields)) if isinstance(fields, dict) else None


def _form_key(estimate_line_id: uuid.UUID) -> str:
    return f"budget.estimate-line.{estimate_line_id}"


def _url(context: RequestContext, estimate_id: uuid.UUID, estimate_line_id: uuid.UUID) -> str:
    return context.path(f"budget/estimates/{estimate_id}/lines/{estimate_line_id}")
