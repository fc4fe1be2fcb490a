"""What is earmarked is spent no further than it comes in; a ceiling holds until the bill."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import NEXT, SUPPLIES
from tests.plugins.budget.estimates.test_bill_gaps import FEE, PLAN, given_the_only_agency
from tests.plugins.budget.estimates.test_review import ALONE, REVIEWER
from tests.plugins.budget.given import AGENCY, ENACTOR
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.estimate_items import WantedItem
from zhuji_budget.domain.fund_sources import BillSourcesUneven, balances, source_of
from zhuji_budget.domain.review import ReviewOverCeiling
from zhuji_budget.queries.bill import find_outlook
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_core.testing.counties import CountyUnderTest

SUBSIDISED = msgspec.structs.replace(SUPPLIES, fund_source="中央補助款")  # 90,000


def reviewed(county: CountyUnderTest, *, subsidy_ntd: int) -> None:
    """Review the only agency's estimate: it spends a subsidy of which ``subsidy_ntd`` comes in."""
    own = msgspec.structs.replace(SUPPLIES, fund_source="縣款")
    plan = msgspec.structs.replace(PLAN, items=(SUBSIDISED, own))
    grant = WantedItem(
        price_ntd=subsidy_ntd, unit="年", explanation="計畫型補助", fund_source="中央 補助款"
    )
    given_the_only_agency(county, plan, msgspec.structs.replace(FEE, items=(grant,)))


def test_words_for_one_source_are_one_and_own_money_is_none() -> None:
    told = balances(
        [("中央補助款", 5, 0), ("中央　補助款", 0, 7), ("縣（市）款", 0, 9), ("", 1, 1)]
    )
    assert [(one.name, one.revenue_ntd, one.over_ntd) for one in told] == [("中央補助款", 5, 2)]
    assert source_of("自籌") == ""


def test_a_bill_that_spends_more_of_a_source_says_why(mli: CountyUnderTest, bas: Browser) -> None:
    reviewed(mli, subsidy_ntd=80_000)
    with pytest.raises(BillSourcesUneven) as refused, mli.uow(REVIEWER) as uow:
        compile_bill(uow, fiscal_year=NEXT)
    assert refused.value.arithmetic == {
        "expenditure_ntd": 90_000,
        "revenue_ntd": 80_000,
        "over_ntd": 10_000,
    }
    assert "中央補助款" in refused.value.text(str)
    assert not mli.rows("SELECT 1 FROM budget.fiscal_year WHERE fiscal_year = :year", year=NEXT)
    page = bas.get(f"/mli/budget/bills/{NEXT}").text
    assert "指定財源之歲出大於歲入" in page
    assert "10,000" in page.partition('id="sources"')[2].partition("</table>")[0]
    api = f"/mli/api/v1/budget/bills/{NEXT}"
    (told,) = bas.get(api).json()["sources"]
    assert told == {"name": "中央補助款", "revenue_ntd": 80_000, "expenditure_ntd": 90_000}
    answer = bas.json(api, b"{}")
    assert (answer.status_code, answer.json()["code"]) == (409, "E-BILL-SOURCES")
    assert bas.json(api, json.dumps({"gap_reason": "餘由自籌支應"}).encode()).status_code == 200
    with pytest.raises(BillSourcesUneven), mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號")


def test_a_source_that_is_covered_needs_no_word(mli: CountyUnderTest) -> None:
    reviewed(mli, subsidy_ntd=90_000)
    with mli.uow(read_only=True) as uow:
        assert find_outlook(uow, NEXT).is_whole
    with mli.uow(REVIEWER) as uow:
        assert compile_bill(uow, fiscal_year=NEXT).gap_reason == ""


def test_a_ceiling_that_was_lowered_after_the_review_holds(mli: CountyUnderTest) -> None:
    reviewed(mli, subsidy_ntd=90_000)
    with mli.uow() as uow:
        set_ceilings(
            uow, fiscal_year=NEXT, wanted=[Ceiling(agency_code=AGENCY, ceiling_ntd=179_999)]
        )
    with pytest.raises(ReviewOverCeiling) as refused, mli.uow(REVIEWER) as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    assert refused.value.arithmetic["over_ntd"] == 1
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "reviewed"
