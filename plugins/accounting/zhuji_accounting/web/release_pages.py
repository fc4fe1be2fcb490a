"""Giving certified money back: how much of each line, and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.request import RequestLine, RequestState
from zhuji_accounting.domain.rules import released_amounts
from zhuji_accounting.permissions import RELEASE_ENCUMBRANCE
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.request_view import control_row_url
from zhuji_accounting.web.typed import require_readable, typed_amount
from zhuji_core.ids import new_id
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]


class HeldLine(Value, frozen=True, kw_only=True):
    """One line of the form; ``typed`` is what was keyed before."""

    line_no: int
    title: str
    url: str
    certified_ntd: int
    claimed_ntd: int
    advanced_ntd: int
    released_ntd: int
    held_ntd: int
    field: str
    typed: str


class ReleasePages(PageController):
    """``/requests/{id}/release``."""

    module = "accounting"
    path = "/requests/{request_id:uuid}/release"

    @get(
        "/",
        opt={PERMISSION: RELEASE_ENCUMBRANCE, "cold": True},
        operation_id="accounting.releases.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[str]:
        return _form(context, request_id, {})

    @post(
        "/",
        opt={PERMISSION: RELEASE_ENCUMBRANCE, "cold": True},
        operation_id="accounting.releases.write",
        sync_to_thread=True,
    )
    def release(
        self, context: Context, request_id: FromPath[uuid.UUID], data: Form
    ) -> Response[bytes] | Response[str]:
        return perform_or_show(
            context,
            lambda uow: release_encumbrance(
                uow,
                request_id=request_id,
                amounts_ntd=given_amounts(data),
                reason=str(data.get("reason", "")),
            ),
            to=lambda _: f"accounting/requests/{request_id}",
            show=lambda error: _form(context, request_id, data, error=error),
        )


def given_amounts(data: Mapping[str, Any]) -> dict[int, int]:
    """Read ``amount-<line>``; a blank or zero gives nothing back. Raise FormInvalid."""
    amounts: list[tuple[int, int]] = []
    faults: dict[str, str] = {}
    for name, value in data.items():
        prefix, _, number = name.partition("-")
        if prefix != "amount" or not number.isdecimal() or not str(value).strip():
            continue
        amounts.append((int(number), typed_amount(str(value), name, faults)))
    require_readable(faults)
    return released_amounts((line_no, amount_ntd) for line_no, amount_ntd in amounts if amount_ntd)


def _form(
    context: RequestContext,
    request_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    own = context.path(f"accounting/requests/{request_id}")
    with context.read() as uow:
        request = find_request(uow, request_id).request
        if error is None:
            rules.require_state(request, [RequestState.CERTIFIED], action=N_("釋放"))
        refusal = refused(context, error) if error else None
        return render(
            context,
            "accounting/release_form.html",
            breadcrumb=(
                Crumb(title=tr("動支申請"), url=context.path("accounting/requests")),
                Crumb(title=request.label, url=own),
                Crumb(title=tr("釋放簽證餘額")),
            ),
            status_code=error.status_code if error else 200,
            title=tr("釋放簽證餘額 {label}").format(label=request.label),
            request=request,
            lines=tuple(held_line(context, line, typed) for line in request.lines),
            reason=str(typed.get("reason", "")),
            refusal=refusal,
            faults=refusal.faults if refusal else {},
            action=f"{own}/release",
            back_url=own,
            key=str(new_id()),
        )


def held_line(context: RequestContext, line: RequestLine, typed: Mapping[str, Any]) -> HeldLine:
    """Return a line with what it still holds and what was typed as ``amount-<line>``."""
    field = f"amount-{line.line_no}"
    return HeldLine(
        line_no=line.line_no,
        title=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
        url=control_row_url(context, line.control_row_id),
        certified_ntd=line.amount_ntd,
        claimed_ntd=line.claimed_ntd,
        advanced_ntd=line.advanced_ntd,
        released_ntd=line.released_ntd,
        held_ntd=line.held_ntd,
        field=field,
        typed=str(typed.get(field, "")),
    )
