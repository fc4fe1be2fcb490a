"""The end of a year by page and by API: preview, the year keyed to confirm, and back."""

from __future__ import annotations

import datetime as dt
import html
import re

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import BANK, WITHHELD, Desk, entry, wanted
from tests.plugins.accounting.people import API, PAGES, People, code_of
from zhuji_accounting.usecases.close_period import close_period
from zhuji_core.settings import keep_setting

BODY = {"agency_code": "A1"}
PAGE = "year-ends?agency_code=A1&fiscal_year=105"


def year_over(people: People) -> Office:
    """The year has one voucher, its months are closed, and it is February of the next."""
    office = people.office
    desk = Desk(office)
    desk.posted(wanted(entry(BANK, 9_100), entry(WITHHELD, 0, 9_100)))
    office.follow()
    office.county.business_date = dt.date(2017, 2, 6)
    for period in range(1, 13):
        with office.county.uow(office.reviewer) as uow:
            close_period(uow, fiscal_year=105, period=period, agency_code="A1")
    with office.county.uow() as uow:
        keep_setting(uow, module="kernel", key="business_date", value="2017-02-06")
    return office


def test_a_chief_accountant_previews_ends_and_the_county_reopens_it(people: People) -> None:
    year_over(people)
    before = people["cacc"].get(f"{PAGES}/{PAGE}").text
    assert "未結帳" in before
    preview = people.post("cacc", "year-ends/105/preview", BODY)
    assert preview.status_code == 200
    assert "未留存任何資料" in preview.text
    assert "9,100" in preview.text
    assert "本年度尚未結帳。" in people["cacc"].get(f"{PAGES}/{PAGE}").text
    wrong = people.post("cacc", "year-ends/105/closing", {**BODY, "confirmation": "104"})
    assert wrong.status_code == 422
    done = people.post("cacc", "year-ends/105/closing", {**BODY, "confirmation": "105"})
    assert done.status_code == 303
    ended = people["cacc"].get(done.headers["location"]).text
    assert "已結帳" in ended
    for year, opens in (("105", False), ("106", True)):
        (url,) = re.findall(rf'href="([^"]*/vouchers\?fiscal_year={year}[^"]*)"', ended)
        listed = people["cacc"].get(html.unescape(url)).text
        assert ("105 年度餘額轉入" in listed) is opens
    again = people.post("cacc", "year-ends/105/closing", {**BODY, "confirmation": "105"})
    assert code_of(again) == "E-YEAR-STATE"
    months = "periods?agency_code=A1&fiscal_year=105"
    assert "/reopening" not in people["bas"].get(f"{PAGES}/{months}").text
    alone = people.post("bas", "periods/105/13/reopening", {**BODY, "reason": "補登"})
    assert code_of(alone) == "E-YEAR-STATE"
    opened = people.post("bas", "year-ends/105/reopening", {**BODY, "reason": "補登"})
    assert "/reopening" in people["bas"].get(f"{PAGES}/{months}").text
    assert opened.status_code == 303
    assert "補登" in people["cacc"].get(f"{PAGES}/{PAGE}").text


def test_the_api_says_what_a_preview_would_keep_and_then_keeps_it(people: People) -> None:
    year_over(people)
    shown = people.call("cacc", "year-ends/105/preview", BODY).json()
    assert not shown["kept"]
    kept = people.call("cacc", "year-ends/105/closing", BODY).json()
    assert (kept["kept"], kept["reports"]) == (True, shown["reports"])
    amounts = [
        [(line["account_code"], line["debit_ntd"], line["credit_ntd"]) for line in one["lines"]]
        for one in kept["vouchers"]
    ]
    assert amounts[-1] == [(BANK, 9_100, 0), (WITHHELD, 0, 9_100)]
    assert [one["label"] for one in kept["vouchers"]] == [one["label"] for one in shown["vouchers"]]
    (listed,) = people["cacc"].get(f"{API}/year-ends?fiscal_year=105").json()["items"]
    assert (listed["version"], listed["state"]) == (1, "closed")
    forbidden = people.call("cacc", "year-ends/105/reopening", {**BODY, "reason": "補登"})
    assert forbidden.status_code == 403
    undone = people.call("bas", "year-ends/105/reopening", {**BODY, "reason": "補登"}).json()
    assert len(undone["vouchers"]) == len(kept["vouchers"])
    early = people.call("cacc", "year-ends/106/closing", BODY)
    assert early.json()["code"] == "E-PERIOD-FUTURE"
