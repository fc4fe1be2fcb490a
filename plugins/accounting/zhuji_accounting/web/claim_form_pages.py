"""Pages on which a claim is written: new, and changed while it is a draft or returned."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.advances.advance import Advance, advance_named_in
from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import (
    DOCUMENT_TITLES,
    DOCUMENTS_MAX,
    KIND_TITLES,
    PAYEES_MAX,
    ClaimKind,
    ExpenseClaim,
)
from zhuji_accounting.domain.claims.details import WITHHOLDING_TITLES
from zhuji_accounting.domain.claims.settlement import may_be_settled
from zhuji_accounting.domain.request import requests_named_in
from zhuji_accounting.permissions import WRITE_CLAIM
from zhuji_accounting.queries.advances import answerable_advance
from zhuji_accounting.queries.claims import (
    REQUESTS_MAX,
    drawable_requests,
    find_claim,
    requests_by_number,
)
from zhuji_accounting.usecases.write_claim import write_claim
from zhuji_accounting.web.claim_form import (
    DOCUMENT_FIELDS,
    PAYEE_FIELDS,
    TypedClaim,
    advance_id_of,
    form_lines,
    padded,
    typed_claim,
    typed_from,
    wanted_claim,
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
ClaimId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]


class Asked(NamedTuple):
    """What the form is to be filled from, as typed: numbers of requests, and of an advance."""

    requests: str
    advance: str


NOTHING = Asked("", "")


class ClaimFormPages(PageController):
    """``/claims/new`` and ``/claims/{id}/edit``."""

    module = "accounting"
    path = "/claims"

    @get(
        "/new",
        opt={PERMISSION: WRITE_CLAIM, COLD: True},
        operation_id="accounting.claims.new-form",
        sync_to_thread=True,
    )
    def new(
        self,
        context: Context,
        requests: FromQuery[str] = "",
        advance: FromQuery[str] = "",
        kind: FromQuery[ClaimKind] = ClaimKind.ORDINARY,
    ) -> Response[str]:
        with context.read() as uow:
            uow.require(WRITE_CLAIM, agency_code=uow.actor.agency_code)
            return _form(context, uow, TypedClaim(kind=str(kind)), asked=Asked(requests, advance))

    @post(
        "/new",
        opt={PERMISSION: WRITE_CLAIM, COLD: True},
        operation_id="accounting.claims.new-send",
        sync_to_thread=True,
    )
    def write_new(self, context: Context, data: Form) -> Response[bytes] | Response[str]:
        return _write(context, data, before=None)

    @get(
        "/{claim_id:uuid}/edit",
        opt={PERMISSION: WRITE_CLAIM, COLD: True},
        operation_id="accounting.claims.edit-form",
        sync_to_thread=True,
    )
    def edit(
        self,
        context: Context,
        claim_id: ClaimId,
        requests: FromQuery[str] = "",
        advance: FromQuery[str] = "",
    ) -> Response[str]:
        with context.read() as uow:
            claim = find_claim(uow, claim_id)
            rules.require_editable(claim, by=uow.actor.user_id)
            return _form(
                context, uow, typed_from(claim), before=claim, asked=Asked(requests, advance)
            )

    @post(
        "/{claim_id:uuid}/edit",
        opt={PERMISSION: WRITE_CLAIM, COLD: True},
        operation_id="accounting.claims.edit-send",
        sync_to_thread=True,
    )
    def write_edited(
        self, context: Context, claim_id: ClaimId, data: Form
    ) -> Response[bytes] | Response[str]:
        with context.read() as uow:
            claim = find_claim(uow, claim_id)
        return _write(context, data, before=claim)


def _write(
    context: RequestContext, data: dict[str, Any], *, before: ExpenseClaim | None
) -> Response[bytes] | Response[str]:
    """Save what was typed and show the claim; a refusal shows the form as it was typed."""
    typed = typed_claim(fields_of(data))

    def again(error: DomainError) -> Response[str]:
        with context.read() as uow:
            return _form(context, uow, typed, before=before, error=error)

    return perform_or_show(
        context,
        lambda uow: write_claim(
            uow,
            wanted=wanted_claim(typed, today=uow.business_date),
            claim_id=before.claim_id if before else None,
        ),
        to=lambda claim: f"accounting/claims/{claim.claim_id}",
        show=again,
    )


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    typed: TypedClaim,
    *,
    before: ExpenseClaim | None = None,
    error: DomainError | None = None,
    asked: Asked = NOTHING,
) -> Response[str]:
    tr = context.gettext
    own = f"accounting/claims/{before.claim_id}/edit" if before else "accounting/claims/new"
    title = tr("修改報支案 {label}").format(label=before.label) if before else tr("新增報支案")
    refusal = refused(context, error) if error else None
    advance = _advance(uow, typed, before, asked.advance)
    request_ids = _request_ids(uow, typed, before, asked.requests, advance)
    requests = drawable_requests(uow, request_ids, WRITE_CLAIM)
    return render(
        context,
        "accounting/claim_form.html",
        breadcrumb=(
            Crumb(title=tr("報支案"), url=context.path("accounting/claims")),
            Crumb(title=title),
        ),
        status_code=error.status_code if error else 200,
        title=title,
        typed=typed,
        numbers="、".join(one.label for one in requests),
        advance_number=advance.label if advance else "",
        advance_id=str(advance.advance_id) if advance else "",
        lines=form_lines(typed, requests, advance),
        documents=padded(typed.documents, DOCUMENT_FIELDS, DOCUMENTS_MAX),
        payees=padded(typed.payees, PAYEE_FIELDS, PAYEES_MAX),
        kinds=options_of(KIND_TITLES, tr),
        document_kinds=options_of(DOCUMENT_TITLES, tr),
        withholdings=options_of(WITHHOLDING_TITLES, tr),
        returned=before.return_reason if before else "",
        action=context.path(own),
        key=str(new_id()),
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        focus=next(iter(refusal.faults if refusal else {}), "memo" if requests else "requests"),
    )


def _advance(
    uow: UnitOfWork, typed: TypedClaim, before: ExpenseClaim | None, number: str
) -> Advance | None:
    """Return the advance that was asked for by number, else that of what was typed."""
    fiscal_year, advance_no = advance_named_in(number)
    return answerable_advance(
        uow,
        fiscal_year=fiscal_year,
        advance_no=advance_no,
        agency_code=before.agency_code if before else uow.actor.agency_code,
        advance_id=advance_id_of(typed),
    )


def _request_ids(
    uow: UnitOfWork,
    typed: TypedClaim,
    before: ExpenseClaim | None,
    numbers: str,
    advance: Advance | None,
) -> list[uuid.UUID]:
    """Return the requests of what was typed, of the saved claim, and those asked for by number."""
    ids = [advance.request_id] if advance and may_be_settled(advance) else []
    ids += before.request_ids if before else ()
    for row in typed.lines:
        try:
            ids.append(uuid.UUID(row.get("request_id", "")))
        except ValueError:
            continue
    agency_code = before.agency_code if before else uow.actor.agency_code
    asked = requests_named_in(numbers, today=uow.business_date, most=REQUESTS_MAX)
    for year, own in asked.items():
        ids += requests_by_number(uow, own, agency_code=agency_code, fiscal_year=year)
    return list(dict.fromkeys(ids))[:REQUESTS_MAX]
