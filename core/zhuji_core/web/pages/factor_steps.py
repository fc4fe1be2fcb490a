"""The pages of the second step of signing in: prove a key or a code, or register a first key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_core.identity.factor_steps import (
    AtStep,
    begin_enrolment,
    begin_second_factor,
    enrol_key,
    prove_by_code,
    prove_by_key,
)
from zhuji_core.identity.sign_in_steps import Entered, StepKind, StepUnknown
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.client import client_of
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, PUBLIC, PageController
from zhuji_core.web.cookies import enter_response, step_token
from zhuji_core.web.pages.keys import options_answer, site_of
from zhuji_core.web.pages.sign_in_steps import elsewhere, next_of
from zhuji_core.web.rendering import render_bare

Form = URLEncodedBody[dict[str, str]]
TITLES = {
    StepKind.SECOND_FACTOR: N_("以安全金鑰確認身分"),
    StepKind.ENROL_KEY: N_("請登錄安全金鑰"),
}


class FactorStepPages(PageController):
    """``/{county}/sign-in/second-factor`` and ``…/enrol-key``; public, by the step's own cookie."""

    module = "kernel"
    path = "/{county:str}/sign-in"
    opt = {PUBLIC: True}  # noqa: RUF012 (Litestar's own declaration)

    @get("/second-factor", operation_id="kernel.factor.step-page", sync_to_thread=True)
    def second_factor_page(
        self,
        context: NamedDependency[RequestContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
    ) -> Response[Any]:
        return _page(context, StepKind.SECOND_FACTOR, next_path=next)

    @post(
        "/second-factor/options",
        operation_id="kernel.factor.step-options",
        opt={API: True},
        status_code=200,
        sync_to_thread=True,
    )
    def second_factor_options(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        return options_answer(
            begin_second_factor(context.access, _at(context), party=site_of(context))
        )

    @post("/second-factor", operation_id="kernel.factor.step", sync_to_thread=True)
    def second_factor(self, context: NamedDependency[RequestContext], data: Form) -> Response[Any]:
        """Take what a key answered, or a recovery code."""
        if "code" in data:
            return _go_on(
                context,
                data,
                StepKind.SECOND_FACTOR,
                lambda: prove_by_code(context.access, _at(context), code=data["code"]),
            )
        return _go_on(
            context,
            data,
            StepKind.SECOND_FACTOR,
            lambda: prove_by_key(
                context.access,
                _at(context),
                party=site_of(context),
                answer=data.get("answer", ""),
            ),
        )

    @get("/enrol-key", operation_id="kernel.factor.enrol-page", sync_to_thread=True)
    def enrol_page(
        self,
        context: NamedDependency[RequestContext],
        next: FromQuery[str] = "",  # noqa: A002 (the name in the address)
    ) -> Response[Any]:
        return _page(context, StepKind.ENROL_KEY, next_path=next)

    @post(
        "/enrol-key/options",
        operation_id="kernel.factor.enrol-options",
        opt={API: True},
        status_code=200,
        sync_to_thread=True,
    )
    def enrol_options(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        return options_answer(begin_enrolment(context.access, _at(context), party=site_of(context)))

    @post("/enrol-key", operation_id="kernel.factor.enrol", sync_to_thread=True)
    def enrol(self, context: NamedDependency[RequestContext], data: Form) -> Response[Any]:
        """Register a first key and sign in with it."""
        return _go_on(
            context,
            data,
            StepKind.ENROL_KEY,
            lambda: enrol_key(
                context.access,
                _at(context),
                party=site_of(context),
                answer=data.get("answer", ""),
                name=data.get("name", ""),
            ),
        )


def _at(context: RequestContext) -> AtStep:
    return AtStep(
        token=step_token(context), language=context.language, client=client_of(context.request)
    )


def _go_on(
    context: RequestContext, data: dict[str, str], kind: StepKind, prove: Callable[[], Entered]
) -> Response[Any]:
    next_path = next_of(context, data.get("next", ""))
    try:
        entered = prove()
    except StepUnknown:
        return to_response(see_other(context.path("sign-in")))
    except DomainError as refusal:
        return _page(context, kind, next_path=next_path, name=data.get("name", ""), refusal=refusal)
    return enter_response(context, entered, next_path=next_path)


def _page(
    context: RequestContext,
    kind: StepKind,
    *,
    next_path: str,
    name: str = "",
    refusal: DomainError | None = None,
) -> Response[Any]:
    lead = elsewhere(context, kind, next_path=next_path)
    if lead is not None:
        return lead
    here = context.path(f"sign-in/{kind.value}")
    return render_bare(
        context,
        f"kernel/{kind.value.replace('-', '_')}.html",
        title=context.gettext(TITLES[kind]),
        status_code=refusal.status_code if refusal else 200,
        here=here,
        next_path=next_of(context, next_path),
        name=name,
        available=bool(context.origin),
        errors=refusal.field_texts(context.gettext) if refusal else {},
        refusal=refusal.text(context.gettext) if refusal and not refusal.fields else "",
    )
