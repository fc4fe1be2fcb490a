"""Every route says who may call it, and holds to it: a matrix made from the routes themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Controller, get
from litestar.handlers import HTTPRouteHandler

from tests.core.probe import WRITE, ProbeModule
from tests.core.site import Browser, Site
from zhuji_core.modules import Permission
from zhuji_core.web.controllers import ApiController, PageController
from zhuji_core.web.guards import RouteUndeclared, handlers_of, safe_next

SAMPLES = {
    "str": "sample",
    "int": "1",
    "uuid": "0198c5a0-0000-7000-8000-000000000001",
    "date": "2016-03-15",
    "path": "app.css",
}
Route = tuple[str, str, HTTPRouteHandler]


def filled(path: str) -> str:
    """Return a route's path in TXG, with a value of its kind in every place."""
    real = path.replace("{county:str}", "txg")
    return re.sub(r"\{\w+:(\w+)\}", lambda found: SAMPLES[found[1]], real)


def routes(site: Site) -> Iterator[Route]:
    """Give method, a real path and handler of every route; nobody keeps a list by hand."""
    for path, handler in handlers_of(site.app):
        assert isinstance(handler, HTTPRouteHandler), f"{path}: a kind that nobody tests"
        for method in sorted(handler.http_methods):
            yield str(method), filled(path), handler


def ask(browser: Browser, method: str, path: str) -> Any:
    """Send no body: a guard decides before the body is read."""
    return browser.client.request(method, path, headers={"x-csrftoken": browser.csrf})


def is_api(path: str) -> bool:
    return "/api/v1/" in path or "/drafts/" in path or path.endswith((".json", "/options"))


def test_a_stranger_gets_nothing_but_what_is_public(whole_site: Site) -> None:
    tried = 0
    with whole_site.browser() as stranger:
        stranger.get("/txg/sign-in")
        for method, path, handler in routes(whole_site):
            response = ask(stranger, method, path)
            if handler.opt.get("public"):
                assert "E-NOT-SIGNED-IN" not in response.text, (method, path)
                assert response.status_code != 403, (method, path)
                continue
            tried += 1
            if is_api(path):
                assert response.status_code == 401, (method, path, response.text)
                assert response.json()["code"] == "E-NOT-SIGNED-IN"
            else:
                assert response.status_code == 303, (method, path, response.text)
                assert response.headers["location"].startswith("/txg/sign-in")
    assert tried > 10


def test_who_has_no_role_gets_nothing_that_needs_a_right(whole_site: Site) -> None:
    whole_site.given_user("idle")
    tried = 0
    with whole_site.browser("idle") as browser:
        for method, path, handler in routes(whole_site):
            if "permission" not in handler.opt:
                continue
            tried += 1
            response = ask(browser, method, path)
            assert response.status_code == 403, (method, path, response.text)
            assert handler.opt["permission"].title in response.text
    assert tried > 5


def test_who_has_the_right_passes_the_guard(site: Site) -> None:
    """The other way round, so that the matrix cannot pass by denying everything."""
    passed = 0
    for _, path, handler in routes(site):
        permission = handler.opt.get("permission")
        if permission is None or not path.startswith(("/txg/probe", "/txg/api/v1/probe")):
            continue
        role = permission.roles[0]
        account = site.given_user(f"with-{role.lower()}", role, in_agency=None)
        with site.browser(account) as browser:
            for method in sorted(handler.http_methods):
                response = ask(browser, str(method), path)
                assert response.status_code not in {401, 403}, (method, path, response.text)
                passed += 1
    assert passed > 5


def test_a_module_that_a_county_has_not_enabled_does_not_exist(whole_site: Site) -> None:
    whole_site.given_user("clerk", "REQ", county="MLI")
    enabled = whole_site.counties["MLI"].hooks.enabled
    tried = 0
    with whole_site.browser("clerk", county="mli") as browser:
        for method, path, handler in routes(whole_site):
            module = handler.opt.get("module")
            if module is None or module in enabled:
                continue
            tried += 1
            response = ask(browser, method, path.replace("/txg/", "/mli/", 1))
            assert response.status_code == 404, (method, path, response.text)
        assert "東西一覽" not in browser.get("/mli/").text
    assert tried > 5


def test_switching_a_module_off_hides_it_and_keeps_the_rest(site: Site, clerk: Browser) -> None:
    assert clerk.get("/txg/probe/things").status_code == 200
    site.switch("TXG", modules=("budget",))
    assert clerk.get("/txg/probe/things").status_code == 404
    home = clerk.get("/txg/")
    assert home.status_code == 200
    assert "探針" not in home.text


