"""The pages and the API of estimates through HTTP, as an agency's office uses them."""

from __future__ import annotations

import json
import re
import uuid

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import (
    NEXT,
    amounts,
    complete,
    given_estimate,
    keyed,
    line_id,
)
from tests.plugins.budget.given import AGENCY, LINE, SUPPLIES_NTD, given_allotted
from zhuji_core.testing.counties import CountyUnderTest

ROW = {
    "object": "0271",
    "explanation": "文具",
    "unit": "人",
    "quantity": "１０×９",
    "price": "1,000",
}


def test_an_agency_opens_keys_and_submits(mli: CountyUnderTest, keeper: Browser) -> None:
    listed = keeper.get(f"/mli/budget/estimates?year={NEXT}").text
    assert "本年度尚無概算" in listed
    opened = keeper.form("/mli/budget/estimates", {"year": str(NEXT), "agency_code": AGENCY})
    assert opened.status_code == 303, opened.text
    page = keeper.get(opened.headers["location"]).text
    assert "62,844,050" in page
    estimate_id = mli.rows("SELECT estimate_id FROM budget.estimate")[0].estimate_id
    grid = f"/mli/budget/estimates/{estimate_id}/lines/{line_id(mli, estimate_id)}"
    form = keeper.get(grid).text
    assert 'name="items-0-object"' in form
    assert 'autofocus name="items-0-object"' in form
    revision = re.search(r'name="revision" value="(\d+)"', form)
    assert revision

    saved = keeper.form(grid, {**keyed(ROW), "revision": revision[1], "reason": "物價"})
    assert saved.status_code == 303, saved.text
    assert amounts(mli, estimate_id) == [(LINE, "0271", "current", 90_000)]
    stale = keeper.form(grid, {**keyed(ROW), "revision": revision[1]})
    assert stale.status_code == 409
    assert "E-ESTIMATE-STALE" in stale.text

    mli.execute(
        "INSERT INTO budget.estimate_ceiling VALUES (:year, :agency, 89999, gen_random_uuid())",
        year=NEXT,
        agency=AGENCY,
    )
    over = keeper.form(f"/mli/budget/estimates/{estimate_id}/submission")
    assert over.status_code == 409
    for word in ("歲出概算", "額度", "超出"):
        assert f'<th scope="row">{word}</th>' in over.text
    mli.execute("UPDATE budget.estimate_ceiling SET ceiling_ntd = 90000")
    sent = keeper.form(f"/mli/budget/estimates/{estimate_id}/submission")
    assert sent.status_code == 303
    page = keeper.get(sent.headers["location"]).text
    assert "已送審" in page
    assert "審議前不得修改" in page
    assert "items-0-object" not in keeper.get(grid).text


def test_money_without_an_object_is_said_to_be_left_out(
    mli: CountyUnderTest, keeper: Browser
) -> None:
    estimate_id = given_estimate(mli)
    words = "未分用途別"
    root = f"/mli/budget/estimates/{estimate_id}"
    before = mli.rows(
        "SELECT COALESCE(sum(enacted_ntd + changes_ntd), 0)::bigint AS ntd FROM budget.control_row"
        " WHERE agency_code = :agency AND object_code = ''",
        agency=AGENCY,
    )[0].ntd
    assert (words in keeper.get(root).text) == (before > 0)
    moved = SUPPLIES_NTD
    mli.corrupt(
        "UPDATE budget.control_row SET object_code = '', object_name = ''"
        " WHERE line_code = :line AND object_code = '02'",
        line=LINE,
    )
    page = keeper.get(root).text
    assert words in page
    assert f"{before + moved:,} 元" in page
    keeper.form(f"{root}/last-year", {})
    assert moved not in {one[3] for one in amounts(mli, estimate_id)}
    assert f"{before + moved:,} 元" in keeper.get(root).text


def test_a_wrong_cell_is_shown_where_it_was_typed(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli)
    grid = f"/mli/budget/estimates/{estimate_id}/lines/{line_id(mli, estimate_id)}"
    answer = keeper.form(grid, keyed(ROW, {**ROW, "price": "十元"}, {**ROW, "object": "xx"}))
    assert answer.status_code == 422
    assert 'id="items-1-price-error"' in answer.text
    assert 'id="items-2-object-error"' in answer.text
    assert "十元" in answer.text
    assert not amounts(mli, estimate_id)


