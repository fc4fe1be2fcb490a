"""Pages of the budget office for estimates: ceilings, review, return, and the bill."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.estimate import Estimate
from zhuji_budget.permissions import COMPILE_BILL, READ_ESTIMATES, REVIEW_ESTIMATES, SET_CEILINGS
from zhuji_budget.queries.ceilings import CeilingRow, list_ceilings
from zhuji_budget.queries.estimates import find_estimate
from zhuji_budget.queries.last_year import last_year_of
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.return_estimate import return_estimate
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.web.bill_page import bill_page
from zhuji_budget.web.estimate_line_pages import ObjectList, PickedObject
from zhuji_budget.web.estimate_pages import act, crumbs
from zhuji_budget.web.review_form import (
    Typed,
    ceilings_grid,
    cuts_grid,
    item_code,
    typed_cuts,
    wanted_ceilings,
    wanted_cuts,
)
from zhuji_budget.web.views.ceilings import ceilings_table
from zhuji_budget.web.views.review import items_table, lines_tables, review_facts
from zhuji_core.formats import format_ntd
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import GRID_ROWS_MAX
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of, grid_rows
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Fields = URLEncodedBody[dict[str, str]]
PICK_MAX = 20


class ReviewPages(PageController):
    """``/budget/estimates/{id}/review`` and what stands beside it."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/{estimate_id:uuid}/items",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimate-items.pick",
        sync_to_thread=True,
    )
    def items(
        self, context: Context, estimate_id: FromPath[uuid.UUID], text: FromQuery[str] = ""
    ) -> ObjectList:
        """Give the items of an estimate for the picker of the review."""
        with context.read() as uow:
            estimate = find_estimate(uow, estimate_id)
        found = [
            PickedObject(
                value=str(item.item_id),
                code=item_code(line, item),
                label=f"{item.object_name} {item.explanation}".strip(),
                note=format_ntd(item.amount_ntd),
            )
            for line in estimate.lines
            for item in line.items
        ]
        fitting = [one for one in found if text in f"{one.code} {one.label}"]
        return ObjectList(items=tuple(fitting[:PICK_MAX]), more=len(fitting) > PICK_MAX)

    @get(
        "/{estimate_id:uuid}/review",
        opt={PERMISSION: REVIEW_ESTIMATES},
        operation_id="budget.estimate.review-page",
        sync_to_thread=True,
    )
    def review_page(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            estimate = find_estimate(uow, estimate_id)
            return _review(context, uow, estimate, typed_cuts(estimate))

    @post(
        "/{estimate_id:uuid}/review",
        opt={PERMISSION: REVIEW_ESTIMATES},
        operation_id="budget.estimate.review-form",
        sync_to_thread=True,
    )
    def review(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: Form
    ) -> Response[str] | Response[bytes]:
        typed = grid_rows(fields_of(data), name="cuts")
        with context.read() as uow:
            estimate = find_estimate(uow, estimate_id)
            if data.get(ADD_ROW_FIELD):
                return _review(context, uow, estimate, typed)
        cuts = wanted_cuts(estimate, typed)
        try:
            return context.perform(
                lambda uow: review_estimate(uow, estimate_id=estimate_id, cuts=cuts),
                lambda _: see_other(context.path(f"budget/estimates/{estimate_id}")),
            )
        except DomainError as error:
            if error.status_code in {403, 404}:
                raise
            with context.read() as uow:
                return _review(context, uow, estimate, typed, error=error)

    @post(
        "/{estimate_id:uuid}/return",
        opt={PERMISSION: REVIEW_ESTIMATES},
        operation_id="budget.estimate.return-form",
        sync_to_thread=True,
    )
    def give_back(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: Fields
    ) -> Response[str] | Response[bytes]:
        reason = data.get("reason", "")
        return act(
            context,
            estimate_id,
            lambda uow: return_estimate(uow, estimate_id=estimate_id, reason=reason),
        )


class CeilingPages(PageController):
    """``/budget/ceilings/{year}`` and ``/budget/bills/{year}``."""

    module = MODULE
    path = "/"
    cold = True

    @get(
        "/ceilings/{fiscal_year:int}",
        opt={PERMISSION: SET_CEILINGS},
        operation_id="budget.ceilings.page",
        sync_to_thread=True,
    )
    def ceilings_page(
        self, context: Context, fiscal_year: FromPath[int], after: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            return _ceilings(context, uow, fiscal_year, after=after)

    @post(
        "/ceilings/{fiscal_year:int}",
        opt={PERMISSION: SET_CEILINGS},
        operation_id="budget.ceilings.set-form",
        sync_to_thread=True,
    )
    def set_ceilings(
        self, context: Context, fiscal_year: FromPath[int], data: Form
    ) -> Response[str] | Response[bytes]:
        typed = grid_rows(fields_of(data), name="ceilings")
        try:
            return context.perform(
                lambda uow: set_ceilings(
                    uow, fiscal_year=fiscal_year, wanted=wanted_ceilings(typed)
                ),
                lambda _: see_other(context.path(f"budget/estimates?year={fiscal_year}")),
            )
        except DomainError as error:
            with context.read() as uow:
                return _ceilings(context, uow, fiscal_year, typed=typed, error=error)

    @get(
        "/bills/{fiscal_year:int}",
        opt={PERMISSION: COMPILE_BILL},
        operation_id="budget.bill.page",
        sync_to_thread=True,
    )
    def bill_page(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        gap_reason: FromQuery[str | None] = None,
    ) -> Response[str]:
        with context.read() as uow:
            return bill_page(context, uow, fiscal_year, gap_reason=gap_reason)

    @post(
        "/bills/{fiscal_year:int}",
        opt={PERMISSION: COMPILE_BILL},
        operation_id="budget.bill.compile-form",
        sync_to_thread=True,
    )
    def compile(
        self, context: Context, fiscal_year: FromPath[int], data: Fields
    ) -> Response[str] | Response[bytes]:
        typed, said = data.get("confirmation", "").strip(), data.get("gap_reason", "")
        try:
            return context.perform(
                lambda uow: compile_bill(
                    uow, fiscal_year=fiscal_year, confirmation=typed, gap_reason=said
                ),
                lambda made: see_other(context.path(f"budget/years/{made.fiscal_year}")),
            )
        except DomainError as error:
            with context.read() as uow:
                return bill_page(context, uow, fiscal_year, gap_reason=said, error=error)


def _review(
    context: RequestContext,
    uow: UnitOfWork,
    estimate: Estimate,
    typed: Typed,
    *,
    error: DomainError | None = None,
) -> Response[str]:
    before = last_year_of(uow, fiscal_year=estimate.fiscal_year, agency_code=estimate.agency_code)
    refusal = refused(context, error) if error else None
    root = context.path(f"budget/estimates/{estimate.estimate_id}")
    title = context.gettext("審議 {label}").format(label=estimate.label)
    return render(
        context,
        "budget/estimate_review.html",
        title=title,
        breadcrumb=crumbs(context, estimate, context.gettext("審議")),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        action=f"{root}/review",
        grid=cuts_grid(
            typed,
            faults=refusal.faults if refusal else {},
            items_url=f"{root}/items",
            gettext=context.gettext,
        ),
        shown_facts=review_facts(estimate, before, gettext=context.gettext),
        lines=lines_tables(estimate, before, gettext=context.gettext),
        table=items_table(estimate, gettext=context.gettext),
    )


def _ceilings(
    context: RequestContext,
    uow: UnitOfWork,
    fiscal_year: int,
    *,
    typed: Typed | None = None,
    after: str = "",
    error: DomainError | None = None,
) -> Response[str]:
    refusal = refused(context, error) if error else None
    root = context.path(f"budget/ceilings/{fiscal_year}")
    title = context.gettext("{year} 年度概算額度").format(year=fiscal_year)
    uow.require(SET_CEILINGS)
    rows = _beside_refusal(uow, fiscal_year) if error else list_ceilings(uow, fiscal_year)
    following = [row for row in rows if row.agency_code > after][:GRID_ROWS_MAX]
    return render(
        context,
        "budget/ceilings.html",
        title=title,
        breadcrumb=(*crumbs(context), Crumb(title=title)),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        action=root,
        table=ceilings_table(rows, after=after, root=root, gettext=context.gettext)
        if rows
        else None,
        grid=ceilings_grid(
            following,
            typed,
            faults=refusal.faults if refusal else {},
            gettext=context.gettext,
        ),
    )


def _beside_refusal(uow: UnitOfWork, fiscal_year: int) -> list[CeilingRow]:
    """Return every agency beside last year; nothing for a year that cannot be planned."""
    try:
        return list_ceilings(uow, fiscal_year)
    except DomainError:
        return []
