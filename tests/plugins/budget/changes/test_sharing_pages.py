"""The budget office opens a pooled line to agencies on its page and by the API."""

from __future__ import annotations

import json
from typing import Any

from tests.core.site import Browser
from tests.plugins.budget.given import LINE, given_allotted, rows_of
from tests.plugins.budget.given_pooled import given_pooled
from zhuji_core.testing.counties import CountyUnderTest

USES = "SELECT agency_code FROM budget.pooled_use ORDER BY agency_code"


def line_of(county: CountyUnderTest) -> Any:
    return county.rows("SELECT line_id FROM budget.budget_line WHERE code = :c", c=LINE)[0].line_id


def test_who_uses_a_pooled_line_is_said_on_its_page(
    mli: CountyUnderTest, bas: Browser, clerk: Browser
) -> None:
    given_allotted(mli)
    line_id = line_of(mli)
    page = f"/mli/budget/lines/{line_id}"
    assert "指定使用機關" not in bas.get(page).text
    early = bas.form(f"{page}/pooled-use", {"agencies": "*"})
    assert early.status_code == 409
    given_pooled(mli, line_id)
    assert "指定使用機關" in bas.get(page).text
    wrong = bas.form(f"{page}/pooled-use", {"agencies": "0001020000 nowhere"})
    assert (wrong.status_code, "nowhere" in wrong.text) == (422, True)
    assert not mli.rows(USES)
    sent = bas.form(f"{page}/pooled-use", {"agencies": "0001020000、0002010000"})
    assert sent.status_code == 303
    assert [row.agency_code for row in mli.rows(USES)] == ["0001020000", "0002010000"]
    assert "0001020000、0002010000" in bas.get(page).text
    assert clerk.form(f"{page}/pooled-use", {"agencies": "*"}).status_code == 403
    asked = "/mli/api/v1/budget/control-rows?agency_code=0001020000&fiscal_year=105&text=" + LINE
    found = bas.get(asked).json()
    assert {one["control_row_id"] for one in found} == {
        str(row) for row in rows_of(mli, line_code=LINE)
    }


def test_the_api_opens_a_line_to_every_agency_and_closes_it(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_allotted(mli)
    api = f"/mli/api/v1/budget/lines/{line_of(mli)}"
    given_pooled(mli, line_of(mli))
    for codes in (["*"], []):
        answer = bas.json(f"{api}/pooled-use", json.dumps({"agency_codes": codes}).encode())
        assert (answer.status_code, answer.json()["agency_codes"]) == (200, codes)
        assert [row.agency_code for row in mli.rows(USES)] == codes
