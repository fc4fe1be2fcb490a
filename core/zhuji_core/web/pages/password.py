"""The page on which a person changes their own password."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.set_password import change_password
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import SIGNED_IN, PageController
from zhuji_core.web.cookies import set_session
from zhuji_core.web.pages.credentials import new_password_of, rules_of
from zhuji_core.web.pages.security import security_crumbs
from zhuji_core.web.rendering import render
from zhuji_core.web.threads import Threads


class PasswordPages(PageController):
    """``/{county}/kernel/password``."""

    module = "kernel"
    path = "/{county:str}/kernel/password"
    opt = {SIGNED_IN: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/", operation_id="kernel.password.page", sync_to_thread=True)
    def page(self, context: NamedDependency[RequestContext]) -> Response[str]:
        return _form(context)

    @post("/", operation_id="kernel.password.change")
    async def change(
        self,
        context: NamedDependency[RequestContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[Any]:
        """Replace the password in the threads kept for that; other sessions of the person end."""
        try:
            token = await threads.in_passwords(
                change_password,
                context.access,
                actor=context.actor,
                token=context.token,
                current=data.get("current", ""),
                new=new_password_of(data),
                passwords=passwords,
            )
        except DomainError as refusal:
            return await threads.in_work(_form, context, refusal=refusal)
        response = to_response(see_other(context.path("kernel/security?done=password")))
        set_session(context, response, token=token)
        return response


def _form(context: RequestContext, *, refusal: DomainError | None = None) -> Response[str]:
    return render(
        context,
        "kernel/password.html",
        title=context.gettext(N_("變更密碼")),
        breadcrumb=security_crumbs(context, N_("變更密碼")),
        status_code=refusal.status_code if refusal else 200,
        url=context.path("kernel/password"),
        rules=rules_of(context),
        errors=refusal.field_texts(context.gettext) if refusal else {},
        refusal=refusal.text(context.gettext) if refusal and not refusal.fields else "",
    )
