"""A day of two administrators (tests/scenarios/…md), by keyboard, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses

SCENARIO = Path(__file__).parents[1] / "scenarios" / "a_day_of_an_administrator.md"


class Day:
    """Everybody at their desks; each method is a section of the scenario."""

    def __init__(self, site: Site, chromium: Browser) -> None:
        self.site = site
        self.presses = Presses()
        self.eyes = Eyes()
        self._chromium = chromium
        self._desks: dict[str, Desk] = {}
        for account in ("adm1", "adm2"):
            site.given_user(account, "ADM", in_agency=None)
        site.given_user("head", "SUP")
        site.given_user("deputy", "REQ")

    def desk(self, account: str) -> Desk:
        if account not in self._desks:
            context = self._chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
            desk = Desk(context, base=self.site.address, presses=self.presses, eyes=self.eyes)
            desk.sign_in(account, PASSWORD)
            self._desks[account] = desk
        return self._desks[account]

    def choose(self, desk: Desk, selector: str, value: str) -> None:
        """Tab to a select and key the beginning of the option, as a keyboard does."""
        desk.to(selector)
        desk.type(value)

    # 1

    def make_a_person(self) -> None:
        desk = self.desk("adm1")
        desk.look("adm-home")
        desk.follow("^使用者$")
        desk.look("users")
        desk.to("#account")
        desk.type("newcomer")
        desk.press("Tab")
        desk.type("王新人")
        self.choose(desk, "#agency", "A1")
        desk.go("F9")
        assert "尚無角色" in desk.text()
        desk.look("user-new")

    # 2

    def propose_a_role(self) -> None:
        desk = self.desk("adm1")
        self.choose(desk, "#role", "REQ")
        desk.to("#valid_from")
        desk.type("1050315")
        desk.to("#reference")
        desk.type("民人字第1050001號")
        desk.press("Tab")
        desk.type("遞補經辦職缺")
        desk.go("F9")
        desk.look("user-proposed")
        assert "尚無角色" in desk.text()
        assert "待決定" in desk.text()
        desk.follow("newcomer 王新人")
        assert "須由另一人決定" in desk.text()
        desk.look("proposal-own")

    # 3

    def approve_as_the_second(self) -> None:
        desk = self.desk("adm2")
        desk.look("adm2-home")
        desk.follow("待決定提案")
        desk.look("proposals")
        desk.follow("newcomer")
        desk.look("proposal")
        desk.go("F9")
        assert "已核准" in desk.text()
        desk.look("proposal-approved")
        (row,) = self.site.under_test["TXG"].rows(
            "SELECT g.role_code FROM kernel.role_grant AS g"
            " JOIN kernel.user_account AS u USING (user_id) WHERE u.account = 'newcomer'"
        )
        assert row.role_code == "REQ"

    # 4

    def appoint_a_deputy(self) -> None:
        desk = self.desk("head")
        desk.follow("職務代理")
        desk.look("delegations-none")
        desk.access("n")
        desk.look("delegation-new")
        desk.to("#deputy")
        desk.type("deputy")
        desk.press("Tab")
        desk.type("1050315")
        desk.press("Tab")
        desk.type("331")
        desk.to("#reason")
        desk.type("休假")
        desk.to("input[name=roles]")
        desk.press("Space")
        desk.go("F9")
        assert "代理中" in desk.text()
        desk.look("delegations")

    # 5

    def act_for_another(self) -> None:
        desk = self.desk("deputy")
        desk.access("g")
        desk.look("acting")
        desk.follow("切換")
        desk.look("acting-for")
        assert "代理 姓名head" in desk.page.locator("header").inner_text()
        head = self.desk("head")
        head.to("input[name=reason]")
        head.type("提前銷假")
        head.go("Enter")
        assert "已終止" in head.text()
        desk.open("/txg/")
        assert "代理 姓名head" not in desk.page.locator("header").inner_text()

    # 6

    def change_a_role(self) -> None:
        desk = self.desk("adm1")
        desk.follow("角色與權限")
        desk.look("roles")
        desk.follow("^EXE$")
        desk.look("role")
        desk.access("c")  # past the menu: every module's rights are one list
        desk.to("input[value='budget.line.read']")
        desk.press("Space")
        desk.to("#reason")
        desk.type("主管查閱執行情形")
        desk.go("F9")
        desk.look("proposal-role")
        second = self.desk("adm2")
        second.open("/txg/kernel/proposals")
        second.follow("EXE")
        second.go("F9")
        held = self.site.under_test["TXG"].rows(
            "SELECT permission FROM kernel.role_permission WHERE role_code = 'EXE'"
        )
        assert [row.permission for row in held] == ["budget.line.read"]

    # 7

    def disable_somebody(self) -> None:
        desk = self.desk("adm1")
        desk.follow("^使用者$")
        desk.follow("^deputy$")
        desk.look("user")
        desk.to("form[action$=disabling] input[name=reason]")
        desk.type("離職")
        desk.go("Enter")
        assert "已停用" in desk.text()
        assert "離職" in desk.text()
        desk.follow("職能分工例外")
        desk.look("exceptions")

    @property
    def faults(self) -> list[str]:
        return [fault for desk in self._desks.values() for fault in desk.faults]


def sections(day: Day) -> dict[str, Callable[[], None]]:
    """Return what is done under each heading of the scenario."""
    return {
        "1. 新增使用者": day.make_a_person,
        "2. 提案授予角色": day.propose_a_role,
        "3. 第二人核准": day.approve_as_the_second,
        "4. 主管指定代理人": day.appoint_a_deputy,
        "5. 代理人切換身分": day.act_for_another,
        "6. 角色與權限": day.change_a_role,
        "7. 停用帳號": day.disable_somebody,
    }


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_day(site: Site, chromium: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    day = Day(site, chromium)
    headings = re.findall(r"^## (.+)$", SCENARIO.read_text("utf-8"), re.MULTILINE)
    todo = sections(day)
    assert headings == list(todo), "the scenario's text and what is run differ"
    for heading in headings:
        before = day.presses.total
        todo[heading]()
        with capsys.disabled():
            print(f"\n  {heading}: {day.presses.total - before} key presses", end="")  # noqa: T201
    with capsys.disabled():
        print(  # noqa: T201
            f"\n  {day.presses.keys} keys + {day.presses.characters} characters;"
            f" {len(day.eyes.seen)} kinds of pages looked at"
        )
    assert not day.eyes.violations, "\n".join(day.eyes.violations)
    assert not day.faults, "\n".join(day.faults)
