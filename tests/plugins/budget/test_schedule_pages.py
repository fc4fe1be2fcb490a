"""Allotment schedules through HTTP: pages by form, and the API."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.given import AGENCY, ENACTOR, LINE, YEAR, given_bill, rows_of
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.testing.counties import CountyUnderTest

ROOT = "/mli/budget/allotments"
API = "/mli/api/v1/budget/allotments"


@pytest.fixture
def enacted(mli: CountyUnderTest, site: Site) -> CountyUnderTest:
    given_bill(mli)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    site.given_user("cacc", "CACC", county="MLI", in_agency=AGENCY)
    site.given_user("frev", "FREV", county="MLI", in_agency=None)
    return mli


@pytest.fixture
def cacc(site: Site, enacted: CountyUnderTest) -> Iterator[Browser]:
    with site.browser("cacc", county="mli") as browser:
        yield browser


def post(browser: Browser, path: str, **fields: str) -> httpx.Response:
    answer: httpx.Response = browser.form(path, fields)
    return answer


def opened(cacc: Browser) -> str:
    answer = post(
        cacc, f"{ROOT}/new", fiscal_year=str(YEAR), agency_code=AGENCY, side="expenditure"
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].removesuffix("/edit"))


def test_an_agency_keys_a_schedule_and_two_offices_decide(
    site: Site, enacted: CountyUnderTest, cacc: Browser
) -> None:
    url = opened(cacc)
    row = rows_of(enacted, line_code=LINE)[1]
    page = cacc.get(f"{url}/edit").text
    assert "行政管理" in page
    assert f'value="{row}"' in page
    assert post(cacc, f"{url}/rule", rule="equal").status_code == 303
    keyed = {f"lines-1-m{month}": "１，０００" for month in range(1, 12)}
    saved = post(cacc, f"{url}/edit", **{"lines-1-id": str(row), **keyed, "act": "close"})
    assert (saved.status_code, saved.headers["location"]) == (303, url)
    whole = cacc.get(url).text
    assert f"{12_987_650 - 11_000:,}" in whole
    assert post(cacc, f"{url}/submission").status_code == 303
    with site.browser("frev", county="mli") as frev:
        assert "同意分配" in frev.get(url).text
        assert post(frev, f"{url}/comment", opinion="object", comment="庫款不足").status_code == 303
    with site.browser("bas", county="mli") as bas:
        refused = post(bas, f"{url}/approval")
        assert refused.status_code == 422
        assert "不採財政單位意見之理由" in refused.text
        assert post(bas, f"{url}/approval", reason="已調度").status_code == 303
        listed = bas.get(ROOT).text
        assert "105-0001010000-分001" in listed
    months = enacted.rows(
        "SELECT allotment_ntd FROM budget.control_row WHERE control_row_id = :row", row=row
    )[0][0]
    assert months == [1_000] * 11 + [0]


def test_a_cell_that_is_no_amount_is_named_and_what_was_keyed_stays(
    enacted: CountyUnderTest, cacc: Browser
) -> None:
    url = opened(cacc)
    row = rows_of(enacted, line_code=LINE)[1]
    answer = post(
        cacc,
        f"{url}/edit",
        **{"lines-1-id": str(row), "lines-1-m3": "12.5", "lines-1-m4": "-7", "lines-1-m5": "800"},
    )
    assert answer.status_code == 422
    assert 'href="#lines-1-m3"' in answer.text
    assert 'href="#lines-1-m4"' in answer.text
    assert re.search(r'name="lines-1-m3"[^>]*aria-invalid="true"[^>]*value="12.5"', answer.text)
    assert 'value="800"' in answer.text
    kept = enacted.rows("SELECT max(months_ntd) FROM budget.allotment_line")[0][0]
    assert kept == [0] * 12


def test_more_than_the_row_has_is_refused_by_its_cell(
    enacted: CountyUnderTest, cacc: Browser
) -> None:
    url = opened(cacc)
    row = rows_of(enacted, line_code=LINE)[1]
    keyed = {"lines-1-id": str(row), "lines-1-m1": "12,987,650", "lines-1-m12": "3"}
    answer = post(cacc, f"{url}/edit", **keyed)
    assert answer.status_code == 409
    assert 'href="#lines-1-m12"' in answer.text
    for figure in ("12,987,650", "12,987,653"):
        assert figure in answer.text
    assert re.search(r'name="lines-1-m12"[^>]*aria-invalid="true"[^>]*value="3"', answer.text)
    kept = enacted.rows("SELECT max(months_ntd) FROM budget.allotment_line")[0][0]
    assert kept == [0] * 12


@pytest.mark.parametrize(
    "percents", ["50 60 0 0 0 0 0 0 0 0 0 0", "1 2 3", "a b", "", "9999 " * 12, "②"]
)
def test_a_plan_that_is_none_is_refused_on_the_page(cacc: Browser, percents: str) -> None:
    url = opened(cacc)
    answer = post(cacc, f"{url}/rule", rule="plan", percents=percents)
    assert answer.status_code == 422
    assert "E-ALLOT-PLAN" in answer.text


def test_a_plan_for_lines_that_begin_with_a_code(enacted: CountyUnderTest, cacc: Browser) -> None:
    url = opened(cacc)
    percents = "5,5,5,5,5,5,5,5,10,20,20,10"
    assert post(cacc, f"{url}/rule", rule="plan", code=LINE, percents=percents).status_code == 303
    found = enacted.rows(
        "SELECT code, bool_or(0 < ANY (months_ntd)) FROM budget.allotment_line GROUP BY code"
    )
    assert {row[0] for row in found if row[1]} == {LINE}


def test_the_api_takes_a_schedule_from_beginning_to_end(
    site: Site, enacted: CountyUnderTest, cacc: Browser
) -> None:
    made = call(cacc, "POST", API, {"fiscal_year": YEAR, "agency_code": AGENCY}, 201)
    one = f"{API}/{made['schedule_id']}"
    row = str(rows_of(enacted, line_code=LINE)[1])
    months = [100] * 12
    call(cacc, "PUT", f"{one}/months", {"lines": [{"row_id": row, "months_ntd": months}]})
    percents = [0] * 11 + [100]
    call(cacc, "POST", f"{one}/rule", {"rule": "plan", "row_ids": [row], "percents": percents})
    refused = call(cacc, "PUT", f"{one}/months", {"lines": [], "revision": 1}, 409)
    assert refused["code"] == "E-ALLOT-REVISED"
    detail = call(cacc, "GET", one)
    line = next(each for each in detail["lines"] if each["row_id"] == row)
    assert line["months_ntd"] == [0] * 11 + [line["allottable_ntd"]]
    assert line["unallotted_ntd"] == 0
    assert detail["unallotted_ntd"] == detail["allottable_ntd"] - line["allottable_ntd"]
    assert call(cacc, "POST", f"{one}/submission")["state"] == "submitted"
    with site.browser("frev", county="mli") as frev:
        call(frev, "POST", f"{one}/comment", {"opinion": "agree"})
    with site.browser("bas", county="mli") as bas:
        assert call(bas, "POST", f"{one}/approval", {})["state"] == "approved"
        listed = call(bas, "GET", f"{API}?fiscal_year=105&states=approved")["items"]
        assert [each["schedule_id"] for each in listed] == [made["schedule_id"]]
        assert listed[0]["scheduled_ntd"] == line["allottable_ntd"]


def call(
    browser: Browser, method: str, url: str, body: Any = None, status: int = 200
) -> dict[str, Any]:
    headers = {"x-csrftoken": browser.csrf, "idempotency-key": str(uuid.uuid4())}
    answer = browser.client.request(method, url, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found
