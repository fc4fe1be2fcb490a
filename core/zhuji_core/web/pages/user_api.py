"""People for programs: the same use cases as the pages; roles are proposed by ``grant_api.py``."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from zhuji_core.identity.accounts import UserAccount, create_user
from zhuji_core.identity.passwords import NO_PASSWORD
from zhuji_core.identity.role_changes import RoleView, list_roles
from zhuji_core.identity.users import (
    ListedUser,
    UserFilter,
    UserView,
    change_user,
    disable_user,
    enable_user,
    find_person,
    list_users,
    require_name,
)
from zhuji_core.permissions import CHANGE_USER, CREATE_USER, READ_USERS
from zhuji_core.values import Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of

Context = NamedDependency[RequestContext]


class WantedUser(Value, frozen=True, kw_only=True):
    """A new account; it has no password until a reset code is redeemed."""

    account: str
    name: str
    agency_code: str


class ChangedUser(Value, frozen=True, kw_only=True):
    """Name and home agency."""

    name: str
    agency_code: str


class Why(Value, frozen=True, kw_only=True):
    """The reason, for the audit."""

    reason: str


class UserApi(ApiController):
    """``/{county}/api/v1/kernel/users``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel"

    @get(
        "/users",
        operation_id="kernel.users.list",
        opt={PERMISSION: READ_USERS},
        sync_to_thread=True,
    )
    def search(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: Context,
        text: FromQuery[str] = "",
        states: FromQuery[str] = "",
        agency_code: FromQuery[str] = "",
        role: FromQuery[str] = "",
        limit: Limit = LIMIT,
        cursor: Cursor = "",
    ) -> Page[ListedUser]:
        """List people in order of account."""
        wanted = UserFilter(
            text=text,
            state=states,
            agency_code=agency_code,
            role=role,
            after=open_cursor(context, cursor, str) or "",
            limit=limit,
        )
        with context.read() as uow:
            found = list_users(uow, wanted)
        return page_of(
            context, found, limit=limit, key=lambda one: one.account, item=lambda one: one
        )

    @get(
        "/users/{user_id:uuid}",
        operation_id="kernel.user.read",
        opt={PERMISSION: READ_USERS},
        sync_to_thread=True,
    )
    def one(self, context: Context, user_id: FromPath[uuid.UUID]) -> UserView:
        """Read a person with all grants, past and future too."""
        with context.read() as uow:
            return find_person(uow, user_id=user_id)

    @post(
        "/users",
        operation_id="kernel.user.create",
        opt={PERMISSION: CREATE_USER, ANSWERS: UserAccount},
        status_code=201,
        sync_to_thread=True,
    )
    def create(self, context: Context, data: JSONBody[WantedUser]) -> Response[bytes]:
        """Make an account."""
        return context.perform(
            lambda uow: create_user(
                uow,
                account=data.account,
                name=require_name(data.name),
                agency_code=data.agency_code,
                password_hash=NO_PASSWORD,
            ),
            lambda made: json_answer(made, status_code=201),
        )

    @post(
        "/users/{user_id:uuid}/change",
        operation_id="kernel.user.change",
        opt={PERMISSION: CHANGE_USER, ANSWERS: UserAccount},
        status_code=200,
        sync_to_thread=True,
    )
    def change(
        self, context: Context, user_id: FromPath[uuid.UUID], data: JSONBody[ChangedUser]
    ) -> Response[bytes]:
        """Correct name and home agency."""
        return context.perform(
            lambda uow: change_user(
                uow, user_id=user_id, name=data.name, agency_code=data.agency_code
            ),
            json_answer,
        )

    @post(
        "/users/{user_id:uuid}/disabling",
        operation_id="kernel.user.disable",
        opt={PERMISSION: CHANGE_USER, ANSWERS: UserAccount},
        status_code=200,
        sync_to_thread=True,
    )
    def disable(
        self, context: Context, user_id: FromPath[uuid.UUID], data: JSONBody[Why]
    ) -> Response[bytes]:
        """Let a person sign in no more, at once."""
        return context.perform(
            lambda uow: disable_user(uow, user_id=user_id, reason=data.reason), json_answer
        )

    @post(
        "/users/{user_id:uuid}/enabling",
        operation_id="kernel.user.enable",
        opt={PERMISSION: CHANGE_USER, ANSWERS: UserAccount},
        status_code=200,
        sync_to_thread=True,
    )
    def enable(
        self, context: Context, user_id: FromPath[uuid.UUID], data: JSONBody[Why]
    ) -> Response[bytes]:
        """Let a disabled person sign in again."""
        return context.perform(
            lambda uow: enable_user(uow, user_id=user_id, reason=data.reason), json_answer
        )

    @get(
        "/roles",
        operation_id="kernel.roles.list",
        opt={PERMISSION: READ_USERS},
        sync_to_thread=True,
    )
    def roles(self, context: Context) -> list[RoleView]:
        """List roles with what each may do."""
        with context.read() as uow:
            return list_roles(uow)
