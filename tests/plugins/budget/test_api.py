"""The API of budget: the same use cases as the pages, in JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.books.conftest import Press
from tests.plugins.budget.given import (
    AGENCY,
    LINE,
    RESERVE_NTD,
    SUPPLIES_TO_MARCH_NTD,
    TOTAL_NTD,
    do,
    given_allotted,
    given_bill,
    move,
    rows_of,
)
from zhuji_budget.domain.council import CouncilChange
from zhuji_budget.usecases.record_council import record_council
from zhuji_core.testing.counties import CountyUnderTest

API = "/mli/api/v1/budget"


def post(browser: Browser, path: str, body: object = None, *, key: str = "a key of its own") -> Any:
    return browser.json(f"{API}/{path}", msgspec.json.encode(body or {}), key=key)


def import_books(browser: Browser, *files: tuple[str, bytes], **fields: str) -> Any:
    return browser.client.post(
        f"{API}/imports",
        data={"year": "105", **fields},
        files=[("files", file) for file in files],
        headers={"x-csrftoken": browser.csrf, "idempotency-key": uuid4().hex},
    )


def test_lists_lines_by_key_with_totals(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    first = bas.get(f"{API}/lines?limit=6").json()
    second = bas.get(f"{API}/lines?limit=6&cursor={first['next']}").json()
    assert [len(first["items"]), len(second["items"])] == [6, 4]
    assert second["next"] is None
    assert first["totals"]["budget_ntd"] == second["totals"]["budget_ntd"] == TOTAL_NTD


def test_reads_one_line_with_rows_and_holders(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    do(mli, move(row, 46_912))
    listed = bas.get(f"{API}/lines?text={LINE}").json()["items"][0]
    line = bas.get(f"{API}/lines/{listed['line_id']}").json()
    (found,) = [one for one in line["control_rows"] if one["control_row_id"] == str(row)]
    assert found["available_ntd"] == SUPPLIES_TO_MARCH_NTD - 46_912
    assert sum(found["months_ntd"]) == found["budget_ntd"]
    assert [(one["label"], one["held_ntd"]) for one in line["holders"]] == [("簽 1", 46_912)]
    assert listed["available_ntd"] == sum(one["available_ntd"] for one in line["control_rows"])


def test_finds_control_rows_and_their_positions(mli: CountyUnderTest, bas: Browser) -> None:
    given_allotted(mli)
    found = bas.get(f"{API}/control-rows?agency_code={AGENCY}&text=業務費&limit=2").json()
    assert {one["object_code"] for one in found} == {"02"}
    ids = [one["control_row_id"] for one in found]
    positions = bas.get(f"{API}/control-rows/positions?id={ids[0]}&id={ids[1]}").json()
    assert sorted(one["control_row_id"] for one in positions) == sorted(ids)


def test_other_agencies_rows_are_refused(mli: CountyUnderTest, clerk: Browser) -> None:
    given_allotted(mli)
    row = rows_of(mli, line_code=LINE)[1]
    assert clerk.get(f"{API}/control-rows?agency_code={AGENCY}").status_code == 403
    assert clerk.get(f"{API}/control-rows/positions?id={row}").json() == []
    missing = clerk.get(f"{API}/lines/{UUID(int=1)}")
    assert (missing.status_code, missing.json()["code"]) == (404, "E-LINE-NOT-FOUND")


def test_enacts_and_allots_once(mli: CountyUnderTest, bas: Browser, bas2: Browser) -> None:
    given_bill(mli)
    nameless = post(bas, "years/105/enactment", {"act_no": " "})
    assert (nameless.status_code, nameless.json()["code"]) == (422, "E-ACT-NO")
    early = post(bas, "years/105/allotment", {"reason": "年度開始"}, key="allotment 1")
    assert (early.status_code, early.json()["code"]) == (409, "E-BUDGET-YEAR-STATE")
    enacted = post(bas, "years/105/enactment", {"act_no": "議字第 1 號"}, key="enactment 1")
    assert enacted.json() == {"fiscal_year": 105, "state": "enacted", "act_no": "議字第 1 號"}
    again = post(bas, "years/105/enactment", {"act_no": "議字第 1 號"}, key="enactment 1")
    assert again.content == enacted.content
    proposed = post(bas, "years/105/allotment", {"reason": "年度開始"}, key="allotment 2").json()
    assert bas.get(f"{API}/years/105").json()["state"] == "enacted", "until another approves"
    approval = f"/mli/api/v1/kernel/proposals/{proposed['proposal_id']}/approval"
    assert bas2.json(approval, b"{}").status_code == 200
    year = bas.get(f"{API}/years/105").json()
    assert (year["state"], year["allotted_ntd"]) == ("allotted", TOTAL_NTD - RESERVE_NTD)
    assert [one["fiscal_year"] for one in bas.get(f"{API}/years").json()] == [105]


def test_what_is_enacted_is_what_was_read(mli: CountyUnderTest, bas: Browser) -> None:
    """The mark is handed out with the bill; a bill that the council cut since is another one."""
    given_bill(mli)
    bill = bas.get(f"{API}/years/105/enactment").json()
    assert (bill["expenditure_ntd"], bill["decisions"]) == (TOTAL_NTD, 0)
    cut = CouncilChange(control_row_id=rows_of(mli, line_code=LINE)[1], cut_ntd=50)
    with mli.uow() as uow:
        record_council(uow, fiscal_year=105, changes=[cut])
    stale = post(bas, "years/105/enactment", {"act_no": "議字第 1 號", "seen": bill["seen"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "E-ENACT-STALE")
    now = bas.get(f"{API}/years/105/enactment").json()
    assert (now["expenditure_ntd"], now["decisions"]) == (TOTAL_NTD - 50, 1)
    assert now["reserves"] == [], "no first reserve is beyond one per cent"
    wanted = {"act_no": "議字第 1 號", "seen": now["seen"]}
    assert (
        post(bas, "years/105/enactment", wanted, key="enactment of what was read").status_code
        == 200
    )
    assert bas.get(f"{API}/years/105/enactment").json()["code"] == "E-BUDGET-YEAR-STATE"


def test_a_clerk_neither_imports_nor_enacts(
    mli: CountyUnderTest, clerk: Browser, press: Press
) -> None:
    given_bill(mli)
    assert post(clerk, "years/105/enactment", {"act_no": "1"}).status_code == 403
    assert post(clerk, "years/105/allotment", {"reason": "年度開始"}).status_code == 403
    book = press.workbook({"歲出": press.body()})
    assert import_books(clerk, ("書.xlsx", book)).status_code == 403


def test_imports_books(mli: CountyUnderTest, bas: Browser, press: Press) -> None:
    book = press.workbook({"歲出": press.body()})
    report = import_books(bas, ("一.xlsx", book), ("二.xlsx", book)).json()
    assert report["kept"]
    assert (report["lines"], report["agencies"], report["total_ntd"]) == (2, 1, 1_300_000)
    assert (report["books"], report["duplicates"], report["errors"]) == (2, 1, [])
    assert len(mli.rows("SELECT 1 FROM budget.budget_line")) == 2


def test_a_refused_import_lists_every_problem(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    wrong = press.workbook({"歲出": press.body({"F6": 999})})
    answer = import_books(bas, ("錯.xlsx", wrong), ("垃圾.xls", b"nothing"))
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["code"] == "E-BOOKS-INCONSISTENT"
    places = {(one["file"], one["sheet"], one["cell"]) for one in problem["errors"]}
    assert ("錯.xlsx", "歲出", "F6") in places
    assert ("垃圾.xls", "", "") in places
    assert any(one["arithmetic"] for one in problem["errors"])
    assert not mli.rows("SELECT 1 FROM budget.fiscal_year")
    assert not mli.rows("SELECT 1 FROM kernel.blob")


def test_the_valid_books_alone_when_asked_for(
    mli: CountyUnderTest, bas: Browser, press: Press
) -> None:
    book = press.workbook({"歲出": press.body()})
    report = import_books(bas, ("對.xlsx", book), ("垃圾.xls", b"nothing"), partial="true").json()
    assert (report["kept"], report["lines_new"], report["left_out"]) == (True, 2, ["垃圾.xls"])
    assert [one["code"] for one in report["errors"]] == ["E-SHEET-KIND"]


@pytest.mark.parametrize(
    ("year", "code"), [("0", "E-FISCAL-YEAR"), ("2016", "E-FISCAL-YEAR"), ("", "E-FISCAL-YEAR")]
)
def test_a_wrong_year_is_refused(bas: Browser, press: Press, year: str, code: str) -> None:
    book = press.workbook({"歲出": press.body()})
    answer = import_books(bas, ("書.xlsx", book), year=year)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
