"""The keys of the entry grid, pressed in a real browser under the real Content-Security-Policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.core.web.sample_shell import shell
from tests.core.web.site import Site

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def entry(page: Page) -> Page:
    page.goto("/entry")
    expect(page.locator("[data-status]")).to_contain_text("合計")
    return page


def cell(page: Page, row: int, column: str) -> str:
    return page.locator(f"[name='lines-{row}-{column}']").input_value()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def at(page: Page, row: int, column: str) -> None:
    page.locator(f"[name='lines-{row}-{column}']").focus()


def rows(page: Page) -> int:
    return page.locator("entry-grid tbody tr").count()


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            const options = {clipboardData, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


def test_enter_and_arrows_move(entry: Page) -> None:
    at(entry, 0, "amount")
    entry.keyboard.press("Enter")
    assert focused(entry) == "lines-1-amount"
    entry.keyboard.press("ArrowUp")
    assert focused(entry) == "lines-0-amount"
    entry.keyboard.press("ArrowLeft")
    assert focused(entry) == "lines-0-purpose"
    entry.keyboard.press("ArrowRight")
    entry.keyboard.press("ArrowDown")
    entry.keyboard.press("ArrowDown")
    entry.keyboard.press("ArrowDown")
    assert focused(entry) == "lines-2-amount"
    assert rows(entry) == 3


def test_enter_on_the_last_row_adds_one_and_returns_to_where_the_row_began(entry: Page) -> None:
    at(entry, 2, "purpose")
    entry.keyboard.type("郵資")
    entry.keyboard.press("Tab")
    entry.keyboard.type("１，２００")
    entry.keyboard.press("Enter")
    assert rows(entry) == 4
    assert focused(entry) == "lines-3-purpose"
    assert cell(entry, 2, "amount") == "1,200"
    expect(entry.locator("[data-sum=amount]")).to_have_text("119,700")
    label = entry.locator("[name='lines-3-purpose']").get_attribute("aria-label")
    assert label == "第 4 列 用途說明"


def test_tab_goes_through_the_row(entry: Page) -> None:
    at(entry, 0, "control_row")
    passed = []
    for _ in range(4):
        entry.keyboard.press("Tab")
        passed.append(focused(entry))
    assert passed == ["lines-0-object", "lines-0-purpose", "lines-0-amount", "lines-1-control_row"]


def test_ctrl_d_fills_down_with_what_was_chosen(entry: Page) -> None:
    at(entry, 2, "control_row")
    entry.keyboard.press("Control+d")
    assert cell(entry, 2, "control_row") == cell(entry, 1, "control_row") != ""
    assert cell(entry, 2, "control_row_id") == "row-2"


def test_a_block_is_pasted_and_rows_are_added(entry: Page, gallery: Site) -> None:
    at(entry, 2, "control_row")
    paste(
        entry,
        '3302020300\t2000 業務費\t"含ＴＡＢ\t與""引號"""\t1,234\r\n'
        "第一預備金\t\t\t５００\r\nx\t\t\t-\r\n",
    )
    assert rows(entry) == 5
    assert cell(entry, 2, "purpose") == '含ＴＡＢ 與"引號"'
    assert cell(entry, 2, "amount") == "1,234"
    assert cell(entry, 2, "object") == "2"
    assert cell(entry, 3, "amount") == "500"
    expect(entry.locator("[name='lines-2-control_row_id']")).to_have_value("row-4")
    expect(entry.locator("[name='lines-3-control_row_id']")).to_have_value("row-7")
    assert cell(entry, 4, "control_row_id") == ""
    expect(entry.locator("[data-sum=amount]")).to_have_text("120,234")
    entry.keyboard.press("Control+z")
    assert rows(entry) == 3
    assert cell(entry, 2, "amount") == ""


def test_a_single_text_is_pasted_by_the_browser(entry: Page) -> None:
    at(entry, 2, "purpose")
    entry.keyboard.insert_text("只有一格")
    paste(entry, "不動")
    assert cell(entry, 2, "purpose") == "只有一格"


