"""The council's decisions on one line, keyed beside what the bill says of it."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.core.site import Browser
from tests.plugins.budget.given import LINE, YEAR, given_bill, rows_of
from zhuji_budget.domain.council import CouncilChange, CouncilInvalid
from zhuji_budget.usecases._council import Said
from zhuji_budget.usecases.record_council import record_council
from zhuji_core.testing.counties import CountyUnderTest

OTHER = "3201010102"
DECIDED = """
    SELECT r.line_code, r.object_code, c.cut_ntd, c.frozen_ntd, c.condition, r.council_ntd
      FROM budget.council_change AS c
      JOIN budget.control_row AS r USING (control_row_id)
     ORDER BY r.line_code, r.object_code
"""


def line_of(county: CountyUnderTest, code: str) -> uuid.UUID:
    found: uuid.UUID = county.rows(
        "SELECT line_id FROM budget.budget_line WHERE code = :code", code=code
    )[0].line_id
    return found


def record(county: CountyUnderTest, code: str, *changes: CouncilChange) -> None:
    with county.uow() as uow:
        record_council(
            uow,
            fiscal_year=YEAR,
            changes=changes,
            line_id=line_of(county, code),
            said=Said(reason="更正"),
        )


def decided(county: CountyUnderTest) -> list[tuple[str, int]]:
    return [(row.line_code, row.cut_ntd) for row in county.rows(DECIDED)]


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_what_was_recorded_on_other_lines_stays(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_bill(county)
    supplies, other = rows_of(county, line_code=LINE)[1], rows_of(county, line_code=OTHER)[0]
    record(county, OTHER, CouncilChange(control_row_id=other, cut_ntd=7))
    record(county, LINE, CouncilChange(control_row_id=supplies, cut_ntd=50))
    assert decided(county) == [(LINE, 50), (OTHER, 7)]
    record(county, LINE, CouncilChange(control_row_id=supplies, cut_ntd=60))
    assert decided(county) == [(LINE, 60), (OTHER, 7)]
    with pytest.raises(CouncilInvalid) as refused:
        record(county, LINE, CouncilChange(control_row_id=other, cut_ntd=1))
    assert "council-0-row" in refused.value.fields
    assert decided(county) == [(LINE, 60), (OTHER, 7)]
    record(county, LINE)
    assert decided(county) == [(OTHER, 7)]
    assert [row.council_ntd for row in county.rows(DECIDED)] == [-7]


def test_the_page_takes_them_beside_the_bill(mli: CountyUnderTest, bas: Browser) -> None:
    given_bill(mli)
    root = f"/mli/budget/council/{YEAR}"
    page = f"{root}/lines/{line_of(mli, LINE)}"
    assert f"{page}?after=" in bas.get(root).text
    assert "12,987,650" in bas.get(page).text
    staff, supplies = rows_of(mli, line_code=LINE)[:2]
    blank = {"council-0-id": str(staff), "council-0-cut": "", "after": "3201010100"}
    row = {"council-1-id": str(supplies), "council-1-cut": "12,987,651"}
    refused = bas.form(page, {**blank, **row})
    assert refused.status_code == 422
    assert 'id="council-1-cut-error"' in refused.text
    assert not mli.rows(DECIDED)
    kept = bas.form(page, {**blank, **row, "council-1-cut": "650", "council-1-condition": "檢討"})
    assert kept.headers["location"] == f"{root}?after=3201010100"
    assert [tuple(row) for row in mli.rows(DECIDED)] == [(LINE, "02", 650, 0, "檢討", -650)]
    again = bas.get(page).text
    assert 'value="650"' in again
    assert "檢討" in bas.get(root).text
    assert bas.get(f"{root}/lines/{uuid.UUID(int=1)}").status_code == 404


def test_the_api_names_the_line(mli: CountyUnderTest, bas: Browser) -> None:
    given_bill(mli)
    supplies, other = rows_of(mli, line_code=LINE)[1], rows_of(mli, line_code=OTHER)[0]
    record(mli, OTHER, CouncilChange(control_row_id=other, cut_ntd=7))
    body = {
        "line_id": str(line_of(mli, LINE)),
        "changes": [{"control_row_id": str(supplies), "cut_ntd": 9}],
    }
    answer = bas.json(f"/mli/api/v1/budget/council/{YEAR}", json.dumps(body).encode())
    assert answer.status_code == 200
    assert decided(mli) == [(LINE, 9), (OTHER, 7)]


def test_whoever_may_not_record_finds_no_way_to(mli: CountyUnderTest, clerk: Browser) -> None:
    given_bill(mli)
    assert "/lines/" not in clerk.get(f"/mli/budget/council/{YEAR}").text.split("<main", 1)[1]
    page = f"/mli/budget/council/{YEAR}/lines/{line_of(mli, LINE)}"
    assert clerk.get(page).status_code == 403
    assert clerk.form(page, {}).status_code == 403
