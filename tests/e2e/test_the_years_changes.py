"""The year's changes (tests/scenarios/…md), by keyboard, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.budget.changes.given import AGENCY
from tests.plugins.budget.given import given_allotted
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.testing.counties import CountyUnderTest

SCENARIO = Path(__file__).parents[1] / "scenarios" / "the_years_changes.md"
ROLES = {"cacc": "CACC", "head": "HEAD", "bas": "BAS", "bas2": "BAS"}


class Year:
    """Everybody at their desks; each method is a section of the scenario."""

    def __init__(self, site: Site, chromium: Browser) -> None:
        self.site = site
        self.presses = Presses()
        self.eyes = Eyes()
        self._chromium = chromium
        self._desks: dict[str, Desk] = {}

    def desk(self, account: str) -> Desk:
        """Return the desk of ``account``, signed in at the first use."""
        if account not in self._desks:
            context = self._chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
            desk = Desk(context, base=self.site.address, presses=self.presses, eyes=self.eyes)
            desk.sign_in(account, PASSWORD)
            self._desks[account] = desk
        return self._desks[account]

    def _begin(self, account: str, kind: str) -> Desk:
        """Open the list, then the form of ``kind``: the choice is keyed by its first letters."""
        desk = self.desk(account)
        desk.open("/txg/budget/changes")
        desk.look("changes")
        desk.access("n")
        desk.look("change-choice")
        assert desk.focused("[name=kind]"), "the choice begins with the kind"
        while desk.page.locator("[name=kind]").input_value() != kind:
            desk.press("ArrowDown")
        desk.go("F9")
        assert desk.focused("[name=purpose]"), "the form begins with its purpose"
        return desk

    def _line(
        self, desk: Desk, number: int, *, text: str, month: str, column: str, amount: str
    ) -> None:
        desk.to(f"#lines-{number}-control_row")
        desk.type(text)
        desk.page.wait_for_selector("#picker-list [role=option] .code")
        desk.press("Enter")
        desk.to(f"#lines-{number}-month")
        desk.type(month)
        desk.to(f"#lines-{number}-{column}")
        desk.type(amount)

    def _another(self, desk: Desk) -> None:
        desk.to("[data-add-row]")
        desk.press("Enter")

    # 1

    def be_refused(self) -> None:
        desk = self._begin("cacc", "virement")
        desk.type("補助團體增加")
        self._line(desk, 0, text="行政管理 業務", month="4", column="decrease", amount="30000")
        self._another(desk)
        self._line(desk, 1, text="行政管理 獎補", month="4", column="increase", amount="30000")
        desk.page.wait_for_selector(".availability.ok")
        desk.look("change-form")
        desk.go("F9")
        desk.look("change-refused")
        assert "E-VIRE-20PCT" in desk.text()
        assert "超過 6,000" in desk.text()
        for field in ("#lines-0-decrease", "#lines-1-increase"):
            desk.to(field)
            desk.type("20000")
        desk.go("F9")
        assert "待機關首長核准" in desk.text()
        desk.look("change-submitted")

    # 2

    def approve(self) -> None:
        desk = self._waiting("head", "待核准預算變動")
        desk.look("change-to-approve")
        desk.go("F9")
        assert "已生效" in desk.text()
        desk.look("change-posted")

    def _waiting(self, account: str, title: str) -> Desk:
        desk = self.desk(account)
        desk.open("/txg/")
        desk.follow(title)
        desk.to("tbody th a")
        desk.go("Enter")
        return desk

    # 3

    def use_the_reserve(self) -> None:
        desk = self._begin("cacc", "first_reserve")
        desk.type("颱風後清理")
        self._line(desk, 0, text="第一預備金", month="", column="decrease", amount="20000")
        self._another(desk)
        self._line(desk, 1, text="行政管理 業務", month="3", column="increase", amount="20000")
        desk.go("F9")
        head = self._waiting("head", "待核准預算變動")
        head.go("F9")
        assert "待主計處核定" in head.text()
        self._decide("bas")

    def _decide(self, account: str) -> None:
        desk = self._waiting(account, "待核定預算變動")
        desk.to("input[name=act_no]")
        desk.type("府主一字第9號")
        desk.look("change-to-decide")
        desk.go("F9")
        assert "已生效" in desk.text()

    # 4

    def supplement(self) -> None:
        desk = self._begin("bas", "supplement")
        desk.type("第一次追加預算")
        self._line(desk, 0, text="商業輔導 業務", month="", column="increase", amount="500000")
        desk.go("F9")
        assert "待主計處核定" in desk.text()
        self._decide("bas2")

    # 5

    def reverse(self) -> None:
        desk = self.desk("cacc")
        desk.open("/txg/budget/changes?kind=virement&states=posted")
        desk.to("tbody th a")
        desk.go("Enter")
        desk.to("input[name=reason]")
        desk.type("團體撤案")
        desk.go("Enter")
        assert "沖回" in desk.text()
        desk.look("change-reversal")
        head = self._waiting("head", "待核准預算變動")
        head.go("F9")
        assert "已生效" in head.text()

    # 6

    def read_the_line(self) -> None:
        desk = self.desk("cacc")
        desk.open("/txg/budget/changes?kind=virement&states=reversed")
        desk.to("tbody th a")
        desk.go("Enter")
        desk.to("#lines tbody th a")
        desk.go("Enter")
        desk.look("line-history")
        text = desk.text()
        assert "動支第一預備金 10500001" in text
        assert "經費流用 10500002" in text
        desk.to("#movements a")
        desk.go("Enter")
        assert "budget/changes/" in desk.page.url

    @property
    def faults(self) -> list[str]:
        return [fault for desk in self._desks.values() for fault in desk.faults]


def sections(year: Year) -> dict[str, Callable[[], None]]:
    """Return what is done under each heading of the scenario."""
    return {
        "1. 主計室提經費流用，先被拒絕": year.be_refused,
        "2. 機關首長核准流用": year.approve,
        "3. 動支第一預備金，主計處核定": year.use_the_reserve,
        "4. 追加預算": year.supplement,
        "5. 沖回流用": year.reverse,
        "6. 科目的完整歷程": year.read_the_line,
    }


@pytest.mark.needs("chromium")
@pytest.mark.slow
def test_the_years_changes(
    site: Site, chromium: Browser, txg: CountyUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    given_allotted(txg)
    for account, role in ROLES.items():
        in_agency = None if role == "BAS" else AGENCY
        site.given_user(account, role, agency_code=AGENCY, in_agency=in_agency)
    year = Year(site, chromium)
    headings = re.findall(r"^## (.+)$", SCENARIO.read_text("utf-8"), re.MULTILINE)
    todo = sections(year)
    assert headings == list(todo), "the scenario's text and what is run differ"
    for heading in headings:
        before = year.presses.total
        todo[heading]()
        with capsys.disabled():
            print(f"\n  {heading}: {year.presses.total - before} key presses", end="")  # noqa: T201
    with capsys.disabled():
        print(  # noqa: T201
            f"\n  {year.presses.keys} keys + {year.presses.characters} characters;"
            f" {len(year.eyes.seen)} kinds of pages looked at"
        )
    with txg.uow(read_only=True) as uow:
        assert verify_budget(uow).passed
    assert not year.eyes.violations, "\n".join(year.eyes.violations)
    assert not year.faults, "\n".join(year.faults)
