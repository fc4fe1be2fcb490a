"""Charts of accounts and posting rules by keyboard, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, Desk, Eyes, Presses
from tests.plugins.accounting.given import given_office
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]


def test_charts_and_rules_are_read_by_keyboard(
    site: Site, txg: CountyUnderTest, chromium: Browser, tmp_path: Path
) -> None:
    office = given_office(txg)
    site.given_user("prep", "PREP", in_agency=office.government.agency_code)
    eyes = Eyes()
    context = chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]
    desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
    desk.sign_in("prep", PASSWORD)
    desk.follow("^會計科目及分錄規則$")
    desk.look("charts")
    desk.follow("權責發生基礎")
    desk.look("chart")
    desk.follow("^第 1 版$")
    desk.look("rules")
    assert "依用途別科目" in desk.text()
    site.given_user("bas", "BAS", in_agency=None)
    other = Desk(
        chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW"),  # type: ignore[arg-type]
        base=site.address,
        presses=Presses(),
        eyes=eyes,
    )
    other.sign_in("bas", PASSWORD)
    other.open("/txg/accounting/charts/new")
    other.look("chart-form")
    table = tmp_path / "科目.csv"
    table.write_text("科目代號,科目名稱,類別,正常餘額,上級科目\n1,現金,資產,右,9\n", "utf-8")
    for name, value in (("name", "own"), ("title", "本市科目"), ("first_year", "115")):
        other.page.fill(f"#{name}", value)
    other.page.set_input_files("#file", table)
    other.to("form.panel button[type=submit]")
    other.go("Enter")
    assert "上級科目 9 不在表內" in other.text()
    other.look("chart-refused")
    a_rule_is_changed_and_tried(other)
    a_second_person_puts_it_into_force(site, chromium, other, eyes)
    assert eyes.violations == []
    assert desk.faults == []


def a_rule_is_changed_and_tried(desk: Desk) -> None:
    """A draft is begun, an entry gets another account, and both vouchers are shown."""
    desk.open("/txg/accounting/charts/cash")
    desk.to(".actions button")
    desk.go("Enter")
    desk.look("rule-draft")
    desk.follow("^繳付代扣款$")
    desk.look("rule-form")
    desk.to("#lines-1-account")
    desk.press("Control+a")
    desk.type("1204")
    desk.to("button[value=try]")
    desk.go("Enter")
    desk.look("rule-trial")
    desk.to("#amount-amount")
    desk.go("Enter")
    assert desk.text().count("不產生任何分錄") == 2, "both versions say why there is no voucher"
    desk.look("rule-trial-refused")
    desk.to("#amount-amount")
    desk.type("1200")
    desk.go("Enter")
    assert "借貸平衡，可以登帳。" in desk.text()
    assert "零用金" in desk.text()
    desk.look("rule-tried")
    desk.open("/txg/accounting/charts/cash/draft")
    desk.look("rule-draft-changed")
    desk.open("/txg/accounting/charts/cash/draft/ways/sources")
    desk.look("rule-ways")


def a_second_person_puts_it_into_force(
    site: Site, chromium: Browser, first: Desk, eyes: Eyes
) -> None:
    """The draft is proposed, approved by somebody else, and the version says what it changed."""
    first.open("/txg/accounting/charts/cash/draft")
    first.to("#effective_on")
    first.type("1050401")
    first.to("#reason")
    first.type("主計處函示")
    first.go("Enter")
    first.look("rules-proposed")
    address = first.page.url
    site.given_user("bas2", "BAS", in_agency=None)
    second = Desk(
        chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW"),  # type: ignore[arg-type]
        base=site.address,
        presses=Presses(),
        eyes=eyes,
    )
    second.sign_in("bas2", PASSWORD)
    second.page.goto(address)
    second.follow("^核准")
    assert "已核准" in second.text()
    second.open("/txg/accounting/charts/cash/rules/2")
    assert "貸 1204 零用金" in second.text()
    second.look("rules-next")
    second.open("/txg/accounting/charts/cash")
    second.look("chart-versions")
    assert first.faults + second.faults == []
