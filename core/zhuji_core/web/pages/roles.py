"""Roles × permissions of the county, and the proposal to change a role."""

from __future__ import annotations

import datetime as dt
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_core.formats import date_key, parse_date
from zhuji_core.identity.duties import RULES
from zhuji_core.identity.role_changes import (
    ROLE,
    RoleChange,
    find_role,
    list_permissions,
    list_roles,
)
from zhuji_core.permissions import CHANGE_ROLE, READ_USERS
from zhuji_core.proposals.propose import propose
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
PATH = "kernel/roles"
TITLE = N_("角色與權限")


class RolePages(PageController):
    """``/{county}/kernel/roles``."""

    module = "kernel"
    path = "/{county:str}/kernel/roles"

    @get("/", operation_id="kernel.roles.page", opt={PERMISSION: READ_USERS}, sync_to_thread=True)
    def page(self, context: Context) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            return render(
                context,
                "kernel/roles.html",
                title=tr(TITLE),
                breadcrumb=(Crumb(title=tr(TITLE)),),
                roles=list_roles(uow),
                permissions=list_permissions(uow),
                rules=RULES,
                base=context.path(PATH),
            )

    @get(
        "/{role_code:str}",
        operation_id="kernel.role.page",
        opt={PERMISSION: READ_USERS},
        sync_to_thread=True,
    )
    def one(self, context: Context, role_code: FromPath[str]) -> Response[str]:
        return _one(context, role_code)

    @post(
        "/{role_code:str}/change",
        operation_id="kernel.role.change-form",
        opt={PERMISSION: CHANGE_ROLE},
        sync_to_thread=True,
    )
    def change(self, context: Context, role_code: FromPath[str], data: Form) -> Page:
        """Propose what the role holds from then on; a second administrator decides."""
        chosen = data.get("permissions", ())
        permissions = (chosen,) if isinstance(chosen, str) else tuple(chosen)
        try:
            return context.perform(
                lambda uow: propose(
                    uow,
                    ROLE,
                    RoleChange(
                        role_code=role_code,
                        permissions=tuple(sorted({str(one) for one in permissions})),
                        valid_from=_date(uow, str(data.get("valid_from", ""))),
                        valid_to=_date(uow, str(data.get("valid_to", ""))),
                    ),
                    reason=str(data.get("reason", "")),
                ),
                lambda made: see_other(context.path(f"kernel/proposals/{made.proposal_id}")),
            )
        except DomainError as refusal:
            return _one(context, role_code, chosen=permissions, error=refusal)


def _date(uow: UnitOfWork, text: str) -> dt.date | None:
    return parse_date(text, reference=uow.business_date) if text.strip() else None


def _one(
    context: RequestContext,
    role_code: str,
    *,
    chosen: tuple[str, ...] | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        role = find_role(uow, role_code=role_code)
        return render(
            context,
            "kernel/role.html",
            title=f"{role.role_code} {tr(role.title)}",
            breadcrumb=(
                Crumb(title=tr(TITLE), url=context.path(PATH)),
                Crumb(title=role.role_code),
            ),
            status_code=200 if error is None else error.status_code,
            refusal=None if error is None else refused(context, error),
            role=role,
            held=role.permissions if chosen is None else chosen,
            valid_from=date_key(role.valid_from) if role.valid_from else "",
            valid_to=date_key(role.valid_to) if role.valid_to else "",
            permissions=list_permissions(uow),
            may_change=uow.actor.may(CHANGE_ROLE),
            action=context.path(f"{PATH}/{role_code}/change"),
        )
