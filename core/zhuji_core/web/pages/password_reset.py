"""A one-time code for a new password: made by an administrator, redeemed by the person."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_core.county import SESSION
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.rates import TooManyRequests
from zhuji_core.identity.reset_password import make_reset_code, redeem_reset_code
from zhuji_core.permissions import RESET_PASSWORD
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.client import client_of
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYLESS, PERMISSION, PUBLIC, PageController
from zhuji_core.web.pages.credentials import new_password_of, rules_of
from zhuji_core.web.rendering import render, render_bare
from zhuji_core.web.threads import Threads


class PasswordResetPages(PageController):
    """``/{county}/password-reset`` and ``/{county}/kernel/users/{user_id}/password-reset``."""

    module = "kernel"
    path = "/{county:str}"

    @get(
        "/password-reset",
        operation_id="kernel.password.redeem-page",
        opt={PUBLIC: True},
        sync_to_thread=True,
    )
    def page(self, context: NamedDependency[RequestContext]) -> Response[str]:
        return _form(context)

    @post("/password-reset", operation_id="kernel.password.redeem", opt={PUBLIC: True})
    async def redeem(
        self,
        context: NamedDependency[RequestContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[Any]:
        """Set the password that the person typed, then let them sign in with it."""
        account = data.get("account", "")
        try:
            await threads.in_passwords(
                redeem_reset_code,
                context.access,
                account=account,
                code=data.get("code", ""),
                new=new_password_of(data),
                passwords=passwords,
                client=client_of(context.request),
            )
        except TooManyRequests:
            raise
        except DomainError as refusal:
            return await threads.in_work(_form, context, account=account, refusal=refusal)
        return to_response(see_other(context.path("sign-in?done=password")))

    @post(
        "/kernel/users/{user_id:uuid}/password-reset",
        operation_id="kernel.password.reset",
        opt={PERMISSION: RESET_PASSWORD, KEYLESS: True},
        sync_to_thread=True,
    )
    def make(
        self, context: NamedDependency[RequestContext], user_id: FromPath[uuid.UUID]
    ) -> Response[str]:
        """Show the code, once: it is kept nowhere, so this form is never answered again."""
        with context.write(writes=SESSION) as uow:
            made = make_reset_code(uow, user_id=user_id)
        title = context.gettext(N_("密碼重設碼"))
        return render(context, "kernel/reset_code.html", title=title, made=made)


def _form(
    context: RequestContext, *, account: str = "", refusal: DomainError | None = None
) -> Response[str]:
    return render_bare(
        context,
        "kernel/password_reset.html",
        title=context.gettext(N_("以重設碼設定密碼")),
        status_code=refusal.status_code if refusal else 200,
        account=account,
        rules=rules_of(context),
        errors=refusal.field_texts(context.gettext) if refusal else {},
        refusal=refusal.text(context.gettext) if refusal and not refusal.fields else "",
    )
