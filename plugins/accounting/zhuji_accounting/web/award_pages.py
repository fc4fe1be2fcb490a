"""The award of a certified request (決標): the contract, and what of each line it takes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.commitments.award import Contract, require_awardable
from zhuji_accounting.permissions import AWARD_REQUEST
from zhuji_accounting.queries.commitments import contract_of_origin
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.usecases.award_request import award_request
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.release_pages import HeldLine, held_line
from zhuji_accounting.web.typed import AMOUNT_NOT_POSITIVE, FormInvalid, typed_day
from zhuji_core.formats import (
    AmountMalformed,
    date_key,
    format_ntd,
    parse_ntd,
)
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
FIELDS = ("contract_no", "contractor", "tax_id", "awarded_on", "due_on")


class AwardPages(PageController):
    """``/requests/{id}/award``."""

    module = "accounting"
    path = "/requests/{request_id:uuid}/award"

    @get(
        "/",
        opt={PERMISSION: AWARD_REQUEST, "cold": True},
        operation_id="accounting.awards.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            request = find_request(uow, request_id).request
            require_awardable(request)
            known = contract_of_origin(uow, request)
            typed = {
                **({"contract_no": known[0], "contractor": known[1]} if known else {}),
                "awarded_on": date_key(uow.business_date),
                **{
                    f"amount-{line.line_no}": format_ntd(line.held_ntd, zero="0")
                    for line in request.lines
                },
            }
            return _form(context, uow, request_id, typed)

    @post(
        "/",
        opt={PERMISSION: AWARD_REQUEST, "cold": True},
        operation_id="accounting.awards.write-form",
        sync_to_thread=True,
    )
    def award(
        self, context: Context, request_id: FromPath[uuid.UUID], data: Form
    ) -> Response[bytes] | Response[str]:
        def act(uow: UnitOfWork) -> object:
            contract, amounts_ntd = _read(data, today=uow.business_date)
            return award_request(
                uow, request_id=request_id, contract=contract, amounts_ntd=amounts_ntd
            )

        def again(error: DomainError) -> Response[str]:
            with context.read() as uow:
                return _form(context, uow, request_id, data, error=error)

        return perform_or_show(
            context, act, to=lambda _: f"accounting/requests/{request_id}", show=again
        )


def _read(data: Mapping[str, Any], *, today: dt.date) -> tuple[Contract, dict[int, int]]:
    """Read the contract and ``amount-<line>``; raise FormInvalid naming every unreadable field."""
    faults: dict[str, str] = {}
    amounts_ntd: dict[int, int] = {}
    for name, value in data.items():
        prefix, _, number = name.partition("-")
        if prefix != "amount" or not number.isdecimal():
            continue
        try:
            amounts_ntd[int(number)] = parse_ntd(str(value)) if str(value).strip() else 0
        except AmountMalformed:
            faults[name] = AMOUNT_NOT_POSITIVE
    awarded_on = typed_day(str(data.get("awarded_on", "")), "awarded_on", faults, today=today)
    due_on = typed_day(str(data.get("due_on", "")), "due_on", faults, today=today)
    if awarded_on is None and "awarded_on" not in faults:
        faults["awarded_on"] = N_("必填")
    if faults or awarded_on is None:
        raise FormInvalid(count=len(faults), fields=faults)
    contract = Contract(
        contract_no=str(data.get("contract_no", "")),
        contractor=str(data.get("contractor", "")),
        tax_id=str(data.get("tax_id", "")),
        awarded_on=awarded_on,
        due_on=due_on,
    )
    return contract, amounts_ntd


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    request_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    own = context.path(f"accounting/requests/{request_id}")
    request = find_request(uow, request_id).request
    refusal = refused(context, error) if error else None
    lines: tuple[HeldLine, ...] = tuple(
        held_line(context, line, typed) for line in request.lines if line.held_ntd
    )
    return render(
        context,
        "accounting/award_form.html",
        breadcrumb=(
            Crumb(title=tr("動支申請"), url=context.path("accounting/requests")),
            Crumb(title=request.label, url=own),
            Crumb(title=tr("登記決標")),
        ),
        status_code=error.status_code if error else 200,
        title=tr("登記決標 {label}").format(label=request.label),
        request=request,
        lines=lines,
        typed={name: str(typed.get(name, "")) for name in FIELDS},
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        action=f"{own}/award",
        back_url=own,
        key=str(new_id()),
    )
