"""Pickers find by code and name; forms save themselves; amounts are tidied when they are left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.core.web.site import Site

pytestmark = pytest.mark.needs("chromium")
LIST = "#picker-list"


@pytest.fixture
def entry(page: Page) -> Page:
    page.goto("/entry")
    expect(page.locator("[data-status]")).to_contain_text("合計")
    return page


def test_a_picker_finds_by_name_and_goes_on_to_the_next_cell(entry: Page) -> None:
    entry.locator("[name='lines-2-control_row']").focus()
    entry.keyboard.type("資訊")
    expect(entry.locator(f"{LIST} [role=option]")).to_have_count(2)
    field = entry.locator("[name='lines-2-control_row']")
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") == "picker-list-0"
    entry.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "picker-list-1"
    entry.keyboard.press("Enter")
    expect(field).to_have_value("3390900100 一般建築及設備－資訊設備汰換")
    expect(entry.locator("[name='lines-2-control_row_id']")).to_have_value("row-6")
    expect(entry.locator(LIST)).to_be_hidden()
    assert entry.evaluate("document.activeElement.name") == "lines-2-object"


def test_f4_opens_everything_and_escape_closes_without_losing_the_text(entry: Page) -> None:
    field = entry.locator("[name='lines-0-control_row']")
    field.focus()
    entry.keyboard.press("F4")
    expect(entry.locator(f"{LIST} [role=option]")).to_have_count(8)
    entry.keyboard.press("Escape")
    expect(entry.locator(LIST)).to_be_hidden()
    expect(field).to_have_value("3301010100 一般行政－行政管理")
    expect(entry.locator("[name='lines-0-control_row_id']")).to_have_value("row-0")


def test_a_text_that_was_not_chosen_has_no_id(entry: Page) -> None:
    entry.locator("[name='lines-0-control_row']").focus()
    entry.keyboard.type("查無此科目")
    expect(entry.locator(LIST)).to_contain_text("查無符合的項目")
    expect(entry.locator("[name='lines-0-control_row_id']")).to_have_value("")


def test_the_mouse_chooses_too(entry: Page) -> None:
    entry.locator("[name='payee']").click()
    entry.keyboard.press("F4")
    entry.locator(f"{LIST} [role=option]").nth(7).click()
    expect(entry.locator("[name=payee_id]")).to_have_value("row-7")


def test_a_form_saves_itself(entry: Page, gallery: Site) -> None:
    entry.locator("[name=purpose]").focus()
    entry.keyboard.type("研習用")
    expect(entry.locator("[data-draft-status]")).to_have_text("草稿已存 14:05")
    fields = gallery.drafts[-1]["fields"]
    assert fields["purpose"] == "研習用"
    assert fields["lines-0-amount"] == "28,500"
    assert not {"_csrf_token", "_key"} & set(fields)
    assert gallery.draft_tokens == ["token-of-the-gallery"]
    assert len(gallery.drafts) == 1


def test_an_undone_paste_is_saved_as_well(entry: Page, gallery: Site) -> None:
    entry.locator("[name='lines-2-purpose']").focus()
    entry.keyboard.press("Control+d")
    expect(entry.locator("[data-draft-status]")).to_contain_text("草稿已存")
    assert gallery.drafts[-1]["fields"]["lines-2-purpose"] == "里鄰長研習講師鐘點費"


@pytest.mark.parametrize(
    ("keyed", "shown", "invalid"),
    [("１２３４５６７", "1,234,567", None), ("-500", "−500", None), ("12.5", "12.5", "true")],
)
def test_amounts_are_tidied_when_they_are_left(
    entry: Page, keyed: str, shown: str, invalid: str | None
) -> None:
    field = entry.locator("#amount_total")
    field.fill(keyed)
    field.blur()
    expect(field).to_have_value(shown)
    assert field.get_attribute("aria-invalid") == invalid
