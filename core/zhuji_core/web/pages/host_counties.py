"""Operators see every county's state, tables and size, and close, open and rename it."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_core.county import STATE_TITLES, CountyNotFound, CountyState
from zhuji_core.platform.operators import CHANGE_COUNTY, READ_COUNTIES
from zhuji_core.platform.register import (
    CountyFacts,
    change_county_state,
    county_facts,
    rename_county,
)
from zhuji_core.values import N_, DomainError
from zhuji_core.web.answers import see_other, to_response
from zhuji_core.web.components import Option
from zhuji_core.web.controllers import HOST_PERMISSION, HostController
from zhuji_core.web.host_context import HOME, HostContext
from zhuji_core.web.shell import Flash

DONE = {"state": N_("狀態已變更。"), "name": N_("名稱已變更。")}
MB = 1_000_000


class StateUnknown(DomainError):
    """The form asked for a state that no county can be in."""

    code = "E-COUNTY-STATE-UNKNOWN"
    message = N_("沒有這種縣市狀態。")
    status_code = 422


class HostCountyPages(HostController):
    """``/host/`` and ``/host/counties/{code}``."""

    path = "/host"

    @get(
        "/",
        operation_id="host.counties.page",
        opt={HOST_PERMISSION: READ_COUNTIES},
        sync_to_thread=True,
    )
    def page(self, host: NamedDependency[HostContext], done: FromQuery[str] = "") -> Response[str]:
        flash = (Flash(text=host.gettext(DONE[done])),) if done in DONE else ()
        return host.render(
            "host/counties.html",
            title=host.gettext(N_("縣市")),
            flash=flash,
            counties=tuple(county_facts(host.service, host.operator)),
            states=STATE_TITLES,
            mb=MB,
            may_change=host.operator.may(CHANGE_COUNTY),
        )

    @get(
        "/counties/{code:str}",
        operation_id="host.county.page",
        opt={HOST_PERMISSION: READ_COUNTIES},
        sync_to_thread=True,
    )
    def county(self, host: NamedDependency[HostContext], code: FromPath[str]) -> Response[str]:
        found = _find(host, code)
        return host.render(
            "host/county.html",
            title=f"{found.county.code} {found.county.name}",
            found=found,
            states=STATE_TITLES,
            mb=MB,
            choices=tuple(
                Option(value=state, title=host.gettext(title))
                for state, title in STATE_TITLES.items()
                if state != found.county.state
            ),
            may_change=host.operator.may(CHANGE_COUNTY),
        )

    @post(
        "/counties/{code:str}/state",
        operation_id="host.county.change-state",
        opt={HOST_PERMISSION: CHANGE_COUNTY},
        sync_to_thread=True,
    )
    def change(
        self,
        host: NamedDependency[HostContext],
        code: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[bytes]:
        change_county_state(
            host.service.platform,
            host.operator,
            code=code.upper(),
            state=_state(data.get("state", "")),
            reason=data.get("reason", ""),
        )
        return to_response(see_other(f"{HOME}?done=state"))

    @post(
        "/counties/{code:str}/name",
        operation_id="host.county.rename",
        opt={HOST_PERMISSION: CHANGE_COUNTY},
        sync_to_thread=True,
    )
    def rename(
        self,
        host: NamedDependency[HostContext],
        code: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
    ) -> Response[bytes]:
        rename_county(
            host.service.platform, host.operator, code=code.upper(), name=data.get("name", "")
        )
        return to_response(see_other(f"{HOME}?done=name"))


def _find(host: HostContext, code: str) -> CountyFacts:
    wanted = [
        one for one in county_facts(host.service, host.operator) if one.county.code == code.upper()
    ]
    if not wanted:
        raise CountyNotFound(county=code)
    return wanted[0]


def _state(text: str) -> CountyState:
    for state in STATE_TITLES:
        if state == text:
            return state
    raise StateUnknown
