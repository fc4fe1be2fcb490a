"""A budget year: bill, enacted, allotted; each once, each whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plugins.budget.given import (
    ENACTOR,
    LINE,
    RESERVE_NTD,
    SUPPLIES_NTD,
    TOTAL_NTD,
    YEAR,
    counters,
    rows_of,
)
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.year import ActNumberMissing, YearNotFound, YearState
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.queries.years import find_year, preview_allotment
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.identity.actor import Forbidden
from zhuji_core.testing.counties import CountyUnderTest, given_actor


def enact(county: CountyUnderTest, act_no: str = "議字第 1 號") -> None:
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no=act_no)


def allot(county: CountyUnderTest) -> None:
    with county.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)


def state(county: CountyUnderTest) -> str:
    found: str = county.rows("SELECT state FROM budget.fiscal_year")[0][0]
    return found


def test_enactment_freezes_the_baseline(bill: CountyUnderTest) -> None:
    enact(bill)
    assert state(bill) == "enacted"
    unequal = "SELECT count(*) FROM budget.control_row WHERE enacted_ntd <> bill_ntd"
    assert bill.rows(unequal)[0][0] == 0
    moved = bill.rows("SELECT sum(amount_ntd) FROM budget.budget_movement WHERE kind = 'enact'")
    assert moved[0][0] == TOTAL_NTD


def test_allotment_gives_every_dollar_to_a_month(bill: CountyUnderTest) -> None:
    enact(bill)
    allot(bill)
    assert state(bill) == "allotted"
    row = rows_of(bill, line_code=LINE)[1]
    assert counters(bill, row) == (SUPPLIES_NTD, SUPPLIES_NTD, 0)
    months = bill.rows(
        "SELECT allotment_ntd FROM budget.control_row WHERE control_row_id = :row", row=row
    )[0][0]
    assert months == [1_082_304] * 11 + [1_082_306]
    with bill.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert found.passed
    assert found.checked == bill.rows("SELECT count(*) FROM budget.control_row")[0][0]


def test_the_preview_says_what_the_allotment_will_do(bill: CountyUnderTest) -> None:
    enact(bill)
    with bill.uow(read_only=True) as uow:
        preview = preview_allotment(uow, YEAR)
    effects = preview.effects
    allot(bill)
    written = bill.rows(
        "SELECT object_code, account, count(*) AS control_rows, sum(allotment_ntd[1]) AS month,"
        " sum(allotment_ntd[12]) AS december FROM budget.control_row"
        " WHERE reserve = '' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert [
        (one.object_code, one.account, one.control_rows, one.month_ntd, one.december_ntd)
        for one in effects
    ] == [(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in written]
    assert preview.reserved_ntd == RESERVE_NTD
    assert [
        row.allotment_ntd
        for row in bill.rows("SELECT allotment_ntd FROM budget.control_row WHERE reserve <> ''")
    ] == [[0] * 12]


def test_the_page_of_a_year_has_its_history(bill: CountyUnderTest) -> None:
    enact(bill)
    with bill.uow(read_only=True) as uow:
        page = find_year(uow, YEAR)
    assert page.year.act_no == "議字第 1 號"
    assert (page.year.lines, page.year.agencies) == (10, 3)
    assert [entry.action for entry in page.history] == ["budget.book.import", "budget.year.enact"]


@pytest.mark.parametrize("act_no", ["", "　 "])
def test_enactment_needs_the_number_of_the_act(bill: CountyUnderTest, act_no: str) -> None:
    with pytest.raises(ActNumberMissing):
        enact(bill, act_no)
    assert state(bill) == "bill"


def test_a_year_is_enacted_once(bill: CountyUnderTest) -> None:
    enact(bill)
    with pytest.raises(YearState):
        enact(bill, "議字第 2 號")
    assert bill.rows("SELECT act_no FROM budget.fiscal_year")[0][0] == "議字第 1 號"


def test_a_bill_is_not_allotted(bill: CountyUnderTest) -> None:
    with pytest.raises(YearState):
        allot(bill)
    assert not bill.rows("SELECT 1 FROM budget.budget_movement")


def test_a_year_is_allotted_once(allotted: CountyUnderTest) -> None:
    before = allotted.rows("SELECT count(*) FROM budget.budget_movement")
    with pytest.raises(YearState):
        allot(allotted)
    assert allotted.rows("SELECT count(*) FROM budget.budget_movement") == before


@pytest.mark.parametrize(
    "act",
    [
        lambda uow: enact_year(uow, fiscal_year=99, act_no="1"),
        lambda uow: given_equal(uow, fiscal_year=99),
        lambda uow: find_year(uow, 99),
    ],
)
def test_an_unknown_year_is_refused(bill: CountyUnderTest, act: Callable[..., Any]) -> None:
    with pytest.raises(YearNotFound), bill.uow() as uow:
        act(uow)


@pytest.mark.parametrize(
    "act",
    [
        lambda uow: enact_year(uow, fiscal_year=YEAR, act_no="1"),
        lambda uow: given_equal(uow, fiscal_year=YEAR),
        lambda uow: preview_allotment(uow, YEAR),
    ],
)
def test_only_the_budget_office_may(bill: CountyUnderTest, act: Callable[..., Any]) -> None:
    reader = given_actor(permissions={"budget.line.read": ("*",)})
    with pytest.raises(Forbidden), bill.uow(reader) as uow:
        act(uow)
    assert state(bill) == "bill"
