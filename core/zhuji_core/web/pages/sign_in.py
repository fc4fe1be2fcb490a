"""Signing in, and the language of the pages."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_core.identity.lockout import AccountLocked
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.sign_in import SignInRefused, sign_in
from zhuji_core.identity.sign_in_steps import TemporaryPasswordExpired
from zhuji_core.settings import demo_accounts
from zhuji_core.values import N_
from zhuji_core.web.client import client_of
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PUBLIC, PageController
from zhuji_core.web.cookies import enter_response
from zhuji_core.web.guards import referring_path, safe_next
from zhuji_core.web.language import in_language
from zhuji_core.web.rendering import render_bare
from zhuji_core.web.shell import DemoSignIn, SignIn
from zhuji_core.web.threads import Threads

PASSWORD_SET = N_("密碼已設定，請以新密碼登入。")


class SignInPages(PageController):
    """``/{county}/sign-in`` and ``/{county}/language``."""

    module = "kernel"
    path = "/{county:str}"
    opt = {PUBLIC: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/sign-in", operation_id="kernel.session.page", sync_to_thread=True)
    def page(
        self,
        context: NamedDependency[RequestContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
        done: FromQuery[str] = "",
    ) -> Response[Any]:
        form = SignIn(
            next_path=_next(context, next),
            demo=_demo(context),
            notice=context.gettext(PASSWORD_SET) if done == "password" else "",
            reset_url=context.path("password-reset"),
        )
        return _form(context, form)

    @post("/sign-in", operation_id="kernel.session.open")
    async def enter(
        self,
        context: NamedDependency[RequestContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[Any]:
        """Try account and password in the threads kept for that (see ``threads.py``)."""
        account = data.get("account", "")
        next_path = _next(context, data.get("next", ""))
        try:
            entered = await threads.in_passwords(
                sign_in,
                context.access,
                account=account,
                password=data.get("password", ""),
                passwords=passwords,
                language=context.language,
                client=client_of(context.request),
            )
        except (SignInRefused, AccountLocked, TemporaryPasswordExpired) as refusal:
            text = refusal.text(context.gettext)
            reset_url = context.path("password-reset")
            form = SignIn(account=account, next_path=next_path, refusal=text, reset_url=reset_url)
            return _form(context, form, status_code=refusal.status_code)
        return enter_response(context, entered, next_path=next_path)

    @post("/language", operation_id="kernel.language.choose", sync_to_thread=False)
    def language(
        self, context: NamedDependency[RequestContext], data: URLEncodedBody[dict[str, str]]
    ) -> Response[bytes]:
        """Keep the choice in this browser and show the same page again."""
        here = data.get("next") or referring_path(context.request)
        return in_language(data.get("language", ""), path=_next(context, here))


def _form(context: RequestContext, form: SignIn, *, status_code: int = 200) -> Response[str]:
    title = context.gettext(N_("登入"))
    return render_bare(
        context,
        "sign_in.html",
        title=title,
        next_path=form.next_path,
        sign_in=form,
        status_code=status_code,
    )


def _next(context: RequestContext, path: str) -> str:
    return safe_next(path, county=context.county.code.lower())


def _demo(context: RequestContext) -> tuple[DemoSignIn, ...]:
    """Name the accounts of a demo county; their passwords stand in the terminal alone."""
    accounts = demo_accounts(context.access.settings())
    return tuple(
        DemoSignIn(
            account=one.account,
            name=one.name,
            agency="" if one.county_wide else one.agency_name,
            does=context.gettext("；").join(context.gettext(text) for text in one.does)
            or "、".join(one.roles),
        )
        for one in accounts
    )
