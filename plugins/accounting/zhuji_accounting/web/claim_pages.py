"""Pages of expense claims: the list, one claim, and its steps."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.claims.claim import STATE_TITLES, ClaimState, ExpenseClaim
from zhuji_accounting.permissions import (
    ACCEPT_CLAIM,
    APPROVE_CLAIM,
    GRANT_CLAIM,
    READ_CLAIMS,
    RETURN_CLAIM,
    REVIEW_CLAIM,
    WRITE_CLAIM,
)
from zhuji_accounting.queries.claim_actions import claim_actions
from zhuji_accounting.queries.claims import ClaimFilter, find_claim, list_claims
from zhuji_accounting.queries.recoveries import recoveries_of
from zhuji_accounting.queries.remittances import returned_of
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.accept_claim import accept_claim
from zhuji_accounting.usecases.approve_claim import approve_claim
from zhuji_accounting.usecases.grant_claim import grant_claim
from zhuji_accounting.usecases.return_claim import return_claim
from zhuji_accounting.usecases.review_claim import review_claim
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_accounting.usecases.withdraw_claim import withdraw_claim
from zhuji_accounting.web import claim_view as view
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
ClaimId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class ClaimPages(PageController):
    """``/claims``, ``/claims/{id}`` and the steps below it."""

    module = "accounting"
    path = "/claims"

    @get(
        "/",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.claims.list-page",
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
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            wanted = ClaimFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                state=states,
                text=text,
                mine=mine,
                before=before,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/claims.html",
                breadcrumb=(Crumb(title=tr("報支案")),),
                title=tr("報支案"),
                wanted=wanted,
                table=view.list_table(context, list_claims(uow, wanted), wanted=wanted),
                action=context.path("accounting/claims"),
                states=options_of(STATE_TITLES, tr),
                agencies=agency_options(uow, READ_CLAIMS),
                new_url=context.path("accounting/claims/new")
                if uow.actor.may(WRITE_CLAIM, agency_code=uow.actor.agency_code)
                else "",
            )

    @get(
        "/{claim_id:uuid}",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.claims.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, claim_id: ClaimId) -> Response[str]:
        return show_claim(context, claim_id)

    @post(
        "/{claim_id:uuid}/return",
        opt={PERMISSION: RETURN_CLAIM, COLD: True},
        operation_id="accounting.claims.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, claim_id: ClaimId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context, claim_id, lambda uow: return_claim(uow, claim_id=claim_id, reason=reason)
        )

    @post(
        "/{claim_id:uuid}/submission",
        opt={PERMISSION: WRITE_CLAIM, COLD: True},
        operation_id="accounting.claims.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, claim_id: ClaimId) -> Page:
        return _act(context, claim_id, lambda uow: submit_claim(uow, claim_id=claim_id))

    @post(
        "/{claim_id:uuid}/acceptance",
        opt={PERMISSION: ACCEPT_CLAIM, COLD: True},
        operation_id="accounting.claims.accept-form",
        sync_to_thread=True,
    )
    def accept(self, context: Context, claim_id: ClaimId) -> Page:
        return _act(context, claim_id, lambda uow: accept_claim(uow, claim_id=claim_id))

    @post(
        "/{claim_id:uuid}/approval",
        opt={PERMISSION: APPROVE_CLAIM, COLD: True},
        operation_id="accounting.claims.approve-form",
        sync_to_thread=True,
    )
    def approve(self, context: Context, claim_id: ClaimId) -> Page:
        return _act(context, claim_id, lambda uow: approve_claim(uow, claim_id=claim_id))

    @post(
        "/{claim_id:uuid}/review",
        opt={PERMISSION: REVIEW_CLAIM, COLD: True},
        operation_id="accounting.claims.review-form",
        sync_to_thread=True,
    )
    def review(self, context: Context, claim_id: ClaimId) -> Page:
        return _act(context, claim_id, lambda uow: review_claim(uow, claim_id=claim_id))

    @post(
        "/{claim_id:uuid}/grant",
        opt={PERMISSION: GRANT_CLAIM, COLD: True},
        operation_id="accounting.claims.grant-form",
        sync_to_thread=True,
    )
    def grant(self, context: Context, claim_id: ClaimId) -> Page:
        return _act(context, claim_id, lambda uow: grant_claim(uow, claim_id=claim_id))

    @post(
        "/{claim_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_CLAIM, COLD: True},
        operation_id="accounting.claims.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, claim_id: ClaimId) -> Page:
        return _act(context, claim_id, lambda uow: withdraw_claim(uow, claim_id=claim_id))


def show_claim(
    context: RequestContext, claim_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show the claim; ``error`` is what refused the verb that was just tried."""
    tr = context.gettext
    with context.read() as uow:
        claim = find_claim(uow, claim_id)
        back = recoveries_of(uow, claim_id)
        page = DocumentPage(
            list_title=tr("報支案"),
            list_path="accounting/claims",
            title=tr("報支案 {label}").format(label=claim.label),
            label=claim.label,
            return_reason=claim.return_reason if claim.state is ClaimState.RETURNED else "",
            print_path=f"accounting/claims/{claim_id}/slip",
            head=view.document_head(context, claim),
            tables=view.tables(
                context,
                claim,
                vouchers_of(uow, [claim_id, *(one.recovery_id for one in back)]),
                recoveries=back,
                returned=returned_of(uow, claim_id),
            ),
            actions=view.actions_of(context, claim, claim_actions(uow, claim), key=str(new_id())),
            history=view.history_of(history(uow, claim_id), tr),
        )
        return render_document(context, page, error=error)


def _act(
    context: RequestContext, claim_id: uuid.UUID, action: Callable[[UnitOfWork], ExpenseClaim]
) -> Page:
    """Do the verb and come back to the claim."""
    return perform_or_show(
        context,
        action,
        to=lambda _: f"accounting/claims/{claim_id}",
        show=lambda error: show_claim(context, claim_id, error=error),
    )
