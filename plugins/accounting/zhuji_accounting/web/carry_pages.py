"""Pages of carry-over requests: the list, one of them, and its steps."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.carries.carry_over import STATE_TITLES, CarryOver, CarryState
from zhuji_accounting.permissions import (
    DECIDE_CARRY,
    READ_REQUESTS,
    RETURN_CARRY,
    REVIEW_CARRY,
    WRITE_CARRY,
)
from zhuji_accounting.queries.carries import CarryFilter, find_carry, list_carries, season_year
from zhuji_accounting.queries.carry_actions import carry_actions
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.return_carry import return_carry
from zhuji_accounting.usecases.review_carry import review_carry
from zhuji_accounting.usecases.submit_carry import submit_carry
from zhuji_accounting.usecases.withdraw_carry import withdraw_carry
from zhuji_accounting.web import carry_view as view
from zhuji_accounting.web.agencies import agency_options
from zhuji_accounting.web.document_pages import DocumentPage, render_document
from zhuji_accounting.web.wording import options_of
from zhuji_core.audit.history import history
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
PAGE_ROWS = 50
Context = NamedDependency[RequestContext]
CarryId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class CarryPages(PageController):
    """``/carry-overs``, ``/carry-overs/{id}`` and the steps below it."""

    module = "accounting"
    path = "/carry-overs"

    @get(
        "/",
        opt={PERMISSION: READ_REQUESTS, COLD: True},
        operation_id="accounting.carry-overs.list-page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        states: FromQuery[str] = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = CarryFilter(
                fiscal_year=fiscal_year or season_year(uow),
                agency_code=agency_code,
                state=states,
                mine=mine,
                before=before,
                limit=PAGE_ROWS,
            )
            decides = states == CarryState.REVIEWED and uow.actor.may(DECIDE_CARRY)
            return render(
                context,
                "accounting/carry_overs.html",
                breadcrumb=(Crumb(title=tr("保留案")),),
                title=tr("保留案"),
                wanted=wanted,
                table=view.list_table(context, list_carries(uow, wanted), wanted, chosen=decides),
                choose_url=context.path("accounting/carry-overs/choice") if decides else "",
                action=context.path("accounting/carry-overs"),
                states=options_of(STATE_TITLES, tr),
                agencies=agency_options(uow, READ_REQUESTS),
            )

    @get(
        "/{carry_id:uuid}",
        opt={PERMISSION: READ_REQUESTS, COLD: True},
        operation_id="accounting.carry-overs.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, carry_id: CarryId) -> Response[str]:
        return show_carry(context, carry_id)

    @post(
        "/{carry_id:uuid}/submission",
        opt={PERMISSION: WRITE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, carry_id: CarryId) -> Page:
        return _act(context, carry_id, lambda uow: submit_carry(uow, carry_id=carry_id))

    @post(
        "/{carry_id:uuid}/review",
        opt={PERMISSION: REVIEW_CARRY, COLD: True},
        operation_id="accounting.carry-overs.review-form",
        sync_to_thread=True,
    )
    def review(self, context: Context, carry_id: CarryId) -> Page:
        return _act(context, carry_id, lambda uow: review_carry(uow, carry_id=carry_id))

    @post(
        "/{carry_id:uuid}/return",
        opt={PERMISSION: RETURN_CARRY, COLD: True},
        operation_id="accounting.carry-overs.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, carry_id: CarryId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context, carry_id, lambda uow: return_carry(uow, carry_id=carry_id, reason=reason)
        )

    @post(
        "/{carry_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, carry_id: CarryId) -> Page:
        return _act(context, carry_id, lambda uow: withdraw_carry(uow, carry_id=carry_id))


def show_carry(
    context: RequestContext, carry_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show it; ``error`` is what refused the verb that was just tried."""
    tr = context.gettext
    with context.read() as uow:
        carry = find_carry(uow, carry_id)
        page = DocumentPage(
            list_title=tr("保留案"),
            list_path="accounting/carry-overs",
            title=tr("保留案 {label}").format(label=carry.label),
            label=carry.label,
            return_reason=carry.return_reason if carry.state is CarryState.RETURNED else "",
            head=view.document_head(context, carry),
            tables=view.tables(context, carry, vouchers_of(uow, [carry_id])),
            actions=view.actions_of(context, carry, carry_actions(uow, carry), key=str(new_id())),
            history=view.history_of(history(uow, carry_id), tr),
        )
        return render_document(context, page, error=error)


def _act(
    context: RequestContext, carry_id: uuid.UUID, action: Callable[[UnitOfWork], CarryOver]
) -> Page:
    """Do the verb and come back to it."""
    return perform_or_show(
        context,
        action,
        to=lambda _: f"accounting/carry-overs/{carry_id}",
        show=lambda error: show_carry(context, carry_id, error=error),
    )
