"""Who is let through which route of the host, and that its rights and counties' stay apart."""

from __future__ import annotations

import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from tests.core.platform.conftest import HostSite
from tests.core.probe import READ, ProbeModule
from tests.core.site import Browser, Site
from zhuji_core.app import HOST_PAGES
from zhuji_core.modules import Permission
from zhuji_core.platform.operators import ALL, READ_COUNTIES, HostPermission
from zhuji_core.web.controllers import HostController, PageController
from zhuji_core.web.guards import RouteUndeclared, check_routes, handlers_of
from zhuji_observability.web.desk import for_operators
from zhuji_observability.web.pages import PAGES

UNKNOWN = "0198c5a0-0000-7000-8000-000000000001"
SAMPLES = {
    "{code:str}": "txg",
    "{trace:str}": "0" * 32,
    "{pass_id:uuid}": UNKNOWN,
    "{key_id:uuid}": UNKNOWN,
}


def host_routes(site: Site) -> list[tuple[str, str, HTTPRouteHandler]]:
    found = []
    for path, handler in handlers_of(site.app):
        if path.startswith("/host"):
            assert isinstance(handler, HTTPRouteHandler)
            for name, value in SAMPLES.items():
                path = path.replace(name, value)  # noqa: PLW2901 (a real path of it)
            found += [(str(method), path, handler) for method in sorted(handler.http_methods)]
    return found


def ask(browser: Browser, method: str, path: str) -> int:
    headers = {"x-csrftoken": browser.csrf}
    return browser.client.request(method, path, headers=headers).status_code


def test_a_stranger_and_a_countys_user_are_nobody_on_the_host(at_host: HostSite) -> None:
    at_host.site.given_user("admin", "ADM", in_agency=None)
    tried = 0
    with at_host.site.browser() as stranger, at_host.site.browser("admin") as user:
        stranger.get("/host/sign-in")
        # Even a county's token in the host's own cookie opens nothing.
        token = user.cookie("zhuji_session_txg")
        user.set_cookie("zhuji_host_session", token, path="/host")
        for method, path, handler in host_routes(at_host.site):
            if handler.opt.get("public"):
                continue
            tried += 1
            # A program is told so; a person is led to the page of signing in.
            told = 401 if handler.opt.get("api") else 303
            for browser in (stranger, user):
                assert ask(browser, method, path) == told, (method, path)
    assert tried > 10


def test_each_role_gets_what_it_holds_and_nothing_else(at_host: HostSite) -> None:
    """Generated from the routes: every route, every role, allowed exactly as declared."""
    denied = allowed = 0
    for role in ("OPR", "PERF", "EXEC"):
        with at_host.operator(f"op-{role.lower()}", role) as browser:
            for method, path, handler in host_routes(at_host.site):
                permission = handler.opt.get("host_permission")
                if permission is None:
                    continue
                status = ask(browser, method, path)
                if role in permission.roles:
                    allowed += 1
                    assert status != 403, (role, method, path)
                else:
                    denied += 1
                    assert status == 403, (role, method, path)
    assert denied > 10
    assert allowed > 10


def test_an_operator_is_nobody_in_a_county(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        token = browser.cookie("zhuji_host_session")
        browser.set_cookie("zhuji_session_txg", token, path="/txg")
        browser.set_cookie("zhuji_pass_txg", token, path="/txg")
        tried = 0
        for path, handler in handlers_of(at_host.site.app):
            if "{county:str}" not in path or handler.opt.get("public") or "{" in path[13:]:
                continue
            tried += 1
            status = browser.get(path.replace("{county:str}", "txg")).status_code
            assert status in {303, 401, 405}, path
        assert tried > 10


class CountyRightOnTheHost(HostController):
    path = "/host/planted"

    @get("/", operation_id="host.planted", opt={"permission": READ}, sync_to_thread=False)
    def page(self) -> str:
        return ""


class HostRightInACounty(PageController):
    module = "probe"
    path = "/planted"

    @get(
        "/",
        operation_id="probe.planted",
        opt={"host_permission": READ_COUNTIES},
        sync_to_thread=False,
    )
    def page(self) -> str:
        return ""


class CountyPageBelowHost(PageController):
    module = "kernel"
    path = "/host/planted"

    @get("/", operation_id="probe.planted", opt={"signed_in": True}, sync_to_thread=False)
    def page(self) -> str:
        return ""


class UndeclaredOnTheHost(HostController):
    path = "/host/planted"

    @get("/", operation_id="host.planted", sync_to_thread=False)
    def page(self) -> str:
        return ""


class InventedRight(HostController):
    path = "/host/planted"

    @get(
        "/",
        operation_id="host.planted",
        opt={"host_permission": HostPermission(name="host.x.y", title="", roles=("OPR",))},
        sync_to_thread=False,
    )
    def page(self) -> str:
        return ""


class HostPageInACounty(HostController):
    path = "/{county:str}/planted"

    @get(
        "/",
        operation_id="host.planted",
        opt={"host_permission": READ_COUNTIES},
        sync_to_thread=False,
    )
    def page(self, county: FromPath[str]) -> str:
        return county


@pytest.mark.parametrize(
    "planted",
    [
        CountyRightOnTheHost,
        CountyPageBelowHost,
        UndeclaredOnTheHost,
        InventedRight,
        HostPageInACounty,
    ],
)
def test_rights_of_the_host_and_of_counties_cannot_be_mixed(planted: type) -> None:
    from litestar import Litestar  # noqa: PLC0415

    app = Litestar(route_handlers=[planted], openapi_config=None)
    with pytest.raises(RouteUndeclared):
        check_routes(app, frozenset({READ}))


def test_a_module_cannot_ask_for_a_right_of_the_host() -> None:
    with pytest.raises(RouteUndeclared):
        Site(module=ProbeModule(HostRightInACounty))


def test_every_right_of_the_host_is_asked_for_and_is_no_right_of_a_county() -> None:
    asked = {
        handler.opt["host_permission"].name
        for handlers in (*(vars(page).values() for page in HOST_PAGES), for_operators(PAGES))
        for handler in handlers
        if isinstance(handler, HTTPRouteHandler) and "host_permission" in handler.opt
    }
    assert asked == {permission.name for permission in ALL}
    assert not issubclass(HostPermission, Permission)
