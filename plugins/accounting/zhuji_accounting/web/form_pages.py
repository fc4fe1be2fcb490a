"""Pages on which a request is written: new, and changed while it is a draft or returned."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.refusals import DuplicateRequest
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import WRITE_REQUEST
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.usecases.send_request import send_request
from zhuji_accounting.usecases.write_request import write_request
from zhuji_accounting.web.refusals import Refused, refused
from zhuji_accounting.web.request_form import (
    TypedRequest,
    blank_request,
    fields_of,
    typed_from,
    typed_request,
    wanted_request,
)
from zhuji_accounting.web.request_grid import request_grid
from zhuji_accounting.web.wording import kind_options
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.drafts import delete_draft, get_draft
from zhuji_core.web.forms import ADD_ROW_FIELD
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
NEW = "accounting.request.new"
FIRST = "purpose"


class RequestForm(Value, frozen=True, kw_only=True):
    """What the form's template is given apart from grid and refusal."""

    typed: TypedRequest
    action: str
    draft_url: str
    key: str
    asks_duplicate_reason: bool
    from_draft: bool
    focus: str


class FormPages(PageController):
    """``/requests/new`` and ``/requests/{id}/edit``."""

    module = "accounting"
    path = "/requests"

    @get(
        "/new",
        opt={PERMISSION: WRITE_REQUEST},
        operation_id="accounting.requests.new-form",
        sync_to_thread=True,
    )
    def new(self, context: Context) -> Response[str]:
        kept = _kept(context, NEW)
        with context.read() as uow:
            uow.require(WRITE_REQUEST, agency_code=uow.actor.agency_code)
            return _form(context, uow, kept or blank_request(), from_draft=kept is not None)

    @post(
        "/new",
        opt={PERMISSION: WRITE_REQUEST},
        operation_id="accounting.requests.new-send",
        sync_to_thread=True,
    )
    def write_new(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        return _write(context, data, before=None)

    @get(
        "/{request_id:uuid}/edit",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.requests.edit-form",
        sync_to_thread=True,
    )
    def edit(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[str]:
        kept = _kept(context, _form_key(request_id))
        with context.read() as uow:
            request = find_request(uow, request_id).request
            rules.require_state(request, rules.EDITABLE, action=N_("修改"))
            rules.require_writer(request, by=uow.actor.user_id, action=N_("修改"))
            saved = typed_from(request)
            # What was typed over an older state of the request would undo a later change.
            newer = kept if kept and kept.revision == request.revision else None
            return _form(context, uow, newer or saved, before=request, from_draft=newer is not None)

    @post(
        "/{request_id:uuid}/edit",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.requests.edit-send",
        sync_to_thread=True,
    )
    def write_edited(
        self, context: Context, request_id: FromPath[uuid.UUID], data: Form
    ) -> Response[bytes] | Response[str]:
        with context.read() as uow:
            request = find_request(uow, request_id).request
        return _write(context, data, before=request)


def _write(
    context: RequestContext, data: dict[str, Any], *, before: SpendingRequest | None
) -> Response[bytes] | Response[str]:
    """Save or send what was typed; a refusal shows the form again as it was typed."""
    typed = typed_request(fields_of(data))
    if data.get(ADD_ROW_FIELD):
        with context.read() as uow:
            return _form(context, uow, typed, before=before)
    try:
        answer = context.perform(
            lambda uow: _act(uow, typed, before=before, sends=data.get("act") != "keep"),
            lambda request: see_other(context.path(f"accounting/requests/{request.request_id}")),
        )
    except DomainError as error:
        with context.read() as uow:
            return _form(context, uow, typed, before=before, error=error)
    delete_draft(
        context.access,
        user_id=context.actor.user_id,
        form_key=NEW if before is None else _form_key(before.request_id),
    )
    return answer


def _act(
    uow: UnitOfWork, typed: TypedRequest, *, before: SpendingRequest | None, sends: bool
) -> SpendingRequest:
    agency_code = before.agency_code if before else uow.actor.agency_code
    fiscal_year = before.fiscal_year if before else uow.fiscal_year
    wanted = wanted_request(uow, typed, agency_code=agency_code, fiscal_year=fiscal_year)
    use_case = send_request if sends else write_request
    return use_case(uow, wanted=wanted, request_id=before.request_id if before else None)


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    typed: TypedRequest,
    *,
    before: SpendingRequest | None = None,
    error: DomainError | None = None,
    from_draft: bool = False,
) -> Response[str]:
    """Show the form with what was typed; ``error`` stands at the head and at its fields."""
    tr = context.gettext
    refusal: Refused | None = refused(context, error) if error else None
    title = tr("新增動支申請")
    if before is not None:
        title = tr("修改動支申請 {label}").format(label=before.label)
    own = f"accounting/requests/{before.request_id}/edit" if before else "accounting/requests/new"
    form_key = _form_key(before.request_id) if before else NEW
    asks = isinstance(error, DuplicateRequest) or bool(typed.head["duplicate_reason"])
    return render(
        context,
        "accounting/request_form.html",
        breadcrumb=(
            Crumb(title=tr("動支申請"), url=context.path("accounting/requests")),
            Crumb(title=title),
        ),
        status_code=error.status_code if error else 200,
        title=title,
        form=RequestForm(
            typed=typed,
            action=context.path(own),
            draft_url=context.path(f"drafts/{form_key}"),
            key=str(new_id()),
            asks_duplicate_reason=asks,
            from_draft=from_draft,
            focus=_focus(refusal),
        ),
        kinds=kind_options(tr),
        returned=before.return_reason if before else "",
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        grid=request_grid(
            context,
            uow,
            typed,
            agency_code=before.agency_code if before else uow.actor.agency_code,
            faults=refusal.faults if refusal else {},
        ),
    )


def _focus(refusal: Refused | None) -> str:
    """Return the field to type in first: the first one to mend, else the first of the form."""
    return next((name for name in refusal.faults if name != "lines"), FIRST) if refusal else FIRST


def _kept(context: RequestContext, form_key: str) -> TypedRequest | None:
    """Return what was typed before and neither saved nor sent, or None."""
    draft = get_draft(context.access, user_id=context.actor.user_id, form_key=form_key)
    if draft is None:
        return None
    fields = draft.fields.get("fields", draft.fields)
    return typed_request(fields_of(fields)) if isinstance(fields, dict) else None


def _form_key(request_id: uuid.UUID) -> str:
    return f"accounting.request.{request_id}"
