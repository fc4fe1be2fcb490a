"""Deputies: whom I have appointed, for whom I stand in, and the form to appoint one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.formats import parse_date
from zhuji_core.identity.accounts import UserUnknown, find_user
from zhuji_core.identity.delegations import (
    Appointed,
    Appointment,
    appoint_deputy,
    end_delegation,
    list_delegations,
)
from zhuji_core.permissions import APPOINT_DEPUTY, READ_USERS
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, SIGNED_IN, PageController
from zhuji_core.web.pages.delegation_view import DelegationForm, appointment_form, delegation_table
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
PATH = "kernel/delegations"
TITLE = N_("職務代理")


class DelegationPages(PageController):
    """``/{county}/kernel/delegations``."""

    module = "kernel"
    path = "/{county:str}/kernel/delegations"

    @get("/", operation_id="kernel.delegations.page", opt={SIGNED_IN: True}, sync_to_thread=True)
    def page(
        self,
        context: Context,
        everybody: FromQuery[bool] = False,  # noqa: FBT002 (a query parameter is named)
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        return _page(context, everybody=everybody, before=before)

    @get(
        "/new",
        operation_id="kernel.delegation.form",
        opt={PERMISSION: APPOINT_DEPUTY},
        sync_to_thread=True,
    )
    def form(self, context: Context) -> Response[str]:
        return _form(context, DelegationForm())

    @post(
        "/",
        operation_id="kernel.delegation.appoint-form",
        opt={PERMISSION: APPOINT_DEPUTY},
        sync_to_thread=True,
    )
    def appoint(self, context: Context, data: Form) -> Page:
        form = DelegationForm.of(data)
        try:
            return context.perform(
                lambda uow: appoint_deputy(uow, _appointment(uow, form)),
                lambda made: see_other(context.path(_led_to(made))),
            )
        except DomainError as refusal:
            return _form(context, form, error=refusal)

    @post(
        "/{delegation_id:uuid}/end",
        operation_id="kernel.delegation.end-form",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def end(self, context: Context, delegation_id: FromPath[uuid.UUID], data: Form) -> Page:
        everybody = data.get("everybody") == "true"
        reason = str(data.get("reason", ""))
        try:
            return context.perform(
                lambda uow: end_delegation(uow, delegation_id=delegation_id, reason=reason),
                lambda _: see_other(context.path(PATH + ("?everybody=true" if everybody else ""))),
            )
        except DomainError as refusal:
            return _page(context, everybody=everybody, error=refusal)


def _led_to(made: Appointed) -> str:
    """Show the deputy in the list, or the proposal that waits for a second person."""
    return PATH if made.proposal is None else f"kernel/proposals/{made.proposal.proposal_id}"


def _appointment(uow: UnitOfWork, form: DelegationForm) -> Appointment:
    """Read what was keyed; the deputy is named by the account."""
    deputy = find_user(uow, account=form.deputy.strip().lower())
    if deputy is None:
        raise UserUnknown(user=form.deputy, fields={"deputy": UserUnknown.message})
    return Appointment(
        delegator_id=uow.actor.user_id,
        deputy_id=deputy.user_id,
        agency_code=form.agency_code or None,
        roles=form.roles,
        permissions=form.permissions or None,
        valid_from=_date(uow, form.valid_from),
        valid_to=_date(uow, form.valid_to),
        reason=form.reason,
    )


def _date(uow: UnitOfWork, text: str) -> dt.date:
    return parse_date(text, reference=uow.business_date)


def _page(
    context: RequestContext,
    *,
    everybody: bool,
    before: uuid.UUID | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        found = list_delegations(uow, everybody=everybody, before=before)
        return render(
            context,
            "kernel/delegations.html",
            title=tr(TITLE),
            breadcrumb=(Crumb(title=tr(TITLE)),),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            table=delegation_table(context, uow, found, everybody=everybody, before=before),
            everybody=everybody,
            all_url=context.path(f"{PATH}?everybody=true") if uow.actor.may(READ_USERS) else "",
            own_url=context.path(PATH),
            new_url=context.path(f"{PATH}/new") if uow.actor.may(APPOINT_DEPUTY) else "",
        )


def _form(
    context: RequestContext, form: DelegationForm, *, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    title = tr(N_("指定代理人"))
    with context.read() as uow:
        return render(
            context,
            "kernel/delegation_form.html",
            title=title,
            breadcrumb=(Crumb(title=tr(TITLE), url=context.path(PATH)), Crumb(title=title)),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            action=context.path(PATH),
            form=form,
            choices=appointment_form(context, uow),
            back_url=context.path(PATH),
        )
