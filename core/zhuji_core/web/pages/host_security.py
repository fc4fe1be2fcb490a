"""What protects an operator's account: the password, security keys and recovery codes."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.identity.my_security import MySecurity
from zhuji_core.identity.passwords import Passwords
from zhuji_core.platform.accounts import POLICY
from zhuji_core.platform.own_password import change_own_password
from zhuji_core.platform.own_security import find_own_security
from zhuji_core.platform.security_keys import (
    begin_key,
    list_keys,
    make_recovery_codes,
    register_key,
    remove_key,
    rename_key,
)
from zhuji_core.platform.sessions import COOKIE
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.components import Fact, Kind
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, HOST_SIGNED_IN, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.pages.credentials import new_password_of, rules_in_words
from zhuji_core.web.pages.host_steps import host_party
from zhuji_core.web.pages.keys import options_answer
from zhuji_core.web.shell import Flash
from zhuji_core.web.threads import Threads

Form = URLEncodedBody[dict[str, str]]
PAGE = "/host/security"
KEYS = f"{PAGE}/keys"
DONE = {
    "password": N_("密碼已變更，其他裝置上的登入已全部登出。"),
    "added": N_("安全金鑰已登錄，下次登入時須使用。"),
    "renamed": N_("安全金鑰名稱已變更。"),
    "removed": N_("安全金鑰已移除。"),
}


class HostSecurityPages(HostController):
    """``/host/security``; every operator's own, whatever the role."""

    path = PAGE

    @get("/", operation_id="host.security.page", opt={HOST_SIGNED_IN: True}, sync_to_thread=True)
    def page(self, host: NamedDependency[HostContext], done: FromQuery[str] = "") -> Response[str]:
        with host.read() as uow:
            mine = find_own_security(uow)
        return host.render(
            "host/security.html",
            title=host.gettext(N_("帳號安全")),
            flash=_flash(host, done),
            parts=_parts(host, mine),
        )

    @get(
        "/password",
        operation_id="host.password.page",
        opt={HOST_SIGNED_IN: True},
        sync_to_thread=True,
    )
    def password_page(self, host: NamedDependency[HostContext]) -> Response[str]:
        return _password(host)

    @post("/password", operation_id="host.password.change", opt={HOST_SIGNED_IN: True})
    async def change_password(
        self,
        host: NamedDependency[HostContext],
        passwords: NamedDependency[Passwords],
        threads: NamedDependency[Threads],
        data: Form,
    ) -> Response[Any]:
        """Replace the operator's password; other sessions of theirs end."""
        try:
            token = await threads.in_passwords(
                change_own_password,
                host.service.platform,
                host.operator,
                token=host.token,
                current=data.get("current", ""),
                new=new_password_of(data),
                passwords=passwords,
            )
        except DomainError as refusal:
            return await threads.in_work(_password, host, refusal=refusal)
        response = to_response(see_other(f"{PAGE}?done=password"))
        host.set_cookie(response, name=COOKIE, token=token)
        return response

    @get("/keys", operation_id="host.factors.page", opt={HOST_SIGNED_IN: True}, sync_to_thread=True)
    def keys_page(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        done: FromQuery[str] = "",
    ) -> Response[str]:
        return _keys(context, host, done=done)

    @post(
        "/keys/options",
        operation_id="host.factor.options",
        opt={HOST_SIGNED_IN: True, API: True},
        status_code=200,
        sync_to_thread=True,
    )
    def options(
        self, context: NamedDependency[RequestContext], host: NamedDependency[HostContext]
    ) -> Response[bytes]:
        """Give the page's script what it asks a key with."""
        return options_answer(
            begin_key(
                host.service.platform,
                host.operator,
                token=host.token,
                party=host_party(context),
            )
        )

    @post("/keys", operation_id="host.factor.add", opt={HOST_SIGNED_IN: True}, sync_to_thread=True)
    def add(
        self,
        context: NamedDependency[RequestContext],
        host: NamedDependency[HostContext],
        data: Form,
    ) -> Response[Any]:
        try:
            token = register_key(
                host.service.platform,
                host.operator,
                token=host.token,
                party=host_party(context),
                answer=data.get("answer", ""),
                name=data.get("name", ""),
            )
        except DomainError as refusal:
            return _keys(context, host, name=data.get("name", ""), refusal=refusal)
        response = to_response(see_other(f"{KEYS}?done=added"))
        host.set_cookie(response, name=COOKIE, token=token)
        return response

    @post(
        "/keys/{key_id:uuid}/name",
        operation_id="host.factor.rename",
        opt={HOST_SIGNED_IN: True},
        sync_to_thread=True,
    )
    def rename(
        self, host: NamedDependency[HostContext], key_id: FromPath[uuid.UUID], data: Form
    ) -> Response[bytes]:
        with host.write() as uow:
            rename_key(uow, key_id=key_id, name=data.get("name", ""))
        return to_response(see_other(f"{KEYS}?done=renamed"))

    @post(
        "/keys/{key_id:uuid}/removal",
        operation_id="host.factor.remove",
        opt={HOST_SIGNED_IN: True},
        sync_to_thread=True,
    )
    def remove(
        self, host: NamedDependency[HostContext], key_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        with host.write() as uow:
            remove_key(uow, key_id=key_id)
        return to_response(see_other(f"{KEYS}?done=removed"))

    @post(
        "/recovery-codes",
        operation_id="host.recovery-codes.make",
        opt={HOST_SIGNED_IN: True},
        sync_to_thread=True,
    )
    def codes(self, host: NamedDependency[HostContext]) -> Response[str]:
        """Show ten new codes, once: they are kept nowhere, so this is never answered again."""
        with host.write() as uow:
            made = make_recovery_codes(uow)
        return host.render(
            "host/recovery_codes.html",
            title=host.gettext(N_("救援碼")),
            codes=made,
            back_url=KEYS,
        )


def _flash(host: HostContext, done: str) -> tuple[Flash, ...]:
    return (Flash(text=host.gettext(DONE[done])),) if done in DONE else ()


def _password(host: HostContext, *, refusal: DomainError | None = None) -> Response[str]:
    return host.render(
        "host/password.html",
        title=host.gettext(N_("變更密碼")),
        status_code=refusal.status_code if refusal else 200,
        key=str(uuid.uuid4()),
        url=f"{PAGE}/password",
        rules=rules_in_words(POLICY, host.gettext),
        errors=refusal.field_texts(host.gettext) if refusal else {},
        refusal=refusal.text(host.gettext) if refusal and not refusal.fields else "",
    )


def _keys(
    context: RequestContext,
    host: HostContext,
    *,
    done: str = "",
    name: str = "",
    refusal: DomainError | None = None,
) -> Response[str]:
    with host.read() as uow:
        keys, unused = list_keys(uow), find_own_security(uow).recovery_codes
    return host.render(
        "host/keys.html",
        title=host.gettext(N_("安全金鑰")),
        status_code=refusal.status_code if refusal else 200,
        flash=_flash(host, done),
        key=str(uuid.uuid4()),
        url=KEYS,
        codes_url=f"{PAGE}/recovery-codes",
        keys=[msgspec.structs.asdict(one) for one in keys],
        unused_codes=unused,
        required=False,
        available=bool(context.origin),
        name=name,
        errors=refusal.field_texts(host.gettext) if refusal else {},
        refusal=refusal.text(host.gettext) if refusal and not refusal.fields else "",
    )


def _parts(host: HostContext, mine: MySecurity) -> tuple[dict[str, object], ...]:
    words = host.gettext
    return (
        {
            "id": "password",
            "title": words(N_("密碼")),
            "verb": words(N_("變更密碼")),
            "url": f"{PAGE}/password",
            "facts": (
                Fact(label=words(N_("上次變更")), value=mine.password_set_at, kind=Kind.TIME),
                Fact(label=words(N_("須於此日前變更")), value=mine.password_due_on, kind=Kind.DATE),
                Fact(label=words(N_("登入中的裝置")), value=mine.sessions, kind=Kind.NUMBER),
            ),
        },
        {
            "id": "keys",
            "title": words(N_("安全金鑰")),
            "verb": words(N_("登錄及管理金鑰、救援碼")),
            "url": KEYS,
            "facts": (
                Fact(label=words(N_("金鑰數")), value=mine.keys, kind=Kind.NUMBER),
                Fact(
                    label=words(N_("未使用的救援碼")),
                    value=mine.recovery_codes,
                    kind=Kind.NUMBER,
                ),
            ),
        },
    )
