"""A whole unit book handed in and printed again, by keyboard, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.budget.unit_book.test_import import RDEC, given_agency
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.plugin import shared_folder

pytestmark = [
    pytest.mark.needs("chromium"),
    pytest.mark.needs("shared"),
    pytest.mark.slow,
]


def test_a_unit_book_is_handed_in_and_printed(
    site: Site, txg: CountyUnderTest, chromium: Browser, pytestconfig: pytest.Config
) -> None:
    books = shared_folder(pytestconfig.rootpath) / "data" / "taichung-105" / "books"
    given_agency(txg, RDEC, "研究發展考核委員會")
    with txg.uow() as uow:
        opened = open_estimate(uow, fiscal_year=105, agency_code=RDEC)
    site.given_user("keeper", "CACC", in_agency=RDEC, agency_code=RDEC)
    eyes = Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
    desk.sign_in("keeper", PASSWORD)
    desk.open(f"/txg/budget/estimates/{opened.estimate_id}")
    desk.follow("^匯入單位預算書$")
    desk.look("unit-import")
    desk.page.set_input_files("#file", books / "研考會-歲出機關別預算表.xls")
    desk.to("main button.primary")
    desk.go("Enter")
    assert "另有 20 格" in desk.text()
    desk.look("unit-import-preview")
    desk.follow("確認匯入 204 項明細")
    assert "146,999,000" in desk.text()
    desk.follow("^計畫說明及員額$")
    desk.look("book-words")
    desk.open(f"/txg/budget/estimates/{opened.estimate_id}")
    desk.to("main a[href$='/book']")
    desk.go("Enter")
    desk.look("unit-book")
    desk.follow("歲出用途別科目分析表")
    assert "144,879" in desk.text()
    desk.look("unit-book-objects")
    desk.follow("行政管理$")
    desk.look("unit-book-plan")
    desk.follow("^單位預算書$")
    desk.look("unit-books")
    _wrong(desk, f"/txg/budget/estimates/{opened.estimate_id}/book/import", books)
    assert eyes.violations == []
    assert desk.faults == []


def _wrong(desk: Desk, address: str, books: Path) -> None:
    """A book of another kind is refused on the preview, in words."""
    desk.open(address)
    desk.page.set_input_files("#file", books / "交通局-歲出機關別預算表.xls")
    desk.to("main button.primary")
    desk.go("Enter")
    assert "不會匯入" in desk.text()
    desk.look("unit-import-refused")
