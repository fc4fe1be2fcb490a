"""Operators sign in to the host, and out."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_core.identity.lockout import AccountLocked
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.sign_in import SignInRefused
from zhuji_core.platform.sessions import COOKIE, close_session
from zhuji_core.platform.sign_in import host_sign_in
from zhuji_core.platform.sign_in_steps import HostPasswordExpired
from zhuji_core.values import N_
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HOST_SIGNED_IN, PUBLIC, HostController
from zhuji_core.web.guards import referring_path
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.language import in_language
from zhuji_core.web.pages.host_steps import at_host, enter_host, next_on_host
from zhuji_core.web.rendering import render_bare
from zhuji_core.web.shell import SignIn
from zhuji_core.web.threads import Threads

ROOT = "/host"


class HostSignInPages(HostController):
    """``/host/sign-in`` and ``/host/sign-out``; nothing of a county is asked."""

    path = ROOT

    @get("/sign-in", operation_id="host.session.page", opt={PUBLIC: True}, sync_to_thread=False)
    def page(
        self,
        context: NamedDependency[RequestContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
    ) -> Response[Any]:
        return _form(context, SignIn(next_path=next_on_host(next)))

    @post("/sign-in", operation_id="host.session.open", opt={PUBLIC: True})
    async def enter(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[Any]:
        account, next_path = data.get("account", ""), next_on_host(data.get("next", ""))
        try:
            entered = await threads.in_passwords(
                host_sign_in,
                host.service.platform,
                account=account,
                password=data.get("password", ""),
                passwords=passwords,
                at=at_host(context),
            )
        except (SignInRefused, AccountLocked, HostPasswordExpired) as refusal:
            text = refusal.text(context.gettext)
            form = SignIn(account=account, next_path=next_path, refusal=text)
            return _form(context, form, status_code=refusal.status_code)
        return enter_host(host, entered, next_path=next_path)

    @post(
        "/sign-out",
        operation_id="host.session.close",
        opt={HOST_SIGNED_IN: True},
        sync_to_thread=True,
    )
    def leave(self, host: NamedDependency[HostContext]) -> Response[bytes]:
        with host.write() as uow:
            close_session(uow, token=host.token)
        response = to_response(see_other(f"{ROOT}/sign-in"))
        response.delete_cookie(COOKIE, path=ROOT)
        return response

    @post(
        "/language",
        operation_id="host.language.choose",
        opt={HOST_SIGNED_IN: True},
        sync_to_thread=False,
    )
    def language(
        self, host: NamedDependency[HostContext], data: URLEncodedBody[dict[str, str]]
    ) -> Response[bytes]:
        here = referring_path(host.request)
        return in_language(data.get("language", ""), path=next_on_host(here))


def _form(context: RequestContext, form: SignIn, *, status_code: int = 200) -> Response[str]:
    title = context.gettext(N_("集中維運登入"))
    return render_bare(
        context,
        "sign_in.html",
        title=title,
        next_path=form.next_path,
        sign_in=form,
        status_code=status_code,
    )
