"""The supervising agency passes a schedule and an estimate on by keyboard; axe finds nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.budget.estimates.given import SUPPLIES, given_estimate, write
from tests.plugins.budget.given import AGENCY, given_allotted
from tests.plugins.budget.given_schedules import months_of, opened, submit
from tests.plugins.budget.given_schedules import write as write_months
from tests.plugins.budget.test_supervisors import BUREAU, supervised
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]
ROW = "SELECT control_row_id FROM budget.control_row WHERE agency_code = :agency LIMIT 1"


def given_sent(county: CountyUnderTest) -> None:
    """A schedule and an estimate of the agency wait for its supervising agency."""
    given_allotted(county)
    supervised(county)
    row = county.rows(ROW, agency=AGENCY)[0].control_row_id
    made = opened(county)
    base = months_of(county, row)
    write_months(county, made, {row: [*base[:3], base[3] + base[11], *base[4:11], 0]})
    submit(county, made)
    estimate_id = given_estimate(county)
    write(county, estimate_id, SUPPLIES)
    with county.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)


def test_the_supervising_agency_passes_on_and_returns_by_keyboard(
    site: Site, chromium: Browser, txg: CountyUnderTest
) -> None:
    given_sent(txg)
    site.given_user("head", "HEAD", agency_code=BUREAU, in_agency=BUREAU)
    presses, eyes = Presses(), Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Desk(context, base=site.address, presses=presses, eyes=eyes)
    desk.sign_in("head", PASSWORD)
    desk.look("supervisor-first-page")
    desk.follow("^待核轉之所屬機關分配預算表")
    desk.look("supervisor-schedules")
    desk.follow("^105-")
    desk.look("supervisor-schedule")
    desk.follow("^核轉財政單位")
    assert "待財政單位表示意見" in desk.text()
    desk.look("supervisor-schedule-passed")
    desk.open("/txg/")
    desk.follow("^待核轉之所屬機關概算")
    desk.look("supervisor-estimates")
    desk.follow(f"^{AGENCY}")
    desk.look("supervisor-estimate")
    desk.follow("^核轉主計處")
    assert "已送審" in desk.text()
    assert desk.faults == []
    assert eyes.violations == []
    told = f"a supervisor: {presses.keys} keys, {presses.characters} characters"
    print(told)  # noqa: T201 (the figure that the scenario is for)
