"""The budget office: ceilings, review with cuts and comments, versions compared, the bill."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import (
    NEXT,
    SUPPLIES,
    VEHICLE,
    complete,
    given_estimate,
    keyed,
    write,
)
from tests.plugins.budget.given import AGENCY, LINE, given_allotted
from zhuji_budget import demo
from zhuji_budget.domain.bill import (
    BillLineTwice,
    BillObjectUnknown,
    NothingToCompile,
)
from zhuji_budget.domain.ceiling import Ceiling, CeilingsInvalid
from zhuji_budget.domain.estimate import EstimateState, ReasonMissing, differences
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.domain.review import Cut, CutsInvalid, OwnEstimate, ReviewOverCeiling
from zhuji_budget.queries.estimates import find_estimate, list_versions
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.copy_last_year import copy_last_year
from zhuji_budget.usecases.remove_estimate_line import remove_estimate_line
from zhuji_budget.usecases.return_estimate import return_estimate
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.testing.counties import CountyUnderTest, given_actor

REVIEWER = given_actor(2)
ALONE = "示範：僅一機關"
ITEMS = (
    "SELECT i.item_id FROM budget.estimate_item AS i JOIN budget.estimate_line AS l"
    " USING (estimate_line_id) WHERE l.code = :code ORDER BY i.item_no"
)


def given_submitted(county: CountyUnderTest) -> uuid.UUID:
    given_allotted(county)
    estimate_id = given_estimate(county)
    write(county, estimate_id, SUPPLIES, VEHICLE)
    submit(county, estimate_id)
    return estimate_id


def submit(county: CountyUnderTest, estimate_id: uuid.UUID) -> None:
    with county.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)


def review(county: CountyUnderTest, estimate_id: uuid.UUID, *cuts: Cut) -> None:
    with county.uow(REVIEWER) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=cuts)


def items(county: CountyUnderTest, code: str = LINE) -> list[uuid.UUID]:
    return [row.item_id for row in county.rows(ITEMS, code=code)]


def test_ceilings_are_set_once_and_every_wrong_row_is_named(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    with mli.uow() as uow:
        set_ceilings(uow, fiscal_year=NEXT, wanted=[Ceiling(agency_code=AGENCY, ceiling_ntd=100)])
    with pytest.raises(CeilingsInvalid) as refusal, mli.uow() as uow:
        set_ceilings(
            uow,
            fiscal_year=NEXT,
            wanted=[
                Ceiling(agency_code=AGENCY, ceiling_ntd=200),
                Ceiling(agency_code="404", ceiling_ntd=1),
                Ceiling(agency_code=AGENCY, ceiling_ntd=-1),
            ],
        )
    assert set(refusal.value.fields) == {
        "ceilings-1-agency",
        "ceilings-2-agency",
        "ceilings-2-amount",
    }
    assert mli.rows("SELECT ceiling_ntd FROM budget.estimate_ceiling")[0].ceiling_ntd == 100
    audits = "SELECT count(*) AS n FROM kernel.audit_entry WHERE action = 'budget.ceiling.set'"
    with mli.uow() as uow:
        set_ceilings(uow, fiscal_year=NEXT, wanted=[Ceiling(agency_code=AGENCY, ceiling_ntd=100)])
    assert mli.rows(audits)[0].n == 1


def test_a_review_cuts_items_and_says_why(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    supplies, vehicle = items(mli)
    with pytest.raises(CutsInvalid) as refusal:
        review(
            mli,
            estimate_id,
            Cut(item_id=supplies, cut_ntd=90_001, comment="x"),
            Cut(item_id=vehicle, cut_ntd=1, comment=""),
            Cut(item_id=vehicle, cut_ntd=1, comment="x"),
            Cut(item_id=uuid.UUID(int=5), cut_ntd=1, comment="x"),
        )
    assert set(refusal.value.fields) == {
        "cuts-0-cut",
        "cuts-1-comment",
        "cuts-2-item",
        "cuts-3-item",
    }
    assert mli.rows("SELECT sum(cut_ntd) AS ntd FROM budget.estimate_item")[0].ntd == 0
    review(mli, estimate_id, Cut(item_id=supplies, cut_ntd=40_000, comment="撙節"))
    with mli.uow(read_only=True) as uow:
        estimate = find_estimate(uow, estimate_id)
        first, second = list_versions(uow, estimate)
    (found,) = differences(first.lines, second.lines)
    assert (found.code, found.before_ntd, found.after_ntd) == (LINE, 90_000, 50_000)
    assert found.reasons == ("撙節",)
    assert estimate.state == "reviewed"


def test_a_ceiling_set_after_submission_is_asked_at_review(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    fee = WantedItem(unit="件", quantity="3", price_ntd=5, explanation="規費")
    mli.execute("UPDATE budget.estimate SET state = 'returned'")
    with mli.uow() as uow:
        wanted = WantedLine(
            side="revenue", code="0401010100", name="規費", legal_basis="規費法", items=(fee,)
        )
        write_estimate(uow, estimate_id=estimate_id, wanted=wanted)
    submit(mli, estimate_id)
    with mli.uow() as uow:
        wanted_ceiling = Ceiling(agency_code=AGENCY, ceiling_ntd=600_000)
        set_ceilings(uow, fiscal_year=NEXT, wanted=[wanted_ceiling])
    supplies, _ = items(mli)
    (revenue,) = items(mli, "0401010100")
    short = Cut(item_id=supplies, cut_ntd=89_999, comment="撙節")
    with pytest.raises(ReviewOverCeiling) as refusal:
        review(mli, estimate_id, short, Cut(item_id=revenue, cut_ntd=15, comment="停徵"))
    assert refusal.value.arithmetic == {
        "estimated_ntd": 690_000,
        "cut_ntd": 89_999,
        "approved_ntd": 600_001,
        "ceiling_ntd": 600_000,
        "over_ntd": 1,
    }
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "submitted"
    assert mli.rows("SELECT sum(cut_ntd) AS ntd FROM budget.estimate_item")[0].ntd == 0
    review(mli, estimate_id, Cut(item_id=supplies, cut_ntd=90_000, comment="緩辦"))
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "reviewed"


def test_the_reviewer_sees_ceiling_last_year_accounts_and_sources(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    sourced = WantedItem(
        object_code="0271", price_ntd=7_000, explanation="補助案", fund_source="中央補助款"
    )
    write(mli, estimate_id, sourced, VEHICLE)
    gone = mli.rows(
        "SELECT estimate_line_id, last_year_ntd FROM budget.estimate_line"
        " WHERE estimate_id = :id AND code = '3201010102'",
        id=estimate_id,
    )[0]
    with mli.uow() as uow:
        remove_estimate_line(uow, estimate_id=estimate_id, estimate_line_id=gone.estimate_line_id)
    submit(mli, estimate_id)
    with mli.uow() as uow:
        wanted = [Ceiling(agency_code=AGENCY, ceiling_ntd=600_000)]
        set_ceilings(uow, fiscal_year=NEXT, wanted=wanted)
    page = bas.get(f"/mli/budget/estimates/{estimate_id}/review").text
    sums, _, rest = page.partition('id="lines"')
    lines, _, listed = rest.partition('id="items"')
    assert "600,000" in sums
    assert "−7,000" in sums, "what has to be cut at least"
    assert "7,000" in lines.partition("600,000")[0], "current before capital"
    assert f"−{gone.last_year_ntd:,}" in lines, "a line of last year that is gone"
    assert "本年度未編列" in lines
    assert "中央補助款" in listed
    assert "資本門" in listed


def test_whoever_submitted_does_not_review(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    with pytest.raises(OwnEstimate), mli.uow() as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=())
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "submitted"


def test_an_estimate_is_returned_with_a_reason_and_comes_again(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    with pytest.raises(ReasonMissing), mli.uow(REVIEWER) as uow:
        return_estimate(uow, estimate_id=estimate_id, reason=" ")
    with mli.uow(REVIEWER) as uow:
        return_estimate(uow, estimate_id=estimate_id, reason="車輛汰換未附表")
    write(mli, estimate_id, SUPPLIES)
    submit(mli, estimate_id)
    with mli.uow(read_only=True) as uow:
        versions = list_versions(uow, find_estimate(uow, estimate_id))
    assert [one.stage for one in versions] == ["submitted", "returned", "submitted"]
    assert versions[1].reason == "車輛汰換未附表"
    (gone,) = differences(versions[1].lines, versions[2].lines)
    assert gone.difference_ntd == -600_000


def test_the_bill_adds_up_line_by_object_by_account(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    overtime = WantedItem(object_code="0131", price_ntd=7, explanation="加班費")
    capital = WantedItem(
        object_code="0271", account="capital", price_ntd=11, explanation="隨車工具"
    )
    write(mli, estimate_id, SUPPLIES, SUPPLIES, overtime, capital, VEHICLE)
    fee = WantedLine(
        side="revenue",
        code="0401010100",
        name="規費",
        legal_basis="規費法",
        items=(WantedItem(unit="件", quantity="3", price_ntd=5, explanation="審查費"),),
    )
    with mli.uow() as uow:
        write_estimate(uow, estimate_id=estimate_id, wanted=fee)
    with pytest.raises(NothingToCompile), mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    submit(mli, estimate_id)
    review(mli, estimate_id, Cut(item_id=items(mli)[0], cut_ntd=90_000, comment="緩辦"))
    with mli.uow() as uow:
        made = compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    assert (made.expenditure_ntd, made.revenue_ntd) == (690_018, 15)
    rows = mli.rows(
        "SELECT object_code, account, bill_ntd, enacted_ntd FROM budget.control_row"
        " WHERE fiscal_year = :year ORDER BY object_code, account",
        year=NEXT,
    )
    assert [tuple(row) for row in rows] == [
        ("01", "current", 7, 0),
        ("02", "capital", 11, 0),
        ("02", "current", 90_000, 0),
        ("03", "capital", 600_000, 0),
    ]
    revenue = mli.rows("SELECT code, bill_ntd, legal_basis FROM budget.revenue_row")
    assert [tuple(row) for row in revenue] == [("0401010100", 15, "規費法")]
    with pytest.raises(NothingToCompile), mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    with pytest.raises(EstimateState), mli.uow(REVIEWER) as uow:
        return_estimate(uow, estimate_id=estimate_id, reason="太遲")


def test_a_code_that_stands_twice_refuses_the_whole_bill(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    other = given_estimate(mli, agency_code="0001020000")
    again = WantedLine(side="expenditure", code=LINE, name="同號", items=(SUPPLIES,))
    with mli.uow() as uow:
        write_estimate(uow, estimate_id=other, wanted=again)
    submit(mli, other)
    review(mli, estimate_id)
    review(mli, other)
    with pytest.raises(BillLineTwice), mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    assert not mli.rows("SELECT 1 FROM budget.fiscal_year WHERE fiscal_year = :year", year=NEXT)


@pytest.mark.slow
def test_all_of_taichungs_agencies_become_next_years_bill(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed_year(uow)
    # The demo sends one agency through a supervisor; here the budget office has them all.
    txg.execute("DELETE FROM budget.agency_supervisor")
    # One of 125 agencies has lines without money: there is nothing to take over.
    agencies = txg.rows(
        "SELECT DISTINCT agency_code FROM budget.control_row WHERE object_code <> '' ORDER BY 1"
    )
    for (agency_code,) in agencies:
        estimate_id = given_estimate(txg, agency_code=agency_code)
        with txg.uow() as uow:
            copy_last_year(uow, estimate_id=estimate_id)
        complete(txg, estimate_id)
        submit(txg, estimate_id)
        review(txg, estimate_id)
    with txg.uow() as uow:
        made = compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    before = txg.rows(
        "SELECT sum(bill_ntd)::bigint AS ntd, count(*) AS n FROM budget.control_row"
        " WHERE fiscal_year = 105 AND object_code <> ''"
    )[0]
    assert (made.expenditure_ntd, made.control_rows) == (before.ntd, before.n)


def test_the_budget_office_works_on_pages(mli: CountyUnderTest, bas: Browser) -> None:
    estimate_id = given_submitted(mli)
    root = f"/mli/budget/estimates/{estimate_id}"
    ceilings = f"/mli/budget/ceilings/{NEXT}"
    assert "概算額度" in bas.get(ceilings).text
    assert bas.get("/mli/budget/ceilings/199").status_code == 404, "no year that can be planned"
    wrong = bas.form(ceilings, {"ceilings-0-agency": "404", "ceilings-0-amount": "x"})
    assert wrong.status_code == 422
    assert re.search(r'id="ceilings-\d+-amount-error"', wrong.text), "after those of the county"
    opened = bas.get(ceilings).text.partition('id="agencies"')[0]
    for code in (AGENCY, "0001020000", "0002010000"):
        assert f'value="{code}"' in opened, "every agency is offered"
    assert "24,876,789" in opened, "beside what it had last year"
    slip = {"ceilings-0-id": AGENCY, "ceilings-1-id": "0001020000", "ceilings-1-amount": "x"}
    assert 'id="ceilings-1-amount-error"' in bas.form(ceilings, slip).text
    kept = bas.form(ceilings, {"ceilings-0-agency": AGENCY, "ceilings-0-amount": "７00,000"})
    assert kept.status_code == 303
    assert "700,000" in bas.get(ceilings).text
    last = mli.rows(
        "SELECT sum(enacted_ntd + changes_ntd)::bigint AS ntd FROM budget.control_row"
        " WHERE agency_code = :agency",
        agency=AGENCY,
    )[0].ntd
    beside = bas.get(ceilings).text.partition('id="agencies"')[2]
    assert f"{last:,}" in beside
    assert f"{last - 700_000:,}" in beside, "the ceiling against last year"
    totals = bas.get(f"/mli/budget/estimates?year={NEXT}").text.partition("<tfoot>")[2]
    assert "1 個機關" in totals
    assert "690,000" in totals

    assert "審議" in bas.get(root).text
    page = bas.get(f"{root}/review").text
    assert f"{LINE}-1" in page
    picked = bas.get(f"{root}/items?text=文具").json()["items"]
    assert [one["code"] for one in picked] == [f"{LINE}-1"]
    bad = bas.form(f"{root}/review", {"cuts-0-item": f"{LINE}-9", "cuts-0-cut": "1"})
    assert bad.status_code == 422
    assert 'id="cuts-0-item-error"' in bad.text
    sent = {"cuts-0-item": f"{LINE}-1", "cuts-0-cut": "10,000", "cuts-0-comment": "撙節"}
    assert bas.form(f"{root}/review", sent).status_code == 303
    assert "10,000" in bas.get(root).text
    compared = bas.get(f"{root}/versions?before=1&after=2").text
    assert "撙節" in compared
    assert "−10,000" in compared
    assert bas.get(f"{root}/versions?before=1&after=9").status_code == 409

    bill = f"/mli/budget/bills/{NEXT}"
    assert "680,000" in bas.get(bill).text
    said = {"gap_reason": ALONE}
    assert bas.form(bill, {"confirmation": "7", **said}).status_code == 422
    done = bas.form(bill, {"confirmation": "1", **said})
    assert "680,000" in bas.get(done.headers["location"]).text


def test_the_budget_office_works_by_api(mli: CountyUnderTest, bas: Browser) -> None:
    estimate_id = given_submitted(mli)
    api = "/mli/api/v1/budget"
    body = {"ceilings": [{"agency_code": AGENCY, "ceiling_ntd": 5}]}
    assert bas.json(f"{api}/ceilings/{NEXT}", json.dumps(body).encode()).status_code == 200
    listed = bas.get(f"{api}/ceilings/{NEXT}").json()
    (own,) = [row for row in listed if row["agency_code"] == AGENCY]
    assert (own["ceiling_ntd"], own["estimated_ntd"]) == (5, 690_000)
    assert own["last_year_ntd"] > 0
    one = f"{api}/estimates/{estimate_id}"
    returned = bas.json(f"{one}/return", json.dumps({"reason": "補附件"}).encode())
    assert returned.json()["state"] == "returned"
    mli.execute("UPDATE budget.estimate_ceiling SET ceiling_ntd = 690000")
    submit(mli, estimate_id)
    reviewed = bas.json(f"{one}/review", b'{"cuts": []}')
    assert reviewed.json()["state"] == "reviewed"
    said = json.dumps({"gap_reason": ALONE}).encode()
    made = bas.json(f"{api}/bills/{NEXT}", said).json()
    assert (made["lines"], made["expenditure_ntd"]) == (1, 690_000)


def test_agencies_neither_review_nor_compile(mli: CountyUnderTest, clerk: Browser) -> None:
    estimate_id = given_submitted(mli)
    for path in (f"estimates/{estimate_id}/review", f"ceilings/{NEXT}", f"bills/{NEXT}"):
        assert clerk.get(f"/mli/budget/{path}").status_code == 403
        assert clerk.form(f"/mli/budget/{path}", keyed({})).status_code == 403
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "submitted"


def test_an_object_that_the_codes_have_lost_refuses_the_bill(mli: CountyUnderTest) -> None:
    estimate_id = given_submitted(mli)
    review(mli, estimate_id)
    mli.execute("UPDATE budget.estimate_item SET object_code = '0999' WHERE object_code = '0271'")
    with pytest.raises(BillObjectUnknown), mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    assert not mli.rows("SELECT 1 FROM budget.budget_line WHERE fiscal_year = :year", year=NEXT)
