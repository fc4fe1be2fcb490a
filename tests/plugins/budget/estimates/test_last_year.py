"""Last year is taken over as it was passed: what was struck out by review or council stays out."""

from __future__ import annotations

import uuid

import pytest

from tests.core.site import Browser
from tests.plugins.budget.estimates.given import (
    NEXT,
    SUPPLIES,
    VEHICLE,
    amounts,
    given_estimate,
    write,
)
from tests.plugins.budget.estimates.test_review import ALONE, REVIEWER, submit
from tests.plugins.budget.given import (
    AGENCY,
    ENACTOR,
    LINE,
    given_allotted,
    keep,
    rows_of,
    small_budget,
)
from zhuji_budget.domain.council import CouncilChange, CouncilRevenue
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine
from zhuji_budget.domain.review import Cut
from zhuji_budget.queries.passed import find_struck
from zhuji_budget.store import estimates
from zhuji_budget.usecases.compile_bill import compile_bill
from zhuji_budget.usecases.copy_last_year import copy_last_year
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_budget.usecases.review_estimate import review_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.testing.counties import CountyUnderTest

PRINTING = WantedItem(
    object_code="0279", unit="年", quantity="2", price_ntd=250_000, explanation="印刷"
)
STUDY = WantedItem(
    object_code="0279", unit="式", quantity="1", price_ntd=70_000, explanation="考察"
)
FEES = WantedItem(object_code="", unit="年", quantity="1", price_ntd=4_000, explanation="規費")
STRUCK_LINE = "3299999999"


def written(county: CountyUnderTest) -> uuid.UUID:
    """An estimate of the year after with a line of each kind, submitted."""
    given_allotted(county)
    estimate_id = given_estimate(county)
    write(county, estimate_id, SUPPLIES, VEHICLE, PRINTING, STUDY)
    fees = WantedLine(
        side="revenue", code="0401", name="規費收入", legal_basis="規費法", items=(FEES,)
    )
    new = WantedLine(side="expenditure", code=STRUCK_LINE, name="新興計畫", items=(STUDY,))
    for wanted in (fees, new):
        with county.uow() as uow:
            write_estimate(uow, estimate_id=estimate_id, wanted=wanted)
    submit(county, estimate_id)
    return estimate_id


def passed(county: CountyUnderTest) -> None:
    """The review cuts two items, the council a row, a whole line, and raises revenue."""
    estimate_id = written(county)
    items = {
        row.explanation: row.item_id
        for row in county.rows(
            "SELECT i.explanation, i.item_id FROM budget.estimate_item AS i"
            " JOIN budget.estimate_line AS l USING (estimate_line_id) WHERE l.code = :code",
            code=LINE,
        )
    }
    cuts = [
        Cut(item_id=items["公務車汰換"], cut_ntd=600_000, comment="車齡未達汰換年限"),
        Cut(item_id=items["文具"], cut_ntd=45_000, comment="撙節"),
    ]
    with county.uow(REVIEWER) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=cuts)
    with county.uow(REVIEWER) as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    (row,) = rows_of_year(county, LINE)
    (gone,) = rows_of_year(county, STRUCK_LINE)
    (fees,) = county.rows("SELECT revenue_row_id FROM budget.revenue_row")
    with county.uow(REVIEWER) as uow:
        record_council(
            uow,
            fiscal_year=NEXT,
            changes=[
                CouncilChange(control_row_id=row, cut_ntd=100_000, condition="印刷應以電子化為先"),
                CouncilChange(control_row_id=gone, cut_ntd=70_000, condition="緩議"),
            ],
        )
    with county.uow(REVIEWER) as uow:
        record_council_revenue(
            uow,
            fiscal_year=NEXT,
            changes=[CouncilRevenue(revenue_row_id=fees.revenue_row_id, change_ntd=1_000)],
        )
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號", gap_reason=ALONE)


def rows_of_year(county: CountyUnderTest, code: str) -> list[uuid.UUID]:
    return [
        row.control_row_id
        for row in county.rows(
            "SELECT control_row_id FROM budget.control_row"
            " WHERE fiscal_year = :year AND line_code = :code",
            year=NEXT,
            code=code,
        )
    ]


def opened(county: CountyUnderTest) -> uuid.UUID:
    with county.uow() as uow:
        return open_estimate(uow, fiscal_year=NEXT + 1, agency_code=AGENCY).estimate_id


