"""Months and a year closed by keyboard, in Chromium: stop, close, kept reports, preview, end."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Eyes, Presses
from tests.e2e.desk import Desk as Keyboard
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.given_vouchers import BANK, DEPOSIT, WITHHELD, Desk, entry, wanted
from zhuji_accounting.usecases.close_period import close_period
from zhuji_core.settings import keep_setting
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_a_year_is_closed_by_keyboard(site: Site, txg: CountyUnderTest, chromium: Browser) -> None:
    office = given_office(txg)
    Desk(office).posted(
        wanted(entry(BANK, 115_000), entry(WITHHELD, 0, 115_000)),
        wanted(entry(BANK, 15_000), entry(DEPOSIT, 0, 15_000, kind="deposit", key="契1")),
    )
    office.follow()
    office.county.business_date = dt.date(2017, 2, 6)
    for period in range(1, 12):
        with office.county.uow(office.reviewer) as uow:
            close_period(uow, fiscal_year=105, period=period, agency_code="A1")
    with office.county.uow() as uow:
        keep_setting(uow, module="kernel", key="business_date", value="2017-02-06")
    site.given_user("cacc", "CACC", in_agency=office.government.agency_code)
    eyes = Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Keyboard(context, base=site.address, presses=Presses(), eyes=eyes)
    desk.sign_in("cacc", PASSWORD)
    desk.open("/txg/accounting/periods?fiscal_year=105")
    desk.look("periods")
    desk.follow("^關帳$")
    desk.look("period-closing")
    desk.confirm()
    desk.open("/txg/accounting/report-sets?fiscal_year=105")
    desk.look("report-sets")
    desk.follow("^105 年度 12 月 月報$")
    desk.look("report-set")
    desk.follow("^科目試算表$")
    desk.look("report-sheet")
    assert "115,000" in desk.text()
    desk.open("/txg/accounting/year-ends?fiscal_year=105")
    desk.look("year-end")
    desk.follow("^預覽（不留存）$")
    desk.look("year-end-preview")
    assert "115,000" in desk.text()
    desk.to("input[name=confirmation]")
    desk.type("105")
    desk.go("Enter")
    desk.look("year-end-closed")
    assert "已結帳" in desk.text()
    assert eyes.violations == []
    assert desk.faults == []
