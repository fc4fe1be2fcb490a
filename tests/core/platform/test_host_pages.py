"""Operators of the host: who they are, what they see of counties, what they do to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from tests.core.platform.conftest import MACHINE, PASSWORD, HostSite
from tests.core.probe import READ, ProbeModule
from tests.core.site import PASSWORDS, Browser, Site
from zhuji_core.app import HOST_PAGES
from zhuji_core.identity.accounts import AccountMalformed, AccountTaken
from zhuji_core.identity.password_rules import PasswordCommon, PasswordReused, PasswordShort
from zhuji_core.modules import Permission
from zhuji_core.platform import accounts
from zhuji_core.platform.operators import ALL, READ_COUNTIES, HostPermission
from zhuji_core.platform.uow import PlatformUnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.controllers import HostController, PageController
from zhuji_core.web.guards import RouteUndeclared, check_routes, handlers_of

UNKNOWN = "0198c5a0-0000-7000-8000-000000000001"
SAMPLES = {"{code:str}": "txg", "{pass_id:uuid}": UNKNOWN, "{key_id:uuid}": UNKNOWN}
ANOTHER = "Another-horse-stapled-7"
STATE = "SELECT state, epoch, reason, name FROM platform.county WHERE code = 'TXG'"
AUDITS = "SELECT action FROM platform.audit_entry ORDER BY audit_id"


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


def test_wrong_passwords_lock_known_and_unknown_accounts_alike(at_host: HostSite) -> None:
    at_host.given_operator("op1")
    for account in ("op1", "nobody"):
        with at_host.site.browser() as browser:
            for _ in range(6):
                wrong = browser.sign_in(account, county="host", password="wrong")  # noqa: S106
                assert wrong.status_code == 401
            right = browser.sign_in(account, county="host", password=PASSWORD)
            assert right.status_code == 401
            assert "暫停登入" in right.text
            at_host.site.clock.now += dt.timedelta(minutes=16)
            again = browser.sign_in(account, county="host", password=PASSWORD)
            assert again.status_code == (303 if account == "op1" else 401)
    (unknown,) = at_host.rows(
        "SELECT count(*) FROM platform.audit_entry WHERE after::text LIKE '%nobody%'"
    )
    assert unknown == (0,), "what was typed as an account is not written when it is none"


def test_a_session_ends_when_idle_expired_disabled_or_given_other_roles(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        at_host.given_operator("op2")
        assert browser.get("/host/").status_code == 200
        at_host.site.clock.now += dt.timedelta(minutes=31)
        assert browser.get("/host/").status_code == 303
        changes: tuple[Callable[[PlatformUnitOfWork], None], ...] = (
            lambda uow: accounts.grant_operator(uow, account="op1", roles=["OPR", "PERF"]),
            lambda uow: accounts.set_operator_password(
                uow, account="op1", password=ANOTHER, passwords=PASSWORDS
            ),
            lambda uow: accounts.set_operator_state(uow, account="op1", active=False),
        )
        for change in changes:
            password = PASSWORD if not _changed(at_host) else ANOTHER
            assert browser.sign_in("op1", county="host", password=password).status_code == 303
            assert browser.get("/host/").status_code == 200
            with at_host.platform.begin(MACHINE) as uow:
                change(uow)
            assert browser.get("/host/").status_code == 303
        refused = browser.sign_in("op1", county="host", password=ANOTHER)
        assert refused.status_code == 401


def _changed(at_host: HostSite) -> bool:
    (found,) = at_host.rows("SELECT count(*) FROM platform.operator_password")
    return bool(found[0])


@pytest.mark.parametrize(
    ("account", "name", "roles", "password", "refusal"),
    [
        ("OP", "甲", ["OPR"], PASSWORD, AccountMalformed),
        ("op1", "甲", ["OPR"], PASSWORD, AccountTaken),
        ("op2", "", ["OPR"], PASSWORD, accounts.OperatorNameInvalid),
        ("op2", "甲", [], PASSWORD, accounts.OperatorRoleUnknown),
        ("op2", "甲", ["ADM"], PASSWORD, accounts.OperatorRoleUnknown),
        ("op2", "甲", ["OPR"], "short", PasswordShort),
        ("op2", "甲", ["OPR"], "Password-1234", PasswordCommon),
    ],
)
def test_an_account_that_is_refused_is_not_kept(
    at_host: HostSite,
    account: str,
    name: str,
    roles: list[str],
    password: str,
    refusal: type[DomainError],
) -> None:
    at_host.given_operator("op1")
    before = at_host.rows("SELECT account FROM platform.operator"), at_host.rows(AUDITS)
    with pytest.raises(refusal), at_host.platform.begin(MACHINE) as uow:
        accounts.add_operator(
            uow, account=account, name=name, roles=roles, password=password, passwords=PASSWORDS
        )
    assert (at_host.rows("SELECT account FROM platform.operator"), at_host.rows(AUDITS)) == before


def test_the_last_operator_stays_and_old_passwords_do_not_come_back(at_host: HostSite) -> None:
    at_host.given_operator("op1")
    at_host.given_operator("perf", "PERF")
    with pytest.raises(accounts.LastOperator), at_host.platform.begin(MACHINE) as uow:
        accounts.set_operator_state(uow, account="op1", active=False)
    with pytest.raises(accounts.LastOperator), at_host.platform.begin(MACHINE) as uow:
        accounts.grant_operator(uow, account="op1", roles=["PERF"])
    with pytest.raises(PasswordReused), at_host.platform.begin(MACHINE) as uow:
        accounts.set_operator_password(uow, account="op1", password=PASSWORD, passwords=PASSWORDS)
    with pytest.raises(accounts.OperatorUnknown), at_host.platform.begin(MACHINE) as uow:
        accounts.set_operator_state(uow, account="nobody", active=False)
    states = at_host.rows("SELECT account, state FROM platform.operator ORDER BY 1")
    assert states == [("op1", "active"), ("perf", "active")]


def test_the_pages_show_counties_and_no_row_of_their_business(at_host: HostSite) -> None:
    at_host.site.given_user("marker-user", "REQ")
    with at_host.operator("op1") as browser:
        pages = [browser.get(path) for path in ("/host/", "/host/counties/txg", "/host/audit")]
        pages += [browser.get(path) for path in ("/host/passes", "/host/operators")]
        assert [page.status_code for page in pages] == [200] * 5
        assert "臺中市" in pages[0].text
        assert "kernel_0008" in pages[1].text or "kernel_" in pages[1].text
        for page in pages:
            assert "marker-user" not in page.text
            assert "民政局" not in page.text
        assert browser.get("/host/counties/xxx").status_code == 404


def test_a_county_is_closed_and_opened_from_the_page(at_host: HostSite) -> None:
    at_host.site.given_user("clerk", "REQ")
    with at_host.operator("op1") as browser, at_host.site.browser("clerk") as clerk:
        fields = {"state": "read_only", "reason": "設備搬遷"}
        done = browser.form("/host/counties/txg/state", fields)
        assert done.status_code == 303
        assert "設備搬遷" in browser.get("/host/").text
        assert "設備搬遷" in clerk.get("/txg/").text
        assert at_host.rows(STATE)[0][:3] == ("read_only", 2, "設備搬遷")
        again = browser.form("/host/counties/txg/state", fields)
        assert (again.status_code, "E-COUNTY-STATE" in again.text) == (409, True)
        opened = browser.form("/host/counties/txg/state", {"state": "open", "reason": "完成"})
        assert opened.status_code == 303
        assert clerk.get("/txg/").text.count("設備搬遷") == 0
        page = browser.get("/host/audit?county=txg&action=county.change")
        assert page.text.count("county.change_state") == 2
        assert "op1" in page.text
        entries = at_host.rows(
            "SELECT operator, operator_id IS NOT NULL, reason FROM platform.audit_entry"
            " WHERE action = 'county.change_state' ORDER BY audit_id"
        )
        assert entries == [("op1", True, "設備搬遷"), ("op1", True, "完成")]


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/host/counties/txg/state", {"state": "suspended", "reason": " "}, "E-REASON"),
        ("/host/counties/txg/state", {"state": "gone", "reason": "x"}, "E-COUNTY-STATE-UNKNOWN"),
        ("/host/counties/xxx/state", {"state": "suspended", "reason": "x"}, "E-COUNTY-NOT-FOUND"),
        ("/host/counties/txg/name", {"name": ""}, "E-COUNTY-NAME"),
        ("/host/counties/txg/name", {"name": "長" * 61}, "E-COUNTY-NAME"),
    ],
)
def test_what_is_refused_changes_nothing(
    at_host: HostSite, path: str, fields: dict[str, str], code: str
) -> None:
    with at_host.operator("op1") as browser:
        before = at_host.rows(STATE), at_host.rows(AUDITS)
        refused = browser.form(path, fields)
        assert refused.status_code in {404, 409, 422}
        assert code in refused.text
        assert (at_host.rows(STATE), at_host.rows(AUDITS)) == before


def test_of_two_operators_who_suspend_at_once_one_is_refused(at_host: HostSite) -> None:
    with at_host.operator("op1") as one, at_host.operator("op2") as two:

        def suspend(browser: Browser) -> int:
            fields = {"state": "suspended", "reason": "試"}
            return int(browser.form("/host/counties/txg/state", fields).status_code)

        with ThreadPoolExecutor(2) as both:
            told = sorted(both.map(suspend, (one, two)))
    assert told == [303, 409]
    assert at_host.rows(STATE)[0][:2] == ("suspended", 2)


def test_a_renamed_county_is_called_so_at_once_on_the_host(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        assert browser.form("/host/counties/txg/name", {"name": "大臺中市"}).status_code == 303
        assert "大臺中市" in browser.get("/host/").text


def test_the_audit_is_paged_and_filtered(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        for number in range(60):
            with at_host.platform.begin(MACHINE) as uow:
                uow.audit("host.test", county_code="MLI", reason=f"第{number}次")
        first = browser.get("/host/audit?action=host.test")
        assert first.text.count("<code>host.test</code>") == 50
        older = first.text.split('href="/host/audit?')[-1].split('"')[0].replace("&amp;", "&")
        second = browser.get(f"/host/audit?{older}")
        assert second.text.count("<code>host.test</code>") == 10
        assert "第0次" in second.text
        assert "沒有符合" in browser.get("/host/audit?operator=somebody").text


def test_a_form_of_another_site_is_refused(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        fields = {"state": "suspended", "reason": "x"}
        foreign = browser.form("/host/counties/txg/state", fields, origin="https://evil.tw")
        assert (foreign.status_code, "E-ORIGIN" in foreign.text) == (403, True)
    assert at_host.rows(STATE)[0][0] == "open"


def test_a_bearer_token_opens_no_way_around_the_token_of_forms(at_host: HostSite) -> None:
    with at_host.operator("op1") as browser:
        response = browser.client.post(
            "/host/counties/txg/state",
            data={"state": "suspended", "reason": "x"},
            headers={"authorization": "Bearer zhuji_x"},
        )
        assert response.status_code in {303, 401, 403}
        assert response.headers.get("location", "/host/sign-in").startswith("/host/sign-in")
    assert at_host.rows(STATE)[0][0] == "open"


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
        for page in HOST_PAGES
        for handler in vars(page).values()
        if isinstance(handler, HTTPRouteHandler) and "host_permission" in handler.opt
    }
    assert asked == {permission.name for permission in ALL}
    assert not issubclass(HostPermission, Permission)
