"""Between an operator's right password and the session: a key is proved, a password replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_core.identity.ceremonies import Party, party_of
from zhuji_core.identity.passwords import Passwords
from zhuji_core.identity.sign_in_steps import LASTS, Entered, StepKind, StepUnknown
from zhuji_core.platform.accounts import POLICY
from zhuji_core.platform.sessions import COOKIE
from zhuji_core.platform.sign_in_steps import (
    AtHost,
    begin_second_factor,
    find_step,
    prove_by_code,
    prove_by_key,
    set_new_password,
)
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.client import client_of
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, PUBLIC, HostController
from zhuji_core.web.guards import safe_next
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.pages.credentials import new_password_of, rules_in_words
from zhuji_core.web.pages.keys import options_answer
from zhuji_core.web.rendering import render_bare
from zhuji_core.web.threads import Threads

Form = URLEncodedBody[dict[str, str]]
SIGN_IN = "/host/sign-in"
STEP_COOKIE = "zhuji_host_step"
SITE = N_("主計資訊系統集中維運")
TITLES = {
    StepKind.SECOND_FACTOR: N_("以安全金鑰確認身分"),
    StepKind.NEW_PASSWORD: N_("請變更密碼"),
}


class HostStepPages(HostController):
    """``/host/sign-in/…``; public, by the step's own cookie. Each leads to the step that is due."""

    path = SIGN_IN

    @get(
        "/second-factor",
        operation_id="host.factor.step-page",
        opt={PUBLIC: True},
        sync_to_thread=True,
    )
    def second_factor_page(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
    ) -> Response[Any]:
        return _page(context, host, StepKind.SECOND_FACTOR, next_path=next)

    @post(
        "/second-factor/options",
        operation_id="host.factor.step-options",
        opt={PUBLIC: True, API: True},
        status_code=200,
        sync_to_thread=True,
    )
    def second_factor_options(
        self, context: NamedDependency[RequestContext], host: NamedDependency[HostContext]
    ) -> Response[bytes]:
        return options_answer(
            begin_second_factor(host.service.platform, at_host(context), party=host_party(context))
        )

    @post(
        "/second-factor",
        operation_id="host.factor.step",
        opt={PUBLIC: True},
        sync_to_thread=True,
    )
    def second_factor(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        data: Form,
    ) -> Response[Any]:
        """Take what a key answered, or a recovery code."""
        platform, at = host.service.platform, at_host(context)

        def prove() -> Entered:
            if "code" in data:
                return prove_by_code(platform, at, code=data["code"])
            answer = data.get("answer", "")
            return prove_by_key(platform, at, party=host_party(context), answer=answer)

        return _go_on(context, host, data, prove)

    @get(
        "/new-password",
        operation_id="host.password.step-page",
        opt={PUBLIC: True},
        sync_to_thread=True,
    )
    def new_password_page(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
    ) -> Response[Any]:
        return _page(context, host, StepKind.NEW_PASSWORD, next_path=next)

    @post("/new-password", operation_id="host.password.step", opt={PUBLIC: True})
    async def new_password(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: Form,
    ) -> Response[Any]:
        """Replace a temporary or aged password; hashed in the threads kept for that."""
        next_path = next_on_host(data.get("next", ""))
        try:
            entered = await threads.in_passwords(
                set_new_password,
                host.service.platform,
                at_host(context),
                new=new_password_of(data),
                passwords=passwords,
            )
        except StepUnknown:
            return to_response(see_other(SIGN_IN))
        except DomainError as refusal:
            return await threads.in_work(
                _page, context, host, StepKind.NEW_PASSWORD, next_path=next_path, refusal=refusal
            )
        return enter_host(host, entered, next_path=next_path)


def at_host(context: RequestContext) -> AtHost:
    return AtHost(
        token=str(context.request.cookies.get(STEP_COOKIE, "")),
        language=context.language,
        address=client_of(context.request).address,
    )


def host_party(context: RequestContext) -> Party:
    """Return the site to which operators' keys are bound; raise FactorUnavailable."""
    return party_of(context.origin, name=context.gettext(SITE))


def next_on_host(path: str) -> str:
    return safe_next(path, county="host")


def enter_host(host: HostContext, entered: Entered, *, next_path: str) -> Response[bytes]:
    """Lead on: to the host's pages with a session, or to the page of the next step."""
    if entered.step is None:
        response = to_response(see_other(next_path))
        host.set_cookie(response, name=COOKIE, token=entered.token)
        response.delete_cookie(STEP_COOKIE, path="/host")
        return response
    page = f"{SIGN_IN}/{entered.step.value}?next={quote(next_path, safe='/')}"
    response = to_response(see_other(page))
    host.set_cookie(
        response, name=STEP_COOKIE, token=entered.token, max_age=int(LASTS.total_seconds())
    )
    return response


def _go_on(
    context: RequestContext, host: HostContext, data: dict[str, str], prove: Callable[[], Entered]
) -> Response[Any]:
    next_path = next_on_host(data.get("next", ""))
    try:
        entered = prove()
    except StepUnknown:
        return to_response(see_other(SIGN_IN))
    except DomainError as refusal:
        return _page(context, host, StepKind.SECOND_FACTOR, next_path=next_path, refusal=refusal)
    return enter_host(host, entered, next_path=next_path)


def _page(
    context: RequestContext,
    host: HostContext,
    kind: StepKind,
    *,
    next_path: str,
    refusal: DomainError | None = None,
) -> Response[Any]:
    following = next_on_host(next_path)
    try:
        _, due = find_step(host.service.platform, token=at_host(context).token)
    except StepUnknown:
        return to_response(see_other(SIGN_IN))
    if due is not kind and due is not None:
        return to_response(see_other(f"{SIGN_IN}/{due.value}?next={quote(following, safe='/')}"))
    return render_bare(
        context,
        f"kernel/{kind.value.replace('-', '_')}.html",
        title=context.gettext(TITLES[kind]),
        status_code=refusal.status_code if refusal else 200,
        here=f"{SIGN_IN}/{kind.value}",
        next_path=following,
        available=bool(context.origin),
        rules=rules_in_words(POLICY, context.gettext),
        errors=refusal.field_texts(context.gettext) if refusal else {},
        refusal=refusal.text(context.gettext) if refusal and not refusal.fields else "",
    )
