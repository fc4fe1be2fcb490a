"""An advance and its settlement by keyboard, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import SELLER
from tests.plugins.accounting.given_recoveries import pay_back
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_an_advance_is_drawn_settled_and_paid_back_by_keyboard(
    site: Site, txg: CountyUnderTest, chromium: Browser
) -> None:
    office = given_office(txg)
    request = office.certified(12_000)
    code = office.government.agency_code
    for account, role in (("req", "REQ"), ("cacc", "CACC")):
        site.given_user(account, role, in_agency=code, agency_code=code)
    eyes = Eyes()

    def sit_down(account: str) -> Desk:
        context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
        desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
        desk.sign_in(account, PASSWORD)
        return desk

    desk = sit_down("req")
    desk.open(f"/txg/accounting/requests/{request.request_id}")
    desk.follow("^暫付$")
    for field, text in (
        ("lines-0-amount", "10,00x"), ("memo", "赴臺北出差"), ("settle_by", "1050331"),
        ("receiver_name", "出差戊"),
    ):  # fmt: skip
        desk.to(f"#{field}")
        desk.type(text)
    desk.go("F9")
    desk.look("advance-form-refused")
    desk.to("#lines-0-amount")
    desk.press("Control+a")
    desk.type("10000")
    desk.go("F9")
    desk.look("advance-draft")
    desk.go("F9")
    assert "105暫00001" in desk.text()
    advances = Advances(office)
    granted = advances.granted(office.certified(9_000).request_id, 9_000)
    pay_back(advances, granted, 400)
    desk.open(f"/txg/accounting/advances/{granted.advance_id}")
    desk.look("advance-granted")
    desk.follow("^轉正報支$")
    for field, text in (
        ("memo", "臺北出差"), ("lines-0-amount", "8600"), ("documents-0-number", "AB-12345678"),
        ("documents-0-dated_on", "1050310"), ("documents-0-tax_id", SELLER),
        ("documents-0-amount", "8600"),
    ):  # fmt: skip
        desk.to(f"#{field}")
        desk.type(text)
    desk.look("settlement-form")
    desk.go("F9")
    desk.look("settlement-draft")
    desk.go("F9")
    assert "105報00001" in desk.text()
    desk.open("/txg/accounting/claims/new?kind=travel")
    desk.look("claim-form-travel")
    chief = sit_down("cacc")
    chief.open(f"/txg/accounting/advances/{granted.advance_id}/recovery")
    chief.look("recovery-form")
    chief.open("/txg/accounting/recoveries")
    chief.look("recoveries")
    chief.open("/txg/accounting/advances")
    chief.look("advances")
    chief.open(f"/txg/accounting/requests/{granted.request_id}")
    chief.look("request-advanced")
    assert not eyes.violations, eyes.violations
    assert not [*desk.faults, *chief.faults]
