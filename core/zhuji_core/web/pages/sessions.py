"""The browsers in which somebody is signed in: seen and signed out, one by one or all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from zhuji_core.county import SESSION
from zhuji_core.identity.accounts import UserUnknown, find_user_by_id
from zhuji_core.identity.open_sessions import (
    OpenSession,
    end_session,
    list_sessions,
    revoke_sessions,
)
from zhuji_core.permissions import END_SESSION
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYLESS, PERMISSION, SIGNED_IN, PageController
from zhuji_core.web.devices import device_name
from zhuji_core.web.pages.security import security_crumbs
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Flash

TITLE = N_("登入中的裝置")
DONE = {
    "one": N_("已登出該裝置。"),
    "all": N_("其他裝置已全部登出。"),
}
FACTORS = {
    "password": N_("密碼"),
    "key": N_("密碼及安全金鑰"),
    "recovery": N_("密碼及救援碼"),
}


class SessionPages(PageController):
    """``/{county}/kernel/sessions`` of my own, ``…/kernel/users/{user_id}/sessions`` of others."""

    module = "kernel"
    path = "/{county:str}/kernel"

    @get(
        "/sessions",
        operation_id="kernel.sessions.page",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def mine(
        self, context: NamedDependency[RequestContext], done: FromQuery[str] = ""
    ) -> Response[str]:
        return _page(context, user_id=context.actor.user_id, path="kernel/sessions", done=done)

    @post(
        "/sessions/{session_id:uuid}/end",
        operation_id="kernel.session.end-mine",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def end_mine(
        self, context: NamedDependency[RequestContext], session_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        user_id = context.actor.user_id
        return context.perform(
            lambda uow: end_session(uow, user_id=user_id, session_id=session_id),
            lambda _: see_other(context.path("kernel/sessions?done=one")),
            writes=SESSION,
        )

    @post(
        "/sessions/end",
        operation_id="kernel.sessions.end-mine",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def end_my_others(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """Sign out everywhere but here."""
        return context.perform(
            lambda uow: revoke_sessions(uow, user_id=uow.actor.user_id, keep_token=context.token),
            lambda _: see_other(context.path("kernel/sessions?done=all")),
            writes=SESSION,
        )

    @get(
        "/users/{user_id:uuid}/sessions",
        operation_id="kernel.user-sessions.page",
        opt={PERMISSION: END_SESSION},
        sync_to_thread=True,
    )
    def theirs(
        self,
        context: NamedDependency[RequestContext],
        user_id: FromPath[uuid.UUID],
        done: FromQuery[str] = "",
    ) -> Response[str]:
        return _page(context, user_id=user_id, path=f"kernel/users/{user_id}/sessions", done=done)

    @post(
        "/users/{user_id:uuid}/sessions/{session_id:uuid}/end",
        operation_id="kernel.user-session.end",
        opt={PERMISSION: END_SESSION, KEYLESS: True},
        sync_to_thread=True,
    )
    def end_theirs(
        self,
        context: NamedDependency[RequestContext],
        user_id: FromPath[uuid.UUID],
        session_id: FromPath[uuid.UUID],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: end_session(uow, user_id=user_id, session_id=session_id),
            lambda _: see_other(context.path(f"kernel/users/{user_id}/sessions?done=one")),
            writes=SESSION,
        )

    @post(
        "/users/{user_id:uuid}/sessions/end",
        operation_id="kernel.user-sessions.end",
        opt={PERMISSION: END_SESSION, KEYLESS: True},
        sync_to_thread=True,
    )
    def end_all_theirs(
        self, context: NamedDependency[RequestContext], user_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """Sign somebody out everywhere (and leave the one who asks where they are)."""
        return context.perform(
            lambda uow: _revoke_all(uow, user_id=user_id, keep_token=context.token),
            lambda _: see_other(context.path(f"kernel/users/{user_id}/sessions?done=all")),
            writes=SESSION,
        )


def _revoke_all(uow: UnitOfWork, *, user_id: uuid.UUID, keep_token: str) -> int:
    if find_user_by_id(uow, user_id=user_id) is None:
        raise UserUnknown(user=str(user_id))
    return revoke_sessions(uow, user_id=user_id, keep_token=keep_token)


def _page(context: RequestContext, *, user_id: uuid.UUID, path: str, done: str) -> Response[str]:
    with context.read() as uow:
        user = find_user_by_id(uow, user_id=user_id)
        if user is None:
            raise UserUnknown(user=str(user_id))
        found = list_sessions(uow, user_id=user_id, token=context.token)
        own = user_id == uow.actor.user_id
        title = context.gettext(TITLE)
        return render(
            context,
            "kernel/sessions.html",
            title=title if own else f"{title}：{user.account} {user.name}",
            breadcrumb=security_crumbs(context, TITLE) if own else (),
            flash=(Flash(text=context.gettext(DONE[done])),) if done in DONE else (),
            url=context.path(path),
            own=own,
            sessions=_rows(context, found),
        )


def _rows(context: RequestContext, found: Sequence[OpenSession]) -> list[dict[str, object]]:
    return [
        {
            "id": one.session_id,
            "device": device_name(one.device) or context.gettext(N_("不明的程式")),
            "address": one.address,
            "factor": context.gettext(FACTORS[one.factor]),
            "created_at": one.created_at,
            "seen_at": one.seen_at,
            "this_one": one.this_one,
        }
        for one in found
    ]