def test_without_script_a_row_is_added_by_the_server(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli)
    grid = f"/mli/budget/estimates/{estimate_id}/lines/{line_id(mli, estimate_id)}"
    answer = keeper.form(grid, {**keyed(ROW), "_add_row": "1"})
    assert answer.status_code == 200
    assert 'name="items-1-object"' in answer.text
    assert not amounts(mli, estimate_id)


def test_the_picker_finds_objects_of_the_year(keeper: Browser) -> None:
    found = keeper.get(f"/mli/budget/estimates/objects?year={NEXT}&text=物品").json()
    assert [one["code"] for one in found["items"]] == ["0271"]
    later = keeper.get("/mli/budget/estimates/objects?year=115&text=物品").json()
    assert [one["code"] for one in later["items"]] == ["2051"]


def test_a_new_source_of_revenue_has_its_legal_basis(mli: CountyUnderTest, keeper: Browser) -> None:
    estimate_id = given_estimate(mli)
    root = f"/mli/budget/estimates/{estimate_id}"
    assert "法律依據" in keeper.get(f"{root}/lines/new?side=revenue").text
    wrong = keeper.form(f"{root}/lines", {"side": "revenue", "code": "x", "name": "規費"})
    assert wrong.status_code == 422
    added = keeper.form(
        f"{root}/lines",
        {"side": "revenue", "code": "0401010100", "name": "規費", "legal_basis": "規費法第10條"},
    )
    grid = keeper.get(added.headers["location"]).text
    assert "規費法第10條" in grid
    assert "items-0-object" not in grid
    row = {"explanation": "證照費", "quantity": "100", "price": "50"}
    keeper.form(added.headers["location"], {**keyed(row), "legal_basis": "規費法第10條"})
    assert amounts(mli, estimate_id) == [("0401010100", "", "current", 5_000)]
    removed = keeper.form(added.headers["location"] + "/removal")
    assert removed.status_code == 303
    assert not amounts(mli, estimate_id)


def test_the_api_does_the_same(mli: CountyUnderTest, keeper: Browser) -> None:
    api = "/mli/api/v1/budget/estimates"
    body = json.dumps({"fiscal_year": NEXT, "agency_code": AGENCY}).encode()
    opened = keeper.json(api, body)
    assert opened.status_code == 201, opened.text
    estimate = opened.json()
    one = f"{api}/{estimate['estimate_id']}"
    copied = keeper.json(f"{one}/last-year", b"").json()
    assert sum(i["amount_ntd"] for line in copied["lines"] for i in line["items"]) > 0
    line = copied["lines"][0]
    wanted = {
        "side": "expenditure",
        "code": line["code"],
        "name": line["name"],
        "items": [{"object_code": "0271", "price_ntd": 7}],
    }
    wrote = keeper.json(f"{one}/lines/{line['estimate_line_id']}", json.dumps(wanted).encode())
    assert wrote.json()["items"][0]["amount_ntd"] == 7
    wanted["items"] = [{"object_code": "0271", "price_ntd": 0}]
    wrong = keeper.json(f"{one}/lines/{line['estimate_line_id']}", json.dumps(wanted).encode())
    assert wrong.status_code == 422
    assert wrong.json()["code"] == "E-ESTIMATE-ITEMS"
    assert "items-0-price" in wrong.json()["fields"]
    refused = keeper.json(f"{one}/submission", b"")
    assert (refused.status_code, refused.json()["code"]) == (422, "E-ESTIMATE-INCOMPLETE")
    complete(mli, uuid.UUID(estimate["estimate_id"]))
    assert keeper.json(f"{one}/submission", b"").json()["state"] == "submitted"
    assert len(keeper.get(f"{one}/versions").json()) == 1
    assert keeper.get(f"{api}?fiscal_year={NEXT}").json()["items"][0]["state"] == "submitted"


def test_other_agencies_estimates_are_not_shown(mli: CountyUnderTest, clerk: Browser) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    assert clerk.get(f"/mli/budget/estimates/{estimate_id}").status_code == 404
    assert AGENCY not in clerk.get(f"/mli/budget/estimates?year={NEXT}").text
