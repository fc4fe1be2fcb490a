"""A month is released: the agency takes note by keyboard, the office starts what was missed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import Site
from tests.e2e.test_an_allotment import Offices
from zhuji_budget import demo
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]
MISSED = "DELETE FROM budget.allotment_release WHERE month = 3 AND agency_code = :agency"


def test_the_agency_takes_note_and_the_office_releases_what_was_missed(
    site: Site, chromium: Browser, txg: CountyUnderTest
) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    offices = Offices(site, chromium, txg)
    agency = offices.desk("cacc")
    offices.eyes.look(agency.page, "release-first-page")
    agency.follow("^分配數已釋出")
    offices.eyes.look(agency.page, "release-notice")
    agency.follow("^知悉")
    assert "尚未知悉" not in agency.text()
    offices.eyes.look(agency.page, "release-noted")
    line = txg.rows(
        "SELECT line_id FROM budget.control_row WHERE agency_code = :agency LIMIT 1",
        agency=offices.agency,
    )[0].line_id
    agency.open(f"/txg/budget/lines/{line}")
    offices.eyes.look(agency.page, "release-line")
    other = txg.rows(
        "SELECT min(agency_code) AS code FROM budget.allotment_release WHERE agency_code <> :own",
        own=offices.agency,
    )[0].code
    txg.execute(MISSED, agency=other)
    office = offices.desk("bas")
    office.open("/txg/budget/releases")
    offices.eyes.look(office.page, "release-behind")
    office.follow("^立即釋出")
    assert "釋出本月分配數" in office.text()
    office.open("/txg/budget/releases")
    offices.eyes.look(office.page, "release-runs")
    office.open("/txg/budget/supervisors")
    office.to("#pairs")
    office.type(f"{other} {offices.agency}")
    office.follow("^儲存")
    assert other in office.text()
    offices.eyes.look(office.page, "release-supervisors")
    assert [fault for desk in offices.desks for fault in desk.faults] == []
    assert offices.eyes.violations == []
