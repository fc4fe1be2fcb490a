"""Pages and API of changes: what a clerk keys is what takes effect, and a refusal says why."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.core.site import Browser, Site
from tests.plugins.budget.changes.given import AGENCY
from tests.plugins.budget.given import YEAR, given_allotted, rows_of
from tests.plugins.budget.given_pooled import given_pooled
from zhuji_core.testing.counties import CountyUnderTest

LINE = "3201010101"
ROLES = {"cacc": "CACC", "head": "HEAD"}


@pytest.fixture
def offices(site: Site, mli: CountyUnderTest) -> Site:
    """The accounting office and the head of one agency, and two of the budget office."""
    given_allotted(mli)
    for account, role in ROLES.items():
        site.given_user(account, role, county="MLI", agency_code=AGENCY, in_agency=AGENCY)
    return site


def keyed(county: CountyUnderTest, *, amount: str, month: str = "4") -> dict[str, str]:
    rows = rows_of(county, line_code=LINE)
    return {
        "kind": "virement",
        "agency_code": AGENCY,
        "purpose": "補助增加",
        "ground": "預算法第 63 條",
        "lines-0-control_row_id": str(rows[1]),
        "lines-0-month": month,
        "lines-0-decrease": amount,
        "lines-1-control_row_id": str(rows[3]),
        "lines-1-month": month,
        "lines-1-increase": amount,
        "act": "send",
    }


def test_a_virement_from_form_to_effect(offices: Site, mli: CountyUnderTest) -> None:
    with offices.browser("cacc", county="mli") as cacc:
        assert "填寫經費流用" in cacc.get("/mli/budget/changes/new?kind=virement").text
        sent = cacc.form("/mli/budget/changes/new", keyed(mli, amount="２４，０００"))
        assert sent.status_code == 303
        at = sent.headers["location"]
        page = cacc.get(at)
        assert "待機關首長核准" in page.text
        assert "24,000" in page.text
        assert "等候有「核准預算變動」權限的人員辦理" in page.text
    with offices.browser("head", county="mli") as head:
        assert "待核准預算變動" in head.get("/mli/").text
        done = head.form(f"{at}/approval", {})
        assert done.status_code == 303
        assert "已生效" in head.get(at).text
        listed = head.get("/mli/budget/changes?kind=virement&states=posted")
        assert "經費流用 10500001" in listed.text
    moved = mli.rows("SELECT sum(abs(changes_ntd)) FROM budget.control_row")
    assert int(moved[0][0]) == 48_000


def test_a_refusal_shows_the_form_as_it_was_typed(offices: Site, mli: CountyUnderTest) -> None:
    with offices.browser("cacc", county="mli") as cacc:
        answer = cacc.form("/mli/budget/changes/new", keyed(mli, amount="24,001"))
        assert answer.status_code == 409
        assert "E-VIRE-20PCT" in answer.text
        assert "24,001" in answer.text
        assert "上限（20%）" in answer.text
        wrong = keyed(mli, amount="x", month="13")
        answer = cacc.form("/mli/budget/changes/new", wrong)
        assert answer.status_code == 422
        assert "月份為 1 至 12" in answer.text
    assert not mli.rows("SELECT 1 FROM budget.change_document")


def test_a_draft_shows_what_it_would_do(offices: Site, mli: CountyUnderTest) -> None:
    with offices.browser("cacc", county="mli") as cacc:
        typed = keyed(mli, amount="30,000") | {"act": "keep"}
        kept = cacc.form("/mli/budget/changes/new", typed)
        at = kept.headers["location"]
        page = cacc.get(at)
        assert "試算：若現在生效" in page.text
        assert "E-VIRE-20PCT" in page.text
        edit = cacc.get(f"{at}/edit")
        assert "30,000" in edit.text
        typed = keyed(mli, amount="20,000") | {"revision": "1"}
        assert cacc.form(f"{at}/edit", typed).status_code == 303
        assert "待機關首長核准" in cacc.get(at).text


def test_the_budget_office_pools_and_supplements_by_the_api(
    offices: Site, mli: CountyUnderTest
) -> None:
    row = str(rows_of(mli, line_code=LINE)[1])
    base = "/mli/api/v1/budget/changes"
    with offices.browser("bas", county="mli") as bas:
        made = _api(bas, base, {
            "kind": "supplement", "purpose": "第一次追加預算", "agency_code": AGENCY,
            "fiscal_year": YEAR,
            "lines": [{"control_row_id": row, "amount_ntd": 500_000, "month": 5}],
        })  # fmt: skip
        document = made["document_id"]
        sent = _api(bas, f"{base}/{document}/submission", {})
        assert sent["state"] == "agreed"
        shown = json.loads(bas.get(f"{base}/{document}").text)
        assert shown["refusal"] == ""
        assert shown["effects"][0]["change_ntd"] == 500_000
    with offices.browser("bas2", county="mli") as bas2:
        done = _api(bas2, f"{base}/{document}/decision", {"act_no": "議字第 9 號"})
        assert (done["state"], done["act_no"]) == ("posted", "議字第 9 號")
        listed = json.loads(bas2.get(f"{base}?kind=supplement").text)
        assert [one["document_id"] for one in listed["items"]] == [document]


def _api(browser: Browser, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = browser.json(path, msgspec.json.encode(body), key=uuid4().hex)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def test_a_line_is_marked_as_pooled_on_its_page(offices: Site, mli: CountyUnderTest) -> None:
    found = mli.rows("SELECT line_id FROM budget.budget_line WHERE code = :code", code=LINE)
    page = f"/mli/budget/lines/{found[0].line_id}"
    with offices.browser("bas", county="mli") as bas:
        assert "指定為統籌科目" in bas.get(page).text
        given_pooled(mli, found[0].line_id)
        assert "取消統籌科目" in bas.get(page).text
    with offices.browser("cacc", county="mli") as cacc:
        shown = cacc.get(page).text
        assert "是，供各機關撥用" in shown
        assert "取消統籌科目" not in shown
        assert cacc.form(f"{page}/pooling", {"pooled": "false"}).status_code == 403
