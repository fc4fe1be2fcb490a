"""A voucher keyed by keyboard in Chromium, with a file beside its entries."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Browser, expect

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.given_vouchers import Desk as Office
from tests.plugins.accounting.given_vouchers import entry, wanted
from zhuji_accounting.usecases.attach_file import attach_file
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_a_voucher_is_keyed_and_sent_by_keyboard(
    site: Site, txg: CountyUnderTest, chromium: Browser
) -> None:
    office = Office(given_office(txg))
    office.posted(wanted(entry("1203", 90_000), entry("2206", 0, 90_000, kind="deposit", key="D7")))
    code = office.office.government.agency_code
    site.given_user("prep", "PREP", in_agency=code, agency_code=code)
    eyes, presses = Eyes(), Presses()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Desk(context, base=site.address, presses=presses, eyes=eyes)
    desk.sign_in("prep", PASSWORD)
    desk.open("/txg/accounting/vouchers/new")
    before = presses.total
    desk.type("退還履約保證金")
    desk.to("#lines-0-account")
    desk.type("2206")
    expect(desk.page.locator("#picker-list")).to_be_visible()
    desk.press("Enter")
    desk.type("90000")
    expect(desk.page.locator("#lines-0-availability")).to_contain_text("貸 90,000")
    for column in ("description", "control_row", "subsidiary"):
        desk.to(f"#lines-0-{column}")
    desk.press("F4")
    expect(desk.page.locator("#picker-list")).to_contain_text("D7")
    desk.press("Enter")
    desk.press("Enter")
    desk.to("#lines-1-account")
    desk.type("1203")
    expect(desk.page.locator("#picker-list")).to_be_visible()
    desk.press("Enter")
    desk.press("Alt+Equal")
    expect(desk.page.locator("[data-status]")).to_contain_text("借貸平衡")
    desk.look("voucher-form")
    desk.go("F9")
    assert presses.total - before < 80
    assert "待覆核" in desk.text()
    voucher_id = desk.page.url.rpartition("/")[2]
    with txg.uow(office.preparer) as uow:
        attach_file(uow, voucher_id=uuid.UUID(voucher_id), file_name="收據.png", content=_png())
    desk.open(f"/txg/accounting/vouchers/{voucher_id}")
    desk.look("voucher")
    site.given_user("rev", "REV", in_agency=code, agency_code=code)
    reviewed = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    review_the_batch(Desk(reviewed, base=site.address, presses=presses, eyes=eyes))
    assert not eyes.violations, eyes.violations
    assert not desk.faults


def review_the_batch(reviewer: Desk) -> None:
    """Choose what waits, look over the summary, confirm."""
    reviewer.sign_in("rev", PASSWORD)
    reviewer.open("/txg/accounting/vouchers/waiting?states=prepared")
    reviewer.look("vouchers-waiting")
    reviewer.to("[name=voucher_ids]")
    reviewer.press("Space")
    reviewer.go("F9")
    reviewer.look("vouchers-confirm")
    reviewer.confirm()
    reviewer.look("vouchers-done")
    assert "待主辦會計核定" in reviewer.text()
    reviewer.press("/")
    reviewer.type("履約保證")
    reviewer.go("Enter")
    assert "退還履約保證金" in reviewer.text()
    reviewer.look("search")
    assert not reviewer.faults


def _png() -> bytes:
    """Return a small picture: a white square."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478"
        "9c63f8ffffff7f0009fb03fd0543454a0000000049454e44ae426082"
    )
