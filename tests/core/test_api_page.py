"""The API's page in a browser: from our own server alone, under the same CSP as every page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.core.site import PASSWORD, Site

AXE = Path(__file__).parents[1] / "assets" / "axe" / "axe.min.js"
PICTURES = os.environ.get("ZHUJI_SCREENSHOTS", "")
# What Swagger UI draws is not ours to mend; what stands around it is.
RUN_AXE = "() => axe.run({exclude: [['#api']]}, {resultTypes: ['violations']})"

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(whole_site: Site, chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    whole_site.given_user("clerk", "REQ")
    context = chromium.new_context(
        base_url=whole_site.address, viewport={"width": 1366, "height": 900}, locale="zh-TW"
    )
    context.set_default_timeout(60_000)  # the whole document is drawn anew by a click
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((whole_site.address, "data:", "blob:"))
            else complaints.append(f"outside: {asked.url}")
        ),
    )
    opened.goto("/txg/sign-in?next=/txg/api/docs")
    opened.fill("[name=account]", "clerk")
    opened.fill("[name=password]", PASSWORD)
    opened.press("[name=password]", "Enter")
    yield opened
    context.close()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_the_api_is_read_and_tried_without_any_other_server(
    page: Page, complaints: list[str]
) -> None:
    page.wait_for_selector(".opblock-tag-section", timeout=60_000)
    assert page.inner_text("[aria-current=page][role=button]") == "系統管理"
    page.click("nav.next >> text=探針")
    page.wait_for_url("**/docs?module=probe")
    page.wait_for_selector(".opblock-tag-section", timeout=60_000)
    assert page.locator(".opblock-tag-section").count() == 1, "a module is drawn alone"
    picture(page, "api")
    assert page.locator(".opblock-summary").count() == 0, "modules are unfolded by whoever reads"
    page.locator(".opblock-tag-section", has_text="probe").locator(".expand-operation").click()
    page.locator(".opblock-summary", has_text="/probe/things").get_by_text("POST").first.click()
    page.click("text=Try it out")
    page.fill("textarea.body-param__text", '{"name": "由文件頁", "amount_ntd": 5}')
    page.click("text=Execute")
    page.wait_for_selector(".live-responses-table")
    picture(page, "api-tried")
    assert "由文件頁" in page.inner_text(".live-responses-table")
    assert page.inner_text(".live-responses-table tbody .response-col_status").startswith("201")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(RUN_AXE)
    assert [one["id"] for one in found["violations"]] == []
    assert len(found["passes"]) > 15
    assert complaints == []
