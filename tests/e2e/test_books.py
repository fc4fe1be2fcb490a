"""Books read by keyboard, in Chromium: from a statement to an account to its voucher."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Eyes, Presses
from tests.e2e.desk import Desk as Keyboard
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.given_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from zhuji_accounting.domain.books.catalogue import BOOKS
from zhuji_accounting.domain.books.levels import STATEMENTS
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_books_are_read_by_keyboard(site: Site, txg: CountyUnderTest, chromium: Browser) -> None:
    office = given_office(txg)
    request = office.certified(18_000)
    Claims(office).granted((request.request_id, 17_500))
    Desk(office).posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000)),
        wanted(entry(WITHHELD, 42_000), entry(BANK, 0, 42_000)),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
    )
    site.given_user("rev", "REV", in_agency=office.government.agency_code)
    eyes = Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Keyboard(context, base=site.address, presses=Presses(), eyes=eyes)
    desk.sign_in("rev", PASSWORD)
    desk.follow("^帳簿及會計報表$")
    desk.look("books")
    for name, book in BOOKS.items():
        if not book.needs:
            desk.open(f"/txg/accounting/books/{name}")
            desk.look(f"book-{name}")
    for name in STATEMENTS:
        desk.open(f"/txg/accounting/reports/{name}")
        desk.look(f"statement-{name}")
    desk.open("/txg/accounting/reports/expenditure")
    desk.follow("^17,500$")
    desk.look("book-budget-row")
    desk.open("/txg/accounting/books/balance-sheet")
    desk.follow("^88,000$")
    desk.look("book-account")
    desk.follow("^支10500002$")
    assert "42,000" in desk.text()
    desk.open("/txg/accounting/books/subsidiaries")
    desk.follow("^契1$")
    desk.look("book-subsidiary")
    assert "15,000" in desk.text()
    assert eyes.violations == []
    assert desk.faults == []
