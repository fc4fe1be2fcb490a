"""Pages of advances: the list, one advance, and its steps."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.advances.advance import STATE_TITLES, Advance, AdvanceState
from zhuji_accounting.permissions import (
    APPROVE_ADVANCE,
    GRANT_ADVANCE,
    READ_ADVANCES,
    RETURN_ADVANCE,
    WRITE_ADVANCE,
)
from zhuji_accounting.queries.advance_actions import advance_actions
from zhuji_accounting.queries.advances import AdvanceFilter, find_advance, list_advances
from zhuji_accounting.queries.claims import claims_of_advance
from zhuji_accounting.queries.recoveries import recoveries_of
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.approve_advance import approve_advance
from zhuji_accounting.usecases.grant_advance import grant_advance
from zhuji_accounting.usecases.return_advance import return_advance
from zhuji_accounting.usecases.submit_advance import submit_advance
from zhuji_accounting.usecases.withdraw_advance import withdraw_advance
from zhuji_accounting.web import advance_view as view
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
AdvanceId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class AdvancePages(PageController):
    """``/advances``, ``/advances/{id}`` and the steps below it."""

    module = "accounting"
    path = "/advances"

    @get(
        "/",
        opt={PERMISSION: READ_ADVANCES, COLD: True},
        operation_id="accounting.advances.list-page",
        sync_to_thread=True,
    )
    def list_page(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        states: FromQuery[str] = "",
        text: FromQuery[str] = "",
        mine: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        overdue: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = AdvanceFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                state=states,
                text=text,
                mine=mine,
                overdue=overdue,
                before=before,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/advances.html",
                breadcrumb=(Crumb(title=tr("暫付案")),),
                title=tr("暫付案"),
                wanted=wanted,
                table=view.list_table(context, list_advances(uow, wanted), wanted=wanted),
                action=context.path("accounting/advances"),
                states=options_of(STATE_TITLES, tr),
                agencies=agency_options(uow, READ_ADVANCES),
                new_url=context.path("accounting/advances/new")
                if uow.actor.may(WRITE_ADVANCE, agency_code=uow.actor.agency_code)
                else "",
            )

    @get(
        "/{advance_id:uuid}",
        opt={PERMISSION: READ_ADVANCES, COLD: True},
        operation_id="accounting.advances.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, advance_id: AdvanceId) -> Response[str]:
        return show_advance(context, advance_id)

    @post(
        "/{advance_id:uuid}/return",
        opt={PERMISSION: RETURN_ADVANCE, COLD: True},
        operation_id="accounting.advances.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, advance_id: AdvanceId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            advance_id,
            lambda uow: return_advance(uow, advance_id=advance_id, reason=reason),
        )

    @post(
        "/{advance_id:uuid}/submission",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True},
        operation_id="accounting.advances.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, advance_id: AdvanceId) -> Page:
        return _act(context, advance_id, lambda uow: submit_advance(uow, advance_id=advance_id))

    @post(
        "/{advance_id:uuid}/approval",
        opt={PERMISSION: APPROVE_ADVANCE, COLD: True},
        operation_id="accounting.advances.approve-form",
        sync_to_thread=True,
    )
    def approve(self, context: Context, advance_id: AdvanceId) -> Page:
        return _act(context, advance_id, lambda uow: approve_advance(uow, advance_id=advance_id))

    @post(
        "/{advance_id:uuid}/grant",
        opt={PERMISSION: GRANT_ADVANCE, COLD: True},
        operation_id="accounting.advances.grant-form",
        sync_to_thread=True,
    )
    def grant(self, context: Context, advance_id: AdvanceId) -> Page:
        return _act(context, advance_id, lambda uow: grant_advance(uow, advance_id=advance_id))

    @post(
        "/{advance_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True},
        operation_id="accounting.advances.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, advance_id: AdvanceId) -> Page:
        return _act(context, advance_id, lambda uow: withdraw_advance(uow, advance_id=advance_id))


def show_advance(
    context: RequestContext, advance_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show the advance; ``error`` is what refused the verb that was just tried."""
    tr = context.gettext
    with context.read() as uow:
        advance = find_advance(uow, advance_id)
        claims = claims_of_advance(uow, advance_id)
        back = recoveries_of(uow, advance_id)
        page = DocumentPage(
            list_title=tr("暫付案"),
            list_path="accounting/advances",
            title=tr("暫付案 {label}").format(label=advance.label),
            label=advance.label,
            return_reason=advance.return_reason if advance.state is AdvanceState.RETURNED else "",
            head=view.document_head(context, advance),
            tables=view.tables(
                context,
                advance,
                vouchers_of(
                    uow,
                    [
                        advance_id,
                        *(one.claim_id for one in claims),
                        *(one.recovery_id for one in back),
                    ],
                ),
                claims=claims,
                recoveries=back,
            ),
            actions=view.actions_of(
                context, advance, advance_actions(uow, advance), key=str(new_id())
            ),
            history=view.history_of(history(uow, advance_id), tr),
        )
        return render_document(context, page, error=error)


def _act(
    context: RequestContext, advance_id: uuid.UUID, action: Callable[[UnitOfWork], Advance]
) -> Page:
    """Do the verb and come back to the advance."""
    return perform_or_show(
        context,
        action,
        to=lambda _: f"accounting/advances/{advance_id}",
        show=lambda error: show_advance(context, advance_id, error=error),
    )
