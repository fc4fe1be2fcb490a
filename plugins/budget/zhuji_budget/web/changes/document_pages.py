"""Pages of one change: the document with its effect, and the verbs below it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    DECIDE_CHANGE,
    ENDORSE_CHANGE,
    READ_CHANGES,
    RETURN_CHANGE,
    WRITE_CHANGE,
)
from zhuji_budget.queries.changes import find_change
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.endorse_change import endorse_change
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_budget.web.changes import views
from zhuji_budget.web.changes.advance_view import advance_table
from zhuji_budget.web.changes.words import change_label, crumbs
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
DocumentId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


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
        "/endorsement",
        opt={PERMISSION: ENDORSE_CHANGE},
        operation_id="budget.change.endorse-form",
        sync_to_thread=True,
    )
    def endorse(self, context: Context, document_id: DocumentId) -> Page:
        return _act(
            context,
            document_id,
            lambda uow: endorse_change(uow, document_id=document_id, opinion=Endorsement.AGREE),
        )

    @post(
        "/endorsement-return",
        opt={PERMISSION: ENDORSE_CHANGE},
        operation_id="budget.change.endorse-return-form",
        sync_to_thread=True,
    )
    def endorse_back(self, context: Context, document_id: DocumentId, data: Form) -> Page:
        """Return it for the supervising agency; who did so does not see the document any more."""
        reason = str(data.get("reason", ""))
        return perform_or_show(
            context,
            lambda uow: endorse_change(
                uow, document_id=document_id, opinion=Endorsement.RETURN, reason=reason
            ),
            to=lambda _: "budget/changes",
            show=lambda error: show_change(context, document_id, error=error),
        )

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
        return perform_or_show(
            context,
            lambda uow: reverse_change(uow, document_id=document_id, reason=reason),
            to=lambda made: f"budget/changes/{made.document_id}",
            show=lambda error: show_change(context, document_id, error=error),
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
            breadcrumb=(*crumbs(context), Crumb(title=label)),
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
            advance=advance_table(found.advance, address=context.path, gettext=tr)
            if found.advance
            else None,
            actions=views.actions_of(found, key=str(new_id()), address=context.path, gettext=tr),
            history=views.history_of(found.history, tr),
            new_url=context.path("budget/changes/new") if uow.actor.may(WRITE_CHANGE) else "",
        )


def _act(
    context: RequestContext, document_id: uuid.UUID, action: Callable[[UnitOfWork], object]
) -> Page:
    """Do the verb and come back to the document; a refusal stands on its page."""
    return perform_or_show(
        context,
        action,
        to=lambda _: f"budget/changes/{document_id}",
        show=lambda error: show_change(context, document_id, error=error),
    )
