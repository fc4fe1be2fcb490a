"""Every component in every width and language: nothing overflows, nothing is inaccessible."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.core.web import samples

pytestmark = pytest.mark.needs("chromium")
AXE = Path(__file__).resolve().parents[2] / "assets" / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS: dict[str, ViewportSize] = {
    "office": {"width": 1366, "height": 768},
    "zoomed to 200 %": {"width": 683, "height": 384},
    "phone": {"width": 390, "height": 844},
}


def violations(page: Page) -> list[object]:
    # DevTools' evaluation is not bound by the page's CSP.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert len(found["passes"]) > 15, "axe has found too little to judge"
    return [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]]


@pytest.mark.parametrize("path", samples.GALLERY)
def test_pages_have_no_accessibility_violation(page: Page, path: str) -> None:
    page.goto(path)
    assert violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", samples.GALLERY)
@pytest.mark.parametrize("width", ["zoomed to 200 %", "phone"])
def test_narrow_pages_have_no_accessibility_violation(page: Page, path: str, width: str) -> None:
    page.set_viewport_size(WIDTHS[width])
    page.goto(path)
    assert violations(page) == []


@pytest.mark.parametrize("path", samples.GALLERY)
def test_no_page_is_wider_than_its_window(page: Page, path: str) -> None:
    for name, size in WIDTHS.items():
        page.set_viewport_size(size)
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path}, {name}: {wide} px too wide"


def test_open_parts_have_no_accessibility_violation(page: Page) -> None:
    page.goto("/entry")
    page.locator("[data-keys] summary").click()
    page.locator("[name='lines-2-control_row']").focus()
    page.keyboard.press("F4")
    expect(page.locator("#picker-list [role=option]").first).to_be_visible()
    assert violations(page) == []


def test_the_first_key_leads_to_the_content(page: Page) -> None:
    page.goto("/home")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("跳到主要內容區塊")
    expect(focused).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_heads_and_sums_of_a_long_list_stay_visible(page: Page) -> None:
    page.goto("/list")
    page.locator("#lines tbody tr").last.scroll_into_view_if_needed()
    expect(page.locator("#lines thead th").first).to_be_in_viewport()
    expect(page.locator("#lines tfoot th")).to_be_in_viewport()


def test_the_next_page_replaces_only_the_list(page: Page) -> None:
    page.goto("/list")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    page.get_by_role("link", name="下一頁").click()
    page.wait_for_url(re.compile("after="))
    expect(page.locator("h1")).to_have_attribute("data-kept", "yes")
    expect(page.locator("#lines tbody tr")).to_have_count(24)


def test_the_slash_goes_to_the_search(page: Page) -> None:
    page.goto("/home")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()


def test_the_menu_is_folded_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/home")
    expect(page.get_by_role("link", name="預算科目")).to_be_hidden()
    page.get_by_text("選單").click()
    expect(page.get_by_role("link", name="預算科目")).to_be_visible()


def test_scripts_speak_the_language_of_the_page(page: Page) -> None:
    page.goto("/entry?language=en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[data-status]")).to_contain_text("Total 118,500")
