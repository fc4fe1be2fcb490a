"""Pages of returned remittances: the list, one with its answer, and the form on a claim."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.remittances.returned import (
    AnswerKind,
    ReturnNotice,
    WantedAnswer,
    WantedReturn,
)
from zhuji_accounting.permissions import READ_CLAIMS, RECORD_RETURN
from zhuji_accounting.queries.claims import find_claim
from zhuji_accounting.queries.remittances import (
    ReturnFilter,
    find_returned,
    free_recoveries,
    list_returned,
)
from zhuji_accounting.usecases.answer_return import answer_return
from zhuji_accounting.usecases.record_return import record_return
from zhuji_accounting.web import returned_view as view
from zhuji_accounting.web.agencies import agency_options
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.typed import needed_amount, needed_day, require_readable
from zhuji_core.audit.history import history
from zhuji_core.formats import format_ntd
from zhuji_core.ids import new_id, read_id
from zhuji_core.values import DomainError
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
PAGE_ROWS = 50
Context = NamedDependency[RequestContext]
Id = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class ReturnedFormPages(PageController):
    """``/claims/{id}/returned-remittance``."""

    module = "accounting"
    path = "/claims/{claim_id:uuid}/returned-remittance"

    @get(
        "/",
        opt={PERMISSION: RECORD_RETURN, COLD: True},
        operation_id="accounting.claims.return-remittance-form",
        sync_to_thread=True,
    )
    def form(self, context: Context, claim_id: Id) -> Response[str]:
        return _form(context, claim_id, {})

    @post(
        "/",
        opt={PERMISSION: RECORD_RETURN, COLD: True},
        operation_id="accounting.claims.return-remittance-send",
        sync_to_thread=True,
    )
    def record(self, context: Context, claim_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: record_return(
                uow, claim_id=claim_id, wanted=_wanted(data, today=uow.business_date)
            ),
            to=lambda made: f"{view.PATH}/{made.return_id}",
            show=lambda error: _form(context, claim_id, data, error=error),
        )


class ReturnedPages(PageController):
    """``/returned-remittances`` and ``/returned-remittances/{id}``."""

    module = "accounting"
    path = "/returned-remittances"

    @get(
        "/",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.returned-remittances.list-page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        text: FromQuery[str] = "",
        waiting: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        title = context.gettext("退匯")
        with context.read() as uow:
            wanted = ReturnFilter(
                fiscal_year=fiscal_year or uow.fiscal_year,
                agency_code=agency_code,
                text=text,
                waiting=waiting,
                before=before,
                limit=PAGE_ROWS,
            )
            return render(
                context,
                "accounting/returned_remittances.html",
                breadcrumb=(Crumb(title=title),),
                title=title,
                wanted=wanted,
                table=view.returned_table(context, list_returned(uow, wanted), wanted=wanted),
                action=context.path(view.PATH),
                agencies=agency_options(uow, READ_CLAIMS),
            )

    @get(
        "/{return_id:uuid}",
        opt={PERMISSION: READ_CLAIMS, COLD: True},
        operation_id="accounting.returned-remittances.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, return_id: Id) -> Response[str]:
        return _show(context, return_id, {})

    @post(
        "/{return_id:uuid}/answer",
        opt={PERMISSION: RECORD_RETURN, COLD: True},
        operation_id="accounting.returned-remittances.answer-send",
        sync_to_thread=True,
    )
    def answer(self, context: Context, return_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: answer_return(
                uow, return_id=return_id, wanted=_answer(data, today=uow.business_date)
            ),
            to=lambda _: f"{view.PATH}/{return_id}",
            show=lambda error: _show(context, return_id, data, error=error),
        )


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name, ""))


def _wanted(data: Mapping[str, Any], *, today: dt.date) -> WantedReturn:
    """Read what was typed; raise FormInvalid naming every field that cannot be read."""
    faults: dict[str, str] = {}
    payee_no = _text(data, "payee_no")
    amount_ntd = needed_amount(_text(data, "amount"), "amount", faults)
    returned_on = needed_day(_text(data, "returned_on"), "returned_on", faults, today=today)
    require_readable(faults)
    return WantedReturn(
        payee_no=int(payee_no) if payee_no.isdecimal() else 0,
        amount_ntd=amount_ntd,
        notice=ReturnNotice(
            notice_no=_text(data, "notice_no"),
            returned_on=returned_on,
            reason=_text(data, "reason"),
        ),
    )


def _answer(data: Mapping[str, Any], *, today: dt.date) -> WantedAnswer:
    """Read how it was answered: a chosen recovery means that it was given back."""
    faults: dict[str, str] = {}
    settled_on = needed_day(_text(data, "settled_on"), "settled_on", faults, today=today)
    require_readable(faults)
    chosen = _text(data, "recovery_id")
    if chosen:
        return WantedAnswer(
            kind=AnswerKind.GIVE_BACK, settled_on=settled_on, recovery_id=read_id(chosen)
        )
    return WantedAnswer(
        kind=AnswerKind.RE_REMIT,
        settled_on=settled_on,
        slip_no=_text(data, "slip_no"),
        bank_code=_text(data, "bank_code"),
        branch_code=_text(data, "branch_code"),
        account_no=_text(data, "account_no"),
    )


def _form(
    context: RequestContext,
    claim_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    own = context.path(f"accounting/claims/{claim_id}")
    with context.read() as uow:
        claim = find_claim(uow, claim_id)
        refusal = refused(context, error) if error else None
        return render(
            context,
            "accounting/returned_form.html",
            breadcrumb=(
                Crumb(title=tr("報支案"), url=context.path("accounting/claims")),
                Crumb(title=claim.label, url=own),
                Crumb(title=tr("登記退匯")),
            ),
            status_code=error.status_code if error else 200,
            title=tr("登記退匯 {label}").format(label=claim.label),
            payees=tuple(
                Option(
                    value=str(number),
                    title=f"{number} {one.name}　{one.account_no}　{format_ntd(one.amount_ntd)}",
                )
                for number, one in enumerate(claim.payees, 1)
            ),
            typed={name: str(value) for name, value in typed.items()},
            action=f"{own}/returned-remittance",
            back_url=own,
            key=str(new_id()),
            refusal=refusal,
            faults=refusal.faults if refusal else {},
        )


def _show(
    context: RequestContext,
    return_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = find_returned(uow, return_id)
        refusal = refused(context, error) if error else None
        may = uow.actor.may(RECORD_RETURN, agency_code=found.agency_code)
        answerable = found.answer is None and may
        recoveries = free_recoveries(uow, found.claim_id) if answerable else ()
        return render(
            context,
            "accounting/returned_remittance.html",
            breadcrumb=(
                Crumb(title=tr("退匯"), url=context.path(view.PATH)),
                Crumb(title=found.label),
            ),
            status_code=error.status_code if error else 200,
            title=tr("退匯 {label}").format(label=found.label),
            head=view.document_head(context, found),
            answerable=answerable,
            own_record=uow.actor.user_id == found.recorded_by,
            recoveries=tuple(
                Option(
                    value=str(one.recovery_id),
                    title=f"{one.label}　{format_ntd(one.amount_ntd)}",
                )
                for one in recoveries
                if one.amount_ntd == found.amount_ntd
            ),
            recovery_url=context.path(f"accounting/claims/{found.claim_id}/recovery"),
            typed={name: str(value) for name, value in typed.items()},
            action=context.path(f"{view.PATH}/{return_id}/answer"),
            key=str(new_id()),
            history=view.history_of(history(uow, return_id), context),
            refusal=refusal,
            faults=refusal.faults if refusal else {},
        )
