"""Pages on which a request is written: new, and changed while it is a draft or returned."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
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
    typed_from,
    typed_request,
    wanted_request,
)
from zhuji_accounting.web.request_grid import request_grid
from zhuji_accounting.web.wording import KIND_TITLES, options_of
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.drafts import delete_draft, get_draft
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of
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


class FormTarget(Value, frozen=True, kw_only=True):
    """What is written by the form: a new request, a changed one, or a supplement (追加)."""

    before: SpendingRequest | None = None
    origin: SpendingRequest | None = None

    @property
    def path(self) -> str:
        if self.before is not None:
            return f"accounting/requests/{self.before.request_id}/edit"
        if self.origin is not None:
            return f"accounting/requests/{self.origin.request_id}/supplement"
        return "accounting/requests/new"

    @property
    def form_key(self) -> str:
        """Return the key under which the browser's draft is kept."""
        if self.before is not None:
            return f"accounting.request.{self.before.request_id}"
        if self.origin is not None:
            return f"accounting.request.supplement.{self.origin.request_id}"
        return NEW

    @property
    def agency_code(self) -> str:
        known = self.before or self.origin
        return "" if known is None else known.agency_code

    def title(self, context: RequestContext) -> str:
        tr = context.gettext
        if self.before is not None:
            return tr("修改動支申請 {label}").format(label=self.before.label)
        if self.origin is not None:
            return tr("追加動支申請 {label}").format(label=self.origin.label)
        return tr("新增動支申請")


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
        kept = kept_form(context, FormTarget())
        with context.read() as uow:
            uow.require(WRITE_REQUEST, agency_code=uow.actor.agency_code)
            return show_form(
                context, uow, FormTarget(), kept or blank_request(), from_draft=kept is not None
            )

    @post(
        "/new",
        opt={PERMISSION: WRITE_REQUEST},
        operation_id="accounting.requests.new-send",
        sync_to_thread=True,
    )
    def write_new(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        return write_form(context, data, FormTarget())

    @get(
        "/{request_id:uuid}/edit",
        opt={PERMISSION: WRITE_REQUEST, "cold": True},
        operation_id="accounting.requests.edit-form",
        sync_to_thread=True,
    )
    def edit(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            request = find_request(uow, request_id).request
            target = FormTarget(before=request)
            kept = kept_form(context, target)
            rules.require_editable(request, by=uow.actor.user_id)
            saved = typed_from(request)
            # What was typed over an older state of the request would undo a later change.
            newer = kept if kept and kept.revision == request.revision else None
            return show_form(context, uow, target, newer or saved, from_draft=newer is not None)

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
        return write_form(context, data, FormTarget(before=request))


def write_form(
    context: RequestContext, data: dict[str, Any], target: FormTarget
) -> Response[bytes] | Response[str]:
    """Save or send what was typed; a refusal shows the form again as it was typed."""
    typed = typed_request(fields_of(data))
    if data.get(ADD_ROW_FIELD):
        with context.read() as uow:
            return show_form(context, uow, target, typed)
    try:
        answer = context.perform(
            lambda uow: _act(uow, typed, target, sends=data.get("act") != "keep"),
            lambda request: see_other(context.path(f"accounting/requests/{request.request_id}")),
        )
    except DomainError as error:
        with context.read() as uow:
            return show_form(context, uow, target, typed, error=error)
    delete_draft(context.access, user_id=context.actor.user_id, form_key=target.form_key)
    return answer


def _act(
    uow: UnitOfWork, typed: TypedRequest, target: FormTarget, *, sends: bool
) -> SpendingRequest:
    known = target.before or target.origin
    wanted = wanted_request(
        uow,
        typed,
        agency_code=known.agency_code if known else uow.actor.agency_code,
        fiscal_year=known.fiscal_year if known else uow.fiscal_year,
    )
    if target.before is None and target.origin is not None:
        wanted = msgspec.structs.replace(
            wanted,
            supplements=target.origin.request_id,
            agency_code=target.origin.agency_code,
            fiscal_year=target.origin.fiscal_year,
        )
    use_case = send_request if sends else write_request
    before = target.before
    return use_case(uow, wanted=wanted, request_id=before.request_id if before else None)


def show_form(
    context: RequestContext,
    uow: UnitOfWork,
    target: FormTarget,
    typed: TypedRequest,
    *,
    error: DomainError | None = None,
    from_draft: bool = False,
) -> Response[str]:
    """Show the form with what was typed; ``error`` stands at the head and at its fields."""
    tr = context.gettext
    refusal: Refused | None = refused(context, error) if error else None
    title = target.title(context)
    asks = isinstance(error, DuplicateRequest) or bool(typed.head["duplicate_reason"])
    return render(
        context,
        "accounting/request_form.html",
        breadcrumb=(
            Crumb(title=tr("動支申請"), url=context.path("accounting/requests")),
            *_origin_crumb(context, target),
            Crumb(title=title),
        ),
        status_code=error.status_code if error else 200,
        title=title,
        form=RequestForm(
            typed=typed,
            action=context.path(target.path),
            draft_url=context.path(f"drafts/{target.form_key}"),
            key=str(new_id()),
            asks_duplicate_reason=asks,
            from_draft=from_draft,
            focus=_focus(refusal),
        ),
        kinds=options_of(KIND_TITLES, tr),
        returned=target.before.return_reason if target.before else "",
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        grid=request_grid(
            context,
            uow,
            typed,
            agency_code=target.agency_code or uow.actor.agency_code,
            faults=refusal.faults if refusal else {},
        ),
    )


def _origin_crumb(context: RequestContext, target: FormTarget) -> tuple[Crumb, ...]:
    """Lead from a supplement to the request that it adds to."""
    origin = target.origin
    if origin is None:
        return ()
    url = context.path(f"accounting/requests/{origin.request_id}")
    return (Crumb(title=origin.label, url=url),)


def _focus(refusal: Refused | None) -> str:
    """Return the field to type in first: the first one to mend, else the first of the form."""
    return next((name for name in refusal.faults if name != "lines"), FIRST) if refusal else FIRST


def kept_form(context: RequestContext, target: FormTarget) -> TypedRequest | None:
    """Return what was typed before and neither saved nor sent, or None."""
    draft = get_draft(context.access, user_id=context.actor.user_id, form_key=target.form_key)
    if draft is None:
        return None
    fields = draft.fields.get("fields", draft.fields)
    return typed_request(fields_of(fields)) if isinstance(fields, dict) else None