def test_what_was_struck_out_does_not_come_back(mli: CountyUnderTest) -> None:
    passed(mli)
    estimate_id = opened(mli)
    with mli.uow() as uow:
        copied = copy_last_year(uow, estimate_id=estimate_id)
    kept = amounts(mli, estimate_id)
    assert kept == [
        ("0401", "", "current", 4_000),
        ("0401", "", "current", 1_000),
        (LINE, "0271", "current", 45_000),
        (LINE, "0279", "current", 400_000),
        (LINE, "0279", "current", 70_000),
    ]
    own = {line.code: line for line in copied.lines}
    assert STRUCK_LINE not in own, "a plan that was struck out is no line"
    assert [(item.quantity, item.price_ntd) for item in own[LINE].items] == [
        ("10×9", 500),
        ("2", 200_000),
        ("1", 70_000),
    ]
    assert own[LINE].last_year_ntd == 515_000
    enacted = mli.rows(
        "SELECT sum(enacted_ntd)::bigint AS ntd FROM budget.control_row WHERE fiscal_year = :year",
        year=NEXT,
    )
    assert copied.expenditure_ntd == enacted[0].ntd == 515_000


def test_what_was_struck_out_is_told_with_its_words(mli: CountyUnderTest, bas: Browser) -> None:
    passed(mli)
    estimate_id = opened(mli)
    with mli.uow(read_only=True) as uow:
        struck = find_struck(uow, estimates.read(uow, [estimate_id])[0])
    told = [
        (one.place.line_code, one.place.object_code, one.struck_ntd, one.reasons) for one in struck
    ]
    assert told == [
        (LINE, "02", 145_000, ("撙節", "印刷應以電子化為先")),
        (LINE, "03", 600_000, ("車齡未達汰換年限",)),
        (STRUCK_LINE, "02", 70_000, ("緩議",)),
    ]
    page = bas.get(f"/mli/budget/estimates/{estimate_id}").text
    table = page.partition('id="struck"')[2].partition("</table>")[0]
    for text in ("車齡未達汰換年限", "緩議", "815,000"):
        assert text in table
    items = bas.get(f"/mli/api/v1/budget/estimates/{estimate_id}/last-year").json()
    assert [one["passed_ntd"] for one in items] == [515_000, 0, 0]
    copied = bas.json(f"/mli/api/v1/budget/estimates/{estimate_id}/last-year", b"{}")
    assert copied.status_code == 200
    history = bas.get(f"/mli/budget/estimates/{estimate_id}").text
    assert "帶入上年度" in history


def test_a_book_s_year_comes_as_the_council_left_it(mli: CountyUnderTest) -> None:
    keep(mli, small_budget())
    first, second = rows_of(mli, line_code=LINE)[:2]
    with mli.uow() as uow:
        record_council(
            uow, fiscal_year=105, changes=[CouncilChange(control_row_id=second, cut_ntd=87_650)]
        )
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=105, act_no="議字第 1 號")
    # What was drawn on reserves or moved by virement is within the year: nobody's base.
    mli.execute(
        "UPDATE budget.control_row SET changes_ntd = 5 WHERE control_row_id = :row", row=first
    )
    estimate_id = given_estimate(mli)
    with mli.uow() as uow:
        copy_last_year(uow, estimate_id=estimate_id)
    enacted = mli.rows(
        "SELECT object_code, enacted_ntd FROM budget.control_row WHERE line_code = :code"
        " ORDER BY object_code",
        code=LINE,
    )
    kept = [(row[1], row[3]) for row in amounts(mli, estimate_id) if row[0] == LINE]
    assert kept == [tuple(row) for row in enacted]
    assert ("02", 12_900_000) in kept


def test_last_year_s_own_estimate_comes_over_with_its_words(mli: CountyUnderTest) -> None:
    estimate_id = written(mli)
    with mli.uow(REVIEWER) as uow:
        review_estimate(uow, estimate_id=estimate_id, cuts=())
    with mli.uow(REVIEWER) as uow:
        compile_bill(uow, fiscal_year=NEXT, gap_reason=ALONE)
    with mli.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=NEXT, act_no="議字第 1 號", gap_reason=ALONE)
    after = opened(mli)
    with mli.uow() as uow:
        copy_last_year(uow, estimate_id=after)
    submit(mli, after)
    assert mli.rows("SELECT 1 FROM budget.estimate WHERE state = 'submitted'")
    with mli.uow(read_only=True) as uow:
        assert not find_struck(uow, estimates.read(uow, [after])[0])


@pytest.mark.parametrize("state", ["reviewed", "submitted"])
def test_a_year_without_a_bill_comes_as_it_was_reviewed(mli: CountyUnderTest, state: str) -> None:
    """Two years ahead: nothing was passed yet, and what the review cut stays out all the same."""
    estimate_id = written(mli)
    (item,) = mli.rows("SELECT item_id FROM budget.estimate_item WHERE explanation = '公務車汰換'")
    if state == "reviewed":
        cut = Cut(item_id=item.item_id, cut_ntd=600_000, comment="緩辦")
        with mli.uow(REVIEWER) as uow:
            review_estimate(uow, estimate_id=estimate_id, cuts=[cut])
    after = opened(mli)
    with mli.uow() as uow:
        copied = copy_last_year(uow, estimate_id=after)
    capital = [row for row in amounts(mli, after) if row[2] == "capital"]
    assert bool(capital) is (state == "submitted")
    assert copied.lines
