"""An emergency, by keyboard in Chromium: closed, looked into by one with another's word, ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.core.platform.conftest import PASSWORD, HostSite
from tests.core.site import PASSWORD as USER_PASSWORD
from tests.e2e.desk import Eyes

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    yield (found := Eyes())
    assert found.violations == []


def come_in(browser: Browser, at_host: HostSite, place: str, account: str, password: str) -> Page:
    context = browser.new_context(viewport=ViewportSize(width=1366, height=768), locale="zh-TW")
    page = context.new_page()
    page.goto(f"{at_host.site.address}/{place}/sign-in")
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
    for path in ("", "passes", "audit", "operators"):
        page.goto(f"{at_host.site.address}/host/{path}")
        assert page.get_attribute("html", "lang") == "en"
        eyes.look(page, f"host-en-{path}")
    page.context.close()