def test_more_rows_than_the_limit_are_not_taken(entry: Page) -> None:
    entry.evaluate("document.querySelector('entry-grid').rowsMax = 4")
    at(entry, 2, "amount")
    paste(entry, "1\n2\n3\n4\n")
    assert rows(entry) == 4
    expect(entry.locator("[data-status]")).to_contain_text("超過上限的 2 列未貼上")
    at(entry, 3, "amount")
    entry.keyboard.press("Enter")
    assert rows(entry) == 4


def test_undo_gives_back_cells_and_rows(entry: Page) -> None:
    at(entry, 0, "amount")
    entry.keyboard.type("1")
    entry.keyboard.press("Enter")
    entry.keyboard.press("Control+Delete")
    assert rows(entry) == 2
    assert cell(entry, 0, "amount") == "1"
    entry.keyboard.press("Control+z")
    assert rows(entry) == 3
    assert cell(entry, 1, "purpose") == "里鄰長研習講師鐘點費"
    assert cell(entry, 1, "control_row_id") == "row-2"
    entry.keyboard.press("Control+z")
    assert cell(entry, 0, "amount") == "28,500"


def test_undo_in_a_cell_that_is_being_keyed(entry: Page) -> None:
    at(entry, 0, "purpose")
    entry.keyboard.type("改")
    entry.keyboard.press("Control+z")
    assert cell(entry, 0, "purpose") == "3 月份電信費"


def test_alt_equals_completes_the_difference(entry: Page) -> None:
    at(entry, 2, "purpose")
    entry.keyboard.press("Alt+=")
    assert cell(entry, 2, "amount") == "31,500"
    expect(entry.locator("[data-status]")).to_contain_text("與總額相符")
    entry.keyboard.press("Alt+=")
    assert cell(entry, 2, "amount") == "31,500"


def test_escape_gives_back_the_old_value(entry: Page) -> None:
    at(entry, 0, "purpose")
    entry.keyboard.type("寫錯了")
    entry.keyboard.press("Escape")
    assert cell(entry, 0, "purpose") == "3 月份電信費"


def test_f2_edits_without_replacing(entry: Page) -> None:
    at(entry, 0, "purpose")
    entry.keyboard.press("F2")
    entry.keyboard.press("ArrowLeft")
    entry.keyboard.type("雜")
    assert cell(entry, 0, "purpose") == "3 月份電信雜費"


def test_rows_are_renumbered_when_one_is_taken_away(entry: Page) -> None:
    entry.locator("[data-remove-row]").first.click()
    assert rows(entry) == 2
    assert cell(entry, 0, "control_row_id") == "row-2"
    assert entry.locator("tbody [data-row-no]").all_text_contents() == ["1", "2"]
    assert entry.locator("tbody [id^='lines-2']").count() == 0


def test_a_row_says_what_is_available_and_what_is_short(entry: Page, gallery: Site) -> None:
    first = entry.locator("#lines-0-availability")
    expect(first).to_have_text("可用 81,480，餘 52,980")
    expect(entry.locator("#lines-1-availability")).to_have_text("短少 8,520")
    expect(entry.locator("[data-status]")).to_contain_text("第 2 列餘額不足")
    at(entry, 2, "control_row")
    paste(entry, "3301010100 一般行政\t\t\t60,000\n")
    entry.evaluate("document.querySelector('[name=\"lines-2-control_row_id\"]').value = 'row-0'")
    at(entry, 2, "amount")
    entry.keyboard.type("60000")
    entry.keyboard.press("Enter")
    # The second row of the same line only gets what the first one leaves.
    expect(entry.locator("#lines-2-availability")).to_have_text("短少 7,020")
    asked = gallery.asked[-1]
    assert (asked["control_row_id"], asked["amount"], asked["also_ntd"]) == (
        "row-0",
        "60000",
        "28500",
    )
    assert asked["year"] == "105"


