"""People: the list, one of them with grants and history, and what administrators do to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.formats import parse_date
from zhuji_core.identity.accounts import create_user
from zhuji_core.identity.grant_store import grants_of
from zhuji_core.identity.grants import GRANT, GRANT_END, GrantChange, GrantEnd, GrantUnknown
from zhuji_core.identity.passwords import NO_PASSWORD
from zhuji_core.identity.users import (
    UserFilter,
    change_user,
    disable_user,
    enable_user,
    list_users,
    require_name,
)
from zhuji_core.permissions import CHANGE_USER, CREATE_USER, GRANT_ROLE, READ_USERS
from zhuji_core.proposals.propose import propose
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.pages.user_view import PATH, TITLE, list_choices, one_page, user_table
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class UserPages(PageController):
    """``/{county}/kernel/users``."""

    module = "kernel"
    path = "/{county:str}/kernel/users"

    @get("/", operation_id="kernel.users.page", opt={PERMISSION: READ_USERS}, sync_to_thread=True)
    def page(
        self,
        context: Context,
        text: FromQuery[str] = "",
        states: FromQuery[str] = "",
        agency_code: FromQuery[str] = "",
        role: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        wanted = UserFilter(
            text=text, state=states, agency_code=agency_code, role=role, after=after
        )
        return _list(context, wanted)

    @post(
        "/",
        operation_id="kernel.user.create-form",
        opt={PERMISSION: CREATE_USER},
        sync_to_thread=True,
    )
    def create(self, context: Context, data: Form) -> Page:
        """Make the account; it has no password until a reset code is redeemed."""
        typed = {name: str(data.get(name, "")).strip() for name in ("account", "name", "agency")}
        try:
            return context.perform(
                lambda uow: create_user(
                    uow,
                    account=typed["account"],
                    name=require_name(typed["name"]),
                    agency_code=typed["agency"],
                    password_hash=NO_PASSWORD,
                ),
                lambda made: see_other(context.path(f"{PATH}/{made.user_id}")),
            )
        except DomainError as refusal:
            return _list(context, UserFilter(), typed=typed, error=refusal)

    @get(
        "/{user_id:uuid}",
        operation_id="kernel.user.page",
        opt={PERMISSION: READ_USERS},
        sync_to_thread=True,
    )
    def one(self, context: Context, user_id: FromPath[uuid.UUID]) -> Response[str]:
        return one_page(context, user_id)

    @post(
        "/{user_id:uuid}/change",
        operation_id="kernel.user.change-form",
        opt={PERMISSION: CHANGE_USER},
        sync_to_thread=True,
    )
    def change(self, context: Context, user_id: FromPath[uuid.UUID], data: Form) -> Page:
        return _done(
            context,
            user_id,
            lambda uow: change_user(
                uow,
                user_id=user_id,
                name=str(data.get("name", "")),
                agency_code=str(data.get("agency", "")),
            ),
        )

    @post(
        "/{user_id:uuid}/disabling",
        operation_id="kernel.user.disable-form",
        opt={PERMISSION: CHANGE_USER},
        sync_to_thread=True,
    )
    def disable(self, context: Context, user_id: FromPath[uuid.UUID], data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _done(
            context, user_id, lambda uow: disable_user(uow, user_id=user_id, reason=reason)
        )

    @post(
        "/{user_id:uuid}/enabling",
        operation_id="kernel.user.enable-form",
        opt={PERMISSION: CHANGE_USER},
        sync_to_thread=True,
    )
    def enable(self, context: Context, user_id: FromPath[uuid.UUID], data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _done(context, user_id, lambda uow: enable_user(uow, user_id=user_id, reason=reason))

    @post(
        "/{user_id:uuid}/grants",
        operation_id="kernel.user.grant-form",
        opt={PERMISSION: GRANT_ROLE},
        sync_to_thread=True,
    )
    def grant(self, context: Context, user_id: FromPath[uuid.UUID], data: Form) -> Page:
        """Propose a role; the second administrator finds it among the proposals."""

        def wanted(uow: UnitOfWork) -> object:
            last = str(data.get("valid_to", "")).strip()
            change = GrantChange(
                user_id=user_id,
                role_code=str(data.get("role", "")),
                agency_code=str(data.get("agency_code", "")) or None,
                valid_from=_date(uow, str(data.get("valid_from", ""))),
                valid_to=_date(uow, last) if last else None,
            )
            return propose(
                uow,
                GRANT,
                change,
                reason=str(data.get("reason", "")),
                reference=str(data.get("reference", "")),
            )

        return _done(context, user_id, wanted, typed=data)

    @post(
        "/{user_id:uuid}/grants/{grant_id:uuid}/end",
        operation_id="kernel.user.grant-end-form",
        opt={PERMISSION: GRANT_ROLE},
        sync_to_thread=True,
    )
    def end(
        self,
        context: Context,
        user_id: FromPath[uuid.UUID],
        grant_id: FromPath[uuid.UUID],
        data: Form,
    ) -> Page:
        """Propose that a role ends today; the page of the API takes any last day."""

        def act(uow: UnitOfWork) -> object:
            if all(grant.grant_id != grant_id for grant in grants_of(uow, user_id)):
                raise GrantUnknown
            change = GrantEnd(grant_id=grant_id, last_day=uow.business_date)
            return propose(uow, GRANT_END, change, reason=str(data.get("reason", "")))

        return _done(context, user_id, act)


def _date(uow: UnitOfWork, text: str) -> dt.date:
    return parse_date(text, reference=uow.business_date)


def _done(
    context: RequestContext,
    user_id: uuid.UUID,
    act: Callable[[UnitOfWork], object],
    *,
    typed: dict[str, Any] | None = None,
) -> Page:
    """Do it and show the person again; a refusal is shown there with what was typed."""
    try:
        return context.perform(act, lambda _: see_other(context.path(f"{PATH}/{user_id}")))
    except DomainError as refusal:
        return one_page(context, user_id, typed=typed or {}, error=refusal)


def _list(
    context: RequestContext,
    wanted: UserFilter,
    *,
    typed: dict[str, str] | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    query = {
        "text": wanted.text,
        "states": wanted.state,
        "agency_code": wanted.agency_code,
        "role": wanted.role,
    }
    url = context.path(f"{PATH}?{urlencode(query)}")
    with context.read() as uow:
        return render(
            context,
            "kernel/users.html",
            title=tr(TITLE),
            breadcrumb=(Crumb(title=tr(TITLE)),),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            action=context.path(PATH),
            wanted=wanted,
            table=user_table(context, list_users(uow, wanted), wanted, url=url),
            choices=list_choices(context, uow),
            may_create=uow.actor.may(CREATE_USER),
            typed={"account": "", "name": "", "agency": "", **(typed or {})},
            states_title=tr(N_("狀態")),
        )
