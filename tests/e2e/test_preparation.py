"""An agency prepares its budget (tests/scenarios/…md), by keyboard, in Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.budget.given import AGENCY, LINE, given_allotted
from zhuji_core.testing.counties import CountyUnderTest

SCENARIO = Path(__file__).parents[1] / "scenarios" / "an_agency_prepares_its_budget.md"
# Per hour 300 lines are twelve seconds for each.
SECONDS_PER_LINE = 3600 / 300
PASTED = 20
LINES_MAX = 10  # of the agency
# A second-level object below each that last year has by its book.
SECOND = {"01": "0103", "02": "0279", "03": "0319", "04": "0456", "09": "0901"}
PASTE = """text => {
    const data = new DataTransfer();
    data.setData('text', text);
    document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


class Season:
    """The agency and the budget office at their desks; each method is a section."""

    def __init__(self, site: Site, chromium: Browser, *, lines: int) -> None:
        self.site = site
        self.lines = lines
        self.presses = Presses()
        self.eyes = Eyes()
        self.pace: list[str] = []
        self._chromium = chromium
        self._desks: dict[str, Desk] = {}
        site.given_user("keeper", "CACC", agency_code=AGENCY, in_agency=AGENCY)
        site.given_user("bas", "BAS", in_agency=None)
        site.given_user("bas2", "BAS", in_agency=None)

    @property
    def county(self) -> CountyUnderTest:
        return self.site.under_test["TXG"]

    def desk(self, account: str) -> Desk:
        if account not in self._desks:
            context = self._chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
            desk = Desk(context, base=self.site.address, presses=self.presses, eyes=self.eyes)
            desk.sign_in(account, PASSWORD)
            self._desks[account] = desk
        return self._desks[account]

    @property
    def estimate(self) -> str:
        found = self.county.rows("SELECT estimate_id FROM budget.estimate")[0].estimate_id
        return f"/txg/budget/estimates/{found}"

    # 1

    def open_the_estimate(self) -> None:
        desk = self.desk("keeper")
        desk.open("/txg/budget/estimates")
        desk.to("select#agency_code")
        desk.type("0001")
        desk.press("Tab")
        desk.go("Enter")
        desk.look("estimate-new")
        assert "62,844,050" in desk.text()

    # 2

    def key_line_by_line(self) -> None:
        desk = self.desk("keeper")
        desk.follow(LINE)
        assert desk.focused("#items-0-object"), "the clerk types at once"
        before, began = self.presses.total, time.monotonic()
        for number in range(self.lines):
            self._key(desk, number)
        desk.press("Control+z")
        desk.press("Control+d")
        desk.look("estimate-grid")
        expected_ntd = sum((number + 1) * 12 * 1_000 for number in range(self.lines))
        assert f"合計 {expected_ntd:,}" in desk.text(), "the foot adds amounts up, not prices"
        keyed, took_s = self.presses.total - before, time.monotonic() - began
        desk.go("F9")
        self.pace.append(
            f"{self.lines} lines: {keyed / self.lines:.1f} key presses a line;"
            f" 300 lines an hour are {keyed / self.lines / SECONDS_PER_LINE:.1f} presses a second;"
            f" the grid itself took {took_s / self.lines:.2f} s a line"
        )
        assert took_s / self.lines < SECONDS_PER_LINE / 4, "the grid keeps up with a fast clerk"
        kept = self.county.rows(
            "SELECT count(*) AS n, sum(amount_ntd)::bigint AS ntd FROM budget.estimate_item"
        )[0]
        assert (kept.n, kept.ntd) == (self.lines, expected_ntd)

    def _key(self, desk: Desk, number: int) -> None:
        """Key one row: the object (or the one above by Ctrl+D), text, unit, quantity, price."""
        if number % 3 == 0:
            desk.type("0271")
        else:
            desk.press("Control+d")
        desk.press("Tab")
        desk.type("文具紙張")
        desk.press("Tab")
        desk.type("月")
        desk.press("Tab")
        desk.type(f"{number + 1}x12")
        desk.press("Tab")
        desk.type("1000")
        if number + 1 < self.lines:
            desk.press("Enter")

    # 3

    def paste_a_block(self) -> None:
        desk = self.desk("keeper")
        desk.follow("3201010102")
        block = "\n".join(f"0279\t車輛檢驗{at}\t輛\t2\t1,500" for at in range(PASTED))
        desk.page.evaluate(PASTE, block)
        self.presses.keys += 1
        desk.page.wait_for_function(f"document.querySelectorAll('tbody tr').length >= {PASTED}")
        desk.page.wait_for_load_state("networkidle")
        desk.go("F9")
        assert f"{PASTED * 3_000:,}" in desk.text()

    # 4

    def take_over_and_submit(self) -> None:
        desk = self.desk("keeper")
        desk.follow("帶入上年度")
        desk.look("estimate-filled")
        desk.follow("^送審")
        desk.look("estimate-incomplete")
        assert "E-ESTIMATE-INCOMPLETE" in desk.text()
        for _ in range(LINES_MAX):
            if not desk.page.locator("#gaps").count():
                break
            self._complete_a_line(desk)
        desk.follow("^送審")
        desk.look("estimate-submitted")
        assert "審議前不得修改" in desk.text()
        desk.follow(LINE)
        desk.look("estimate-line-read")
        assert not desk.page.locator("#items-0-object").count()

    def _complete_a_line(self, desk: Desk) -> None:
        """Open the first line that lacks something and fill in its marked cells."""
        desk.to("#gaps tbody a")
        desk.go("Enter")
        desk.look("estimate-line-marked")
        marked = desk.page.locator("[data-cell][aria-invalid]")
        for name in [one.get_attribute("id") for one in marked.all()]:
            desk.to(f"#{name}")
            if str(name).endswith("-object"):
                first = desk.page.locator(f"#{name}").input_value()[:2]
                desk.press("Control+a")
                desk.type(SECOND[first])
            else:
                desk.type("依上年度辦理情形")
        desk.go("F9")

    # 5

    def review_and_compile(self) -> None:
        desk = self.desk("bas")
        desk.open("/txg/budget/estimates")
        desk.look("estimates")
        desk.follow(AGENCY)
        desk.follow("^審議")
        desk.to("#cuts-0-item")
        desk.type(f"{LINE}-1 ")
        desk.press("Tab")
        desk.type("2000")
        desk.press("Tab")
        desk.type("撙節")
        self._keep_the_reserve(desk)
        desk.look("estimate-review")
        desk.go("F9")
        assert "審議完成" in desk.text()
        desk.follow("逐項比較")
        desk.look("estimate-versions")
        assert "撙節" in desk.text()
        assert "−2,000" in desk.text()
        desk.open("/txg/budget/estimates")
        desk.follow("核定概算額度")
        desk.look("ceilings")
        desk.open("/txg/budget/estimates")
        desk.follow("編成預算案")
        desk.look("bill")
        assert "2 個機關沒有審定的概算" in desk.text()
        desk.to("#gap_reason")
        desk.type("試辦：先編一機關")
        desk.go("Enter")
        desk.look("bill-confirm")
        desk.confirm()

    def _keep_the_reserve(self, desk: Desk) -> None:
        """Cut the first reserve that came with last year's lines to one per cent (預算法 22)."""
        (reserve,) = self.county.rows(
            "SELECT code FROM budget.budget_line WHERE agency_code = :agency"
            " AND name = '第一預備金' AND fiscal_year = 105",
            agency=AGENCY,
        )
        desk.press("Enter")
        desk.type(f"{reserve.code}-1 ")
        desk.press("Tab")
        desk.type("650000")
        desk.press("Tab")
        desk.type("以百分之一為限")

    # 6

    def _of_line(self, desk: Desk, code: str) -> None:
        """Go to where the decisions on the line are keyed, from its row of the bill."""
        (line,) = self.county.rows(
            "SELECT line_id FROM budget.budget_line WHERE fiscal_year = 106 AND code = :code",
            code=code,
        )
        desk.to(f"#council a[href*='lines/{line.line_id}?after']")
        desk.go("Enter")

    def _place_of(self, object_code: str) -> int:
        """Return the place of the row of this object among those of the line."""
        rows = self.county.rows(
            "SELECT object_code FROM budget.control_row"
            " WHERE fiscal_year = 106 AND line_code = :code ORDER BY object_code",
            code=LINE,
        )
        return [row.object_code for row in rows].index(object_code)

    def council_and_enactment(self) -> None:
        desk = self.desk("bas")
        desk.follow("議會審議")
        desk.look("council-bill")
        self._of_line(desk, LINE)
        desk.look("council-line")
        desk.to(f"#council-{self._place_of('02')}-cut")
        desk.type("1000")
        desk.press("Tab")
        desk.type("3000")
        desk.press("Tab")
        desk.type("專案報告後動支")
        desk.look("council-line-keyed")
        desk.go("F9")
        desk.look("council")
        assert "專案報告後動支" in desk.text()
        desk.follow("登錄議會審議結果")
        desk.look("council-decisions")
        assert desk.page.locator("#council-0-cut").input_value() == "1,000"
        desk = self.desk("bas2")  # who compiled the bill does not enact it
        desk.open("/txg/budget/years/106/enactment")
        desk.look("enactment-gaps")
        desk.to("#act_no")
        desk.type("議字第1號")
        desk.go("Enter")
        desk.confirm()
        row = self.county.rows(
            "SELECT bill_ntd, enacted_ntd, frozen_ntd FROM budget.control_row"
            " WHERE fiscal_year = 106 AND line_code = :code AND object_code = '02'",
            code=LINE,
        )[0]
        assert row.enacted_ntd == row.bill_ntd - 1_000
        assert row.frozen_ntd == 3_000


def sections(season: Season) -> dict[str, Callable[[], None]]:
    """Return what is done under each heading of the scenario."""
    return {
        "1. 機關建立概算": season.open_the_estimate,
        "2. 逐項鍵入": season.key_line_by_line,
        "3. 從試算表貼上": season.paste_a_block,
        "4. 帶入上年度、補齊並送審": season.take_over_and_submit,
        "5. 主計處審議並編成預算案": season.review_and_compile,
        "6. 議會審議與法定預算": season.council_and_enactment,
    }


@pytest.mark.needs("chromium")
@pytest.mark.slow
@pytest.mark.parametrize("lines", [9, 60])
def test_an_agency_prepares_its_budget(
    site: Site, chromium: Browser, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    given_allotted(site.under_test["TXG"])
    season = Season(site, chromium, lines=lines)
    headings = re.findall(r"^## (.+)$", SCENARIO.read_text("utf-8"), re.MULTILINE)
    todo = sections(season)
    assert headings == list(todo), "the scenario's text and what is run differ"
    for heading in headings:
        before = season.presses.total
        todo[heading]()
        with capsys.disabled():
            print(f"\n  {heading}: {season.presses.total - before} key presses", end="")  # noqa: T201
    with capsys.disabled():
        print("\n  " + "\n  ".join(season.pace))  # noqa: T201
    assert not season.eyes.violations, "\n".join(season.eyes.violations)
    faults = [fault for desk in season._desks.values() for fault in desk.faults]
    assert not faults, "\n".join(faults)
