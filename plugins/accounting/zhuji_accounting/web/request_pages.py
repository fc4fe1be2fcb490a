"""The page of one request: what it is, what it met, what may be done next."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.claims.kinds import kind_for
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import (
    APPROVE_REQUEST,
    CERTIFY_REQUEST,
    READ_REQUESTS,
    RETURN_REQUEST,
    WRITE_REQUEST,
)
from zhuji_accounting.queries.advances import advances_of_request
from zhuji_accounting.queries.claims import claims_of_request
from zhuji_accounting.queries.commitments import award_of, parts_of
from zhuji_accounting.queries.next_actions import may_be_advanced, may_be_claimed, next_actions
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.worklist import next_waiting
from zhuji_accounting.usecases.approve_request import approve_request
from zhuji_accounting.usecases.return_request import return_request
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_accounting.usecases.withdraw_request import withdraw_request
from zhuji_accounting.web import advance_view
from zhuji_accounting.web import request_view as view
from zhuji_accounting.web.certifying import CERTIFYING
from zhuji_accounting.web.claim_view import list_table
from zhuji_accounting.web.commitment_view import award_table, parts_table
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.request_history import history_of
from zhuji_core.audit.history import history
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.components import Link
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show, perform_together_or_show

Context = NamedDependency[RequestContext]
RequestId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class RequestPages(PageController):
    """``/requests/{id}`` and the state changes below it."""

    module = "accounting"
    path = "/requests/{request_id:uuid}"

    @get(
        "/",
        opt={PERMISSION: READ_REQUESTS},
        operation_id="accounting.requests.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, request_id: RequestId) -> Response[str]:
        return show_request(context, request_id)

    @post(
        "/submission",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.requests.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, request_id: RequestId) -> Page:
        return _act(context, request_id, lambda uow: submit_request(uow, request_id=request_id))

    @post(
        "/approval",
        opt={PERMISSION: APPROVE_REQUEST},
        operation_id="accounting.requests.approve-form",
        sync_to_thread=True,
    )
    def approve(self, context: Context, request_id: RequestId) -> Page:
        return _act(context, request_id, lambda uow: approve_request(uow, request_id=request_id))

    @post(
        "/certification",
        opt={PERMISSION: CERTIFY_REQUEST},
        operation_id="accounting.requests.certify-form",
    )
    async def certify(self, context: Context, request_id: RequestId) -> Page:
        return await perform_together_or_show(
            context,
            CERTIFYING,
            request_id,
            to=lambda _: f"accounting/requests/{request_id}",
            show=lambda error: show_request(context, request_id, error=error),
        )

    @post(
        "/return",
        opt={PERMISSION: RETURN_REQUEST, "cold": True},
        operation_id="accounting.requests.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, request_id: RequestId, data: Form) -> Page:
        return _act(
            context,
            request_id,
            lambda uow: return_request(
                uow, request_id=request_id, reason=str(data.get("reason", ""))
            ),
        )

    @post(
        "/withdrawal",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.requests.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, request_id: RequestId) -> Page:
        return _act(context, request_id, lambda uow: withdraw_request(uow, request_id=request_id))

    @get(
        "/receipt",
        opt={PERMISSION: READ_REQUESTS, "cold": True},
        operation_id="accounting.requests.receipt",
        sync_to_thread=True,
    )
    def receipt(self, context: Context, request_id: RequestId) -> Response[str]:
        """Show the certification as a document to print and file (簽證單)."""
        tr = context.gettext
        with context.read() as uow:
            found = find_request(uow, request_id)
            return render(
                context,
                "accounting/receipt.html",
                breadcrumb=(
                    *_crumbs(context, request_id, found.request.label),
                    Crumb(title=tr("簽證單")),
                ),
                title=tr("經費簽證單"),
                page=found,
                head=view.document_head(context, found),
                receipt=view.receipt_of(context, found),
            )


def show_request(
    context: RequestContext, request_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show the request; ``error`` is what refused the verb that was just tried."""
    with context.read() as uow:
        found = find_request(uow, request_id)
        request = found.request
        ids = sorted({line.control_row_id for line in request.lines})
        positions = {
            row.control_row_id: row for row in (uow.hooks.fund_positions(uow, ids) if ids else ())
        }
        found_claims = claims_of_request(uow, request_id)
        parts = parts_of(uow, request)
        award = award_of(uow, request_id) if request.contract_no else None
        found_advances = advances_of_request(uow, request_id)
        return render(
            context,
            "accounting/request.html",
            breadcrumb=_crumbs(context, request_id, request.label, here=True),
            status_code=error.status_code if error else 200,
            title=context.gettext("動支申請 {label}").format(label=request.label),
            refusal=refused(context, error) if error else None,
            request=request,
            head=view.document_head(context, found),
            lines=view.lines_table(context, request, positions),
            receipt=view.receipt_of(context, found),
            receipt_url=context.path(f"accounting/requests/{request_id}/receipt"),
            commitment=parts_table(context, parts) if len(parts) > 1 else None,
            award=award_table(context, award) if award else None,
            claims=list_table(context, found_claims) if found_claims else None,
            claim_url=_claim_url(context, uow, request),
            advances=advance_view.list_table(context, found_advances) if found_advances else None,
            advance_url=_advance_url(context, uow, request),
            releases=view.releases_table(context, found.releases) if found.releases else None,
            new_url=context.path("accounting/requests/new")
            if uow.actor.may(WRITE_REQUEST, agency_code=uow.actor.agency_code)
            else "",
            next_waiting=_next_waiting(context, uow, but=request_id),
            history=history_of(history(uow, request_id), context.gettext),
            actions=view.actions_of(
                context, request, next_actions(uow, request), key=str(new_id())
            ),
        )


def _claim_url(context: RequestContext, uow: UnitOfWork, request: SpendingRequest) -> str:
    """Lead from a certified request to the claim of what it holds; empty: not now, not this one."""
    if not may_be_claimed(uow, request):
        return ""
    kind = kind_for(request.kind)
    return context.path(f"accounting/claims/new?requests={request.label}&kind={kind}")


def _advance_url(context: RequestContext, uow: UnitOfWork, request: SpendingRequest) -> str:
    """Lead from a certified request to an advance on what it holds; empty: not now."""
    if not may_be_advanced(uow, request):
        return ""
    return context.path(f"accounting/advances/new?requests={request.label}")


def _next_waiting(context: RequestContext, uow: UnitOfWork, *, but: uuid.UUID) -> Link | None:
    """Lead from one document to the next that waits for the actor, without the list between."""
    following = next_waiting(uow, but=but)
    if following is None:
        return None
    return Link(
        title=context.gettext(following.title),
        url=context.path(f"accounting/requests/{following.request_id}"),
    )


def _act(
    context: RequestContext, request_id: uuid.UUID, action: Callable[[UnitOfWork], object]
) -> Page:
    """Do the verb and come back to the request, or to where it was pressed (a worklist)."""
    return perform_or_show(
        context,
        action,
        to=lambda _: f"accounting/requests/{request_id}",
        show=lambda error: show_request(context, request_id, error=error),
    )


def _crumbs(
    context: RequestContext, request_id: uuid.UUID, label: str, *, here: bool = False
) -> tuple[Crumb, ...]:
    own = "" if here else context.path(f"accounting/requests/{request_id}")
    return (
        Crumb(title=context.gettext("動支申請"), url=context.path("accounting/requests")),
        Crumb(title=label, url=own),
    )
