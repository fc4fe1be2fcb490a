"""An expense claim written from its request by keyboard, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.given_claims import SELLER, Claims
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_a_claim_is_written_and_sent_by_keyboard(
    site: Site, txg: CountyUnderTest, chromium: Browser
) -> None:
    office = given_office(txg)
    request = office.certified(18_000)
    code = office.government.agency_code
    site.given_user("req", "REQ", in_agency=code, agency_code=code)
    site.given_user("cacc", "CACC", in_agency=code, agency_code=code)
    eyes = Eyes()

    def sit_down(account: str) -> Desk:
        context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
        desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
        desk.sign_in(account, PASSWORD)
        return desk

    desk = sit_down("req")
    desk.open(f"/txg/accounting/requests/{request.request_id}")
    desk.follow("^報支$")
    for field, text in (
        ("memo", "購置文具"), ("lines-0-amount", "17500"), ("documents-0-number", "AB-12345678"),
        ("documents-0-dated_on", "1050310"), ("documents-0-tax_id", SELLER),
        ("documents-0-amount", "17,50x"), ("payees-0-name", "甲商行"), ("payees-0-amount", "17500"),
    ):  # fmt: skip
        desk.to(f"#{field}")
        desk.type(text)
    desk.go("F9")
    desk.look("claim-form-refused")
    desk.to("#documents-0-amount")
    desk.press("Control+a")
    desk.type("17500")
    desk.go("F9")
    desk.look("claim-draft")
    desk.go("F9")
    assert "105報00001" in desk.text()
    claims = Claims(office)
    granted = claims.granted((office.certified(5_000).request_id, 4_000))
    chief = sit_down("cacc")
    chief.open(f"/txg/accounting/claims/{granted.claim_id}")
    chief.look("claim-approved")
    chief.open("/txg/accounting/claims")
    chief.look("claims")
    chief.open(f"/txg/accounting/requests/{granted.lines[0].request_id}")
    chief.look("request-claimed")
    assert not eyes.violations, eyes.violations
    assert not [*desk.faults, *chief.faults]
