"""Pages on which an advance is written: new, and changed while it is a draft or returned."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import KIND_TITLES, Advance
from zhuji_accounting.domain.request import SpendingRequest, request_nos_in
from zhuji_accounting.permissions import WRITE_ADVANCE
from zhuji_accounting.queries.advances import find_advance
from zhuji_accounting.queries.claims import drawable_requests, requests_by_number
from zhuji_accounting.usecases.write_advance import write_advance
from zhuji_accounting.web.advance_form import (
    TypedAdvance,
    form_lines,
    request_id_of,
    typed_advance,
    typed_from,
    wanted_advance,
)
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.wording import options_of
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.forms import fields_of
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
Context = NamedDependency[RequestContext]
AdvanceId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]


class AdvanceFormPages(PageController):
    """``/advances/new`` and ``/advances/{id}/edit``."""

    module = "accounting"
    path = "/advances"

    @get(
        "/new",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True},
        operation_id="accounting.advances.new-form",
        sync_to_thread=True,
    )
    def new(self, context: Context, requests: FromQuery[str] = "") -> Response[str]:
        with context.read() as uow:
            uow.require(WRITE_ADVANCE, agency_code=uow.actor.agency_code)
            return _form(context, uow, TypedAdvance(), number=requests)

    @post(
        "/new",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True},
        operation_id="accounting.advances.new-send",
        sync_to_thread=True,
    )
    def write_new(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        return _write(context, data, before=None)

    @get(
        "/{advance_id:uuid}/edit",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True},
        operation_id="accounting.advances.edit-form",
        sync_to_thread=True,
    )
    def edit(
        self, context: Context, advance_id: AdvanceId, requests: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            advance = find_advance(uow, advance_id)
            rules.require_editable(advance, by=uow.actor.user_id)
            return _form(context, uow, typed_from(advance), before=advance, number=requests)

    @post(
        "/{advance_id:uuid}/edit",
        opt={PERMISSION: WRITE_ADVANCE, COLD: True},
        operation_id="accounting.advances.edit-send",
        sync_to_thread=True,
    )
    def write_edited(
        self, context: Context, advance_id: AdvanceId, data: Form
    ) -> Response[bytes] | Response[str]:
        with context.read() as uow:
            advance = find_advance(uow, advance_id)
        return _write(context, data, before=advance)


def _write(
    context: RequestContext, data: dict[str, Any], *, before: Advance | None
) -> Response[bytes] | Response[str]:
    """Save what was typed and show the advance; a refusal shows the form as it was typed."""
    typed = typed_advance(fields_of(data))

    def again(error: DomainError) -> Response[str]:
        with context.read() as uow:
            return _form(context, uow, typed, before=before, error=error)

    return perform_or_show(
        context,
        lambda uow: write_advance(
            uow,
            wanted=wanted_advance(typed, today=uow.business_date),
            advance_id=before.advance_id if before else None,
        ),
        to=lambda advance: f"accounting/advances/{advance.advance_id}",
        show=again,
    )


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    typed: TypedAdvance,
    *,
    before: Advance | None = None,
    error: DomainError | None = None,
    number: str = "",
) -> Response[str]:
    tr = context.gettext
    own = f"accounting/advances/{before.advance_id}/edit" if before else "accounting/advances/new"
    title = tr("修改暫付案 {label}").format(label=before.label) if before else tr("新增暫付案")
    refusal = refused(context, error) if error else None
    request = _request(uow, typed, before, number)
    return render(
        context,
        "accounting/advance_form.html",
        breadcrumb=(
            Crumb(title=tr("暫付案"), url=context.path("accounting/advances")),
            Crumb(title=title),
        ),
        status_code=error.status_code if error else 200,
        title=title,
        typed=typed,
        number=request.label if request else number,
        request_id=str(request.request_id) if request else "",
        lines=form_lines(typed, request),
        kinds=options_of(KIND_TITLES, tr),
        returned=before.return_reason if before else "",
        action=context.path(own),
        key=str(new_id()),
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        focus=next(
            iter(refusal.faults if refusal else {}), "lines-0-amount" if request else "requests"
        ),
    )


def _request(
    uow: UnitOfWork, typed: TypedAdvance, before: Advance | None, number: str
) -> SpendingRequest | None:
    """Return the request that was asked for by number, else that of what was typed."""
    ids = [request_id_of(typed)]
    if asked := request_nos_in(number, fiscal_year=uow.fiscal_year):
        agency_code = before.agency_code if before else uow.actor.agency_code
        ids = requests_by_number(uow, asked[:1], agency_code=agency_code)
    return next(iter(drawable_requests(uow, ids, WRITE_ADVANCE)), None)
