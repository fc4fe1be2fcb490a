"""Tokens of machines on a page: made, shown once, listed, revoked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.county import SESSION
from zhuji_core.identity.make_token import (
    MachineToken,
    WantedToken,
    list_tokens,
    make_token,
    revoke_token,
)
from zhuji_core.identity.permissions import titles_of
from zhuji_core.permissions import MAKE_TOKEN, MODULE, REVOKE_TOKEN
from zhuji_core.settings import CountySettings
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import KEYLESS, PERMISSION, SIGNED_IN, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash

TITLE = N_("機器權杖")
REVOKED = N_("權杖已撤銷，下一個請求起失效。")
DAYS = 90


class TokenPages(PageController):
    """``/{county}/kernel/tokens``."""

    module = "kernel"
    path = "/{county:str}/kernel/tokens"

    @get("/", operation_id="kernel.tokens.page", opt={PERMISSION: MAKE_TOKEN}, sync_to_thread=True)
    def page(
        self, context: NamedDependency[RequestContext], done: FromQuery[str] = ""
    ) -> Response[str]:
        return _page(context, flash=done == "revoked")

    @post(
        "/",
        operation_id="kernel.token.make",
        opt={PERMISSION: MAKE_TOKEN, KEYLESS: True},
        sync_to_thread=True,
    )
    def make(
        self,
        context: NamedDependency[RequestContext],
        data: URLEncodedBody[dict[str, str | list[str]]],
    ) -> Response[str]:
        """Show the token, once: it is kept nowhere, so this form is never answered again."""
        try:
            wanted = _wanted(data)
            with context.write(writes=SESSION) as uow:
                made = make_token(uow, wanted)
        except DomainError as refusal:
            return _page(context, typed=data, refusal=refusal)
        return render(
            context,
            "kernel/token_made.html",
            title=context.gettext(N_("權杖已建立")),
            breadcrumb=(
                Crumb(title=context.gettext(TITLE), url=context.path("kernel/tokens")),
                Crumb(title=made.token.name),
            ),
            made=made,
            api=f"{context.path('api/v1/')}",
        )

    @post(
        "/{token_id:uuid}/revocation",
        operation_id="kernel.token.revoke",
        opt={SIGNED_IN: True},
        sync_to_thread=True,
    )
    def revoke(
        self, context: NamedDependency[RequestContext], token_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: revoke_token(uow, token_id=token_id),
            lambda _: see_other(context.path("kernel/tokens?done=revoked")),
            writes=SESSION,
        )


def _wanted(data: dict[str, str | list[str]]) -> WantedToken:
    days = str(data.get("days", "")).strip()
    return WantedToken(
        name=str(data.get("name", "")).strip(),
        permissions=_several(data.get("permissions")),
        agencies=tuple(str(data.get("agencies", "")).replace("、", " ").replace(",", " ").split()),
        days=int(days) if days.isascii() and days.isdigit() and len(days) < len("9999") else 0,
    )


def _several(value: str | list[str] | None) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _page(
    context: RequestContext,
    *,
    flash: bool = False,
    typed: dict[str, str | list[str]] | None = None,
    refusal: DomainError | None = None,
) -> Response[str]:
    with context.read() as uow:
        everybody = uow.actor.may(REVOKE_TOKEN)
        tokens = list_tokens(uow, owner_id=None if everybody else uow.actor.user_id)
        given = typed or {}
        return render(
            context,
            "kernel/tokens.html",
            title=context.gettext(TITLE),
            status_code=refusal.status_code if refusal else 200,
            flash=(Flash(text=context.gettext(REVOKED)),) if flash else (),
            url=context.path("kernel/tokens"),
            tokens=_rows(context, tokens),
            everybody=everybody,
            rights=_rights(context, uow),
            days_max=uow.settings(CountySettings, module=MODULE).token_days_max,
            typed={"name": "", "agencies": "", "days": str(DAYS), **given},
            chosen=_several(given.get("permissions")),
            errors=refusal.field_texts(context.gettext) if refusal else {},
            refusal=refusal.text(context.gettext) if refusal else "",
        )


def _rights(context: RequestContext, uow: UnitOfWork) -> list[tuple[str, str]]:
    """Return what the actor holds: a token can be given no more."""
    titles = titles_of(uow, names=sorted(uow.actor.permissions))
    return [(name, context.gettext(title)) for name, title in titles.items()]


def _rows(context: RequestContext, tokens: Sequence[MachineToken]) -> list[dict[str, object]]:
    now = context.access.clock()
    return [
        {
            "id": token.token_id,
            "token": token,
            "live": token.revoked_at is None and token.valid_to > now,
            "state": context.gettext(_state(token, live=token.valid_to > now)),
        }
        for token in tokens
    ]


def _state(token: MachineToken, *, live: bool) -> str:
    if token.revoked_at is not None:
        return N_("已撤銷")
    return N_("有效") if live else N_("已逾期")
