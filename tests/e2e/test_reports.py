"""Reports of a whole city read by keyboard, in Chromium, from a department down to a line."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from zhuji_budget import demo
from zhuji_budget.domain.reports.catalogue import REPORTS
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_reports_are_read_by_keyboard(site: Site, txg: CountyUnderTest, chromium: Browser) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    site.given_user("bas", "BAS", in_agency=None)
    presses, eyes = Presses(), Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Desk(context, base=site.address, presses=presses, eyes=eyes)
    desk.sign_in("bas", PASSWORD)
    desk.follow("^預算報表$")
    desk.look("reports")
    for name in REPORTS:
        desk.open(f"/txg/budget/reports/{name}")
        desk.look(f"report-{name}")
    desk.open("/txg/budget/reports/charts")
    assert desk.page.locator("figure.chart canvas").count() == 2
    desk.look("charts")
    desk.open("/txg/budget/open-data")
    desk.look("open-data")
    desk.open("/txg/budget/reports/execution")
    desk.follow("民政局主管")
    desk.look("report-department")
    desk.follow("孔廟")
    desk.look("report-agency")
    desk.follow("管理")
    assert "控制項目" in desk.text()
    assert eyes.violations == []
    assert desk.faults == []