@pytest.mark.parametrize("code", ["TXG", "Txg", "abc", "tx", "txgg", "..", "t%00g", "１２３"])
def test_a_county_has_one_spelling(stranger: Browser, code: str) -> None:
    assert stranger.get(f"/{code}/sign-in").status_code in {400, 404}


class Undeclared(PageController):
    module = "probe"
    path = "/planted"

    @get("/", operation_id="probe.planted", sync_to_thread=False)
    def page(self) -> str:
        return ""


class Foreign(PageController):
    module = "probe"
    path = "/planted"

    @get(
        "/",
        operation_id="probe.planted",
        sync_to_thread=False,
        opt={"permission": Permission(name="other.x.y", title="", scope="agency", roles=())},
    )
    def page(self) -> str:
        return ""


class Both(ApiController):
    module = "probe"
    path = "/planted"

    @get(
        "/",
        operation_id="probe.planted",
        sync_to_thread=False,
        opt={"permission": WRITE, "public": True},
    )
    def page(self) -> str:
        return ""


class Nameless(PageController):
    module = "probe"
    path = "/planted"

    @get("/", sync_to_thread=False, opt={"permission": WRITE})
    def page(self) -> str:
        return ""


class Twice(PageController):
    module = "probe"
    path = "/planted"

    @get("/a", operation_id="probe.planted", sync_to_thread=False, opt={"permission": WRITE})
    def a(self) -> str:
        return ""

    @get("/b", operation_id="probe.planted", sync_to_thread=False, opt={"permission": WRITE})
    def b(self) -> str:
        return ""


@pytest.mark.parametrize("planted", [Undeclared, Foreign, Both, Nameless, Twice])
def test_an_application_with_a_route_that_is_not_declared_does_not_start(
    planted: type[Controller],
) -> None:
    with pytest.raises(RouteUndeclared):
        Site(module=ProbeModule(planted))


def test_a_route_that_slipped_past_the_start_is_denied(site: Site, clerk: Browser) -> None:
    """Plant a handler into the running application: the guard trusts no one's diligence."""
    handler = next(
        handler
        for _, path, handler in routes(site)
        if path == "/txg/probe/things" and "GET" in handler.http_methods
    )
    permission = handler.opt.pop("permission")
    try:
        assert clerk.get("/txg/probe/things").status_code == 500
    finally:
        handler.opt["permission"] = permission


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/txg/probe/things?text=1", "/txg/probe/things?text=1"),
        ("/txg/", "/txg/"),
        ("/mli/", "/txg/"),
        ("//evil.tw/txg/", "/txg/"),
        ("https://evil.tw/txg/", "/txg/"),
        ("/txg/\\evil.tw", "/txg/"),
        ("/\\evil.tw", "/txg/"),
        ("javascript:alert(1)", "/txg/"),
        ("/txg/\r\nSet-Cookie: a=b", "/txg/"),
        ("/txg/" + "x" * 3_000, "/txg/"),
        ("", "/txg/"),
    ],
)
def test_signing_in_leads_back_to_pages_of_this_county_only(path: str, kept: str) -> None:
    assert safe_next(path, county="txg") == kept


def test_whoever_was_sent_to_sign_in_returns_to_the_same_page(site: Site) -> None:
    site.given_user("clerk", "REQ")
    with site.browser() as browser:
        sent = browser.get("/txg/probe/things?text=%E6%B0%91").headers["location"]
        assert sent == "/txg/sign-in?next=/txg/probe/things%3Ftext%3D%25E6%25B0%2591"
        page = browser.get(sent).text
        assert 'value="/txg/probe/things?text=%E6%B0%91"' in page
        response = browser.sign_in("clerk", next_path="/txg/probe/things?text=%E6%B0%91")
        assert response.headers["location"] == "/txg/probe/things?text=%E6%B0%91"
        foreign = browser.sign_in("clerk", next_path="//evil.tw/")
        assert foreign.headers["location"] == "/txg/"


def test_a_form_that_comes_too_late_leads_back_to_its_page(site: Site, stranger: Browser) -> None:
    stranger.get("/txg/sign-in")
    response = stranger.form("/txg/probe/things", referer=f"{site.address}/txg/probe/things?made=1")
    assert response.headers["location"] == "/txg/sign-in?next=/txg/probe/things%3Fmade%3D1"
    script = stranger.client.get("/txg/probe/things", headers={"hx-request": "true"})
    assert script.status_code == 401
    assert script.headers["hx-redirect"].startswith("/txg/sign-in")
