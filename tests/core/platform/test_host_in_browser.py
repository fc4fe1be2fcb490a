"""An emergency, by keyboard in Chromium: closed, looked into by one with another's word, ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.core.identity.ceremony import named_address
from tests.core.platform.conftest import MACHINE, PASSWORD, HostSite
from tests.core.site import PASSWORD as USER_PASSWORD
from tests.core.site import Site
from tests.e2e.desk import Desk, Eyes, Presses
from tests.e2e.test_security_key import Key
from zhuji_core.platform.accounts import make_password_temporary

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    yield (found := Eyes())
    assert found.violations == []


def come_in(
    browser: Browser, at_host: HostSite | Site, place: str, account: str, password: str
) -> Page:
    site = at_host.site if isinstance(at_host, HostSite) else at_host
    context = browser.new_context(viewport=ViewportSize(width=1366, height=768), locale="zh-TW")
    page = context.new_page()
    page.goto(f"{site.address}/{place}/sign-in")
    page.keyboard.type(account)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav[aria-label]")
    return page


def tab_to(page: Page, text: str) -> None:
    """Go to the button or field of this name by Tab alone."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement; if (e.tabIndex === 0 && e.role === 'group')"
            " return '';"
            " return [e.textContent, e.name, e.id].join('|') }"
        )
        if text in here:
            return
    pytest.fail(f"no way to {text} by keyboard")


def test_an_emergency_from_the_request_to_its_end(
    at_host: HostSite, chromium: Browser, eyes: Eyes
) -> None:
    at_host.given_operator("op1")
    at_host.given_operator("op2")
    at_host.site.given_user("admin", "ADM", in_agency=None)
    one = come_in(chromium, at_host, "host", "op1", PASSWORD)
    eyes.look(one, "host-counties")
    one.goto(f"{at_host.site.address}/host/counties/mli")
    eyes.look(one, "host-county")
    tab_to(one, "|state")
    one.keyboard.type("唯讀")
    one.keyboard.press("Tab")
    one.keyboard.type("設備搬遷，下午三時恢復")
    one.keyboard.press("Enter")
    one.wait_for_selector("text=狀態已變更")
    one.goto(f"{at_host.site.address}/host/passes")
    tab_to(one, "|county")
    one.keyboard.type("TXG")
    tab_to(one, "|reason")
    one.keyboard.type("付款批次停滯，需查看簽證登記簿")
    one.keyboard.press("Enter")
    one.wait_for_selector("text=待另一位集中維運人員核准")
    two = come_in(chromium, at_host, "host", "op2", PASSWORD)
    two.goto(f"{at_host.site.address}/host/passes")
    eyes.look(two, "host-passes")
    tab_to(two, "核准")
    two.keyboard.press("Enter")
    two.wait_for_selector("text=已決定")
    one.reload()
    tab_to(one, "開啟")
    one.keyboard.press("Enter")
    one.wait_for_url("**/txg/")
    one.wait_for_selector("text=每次查詢均記入")
    eyes.look(one, "host-in-county")
    admin = come_in(chromium, at_host, "txg", "admin", USER_PASSWORD)
    admin.wait_for_selector("text=1 項緊急調閱開啟中")
    admin.goto(f"{at_host.site.address}/txg/kernel/break-glass")
    eyes.look(admin, "county-break-glass")
    tab_to(admin, "立即終止")
    admin.keyboard.press("Enter")
    admin.wait_for_selector("text=已終止")
    one.reload()
    assert "/txg/sign-in" in one.url
    for path, name in (("audit", "host-audit"), ("operators", "host-operators")):
        two.goto(f"{at_host.site.address}/host/{path}")
        eyes.look(two, name)
    for page in (one, two, admin):
        page.context.close()


def test_the_pages_of_the_host_hold_axe_in_english(
    at_host: HostSite, chromium: Browser, eyes: Eyes
) -> None:
    at_host.given_operator("op1")
    page = come_in(chromium, at_host, "host", "op1", PASSWORD)
    page.context.add_cookies(
        [{"name": "zhuji_language", "value": "en", "url": at_host.site.address}]
    )
    own = ("security", "security/password", "security/keys")
    for path in ("", "passes", "audit", "operators", *own):
        page.goto(f"{at_host.site.address}/host/{path}")
        assert page.get_attribute("html", "lang") == "en"
        eyes.look(page, f"host-en-{path.replace('/', '-')}")
    page.context.close()


def test_an_operator_enrols_a_key_signs_in_with_it_and_changes_the_password(
    at_host: HostSite, chromium: Browser, eyes: Eyes
) -> None:
    """By keyboard, with Chromium's own authenticator, at the name that keys can be bound to."""
    at_host.given_operator("op1")
    base = named_address(at_host.site)
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-TW")
    desk = Desk(context, base=base, presses=Presses(), eyes=eyes)
    key = Key(desk.page)
    sign_in(desk, PASSWORD)
    desk.open("/host/security")
    desk.look("host-security")
    desk.follow("登錄及管理金鑰、救援碼")
    desk.to("#name")
    desk.type("機房")
    desk.go("Enter")
    expect(desk.page.locator("main")).to_contain_text("安全金鑰已登錄")
    desk.look("host-keys")
    desk.follow("產生新的救援碼")
    expect(desk.page.locator("#recovery-codes li")).to_have_count(10)
    desk.look("host-recovery-codes")
    context.clear_cookies()

    sign_in(desk, PASSWORD)
    desk.look("host-second-factor")
    desk.follow("使用安全金鑰")
    expect(desk.page).to_have_url(re.compile("/host/$"))
    assert len(key.credentials()) == 1
    context.clear_cookies()

    with at_host.platform.begin(MACHINE) as uow:
        make_password_temporary(uow, account="op1")
    sign_in(desk, PASSWORD)
    desk.follow("使用安全金鑰")
    desk.look("host-new-password")
    for field in ("#password", "#repeated"):
        desk.to(field)
        desk.type("Winter.Sparrow-42")
    desk.go("Enter")
    expect(desk.page).to_have_url(re.compile("/host/$"))
    desk.open("/host/security/password")
    for field in ("#current", "#password", "#repeated"):
        desk.to(field)
        desk.type("wrong")
    desk.go("Enter")
    expect(desk.page.locator("main")).to_contain_text("目前的密碼不正確")
    desk.look("host-password-refused")
    assert desk.faults == []
    context.close()


def sign_in(desk: Desk, password: str) -> None:
    desk.open("/host/sign-in")
    desk.to("#account")
    desk.type("op1")
    desk.to("#password")
    desk.type(password)
    desk.go("Enter")
