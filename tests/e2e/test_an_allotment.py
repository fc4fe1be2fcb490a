"""An agency's months from a rule to approval, by keyboard, in Chromium; axe finds nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from zhuji_budget import demo
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]
# Taichung's published budget is allotted by the county: what an agency writes is a revision.
LARGEST = "SELECT agency_code FROM budget.control_row GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
BLOCK = "1,000\t２０００\t3000\n10\t20\t30"


class Offices:
    """The agency's accounting office, the finance office and the budget office."""

    def __init__(self, site: Site, chromium: Browser, county: CountyUnderTest) -> None:
        self.site, self.county, self._chromium = site, county, chromium
        self.presses, self.eyes = Presses(), Eyes()
        self.desks: list[Desk] = []
        self.agency = str(county.rows(LARGEST)[0][0])
        site.given_user("cacc", "CACC", agency_code=self.agency, in_agency=self.agency)
        site.given_user("frev", "FREV", in_agency=None)
        site.given_user("bas", "BAS", in_agency=None)

    def desk(self, account: str) -> Desk:
        context = self._chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
        desk = Desk(context, base=self.site.address, presses=self.presses, eyes=self.eyes)
        desk.sign_in(account, PASSWORD)
        self.desks.append(desk)
        return desk

    def write(self) -> str:
        """Begin, fill by a plan, paste a block over two rows, see the whole, submit."""
        desk = self.desk("cacc")
        desk.follow("^分配預算表$")
        self.eyes.look(desk.page, "allotments")
        desk.access("n")
        desk.to("#reason")
        desk.type("配合工程進度")
        self.eyes.look(desk.page, "allotment-new")
        desk.go("F9")
        self.eyes.look(desk.page, "allotment-edit")
        desk.to("#rule")
        desk.press("ArrowDown", times=2)
        desk.to("#percents")
        desk.type("0 0 0 10 10 10 10 10 10 10 10 10")
        desk.go("Enter")
        desk.to("[name='lines-0-m4']")
        desk.page.evaluate(
            """(text) => { const data = new DataTransfer(); data.setData("text", text);
            document.activeElement.dispatchEvent(
              new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
            }""",
            BLOCK,
        )
        assert desk.page.input_value("[name='lines-0-m5']") == "2,000"
        desk.press("Control+z")
        desk.press("Control+d")
        self.eyes.look(desk.page, "allotment-edit-plan")
        desk.go("F9")
        desk.access("s")
        self.eyes.look(desk.page, "allotment-draft")
        desk.go("F9")
        assert "待財政單位表示意見" in desk.text()
        return str(desk.page.url)

    def comment(self, url: str) -> None:
        desk = self.desk("frev")
        desk.page.goto(url)
        self.eyes.look(desk.page, "allotment-comment")
        desk.follow("^同意分配")
        assert "待主計處核定" in desk.text()

    def approve(self, url: str) -> None:
        desk = self.desk("bas")
        desk.page.goto(url)
        self.eyes.look(desk.page, "allotment-approval")
        desk.go("F9")
        assert "已核定" in desk.text()
        self.eyes.look(desk.page, "allotment-approved")


def test_an_agency_revises_its_months_by_keyboard(
    site: Site, chromium: Browser, txg: CountyUnderTest
) -> None:
    with txg.uow() as uow:
        demo.seed(uow)
    offices = Offices(site, chromium, txg)
    url = offices.write()
    offices.comment(url)
    offices.approve(url)
    told = f"an allotment: {offices.presses.keys} keys, {offices.presses.characters} characters"
    print(told)  # noqa: T201 (the figure that the scenario is for)
    assert [fault for desk in offices.desks for fault in desk.faults] == []
    assert offices.eyes.violations == []
    changed = txg.rows(
        "SELECT count(*) FROM budget.budget_movement WHERE document_kind = 'budget.allotment'"
    )
    assert changed[0][0] > 0
