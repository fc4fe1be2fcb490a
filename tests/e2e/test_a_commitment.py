"""A commitment from supplement to award and its end, at the keyboard in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.accounting.given import given_office
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_a_request_is_supplemented_awarded_and_held_longer(
    site: Site, txg: CountyUnderTest, chromium: Browser
) -> None:
    office = given_office(txg)
    request_id = office.certified(90_000).request_id
    code = office.government.agency_code
    site.given_user("req", "REQ", in_agency=code, agency_code=code)
    site.given_user("rev", "REV", in_agency=code, agency_code=code)
    eyes = Eyes()

    def sit_down(account: str) -> Desk:
        context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
        desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
        desk.sign_in(account, PASSWORD)
        return desk

    clerk = sit_down("req")
    clerk.open(f"/txg/accounting/requests/{request_id}")
    clerk.follow("^追加$")
    clerk.to("#lines-0-amount")
    clerk.type("2,500")
    clerk.look("supplement-form")
    clerk.go("F9")
    assert "原動支與追加" in clerk.text()
    accountant = sit_down("rev")
    accountant.open(f"/txg/accounting/requests/{request_id}")
    accountant.look("request-certified")
    accountant.follow("^登記決標$")
    for field, text in (("contract_no", "採-105-7"), ("contractor", "乙營造")):
        accountant.to(f"#{field}")
        accountant.type(text)
    accountant.to("#amount-1")
    accountant.press("Control+a")
    accountant.type("90001")
    accountant.go("F9")
    accountant.look("award-refused")
    accountant.to("#amount-1")
    accountant.press("Control+a")
    accountant.type("80000")
    accountant.go("F9")
    accountant.look("request-awarded")
    accountant.follow("^變更保留期限$")
    accountant.to("#hold_until")
    accountant.press("Control+a")
    accountant.type("320")
    accountant.to("#reason")
    accountant.type("趕辦")
    accountant.look("hold-form")
    accountant.go("F9")
    for path, name in (
        ("accounting/reservations", "reservations"),
        (f"budget/lines/by-control-row/{office.supplies}", "line-holders"),
        ("accounting/register", "register"),
        ("", "home-reservations"),
    ):
        accountant.open(f"/txg/{path}")
        accountant.look(name)
        assert "80,000" in accountant.text()
    assert not eyes.violations, eyes.violations
    assert not [*clerk.faults, *accountant.faults]
