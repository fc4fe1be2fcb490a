"""Between the right password and the session: the pages of what remains to be done."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.sign_in_steps import (
    StepKind,
    StepUnknown,
    find_step,
    set_new_password,
)
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.client import client_of
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PUBLIC, PageController
from zhuji_core.web.cookies import enter_response, step_token
from zhuji_core.web.guards import safe_next
from zhuji_core.web.pages.credentials import new_password_of, rules_of
from zhuji_core.web.rendering import render_bare
from zhuji_core.web.threads import Threads


class SignInStepPages(PageController):
    """``/{county}/sign-in/new-password``; public, because nobody is signed in yet.

    Each handler asks for the step's own cookie and leads to the step that is due.
    """

    module = "kernel"
    path = "/{county:str}/sign-in"
    opt = {PUBLIC: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/new-password", operation_id="kernel.password.step-page", sync_to_thread=True)
    def new_password_page(
        self,
        context: NamedDependency[RequestContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
    ) -> Response[Any]:
        lead = elsewhere(context, StepKind.NEW_PASSWORD, next_path=next)
        return lead or _new_password(context, next_path=next)

    @post("/new-password", operation_id="kernel.password.step")
    async def new_password(
        self,
        context: NamedDependency[RequestContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[Any]:
        """Replace a temporary or aged password; hashed in the threads kept for that."""
        next_path = next_of(context, data.get("next", ""))
        try:
            entered = await threads.in_passwords(
                set_new_password,
                context.access,
                token=step_token(context),
                new=new_password_of(data),
                passwords=passwords,
                language=context.language,
                client=client_of(context.request),
            )
        except StepUnknown:
            return to_response(see_other(context.path("sign-in")))
        except DomainError as refusal:
            return await threads.in_work(
                _new_password, context, next_path=next_path, refusal=refusal
            )
        return enter_response(context, entered, next_path=next_path)


def elsewhere(context: RequestContext, page: StepKind, *, next_path: str) -> Response[Any] | None:
    """Lead to the step that is due when it is not this page's; None: it is."""
    try:
        _, due = find_step(context.access, token=step_token(context))
    except StepUnknown:
        return to_response(see_other(context.path("sign-in")))
    if due is page or due is None:
        return None
    return to_response(
        see_other(context.path(f"sign-in/{due.value}?next={next_of(context, next_path)}"))
    )


def _new_password(
    context: RequestContext, *, next_path: str, refusal: DomainError | None = None
) -> Response[str]:
    return render_bare(
        context,
        "kernel/new_password.html",
        title=context.gettext(N_("請變更密碼")),
        status_code=refusal.status_code if refusal else 200,
        next_path=next_of(context, next_path),
        rules=rules_of(context),
        errors=refusal.field_texts(context.gettext) if refusal else {},
        refusal=refusal.text(context.gettext) if refusal and not refusal.fields else "",
    )


def next_of(context: RequestContext, path: str) -> str:
    return safe_next(path, county=context.county.code.lower())