def test_the_question_mark_shows_the_keys(entry: Page) -> None:
    at(entry, 0, "amount")
    entry.keyboard.press("?")
    expect(entry.locator("[data-keys]")).to_have_attribute("open", "")
    at(entry, 0, "purpose")
    entry.keyboard.type("?")
    assert cell(entry, 0, "purpose") == "?"


def test_f9_sends_the_form_with_what_was_just_keyed(entry: Page, gallery: Site) -> None:
    entry.fill("[name=purpose]", "研習")
    at(entry, 0, "amount")
    entry.keyboard.type("30000")
    entry.keyboard.press("F9")
    expect(entry.locator("h1")).to_have_text("收到")
    sent = dict(gallery.posted[0])
    assert sent["lines-0-amount"] == "30,000"
    assert sent["lines-0-control_row_id"] == "row-0"
    assert sent["_key"]
    assert sent["_csrf_token"] == shell().csrf_token
    assert "_add_row" not in sent


def test_without_javascript_the_form_is_sent_too(entry: Page, gallery: Site) -> None:
    browser = entry.context.browser
    assert browser is not None
    context = browser.new_context(base_url=gallery.url, java_script_enabled=False)
    plain = context.new_page()
    plain.goto("/entry")
    plain.fill("[name='lines-2-control_row']", "3398980100")
    plain.fill("[name='lines-2-amount']", "1,000")
    plain.click("[data-add-row]")
    sent = dict(gallery.posted[0])
    assert (sent["_add_row"], sent["lines-2-control_row"], sent["lines-2-control_row_id"]) == (
        "1",
        "3398980100",
        "",
    )
    context.close()


@pytest.fixture
def balanced(page: Page) -> Page:
    page.goto("/balanced")
    expect(page.locator("[data-status]")).to_contain_text("相差 8,500")
    return page


def test_says_what_two_columns_differ_by_and_completes_it(balanced: Page) -> None:
    status = balanced.locator("[data-status]")
    expect(status).to_contain_text("借方 28,500，貸方 20,000，相差 8,500")
    at(balanced, 2, "account")
    balanced.keyboard.press("Alt+Equal")
    assert (cell(balanced, 2, "debit"), cell(balanced, 2, "credit")) == ("", "8,500")
    assert focused(balanced) == "lines-2-credit"
    expect(status).to_contain_text("借貸平衡")
    balanced.keyboard.press("Control+z")
    expect(status).to_contain_text("相差 8,500")
    at(balanced, 0, "debit")
    balanced.keyboard.press("Alt+Equal")
    assert (cell(balanced, 0, "debit"), cell(balanced, 0, "credit")) == ("20,000", "")


def test_asks_with_debit_less_credit_and_with_fields_of_row_and_form(
    balanced: Page, gallery: Site
) -> None:
    at(balanced, 1, "account")
    balanced.keyboard.press("F4")
    expect(balanced.locator("#picker-list")).to_be_visible()
    assert gallery.picked[-1]["account_id"] == "row-1"
    assert gallery.picked[-1]["request_date"] == "105-03-15"
    balanced.keyboard.press("Escape")
    at(balanced, 1, "credit")
    balanced.keyboard.type("100")
    # The questions of the page's opening may still be on the way.
    with balanced.expect_response(lambda answer: "amount=-100" in answer.url):
        balanced.keyboard.press("Enter")
    expect(balanced.locator("#lines-1-availability")).to_contain_text("餘 81,580")
    asked = next(one for one in gallery.asked if one["amount"] == "-100")
    assert asked["account_id"] == "row-1"
    assert asked["request_date"] == "105-03-15"


def test_fields_that_nobody_keys_stay_with_their_row(balanced: Page, gallery: Site) -> None:
    at(balanced, 1, "credit")
    balanced.keyboard.press("Control+Delete")
    balanced.locator("#purpose").fill("代扣款")
    balanced.keyboard.press("F9")
    expect(balanced.locator("h1")).to_have_text("收到")
    sent = dict(gallery.posted[-1])
    assert sent["lines-0-kept"] == "k"
    assert sent["lines-1-kept"] == ""
