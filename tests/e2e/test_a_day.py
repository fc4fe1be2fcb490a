"""A day of an accounting office (tests/scenarios/…md), by keyboard, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.core.site import PASSWORD, Site
from tests.e2e.book import AGENCY, SUPPLIES_TO_MARCH_NTD, workbook
from tests.e2e.desk import OFFICE_SCREEN, PHONE, Desk, Eyes, Presses

SCENARIO = Path(__file__).parents[1] / "scenarios" / "a_day_of_an_accounting_office.md"
AMOUNT_NTD = 1_000
DEAR_NTD = SUPPLIES_TO_MARCH_NTD
ROLES = {"req": "REQ", "sup": "SUP", "rev": "REV"}


class Day:
    """Everybody at their desks; each method is a section of the scenario."""

    def __init__(self, site: Site, chromium: Browser, *, requests: int, folder: Path) -> None:
        self.site = site
        self.requests = requests
        self.presses = Presses()
        self.eyes = Eyes()
        self._chromium = chromium
        self._desks: dict[str, Desk] = {}
        self._folder = folder

    def desk(self, account: str) -> Desk:
        """Return the desk of ``account``, signed in at the first use."""
        if account not in self._desks:
            desk = Desk(
                self.context(), base=self.site.address, presses=self.presses, eyes=self.eyes
            )
            desk.sign_in(account, PASSWORD)
            self._desks[account] = desk
        return self._desks[account]

    def context(self) -> BrowserContext:
        return self._chromium.new_context(viewport=OFFICE_SCREEN, locale="zh-TW")  # type: ignore[arg-type]

    # 1

    def import_the_book(self) -> None:
        self.site.given_user("bas", "BAS", in_agency=None)
        self.site.given_user("bas2", "BAS", in_agency=None)
        bas = self.desk("bas")
        bas.look("home-bas")
        bas.open("/txg/budget/imports/new")
        bas.look("import")
        file = self._folder / "農林處歲出機關別預算表.xlsx"
        file.write_bytes(workbook())
        # The system's own file window is not part of the page; the rest is keyed.
        bas.page.set_input_files("#files", file)
        bas.to("form button.primary")
        bas.go("Enter")
        bas.look("import-preview")
        assert "1,300,000" in bas.text()
        bas.go("F9")
        self._enact()
        bas.open("/txg/budget/years/105")
        bas.follow("平均分配預算")
        bas.to("#reason")
        bas.type("年度開始，各月平均分配")
        bas.look("equal-allotment")
        bas.confirm()
        bas.look("proposal-own")
        self._approve()
        bas.open("/txg/budget/years/105")
        bas.look("budget-year")
        for account, role in ROLES.items():
            self.site.given_user(account, role, agency_code=AGENCY, in_agency=AGENCY)

    def _enact(self) -> None:
        """Who imported the bill does not enact it: a second person of the office does."""
        second = self.desk("bas2")
        second.open("/txg/budget/years/105")
        second.follow("法定預算成立")
        second.to("#act_no")
        second.type("府授主一字第105001號")
        second.go("Enter")
        second.look("enactment")
        second.confirm()

    def _approve(self) -> None:
        """Nobody makes the county's whole year spendable alone, either."""
        second = self.desk("bas2")
        second.open("/txg/kernel/proposals")
        second.look("proposals")
        second.follow("105")
        second.look("proposal")
        second.go("F9")
        second.look("proposal-approved")
        assert "已核准" in second.text()

    # 2

    def write_requests(self) -> None:
        desk = self.desk("req")
        desk.look("home-req")
        desk.follow("新增動支申請")
        desk.look("request-new")
        for number in range(1, self.requests - 2):
            self._write(desk, purpose=f"推廣班教材第{number}期")
            assert "待主管核准" in desk.text()
            desk.look("request-submitted")
            desk.access("n")

    def _write(
        self, desk: Desk, *, purpose: str, basis: str = "105年3月簽", amount_ntd: int = AMOUNT_NTD
    ) -> None:
        """Fill in the form from its first field and send it by F9."""
        self._head(desk, purpose=purpose, basis=basis)
        self._line(desk, amount_ntd=amount_ntd)
        desk.go("F9")

    def _head(self, desk: Desk, *, purpose: str, basis: str) -> None:
        assert desk.focused("#purpose"), "the form begins with its first field"
        desk.type(purpose)
        desk.press("Tab")
        desk.type(basis)
        desk.press("Tab")
        desk.type("農民書局")
        desk.press("Tab", times=2)

    def _line(self, desk: Desk, *, amount_ntd: int) -> None:
        desk.type("推廣 業務")
        desk.page.wait_for_selector("#picker-list [role=option] .code")
        desk.press("Enter")
        desk.press("Tab", times=2)
        desk.type(str(amount_ntd))

    # 3

    def be_refused(self) -> None:
        desk = self.desk("req")
        self._write(desk, purpose="推廣班講師費", basis="")
        desk.look("request-refused")
        assert "E-PURPOSE-MISSING" in desk.text()
        assert desk.focused("#basis"), "the focus is where something is missing"
        desk.type("105年3月10日簽")
        desk.go("F9")
        desk.access("n")
        self._write(desk, purpose="推廣班講師費", basis="105年3月10日簽")
        desk.look("request-duplicate")
        assert "E-DUP-REQUEST" in desk.text()
        assert desk.focused("#duplicate_reason")
        desk.type("第二場次")
        desk.go("F9")
        desk.access("n")
        self._head(desk, purpose="推廣中心整修", basis="105年3月14日簽")
        self._line(desk, amount_ntd=DEAR_NTD + 1)
        desk.page.wait_for_selector(".availability.short")
        desk.look("request-short")
        assert "短少 1" in desk.text()
        desk.go("F9")

    # 4

    def approve(self) -> None:
        desk = self.desk("sup")
        desk.look("home-sup")
        desk.follow("待核准動支申請")
        desk.look("waiting-approval")
        self._approve_by_phone(desk)
        label = self._return_one(desk)
        for _ in range(self.requests - 2):
            desk.to("td form button")
            desk.go("Enter")
        self._mend(label)
        desk.open("/txg/accounting/requests/waiting/approval")
        desk.go("Enter")
        assert "目前沒有等候您處理的動支申請" in desk.text()

    def _approve_by_phone(self, desk: Desk) -> None:
        """Heads approve on their way: the same page on a small screen."""
        desk.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        desk.page.reload()
        desk.look("phone-waiting-approval")
        desk.go("Enter")
        desk.page.set_viewport_size(OFFICE_SCREEN)  # type: ignore[arg-type]

    def _return_one(self, desk: Desk) -> str:
        """Open the oldest that waits and return it with a reason; come back to the list."""
        desk.to("tbody th a")
        label = desk.focused_text()
        desk.go("Enter")
        desk.look("request-to-approve")
        desk.to("input[name=reason]")
        desk.type("請補附估價單")
        desk.go("Enter")
        assert "退回補正" in desk.text()
        desk.open("/txg/accounting/requests/waiting/approval")
        return label

    def _mend(self, label: str) -> None:
        desk = self.desk("req")
        desk.open("/txg/")
        desk.look("home-req-returned")
        desk.follow("退回補正動支申請")
        desk.look("requests")
        desk.follow(label)
        assert "請補附估價單" in desk.text()
        desk.look("request-returned")
        desk.follow("^修改$")
        desk.look("request-edit")
        desk.to("#lines-0-amount")
        desk.type("900")
        desk.go("F9")
        assert label in desk.text()
        assert "待主管核准" in desk.text()

    # 5

    def certify_one_by_one(self) -> None:
        desk = self.desk("rev")
        desk.look("home-rev")
        desk.follow("待簽證動支申請")
        desk.look("waiting-certification")
        desk.to("tbody th a")
        desk.go("Enter")
        desk.look("request-to-certify")
        desk.go("F9")
        assert f"{SUPPLIES_TO_MARCH_NTD - AMOUNT_NTD:,}" in desk.text()
        desk.look("request-certified")
        desk.access("j")
        desk.go("F9")
        assert "105簽00002" in desk.text()

    # 6

    def certify_the_rest(self) -> None:
        desk = self.desk("rev")
        desk.follow("經費簽證")
        desk.to("input[data-select-all]")
        desk.press("Space")
        desk.go("F9")
        desk.look("batch-confirm")
        assert desk.focused("#confirmation")
        desk.confirm()
        desk.look("batch-result")
        text = desk.text()
        assert "E-ALLOT-INSUFFICIENT" in text
        assert f"105簽{self.requests - 1:05}" in text

    # 7

    def read_the_register(self) -> None:
        desk = self.desk("rev")
        desk.follow("簽證登記簿")
        desk.look("register")
        totals = self.site.under_test["TXG"].rows(
            "SELECT count(*) AS n, sum(amount_ntd)::bigint AS amount_ntd,"
            " max(certification_no) AS last FROM accounting.certification"
        )[0]
        assert totals.n == totals.last == self.requests - 1
        assert f"共 {totals.n} 件簽證、{totals.n} 行" in desk.text()
        assert f"{totals.amount_ntd:,}" in desk.text()
        desk.to("tbody th a")
        desk.go("Enter")
        desk.follow("簽證單")
        desk.look("receipt")
        desk.page.emulate_media(media="print")
        self.eyes.picture(desk.page, "receipt-print")
        desk.page.emulate_media(media="screen")

    @property
    def faults(self) -> list[str]:
        return [fault for desk in self._desks.values() for fault in desk.faults]


def sections(day: Day) -> dict[str, Callable[[], None]]:
    """Return what is done under each heading of the scenario."""
    return {
        "1. 主計處匯入預算書": day.import_the_book,
        "2. 經辦填寫動支申請": day.write_requests,
        "3. 系統拒絕三次": day.be_refused,
        "4. 主管核准，退回一件補正": day.approve,
        "5. 會計室逐件簽證": day.certify_one_by_one,
        "6. 會計室批次簽證": day.certify_the_rest,
        "7. 簽證登記簿": day.read_the_register,
    }


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("requests", [6, pytest.param(20, marks=pytest.mark.slow)])
def test_a_day(
    site: Site,
    chromium: Browser,
    tmp_path: Path,
    requests: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    day = Day(site, chromium, requests=requests, folder=tmp_path)
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
            f"\n  {requests} requests: {day.presses.keys} keys + {day.presses.characters}"
            f" characters; {len(day.eyes.seen)} kinds of pages looked at"
        )
    assert not day.eyes.violations, "\n".join(day.eyes.violations)
    assert not day.faults, "\n".join(day.faults)
