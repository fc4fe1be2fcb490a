"""What protects my account, on one page: password, sessions, security keys."""

from __future__ import annotations

import datetime as dt

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.identity.my_security import MySecurity, find_my_security
from zhuji_core.values import N_
from zhuji_core.web.components import Fact, Kind
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import SIGNED_IN, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash

TITLE = N_("帳號安全")
DONE = {
    "password": N_("密碼已變更，其他裝置上的登入已全部登出。"),
}


class SecurityPages(PageController):
    """``/{county}/kernel/security``."""

    module = "kernel"
    path = "/{county:str}/kernel/security"
    opt = {SIGNED_IN: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/", operation_id="kernel.security.page", sync_to_thread=True)
    def page(
        self, context: NamedDependency[RequestContext], done: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            mine = find_my_security(uow)
            flash = (Flash(text=context.gettext(DONE[done])),) if done in DONE else ()
            return render(
                context,
                "kernel/security.html",
                title=context.gettext(TITLE),
                flash=flash,
                parts=_parts(context, mine),
            )


def security_crumbs(context: RequestContext, title: str) -> tuple[Crumb, ...]:
    """Lead from a page of one's own account back to the page that shows all of it."""
    return (
        Crumb(title=context.gettext(TITLE), url=context.path("kernel/security")),
        Crumb(title=context.gettext(title)),
    )


def _parts(context: RequestContext, mine: MySecurity) -> tuple[dict[str, object], ...]:
    words = context.gettext
    changed: tuple[Fact, ...] = (
        Fact(label=words(N_("上次變更")), value=mine.password_set_at, kind=Kind.TIME),
    )
    if mine.password_due_on is not None:
        due: dt.date = mine.password_due_on
        changed += (Fact(label=words(N_("須於此日前變更")), value=due, kind=Kind.DATE),)
    return (
        _part(context, "password", N_("密碼"), N_("變更密碼"), changed),
        _part(
            context,
            "sessions",
            N_("登入中的裝置"),
            N_("檢視與登出"),
            (Fact(label=words(N_("裝置數")), value=mine.sessions, kind=Kind.NUMBER),),
        ),
        _part(
            context,
            "keys",
            N_("安全金鑰"),
            N_("登錄及管理金鑰、救援碼"),
            (
                Fact(label=words(N_("金鑰數")), value=mine.keys, kind=Kind.NUMBER),
                Fact(
                    label=words(N_("未使用的救援碼")),
                    value=mine.recovery_codes,
                    kind=Kind.NUMBER,
                ),
            ),
        ),
    )


def _part(
    context: RequestContext, path: str, title: str, verb: str, facts: tuple[Fact, ...]
) -> dict[str, object]:
    return {
        "id": path,
        "title": context.gettext(title),
        "verb": context.gettext(verb),
        "url": context.path(f"kernel/{path}"),
        "facts": facts,
    }
