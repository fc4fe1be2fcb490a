"""The council raises and lowers revenue of the bill, and never expenditure (地方制度法 40)."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.core.site import Browser
from tests.plugins.budget.given import AGENCY, ENACTOR, LINE, TOTAL_NTD, YEAR, given_bill, rows_of
from zhuji_budget.domain.council import (
    INCREASE,
    CouncilChange,
    CouncilInvalid,
    CouncilRevenue,
    TooManyDecisions,
)
from zhuji_budget.domain.year import YearState
from zhuji_budget.queries.council_revenue import (
    bill_balance,
    council_revenues,
    revenue_totals,
    revenue_view,
)
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases._council import Said
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_budget.web import council_form
from zhuji_core.spreadsheets import read_workbook
from zhuji_core.testing.counties import CountyUnderTest

FEES, GRANTS, SALES = (uuid.UUID(int=number) for number in (71, 72, 73))
ROW = """
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd, last_year_ntd)
    VALUES (:id, 105, :agency, '示範機關', :code, :name, :source, :name, :account, :ntd, 900)
"""
BASELINE = (
    "SELECT bill_ntd, council_ntd, enacted_ntd FROM budget.revenue_row ORDER BY code, agency_code"
)


def given_revenues(county: CountyUnderTest) -> None:
    """A bill with 1,000 of fees, 5,000 of grants and 70 of a sale of land."""
    given_bill(county)
    for id_, code, name, account, ntd in (
        (FEES, "0401", "規費收入", "current", 1_000),
        (GRANTS, "0801", "補助收入", "current", 5_000),
        (SALES, "0701", "財產售價", "capital", 70),
    ):
        county.execute(
            ROW, id=id_, agency=AGENCY, code=code, name=name, source=code, account=account, ntd=ntd
        )


def record(county: CountyUnderTest, *changes: CouncilRevenue) -> None:
    with county.uow() as uow:
        record_council_revenue(uow, fiscal_year=YEAR, changes=changes, said=Said(reason="更正"))


def test_revenue_of_last_year_that_is_gone_stands_in_the_view(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_revenues(mli)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")
    mli.execute(
        "INSERT INTO budget.fiscal_year (fiscal_year, document_id) VALUES (106, :id)", id=FEES
    )
    mli.execute(
        ROW.replace("105", "106"),
        id=uuid.UUID(int=81),
        agency=AGENCY,
        code="0401",
        name="規費收入",
        source="0401",
        account="current",
        ntd=1_200,
    )
    with mli.uow(read_only=True) as uow:
        shown = revenue_view(uow, 106)
        picked = council_revenues(uow, 106)
        totals = revenue_totals(uow, 106)
    assert [(one.code, one.last_year_ntd) for one in shown if one.is_gone] == [
        ("0701", 70),
        ("0801", 5_000),
    ]
    assert [one.code for one in picked] == ["0401"], "nobody decides on what is not in the bill"
    assert (totals.last_year_ntd, totals.bill_ntd, totals.gone) == (5_970, 1_200, 2)
    page = bas.get("/mli/budget/council/106/revenue").text
    assert "−100.0%" in page
    assert "5,970" in page.rpartition("<tfoot>")[2]


def test_what_one_row_does_not_say_of_last_year_is_not_added_up(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_revenues(mli)
    with mli.uow(read_only=True) as uow:
        assert revenue_totals(uow, YEAR).last_year_ntd == 2_700
    mli.execute(
        "UPDATE budget.revenue_row SET last_year_ntd = NULL WHERE revenue_row_id = :id", id=GRANTS
    )
    with mli.uow(read_only=True) as uow:
        assert revenue_totals(uow, YEAR).last_year_ntd is None
        told = {one.code: one.last_year_ntd for one in revenue_view(uow, YEAR)}
    assert told == {"0401": 900, "0701": 900, "0801": None}
    foot = bas.get(f"/mli/budget/council/{YEAR}/revenue").text.rpartition("<tfoot>")[2]
    assert "6,070" in foot
    assert "%" not in foot, "no rate of two rows of three"


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_what_the_council_decides_is_in_the_baseline_of_revenue(
    government: str, request: pytest.FixtureRequest
) -> None:
    county: CountyUnderTest = request.getfixturevalue(government)
    given_revenues(county)
    record(county, CouncilRevenue(revenue_row_id=FEES, change_ntd=7))
    record(
        county,
        CouncilRevenue(revenue_row_id=GRANTS, change_ntd=-400, reason="依實際核列數"),
        CouncilRevenue(revenue_row_id=SALES, change_ntd=-70),
        CouncilRevenue(revenue_row_id=FEES, change_ntd=50),
    )
    with county.uow(read_only=True) as uow:
        balance = bill_balance(uow, YEAR)
        lines = council_revenues(uow, YEAR, decided=True)
    assert (balance.revenue_ntd, balance.revenue_council_ntd) == (6_070, -420)
    assert balance.difference_ntd == 5_650 - TOTAL_NTD
    assert [line.change_ntd for line in lines] == [50, -70, -400]
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")
    assert [tuple(row) for row in county.rows(BASELINE)] == [
        (1_000, 50, 1_050),
        (70, -70, 0),
        (5_000, -400, 4_600),
    ]
    moved = county.rows("SELECT amount_ntd FROM budget.revenue_movement ORDER BY amount_ntd")
    assert [row.amount_ntd for row in moved] == [1_050, 4_600]
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).passed
    with pytest.raises(YearState):
        record(county)


def test_every_wrong_decision_on_revenue_is_named_and_nothing_is_kept(mli: CountyUnderTest) -> None:
    given_revenues(mli)
    record(mli, CouncilRevenue(revenue_row_id=FEES, change_ntd=1))
    with pytest.raises(CouncilInvalid) as refusal:
        record(
            mli,
            CouncilRevenue(revenue_row_id=FEES, change_ntd=-1_001),
            CouncilRevenue(revenue_row_id=FEES, change_ntd=1),
            CouncilRevenue(revenue_row_id=GRANTS),
            CouncilRevenue(revenue_row_id=SALES, change_ntd=10**15 + 1),
            CouncilRevenue(revenue_row_id=uuid.UUID(int=4), change_ntd=1),
        )
    assert set(refusal.value.fields) == {
        "council-0-less",
        "council-1-row",
        "council-2-more",
        "council-3-more",
        "council-4-row",
    }
    with pytest.raises(CouncilInvalid) as long:
        record(mli, CouncilRevenue(revenue_row_id=FEES, reason="長" * 501))
    assert set(long.value.fields) == {"council-0-reason"}
    kept = mli.rows("SELECT change_ntd, reason FROM budget.council_revenue")
    assert [tuple(row) for row in kept] == [(1, "")]
    assert [row.council_ntd for row in mli.rows(BASELINE)] == [1, 0, 0]


@pytest.mark.parametrize("government", ["mli", "txg"])
def test_the_council_never_raises_expenditure(
    government: str, request: pytest.FixtureRequest
) -> None:
    """Neither alone nor out of what it cuts elsewhere."""
    county: CountyUnderTest = request.getfixturevalue(government)
    given_bill(county)
    first, second, *_ = rows_of(county, line_code=LINE)
    with pytest.raises(CouncilInvalid) as refusal, county.uow() as uow:
        record_council(
            uow,
            fiscal_year=YEAR,
            changes=(
                CouncilChange(control_row_id=first, cut_ntd=500),
                CouncilChange(control_row_id=second, cut_ntd=-500),
            ),
        )
    assert refusal.value.fields == {"council-1-cut": INCREASE}
    assert "地方制度法第 40 條" in INCREASE
    assert not county.rows("SELECT 1 FROM budget.council_change")
    assert not county.rows("SELECT 1 FROM budget.control_row WHERE council_ntd <> 0")


def test_the_budget_office_records_revenue_on_pages_and_by_api(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_revenues(mli)
    root = f"/mli/budget/council/{YEAR}/revenue"
    assert root in bas.get(f"/mli/budget/council/{YEAR}").text
    assert "6,070" in bas.get(root).text
    (picked,) = bas.get(f"{root}/rows?text=補助").json()["items"]
    assert (picked["value"], picked["note"]) == (str(GRANTS), "5,000")
    for wrong in (
        {"council-0-row": "0401", "council-0-more": "x"},
        {"council-0-row": "0401", "council-0-more": "1", "council-0-less": "1"},
    ):
        answer = bas.form(f"{root}/decisions", wrong)
        assert answer.status_code == 422
        assert 'id="council-0-less-error"' in answer.text
    nowhere = bas.form(f"{root}/decisions", {"council-0-row": "9", "council-0-more": "1"})
    assert 'id="council-0-row-error"' in nowhere.text
    sent = {
        "council-0-row": f"0401 {AGENCY} 規費收入",
        "council-0-less": "２50",
        "council-0-reason": "<b>高估</b>",
        "council-1-row_id": str(GRANTS),
        "council-1-more": "1,000",
    }
    assert bas.form(f"{root}/decisions", sent).status_code == 303
    page = bas.get(root).text
    assert "&lt;b&gt;高估" in page
    assert "6,820" in page
    assert f"{TOTAL_NTD - 6_820:,}" in page, "what is short"
    form = bas.get(f"{root}/decisions").text
    assert 'value="250"' in form
    api = f"/mli/api/v1/budget/council/{YEAR}/revenue"
    first = bas.get(f"{api}?limit=2").json()
    rest = bas.get(f"{api}?limit=2&cursor={first['next']}").json()
    listed = [*first["items"], *rest["items"]]
    assert [one["change_ntd"] for one in listed] == [-250, 0, 1_000]
    assert (
        bas.json(api, json.dumps({"changes": [], "reason": "重行審議"}).encode()).status_code == 200
    )
    assert not mli.rows("SELECT 1 FROM budget.council_revenue")


def test_the_view_of_revenue_is_a_file_with_its_sums(mli: CountyUnderTest, bas: Browser) -> None:
    given_revenues(mli)
    root = f"/mli/budget/council/{YEAR}/revenue"
    (sheet,) = read_workbook(bas.get(f"{root}/export/ods").content, name="x.ods").sheets
    (total,) = [row for row in sheet.rows if str(row[0]) == "合計"]
    assert 6_070 in {cell for cell in total if isinstance(cell, int | float)}
    assert bas.get(f"{root}/export/exe").status_code == 404


def test_an_agency_reads_revenue_but_does_not_record(mli: CountyUnderTest, clerk: Browser) -> None:
    given_revenues(mli)
    root = f"/mli/budget/council/{YEAR}/revenue"
    assert clerk.get(root).status_code == 200
    assert clerk.get(f"{root}/decisions").status_code == 403
    assert clerk.form(f"{root}/decisions", {}).status_code == 403


def test_more_decisions_on_revenue_than_a_form_shows_are_not_lost(
    mli: CountyUnderTest, bas: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_revenues(mli)
    record(
        mli,
        CouncilRevenue(revenue_row_id=FEES, change_ntd=1),
        CouncilRevenue(revenue_row_id=GRANTS, change_ntd=2),
    )
    monkeypatch.setattr(council_form, "GRID_ROWS_MAX", 1)
    refused = bas.get(f"/mli/budget/council/{YEAR}/revenue/decisions")
    assert refused.status_code == TooManyDecisions.status_code == 409
