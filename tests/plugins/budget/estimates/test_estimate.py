"""An agency keys its estimate: arithmetic, faults by cell, stale forms, last year, submission."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import (
    NEXT,
    SUPPLIES,
    VEHICLE,
    amounts,
    complete,
    given_estimate,
    line_id,
    send,
    write,
)
from tests.plugins.budget.given import AGENCY, LINE, YEAR, given_allotted
from zhuji_budget import demo
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.domain.estimate import (
    EstimateEmpty,
    EstimateExists,
    EstimateLineCode,
    EstimateLineTwice,
    EstimateStale,
    EstimateState,
    EstimateYearEnacted,
    ItemsInvalid,
    OverCeiling,
    amount_of,
    counted,
)
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.queries.estimates import list_estimates
from zhuji_budget.usecases.copy_last_year import NothingLastYear, copy_last_year
from zhuji_budget.usecases.open_estimate import AgencyUnknown, open_estimate
from zhuji_budget.usecases.remove_estimate_line import remove_estimate_line
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork


@pytest.mark.parametrize(
    ("quantity", "price_ntd", "amount_ntd"),
    [
        ("10×9", 1_000, 90_000),
        ("１０ｘ９", 1_000, 90_000),
        ("1.5", 40_000, 60_000),
        ("3*2*2", 7, 84),
        ("1,200", 5, 6_000),
    ],
)
def test_quantities_are_read_as_books_print_them(
    quantity: str, price_ntd: int, amount_ntd: int
) -> None:
    count = counted(quantity)
    assert count is not None
    assert amount_of(count, price_ntd) == amount_ntd


@pytest.mark.parametrize("quantity", ["", "ten", "-1", "1×", "1.23456", "1×1×1×1×1", "1e9"])
def test_what_is_no_quantity_is_none(quantity: str) -> None:
    assert counted(quantity) is None


def test_part_of_a_dollar_is_no_amount() -> None:
    count = counted("0.5")
    assert count is not None
    assert amount_of(count, 3) is None
    assert amount_of(count, 0) is None


def test_an_estimate_begins_with_last_years_plans(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    lines = mli.rows("SELECT code, last_year_ntd FROM budget.estimate_line ORDER BY code")
    assert (LINE, 62_844_050) in [tuple(line) for line in lines]
    assert not amounts(mli, estimate_id)
    with pytest.raises(EstimateExists):
        given_estimate(mli)


def test_taichungs_agencies_begin_too(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        demo.seed_year(uow)
    found = txg.rows(
        "SELECT agency_code, count(*) AS lines, sum(bill_ntd)::bigint AS bill_ntd"
        " FROM budget.budget_line GROUP BY agency_code ORDER BY lines DESC LIMIT 1"
    )[0]
    estimate_id = given_estimate(txg, agency_code=found.agency_code)
    with txg.uow() as uow:
        copied = copy_last_year(uow, estimate_id=estimate_id)
    assert len(copied.lines) == found.lines
    split_ntd = txg.rows(
        "SELECT sum(bill_ntd)::bigint AS ntd FROM budget.control_row"
        " WHERE agency_code = :code AND object_code <> ''",
        code=found.agency_code,
    )[0].ntd
    assert copied.expenditure_ntd == split_ntd > 0
    complete(txg, estimate_id)
    with txg.uow() as uow:
        assert submit_estimate(uow, estimate_id=estimate_id).state == "submitted"


def test_unit_times_quantity_times_price(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES, VEHICLE)
    assert amounts(mli, estimate_id) == [
        (LINE, "0271", "current", 90_000),
        (LINE, "0305", "capital", 600_000),
    ]


def test_every_wrong_cell_is_named_and_nothing_is_kept(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES)
    with pytest.raises(ItemsInvalid) as refusal:
        write(
            mli,
            estimate_id,
            SUPPLIES,
            WantedItem(object_code="9999", price_ntd=1),
            WantedItem(object_code="0271", quantity="一打", price_ntd=1),
            WantedItem(object_code="0271", quantity="0.5", price_ntd=3),
            WantedItem(object_code="0305", account="current", price_ntd=3),
            WantedItem(object_code="0103", account="capital", price_ntd=3),
            WantedItem(object_code="", price_ntd=-1),
        )
    assert set(refusal.value.fields) == {
        "items-1-object",
        "items-2-quantity",
        "items-3-price",
        "items-4-account",
        "items-5-account",
        "items-6-object",
        "items-6-price",
    }
    assert amounts(mli, estimate_id) == [(LINE, "0271", "current", 90_000)]


def test_a_form_opened_before_anothers_save_is_refused(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES)
    old = WantedLine(side="expenditure", code=LINE, name="", revision=1, items=())
    with pytest.raises(EstimateStale), mli.uow() as uow:
        write_estimate(
            uow, estimate_id=estimate_id, wanted=old, estimate_line_id=line_id(mli, estimate_id)
        )
    assert len(amounts(mli, estimate_id)) == 1


def test_a_new_plan_is_added_once_and_can_be_removed(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    new = WantedLine(side="expenditure", code="3201010199", name="資訊管理", items=(SUPPLIES,))
    with mli.uow() as uow:
        line = write_estimate(uow, estimate_id=estimate_id, wanted=new)
    with pytest.raises(EstimateLineTwice), mli.uow() as uow:
        write_estimate(uow, estimate_id=estimate_id, wanted=new)
    wrong = WantedLine(side="expenditure", code="32-01", name="資訊管理")
    with pytest.raises(EstimateLineCode), mli.uow() as uow:
        write_estimate(uow, estimate_id=estimate_id, wanted=wrong)
    with mli.uow() as uow:
        remove_estimate_line(uow, estimate_id=estimate_id, estimate_line_id=line.estimate_line_id)
    assert not amounts(mli, estimate_id)


def test_last_year_is_taken_over_by_object_where_nothing_was_keyed(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES)
    with mli.uow() as uow:
        copy_last_year(uow, estimate_id=estimate_id)
    kept = amounts(mli, estimate_id)
    assert [row for row in kept if row[0] == LINE] == [(LINE, "0271", "current", 90_000)]
    assert ("3201010102", "02", "current", 2_315_208) in kept
    with pytest.raises(NothingLastYear), mli.uow() as uow:
        copy_last_year(uow, estimate_id=estimate_id)


def test_an_estimate_above_its_ceiling_is_not_submitted(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    with pytest.raises(EstimateEmpty), mli.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    write(mli, estimate_id, SUPPLIES)
    mli.execute(
        "INSERT INTO budget.estimate_ceiling VALUES (:year, :agency, 89999, gen_random_uuid())",
        year=NEXT,
        agency=AGENCY,
    )
    with pytest.raises(OverCeiling) as refusal, mli.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    assert refusal.value.arithmetic == {
        "estimated_ntd": 90_000,
        "ceiling_ntd": 89_999,
        "over_ntd": 1,
    }
    assert mli.rows("SELECT state FROM budget.estimate")[0].state == "draft"
    mli.execute("UPDATE budget.estimate_ceiling SET ceiling_ntd = 90000")
    with mli.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    with pytest.raises(EstimateState):
        write(mli, estimate_id, SUPPLIES)
    assert mli.rows("SELECT count(*) AS n FROM budget.estimate_version")[0].n == 1


def test_who_has_no_right_in_the_agency_neither_opens_nor_reads(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    estimate_id = given_estimate(mli)
    other = given_actor(
        permissions={"budget.estimate.write": ("A1",), "budget.estimate.read": ("A1",)}
    )
    with pytest.raises(Forbidden), mli.uow(other) as uow:
        open_estimate(uow, fiscal_year=NEXT, agency_code=AGENCY)
    with pytest.raises(Forbidden), mli.uow(other) as uow:
        copy_last_year(uow, estimate_id=estimate_id)
    with mli.uow(other, read_only=True) as uow:
        assert not list_estimates(uow, NEXT)
    with pytest.raises(AgencyUnknown), mli.uow() as uow:
        open_estimate(uow, fiscal_year=NEXT, agency_code="404")


ENACTED = WantedLine(side="expenditure", code=LINE, name="行政管理", items=(SUPPLIES,))


def test_nobody_opens_or_keys_an_estimate_of_an_enacted_year(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    with pytest.raises(EstimateYearEnacted) as refusal, mli.uow() as uow:
        open_estimate(uow, fiscal_year=YEAR, agency_code=AGENCY)
    assert refusal.value.detail == {"fiscal_year": YEAR, "act_no": "府主一字第 1 號"}
    with pytest.raises(EstimateYearEnacted), mli.uow() as uow:
        set_ceilings(uow, fiscal_year=YEAR, wanted=[Ceiling(agency_code=AGENCY, ceiling_ntd=5)])
    estimate_id = given_estimate(mli)
    write(mli, estimate_id, SUPPLIES)
    own = line_id(mli, estimate_id)
    mli.execute("UPDATE budget.estimate SET fiscal_year = :year", year=YEAR)
    acts: list[Callable[[UnitOfWork], object]] = [
        lambda uow: write_estimate(uow, estimate_id=estimate_id, wanted=ENACTED),
        lambda uow: write_estimate(
            uow, estimate_id=estimate_id, wanted=ENACTED, estimate_line_id=own
        ),
        lambda uow: remove_estimate_line(uow, estimate_id=estimate_id, estimate_line_id=own),
        lambda uow: copy_last_year(uow, estimate_id=estimate_id),
        lambda uow: submit_estimate(uow, estimate_id=estimate_id),
    ]
    for act in acts:
        with pytest.raises(EstimateYearEnacted), mli.uow() as uow:
            act(uow)
    mli.execute("UPDATE budget.estimate SET state = 'submitted'")
    with pytest.raises(EstimateYearEnacted), mli.uow(given_actor(2)) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=())
    assert amounts(mli, estimate_id) == [(LINE, "0271", "current", 90_000)]


def test_the_page_and_programs_are_told_which_year_is_law(
    mli: CountyUnderTest, bas: Browser
) -> None:
    given_allotted(mli)
    page = send(bas, "/mli/budget/estimates", year=str(YEAR), agency_code=AGENCY)
    assert page.status_code == 409
    assert "105 年度總預算已成立（府主一字第 1 號）" in page.text
    body = json.dumps({"fiscal_year": YEAR, "agency_code": AGENCY}).encode()
    answer = bas.json("/mli/api/v1/budget/estimates", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "E-ESTIMATE-YEAR")
    assert not mli.rows("SELECT 1 FROM budget.estimate")
