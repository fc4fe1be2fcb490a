"""Emergency access on the host's side: asked for, decided by another, opened, ended."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.db.counties import read_counties
from zhuji_core.identity.break_glass import MINUTES_MAX, cookie_name
from zhuji_core.platform.accounts import count_operators
from zhuji_core.platform.break_glass import (
    MINUTES_MIN,
    PassMinutes,
    decide_pass,
    finish_pass,
    list_host_passes,
    request_pass,
    use_pass,
)
from zhuji_core.platform.operators import DECIDE_PASS, REQUEST_PASS
from zhuji_core.values import N_
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.components import Option
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.shell import Flash, FlashKind

PAGE = "/host/passes"
STATES = {
    "requested": N_("待核准"),
    "approved": N_("已核准，待開啟"),
    "single_handed": N_("單人開啟（無第二位維運人員），待開啟"),
    "refused": N_("未核准"),
    "opened": N_("已開啟"),
    "withdrawn": N_("已撤回"),
}
DONE = {
    "requested": N_("已提出申請，待另一位集中維運人員核准。"),
    "decided": N_("已決定。"),
    "ended": N_("已結束。"),
}
ALONE = N_("目前沒有第二位集中維運人員：申請將視為單人開啟，並在縣市端明顯標示。")


class HostPassPages(HostController):
    """``/host/passes``."""

    path = PAGE

    @get(
        "/",
        operation_id="host.break-glass.page",
        opt={HOST_PERMISSION: REQUEST_PASS},
        sync_to_thread=True,
    )
    def page(self, host: NamedDependency[HostContext], done: FromQuery[str] = "") -> Response[str]:
        with host.read() as uow:
            passes, now = tuple(list_host_passes(uow)), uow.now
            alone = count_operators(uow) == 1
        flash = [Flash(text=host.gettext(DONE[done]))] if done in DONE else []
        if alone:
            flash.append(Flash(text=host.gettext(ALONE), kind=FlashKind.WARNING))
        registry = read_counties(host.service.platform.engines).values()
        return host.render(
            "host/passes.html",
            title=host.gettext(N_("緊急調閱")),
            flash=flash,
            passes=passes,
            now=now,
            states=STATES,
            minutes_max=MINUTES_MAX,
            me=host.operator.operator_id,
            may_decide=host.operator.may(DECIDE_PASS),
            counties=tuple(
                Option(value=one.code, title=f"{one.code} {one.name}") for one in registry
            ),
        )

    @post(
        "/",
        operation_id="host.break-glass.request",
        opt={HOST_PERMISSION: REQUEST_PASS},
        sync_to_thread=True,
    )
    def ask(
        self, host: NamedDependency[HostContext], data: URLEncodedBody[dict[str, str]]
    ) -> Response[bytes]:
        with host.write() as uow:
            request_pass(
                uow,
                county_code=data.get("county", ""),
                reason=data.get("reason", ""),
                minutes=_minutes(data.get("minutes", "")),
            )
        return to_response(see_other(f"{PAGE}?done=requested"))

    @post(
        "/{pass_id:uuid}/decision",
        operation_id="host.break-glass.decide",
        opt={HOST_PERMISSION: DECIDE_PASS},
        sync_to_thread=True,
    )
    def decide(
        self,
        host: NamedDependency[HostContext],
        pass_id: FromPath[uuid.UUID],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[bytes]:
        with host.write() as uow:
            decide_pass(uow, pass_id=pass_id, approve=data.get("decision") == "approve")
        return to_response(see_other(f"{PAGE}?done=decided"))

    @post(
        "/{pass_id:uuid}/opening",
        operation_id="host.break-glass.open",
        opt={HOST_PERMISSION: REQUEST_PASS},
        sync_to_thread=True,
    )
    def enter(
        self, host: NamedDependency[HostContext], pass_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """Go into the county: the cookie is the county's, and ends with the pass."""
        code, token = use_pass(host.service, host.operator, pass_id=pass_id, language=host.language)
        home = f"/{code.lower()}"
        response = to_response(see_other(f"{home}/"))
        response.set_cookie(
            key=cookie_name(code),
            value=token,
            path=home,
            max_age=MINUTES_MAX * 60,
            httponly=True,
            samesite="lax",
            secure=host.secure,
        )
        return response

    @post(
        "/{pass_id:uuid}/end",
        operation_id="host.break-glass.end",
        opt={HOST_PERMISSION: REQUEST_PASS},
        sync_to_thread=True,
    )
    def finish(
        self, host: NamedDependency[HostContext], pass_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        finish_pass(host.service, host.operator, pass_id=pass_id)
        return to_response(see_other(f"{PAGE}?done=ended"))


def _minutes(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 4:  # noqa: PLR2004 (of 240)
        raise PassMinutes(minutes_min=MINUTES_MIN, minutes_max=MINUTES_MAX)
    return int(text)
