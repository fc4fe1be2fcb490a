"""A bill that is not whole: who is missing is told, and nothing goes on without a reason."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import NEXT, SUPPLIES, given_estimate
from tests.plugins.budget.estimates.test_review import ALONE, given_submitted, review, submit
from tests.plugins.budget.given import AGENCY, ENACTOR, YEAR, given_allotted, keep, small_budget
from zhuji_budget.domain.bill_gaps import (
    BillIncomplete,
    BillWithoutRevenue,
    GapReasonLong,
)
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.queries.bill import find_outlook
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.testing.counties import CountyUnderTest

OTHERS = ("0001020000", "0002010000")
PLAN = WantedLine(side="expenditure", code="3201010109", name="新增", items=(SUPPLIES,))
FEE = WantedLine(
    side="revenue",
    code="0401010100",
    name="規費",
    legal_basis="規費法",
    items=(WantedItem(price_ntd=1_000_000, explanation="規費"),),
)


def given_reviewed(county: CountyUnderTest) -> None:
    review(county, given_submitted(county))


def states(county: CountyUnderTest) -> list[str]:
    return [row.state for row in county.rows("SELECT state FROM budget.estimate ORDER BY 1")]


def told(county: CountyUnderTest, action: str) -> dict[str, object]:
    found: dict[str, object] = county.rows(
        "SELECT after FROM kernel.audit_entry WHERE action = :action AND after ? 'gap_reason'",
        action=action,
    )[0].after
    return found


def test_a_bill_without_two_of_three_agencies_says_who_and_how_much(mli: CountyUnderTest) -> None:
    given_reviewed(mli)
    with pytest.raises(BillIncomplete) as refusal, mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT)
    error = refusal.value
    lacking = mli.rows(
        "SELECT sum(enacted_ntd)::bigint AS ntd FROM budget.control_row"
        " WHERE fiscal_year = :year AND agency_code <> :agency",
        year=YEAR,
        agency=AGENCY,
    )[0].ntd
    assert error.arithmetic == {
        "revenue_ntd": 0,
        "expenditure_ntd": 690_000,
        "difference_ntd": -690_000,
        "last_year_ntd": lacking,
    }
    assert (error.detail["count"], error.detail["waiting"]) == (2, 0)
    assert error.detail["agencies"] == ("示範機關乙（鄉公所）", "示範學校丙")
    assert states(mli) == ["reviewed"]
    assert not mli.rows("SELECT 1 FROM budget.fiscal_year WHERE fiscal_year = :year", year=NEXT)
    with pytest.raises(GapReasonLong), mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason="長" * 501)
    with mli.uow() as uow:
        made = compile_bill(uow, fiscal_year=NEXT, gap_reason=f" {ALONE} ")
    assert [one.agency_code for one in made.missing] == list(OTHERS)
    assert (made.bill_expenditure_ntd, made.bill_difference_ntd) == (690_000, -690_000)
    kept = told(mli, "budget.bill.compile")
    assert (kept["gap_reason"], kept["missing"]) == (ALONE, list(OTHERS))


def test_estimates_on_the_way_are_named_and_may_come_later(mli: CountyUnderTest) -> None:
    given_reviewed(mli)
    later = given_estimate(mli, agency_code=OTHERS[0])
    with mli.uow(read_only=True) as uow:
        outlook = find_outlook(uow, NEXT)
    assert [one.agency_code for one in outlook.waiting] == [OTHERS[0]]
    assert [one.agency_code for one in outlook.missing] == [OTHERS[1]]
    with mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    plan = WantedLine(side="expenditure", code="3201020109", name="新增", items=(SUPPLIES,))
    with mli.uow() as uow:
        write_estimate(uow, estimate_id=later, wanted=plan)
    submit(mli, later)
    review(mli, later)
    with pytest.raises(BillIncomplete) as refusal, mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號")
    assert refusal.value.detail["waiting"] == 1, "what is reviewed is not in the bill yet"
    with mli.uow() as uow:
        made = compile_bill(uow, fiscal_year=NEXT, gap_reason="學校另案")
    assert (made.expenditure_ntd, made.bill_expenditure_ntd) == (90_000, 780_000)


def test_a_ceiling_makes_an_agency_one_of_the_bill(mli: CountyUnderTest) -> None:
    """Nobody had a budget in the year before it: only the ceiling tells."""
    given_allotted(mli)
    with mli.uow() as uow:
        set_ceilings(uow, fiscal_year=NEXT + 1, wanted=[Ceiling(agency_code=AGENCY, ceiling_ntd=5)])
    with mli.uow(read_only=True) as uow:
        outlook = find_outlook(uow, NEXT + 1)
    assert [(one.agency_code, one.ceiling_ntd) for one in outlook.missing] == [(AGENCY, 5)]
    assert outlook.missing[0].agency_name == "示範機關甲（縣政府）"


def given_the_only_agency(county: CountyUnderTest, *lines: WantedLine) -> None:
    """Make a county of one agency, whose estimate of next year is reviewed."""
    whole = small_budget()
    own = tuple(line for line in whole.lines if line.agency_code == AGENCY)
    keep(county, msgspec.structs.replace(whole, lines=own))
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")
    estimate_id = given_estimate(county)
    for line in lines:
        with county.uow() as uow:
            write_estimate(uow, estimate_id=estimate_id, wanted=line)
    submit(county, estimate_id)
    review(county, estimate_id)


def test_a_bill_without_revenue_is_no_whole_bill(mli: CountyUnderTest) -> None:
    given_the_only_agency(mli, PLAN)
    with pytest.raises(BillWithoutRevenue) as refusal, mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT)
    assert refusal.value.arithmetic == {
        "revenue_ntd": 0,
        "expenditure_ntd": 90_000,
        "difference_ntd": -90_000,
    }
    with mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason="歲入另案編列")


def test_a_whole_bill_needs_no_reason(mli: CountyUnderTest) -> None:
    given_the_only_agency(mli, PLAN, FEE)
    with mli.uow() as uow:
        made = compile_bill(uow, fiscal_year=NEXT, gap_reason="無須理由")
    assert (made.gap_reason, made.bill_difference_ntd) == ("", 910_000)
    with mli.uow(ENACTOR) as uow:
        assert enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號").state == "enacted"


def test_enactment_asks_again_of_what_was_compiled(mli: CountyUnderTest) -> None:
    given_reviewed(mli)
    with mli.uow() as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    with pytest.raises(BillIncomplete), mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號")
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號", gap_reason="議會先行審議")
    kept = told(mli, "budget.year.enact")
    assert (kept["gap_reason"], kept["agencies_missing"]) == ("議會先行審議", 2)


def test_an_imported_book_is_asked_for_agencies_not_for_revenue(mli: CountyUnderTest) -> None:
    whole = small_budget()
    keep(mli, whole)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="議字第 1 號")
    own = tuple(line for line in whole.lines if line.agency_code == AGENCY)
    keep(mli, msgspec.structs.replace(whole, fiscal_year=NEXT, lines=own))
    with pytest.raises(BillIncomplete) as refusal, mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 2 號")
    assert refusal.value.detail["count"] == len(OTHERS)


def test_the_page_lists_who_is_missing_and_asks_why(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_reviewed(mli)
    bill = f"/mli/budget/bills/{NEXT}"
    opened = bas.get(bill).text
    assert "示範學校丙" in opened
    assert 'name="gap_reason"' in opened
    assert 'name="confirmation"' not in opened, "first the reason"
    assert 'id="gap_reason-error"' in bas.get(f"{bill}?gap_reason=").text
    asked = bas.get(f"{bill}?gap_reason={ALONE}").text
    assert 'name="confirmation"' in asked
    refused = bas.form(bill, {"confirmation": "1"})
    assert refused.status_code == 409
    assert "2 個機關" in refused.text
    assert bas.form(bill, {"confirmation": "1", "gap_reason": ALONE}).status_code == 303
    assert ALONE in bas.get(f"/mli/budget/years/{NEXT}").text, "the history says why"
    enactment = f"/mli/budget/years/{NEXT}/enactment"
    first = bas2.get(enactment).text
    assert "示範學校丙" in first
    assert f'value="{ALONE}"' in first, "what was told at compiling stands there"
    second = bas2.get(f"{enactment}?act_no=議字第1號&gap_reason={ALONE}").text
    assert "−690,000" in second
    rows = mli.rows("SELECT 1 FROM budget.control_row WHERE fiscal_year = :y", y=NEXT)
    sent = {"act_no": "議字第1號", "confirmation": str(len(rows))}
    assert bas2.form(enactment, sent).status_code == 409
    assert bas2.form(enactment, {**sent, "gap_reason": ALONE}).status_code == 303


def test_programs_read_who_is_missing_and_say_why(
    mli: CountyUnderTest, bas: Browser, bas2: Browser
) -> None:
    given_reviewed(mli)
    api = f"/mli/api/v1/budget/bills/{NEXT}"
    outlook = bas.get(api).json()
    assert [one["agency_code"] for one in outlook["missing"]] == list(OTHERS)
    assert (outlook["expenditure_ntd"], outlook["difference_ntd"]) == (690_000, -690_000)
    refused = bas.json(api, b"{}")
    assert refused.status_code == 409
    assert refused.json()["arithmetic"]["difference_ntd"] == -690_000
    made = bas.json(api, json.dumps({"gap_reason": ALONE}).encode()).json()
    assert made["gap_reason"] == ALONE
    enactment = f"/mli/api/v1/budget/years/{NEXT}/enactment"
    assert bas2.json(enactment, json.dumps({"act_no": "1"}).encode()).status_code == 409
    sent = json.dumps({"act_no": "1", "gap_reason": ALONE}).encode()
    assert bas2.json(enactment, sent).status_code == 200
