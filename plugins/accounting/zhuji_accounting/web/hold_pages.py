"""Until when certified money is held (保留期限): another day, with a reason."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.commitments.rules import held_until
from zhuji_accounting.domain.request import RequestState
from zhuji_accounting.permissions import CHANGE_HOLD
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.usecases.change_hold import change_hold
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.typed import require_readable, typed_day
from zhuji_core.formats import date_key
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


class HoldPages(PageController):
    """``/requests/{id}/hold``."""

    module = "accounting"
    path = "/requests/{request_id:uuid}/hold"

    @get(
        "/",
        opt={PERMISSION: CHANGE_HOLD, "cold": True},
        operation_id="accounting.holds.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, request_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            request = find_request(uow, request_id).request
            rules.require_state(request, [RequestState.CERTIFIED], action=N_("變更保留期限"))
            return _form(context, uow, request_id, {"hold_until": date_key(held_until(request))})

    @post(
        "/",
        opt={PERMISSION: CHANGE_HOLD, "cold": True},
        operation_id="accounting.holds.write-form",
        sync_to_thread=True,
    )
    def change(
        self, context: Context, request_id: FromPath[uuid.UUID], data: Form
    ) -> Response[bytes] | Response[str]:
        def again(error: DomainError) -> Response[str]:
            with context.read() as uow:
                return _form(context, uow, request_id, data, error=error)

        return perform_or_show(
            context,
            lambda uow: change_hold(
                uow,
                request_id=request_id,
                until=_day(data, today=uow.business_date),
                reason=str(data.get("reason", "")),
            ),
            to=lambda _: f"accounting/requests/{request_id}",
            show=again,
        )


def _day(data: Mapping[str, Any], *, today: dt.date) -> dt.date | None:
    faults: dict[str, str] = {}
    day = typed_day(str(data.get("hold_until", "")), "hold_until", faults, today=today)
    require_readable(faults)
    return day


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
    return render(
        context,
        "accounting/hold_form.html",
        breadcrumb=(
            Crumb(title=tr("動支申請"), url=context.path("accounting/requests")),
            Crumb(title=request.label, url=own),
            Crumb(title=tr("變更保留期限")),
        ),
        status_code=error.status_code if error else 200,
        title=tr("變更保留期限 {label}").format(label=request.label),
        held_ntd=request.held_ntd,
        until=held_until(request),
        typed={name: str(typed.get(name, "")) for name in ("hold_until", "reason")},
        refusal=refusal,
        faults=refusal.faults if refusal else {},
        action=f"{own}/hold",
        back_url=own,
        key=str(new_id()),
    )
