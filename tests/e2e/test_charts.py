"""Charts of accounts and posting rules by keyboard, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.accounting.given import given_office
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_charts_and_rules_are_read_by_keyboard(
    site: Site, txg: CountyUnderTest, chromium: Browser
) -> None:
    office = given_office(txg)
    site.given_user("prep", "PREP", in_agency=office.government.agency_code)
    eyes = Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
    desk.sign_in("prep", PASSWORD)
    desk.follow("^會計科目及分錄規則$")
    desk.look("charts")
    desk.follow("權責發生基礎")
    desk.look("chart")
    desk.follow("^第 1 版$")
    desk.look("rules")
    assert "依用途別科目" in desk.text()
    assert eyes.violations == []
    assert desk.faults == []
