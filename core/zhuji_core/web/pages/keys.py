"""The security keys and recovery codes of the person who is signed in."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.county import SESSION
from zhuji_core.identity.ceremonies import Party, party_of
from zhuji_core.identity.my_security import find_my_security
from zhuji_core.identity.register_key import begin_key, register_key
from zhuji_core.identity.reset_factors import RESET, FactorReset
from zhuji_core.identity.security_keys import (
    is_required,
    list_keys,
    make_recovery_codes,
    remove_key,
    rename_key,
)
from zhuji_core.permissions import RESET_FACTORS
from zhuji_core.proposals.propose import propose
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, PERMISSION, SIGNED_IN, PageController
from zhuji_core.web.cookies import set_session
from zhuji_core.web.pages.security import security_crumbs
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Flash

TITLE = N_("安全金鑰")
DONE = {
    "added": N_("安全金鑰已登錄，下次登入時須使用。"),
    "renamed": N_("安全金鑰名稱已變更。"),
    "removed": N_("安全金鑰已移除。"),
}


class KeyPages(PageController):
    """``/{county}/kernel/keys``."""

    module = "kernel"
    path = "/{county:str}/kernel"

    @get("/keys", operation_id="kernel.factors.page", opt={SIGNED_IN: True}, sync_to_thread=True)
    def page(
        self, context: NamedDependency[RequestContext], done: FromQuery[str] = ""
    ) -> Response[str]:
        return _page(context, done=done)

    @post(
        "/keys/options",
        operation_id="kernel.factor.options",
        opt={SIGNED_IN: True, API: True},
        status_code=200,
        sync_to_thread=True,
    )
    def options(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        """Give the page's script what it asks a key with."""
        options = begin_key(
            context.access, actor=context.actor, token=context.token, party=site_of(context)
        )
        return options_answer(options)

    @post("/keys", operation_id="kernel.factor.add", opt={SIGNED_IN: True}, sync_to_thread=True)
    def add(
        self, context: NamedDependency[RequestContext], data: URLEncodedBody[dict[str, str]]
    ) -> Response[Any]:
        try:
            token = register_key(
                context.access,
                actor=context.actor,
                token=context.token,
                party=site_of(context),
                answer=data.get("answer", ""),
                name=data.get("name", ""),
            )
        except DomainError as refusal:
            return _page(context, name=data.get("name", ""), refusal=refusal)
        response = to_response(see_other(context.path("kernel/keys?done=added")))
        set_session(context, response, token=token)
        return response

    @post(
        "/keys/{key_id:uuid}/name",
        operation_id="kernel.factor.rename",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def rename(
        self,
        context: NamedDependency[RequestContext],
        key_id: FromPath[uuid.UUID],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: rename_key(uow, key_id=key_id, name=data.get("name", "")),
            lambda _: see_other(context.path("kernel/keys?done=renamed")),
            writes=SESSION,
        )

    @post(
        "/keys/{key_id:uuid}/removal",
        operation_id="kernel.factor.remove",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def remove(
        self, context: NamedDependency[RequestContext], key_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: remove_key(uow, key_id=key_id),
            lambda _: see_other(context.path("kernel/keys?done=removed")),
            writes=SESSION,
        )

    @post(
        "/recovery-codes",
        operation_id="kernel.recovery-codes.make",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def codes(self, context: NamedDependency[RequestContext]) -> Response[str]:
        """Show ten new codes, once: they are kept nowhere, so this is never answered again."""
        with context.write(writes=SESSION) as uow:
            made = make_recovery_codes(uow)
        return render(
            context,
            "kernel/recovery_codes.html",
            title=context.gettext(N_("救援碼")),
            breadcrumb=security_crumbs(context, N_("救援碼")),
            codes=made,
            back_url=context.path("kernel/keys"),
        )

    @post(
        "/users/{user_id:uuid}/factor-reset",
        operation_id="kernel.factor.reset",
        opt={PERMISSION: RESET_FACTORS},
        sync_to_thread=True,
    )
    def reset(
        self,
        context: NamedDependency[RequestContext],
        user_id: FromPath[uuid.UUID],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[bytes]:
        """Propose that all keys of a person are removed; a second administrator decides."""
        return context.perform(
            lambda uow: propose(
                uow,
                RESET,
                FactorReset(user_id=user_id),
                reason=data.get("reason", ""),
                reference=data.get("reference", ""),
            ),
            lambda made: see_other(context.path(f"kernel/proposals/{made.proposal_id}")),
        )


def site_of(context: RequestContext) -> Party:
    """Return the site to which keys are bound; raise FactorUnavailable."""
    return party_of(
        context.origin, name=f"{context.county.name}{context.gettext(N_('主計資訊系統'))}"
    )


def options_answer(options: str) -> Response[bytes]:
    return Response(options.encode(), status_code=200, media_type="application/json")


def _page(
    context: RequestContext,
    *,
    done: str = "",
    name: str = "",
    refusal: DomainError | None = None,
) -> Response[str]:
    with context.read() as uow:
        return render(
            context,
            "kernel/keys.html",
            title=context.gettext(TITLE),
            breadcrumb=security_crumbs(context, TITLE),
            status_code=refusal.status_code if refusal else 200,
            flash=(Flash(text=context.gettext(DONE[done])),) if done in DONE else (),
            url=context.path("kernel/keys"),
            codes_url=context.path("kernel/recovery-codes"),
            keys=[msgspec.structs.asdict(key) for key in list_keys(uow)],
            unused_codes=find_my_security(uow).recovery_codes,
            required=is_required(uow),
            available=bool(context.origin),
            name=name,
            errors=refusal.field_texts(context.gettext) if refusal else {},
            refusal=refusal.text(context.gettext) if refusal and not refusal.fields else "",
        )
