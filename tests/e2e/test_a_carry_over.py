"""A carry-over request by keyboard, in Chromium: asked for, reviewed, decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.core.site import PASSWORD, Site
from tests.e2e.desk import OFFICE_SCREEN, PHONE, Desk, Eyes, Presses
from tests.plugins.accounting.given import Office, given_office
from tests.plugins.accounting.given_brought import MARCH_106
from tests.plugins.accounting.given_carries import JANUARY_10, Carries, split
from tests.plugins.accounting.given_periods import end
from tests.plugins.accounting.given_vouchers import Desk as Books
from zhuji_core.settings import keep_setting
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]
SitDown = Callable[..., Desk]


def test_what_is_open_in_december_is_divided_and_decided_by_keyboard(
    site: Site, txg: CountyUnderTest, chromium: Browser
) -> None:
    office = given_office(txg)
    code = office.government.agency_code
    for account, role, where in (
        ("req", "REQ", code), ("rev", "REV", code), ("cacc", "CACC", code), ("bas", "BAS", None),
    ):  # fmt: skip
        site.given_user(account, role, in_agency=where, agency_code=code)
    eyes = Eyes()
    desks: list[Desk] = []

    def sit_down(account: str, screen: dict[str, int] = OFFICE_SCREEN) -> Desk:
        context = chromium.new_context(viewport=screen, locale="zh-TW")  # type: ignore[arg-type]
        desk = Desk(context, base=site.address, presses=Presses(), eyes=eyes)
        desk.sign_in(account, PASSWORD)
        desks.append(desk)
        return desk

    own = the_clerk_asks(office, sit_down)
    the_reviewer_agrees(own, sit_down)
    the_county_decides(own, sit_down)
    the_county_decides_many(office, sit_down)
    the_next_year_goes_on(office, sit_down)
    assert not eyes.violations, eyes.violations
    assert not [fault for desk in desks for fault in desk.faults]


def retype(desk: Desk, field: str, text: str) -> None:
    desk.to(f"#{field}")
    desk.press("Control+a")
    desk.type(text)


def the_clerk_asks(office: Office, sit_down: SitDown) -> str:
    """Divide what a request holds in December, first by a sum that is wrong; return its path."""
    request = office.certified(12_000, 3_000)
    office.county.business_date = dt.date(2016, 12, 20)
    with office.county.uow() as uow:
        keep_setting(uow, module="kernel", key="business_date", value="2016-12-20")
    desk = sit_down("req")
    desk.open(f"/txg/accounting/requests/{request.request_id}")
    desk.look("request-in-december")
    desk.follow("^申請保留$")
    for field, text in (
        ("lines-0-carry", "9000"), ("lines-0-payable", "2500"), ("lines-0-release", "400"),
        ("reason", "廠商尚未交貨"), ("evidence", "契約甲字第 1 號"), ("creditor", "甲商行"),
    ):  # fmt: skip
        retype(desk, field, text)
    desk.go("F9")
    desk.look("carry-form-refused")
    assert "11,900" in desk.text()
    retype(desk, "lines-0-release", "500")
    desk.go("F9")
    desk.look("carry-draft")
    desk.go("F9")
    assert "105留00001" in desk.text()
    return desk.page.url.partition("/txg/")[2]


def the_reviewer_agrees(own: str, sit_down: SitDown) -> None:
    desk = sit_down("rev")
    desk.open("/txg")
    desk.look("home-reviewer")
    desk.follow("待審核保留案")
    desk.look("carry-overs")
    desk.open(f"/txg/{own}")
    desk.go("F9")


def the_county_decides(own: str, sit_down: SitDown) -> None:
    """Grant less, first without a word why."""
    desk = sit_down("bas")
    desk.open(f"/txg/{own}")
    desk.look("carry-reviewed")
    desk.follow("^核定保留$")
    desk.look("carry-decision-form")
    retype(desk, "lines-0-payable", "2000")
    desk.go("F9")
    desk.look("carry-decision-refused")
    retype(desk, "decision_note", "部分無驗收紀錄")
    desk.go("F9")
    desk.look("carry-decided")
    assert "已核定" in desk.text()
    phone = sit_down("bas", PHONE)
    phone.open(f"/txg/{own}")
    phone.look("carry-decided-on-a-phone")


def the_county_decides_many(office: Office, sit_down: SitDown) -> None:
    for ntd in (8_000, 700):
        request_id = office.certified(ntd).request_id
        Carries(office).reviewed(request_id, split(1, carry=ntd - 200, due=200))
    desk = sit_down("bas")
    desk.open("/txg/accounting/carry-overs?states=reviewed")
    desk.look("carry-overs-to-choose")
    desk.to("input[name=carry_ids]")
    desk.press("Space")
    desk.press("Tab", times=3)
    desk.press("Space")
    desk.go("F9")
    desk.look("carry-batch-confirm")
    desk.confirm()
    desk.look("carry-batch-decided")
    assert desk.text().count("已核定") >= 3


def the_next_year_goes_on(office: Office, sit_down: SitDown) -> None:
    """The year ends; what goes on is found from its end and from the report, down to a request."""
    office.county.business_date = JANUARY_10
    office.close_through(12)
    Books(office).through()
    end(office)
    office.county.business_date = MARCH_106
    with office.county.uow() as uow:
        keep_setting(uow, module="kernel", key="business_date", value=MARCH_106.isoformat())
    desk = sit_down("cacc")
    code = office.government.agency_code
    desk.open(f"/txg/accounting/year-ends?agency_code={code}&fiscal_year=105")
    desk.look("year-end-goes-on")
    assert "轉入次年度續辦者" in desk.text()
    desk.open(f"/txg/accounting/books/former-years?agency_code={code}&fiscal_year=106")
    desk.look("former-years")
    assert "以前年度保留" in desk.text()
    desk.follow("^以前年度應付|^105$|" + office.government.line_code)
    desk.look("former-years-requests")
    desk.follow("^106[0-9]{5}$")
    desk.look("request-of-a-former-year")
    assert "轉入自 105" in desk.text()
