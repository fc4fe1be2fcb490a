"""What is put on the desks before a run: enough that waits, and what a scenario is about."""

from __future__ import annotations

import uuid

from loadtests import desk
from loadtests.data.copying import Size, fill
from tests.plugins.budget.given_equal import given_equal
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.testing.counties import CountyUnderTest

SMALL = Size(fiscal_year=105, agencies=3, requests=0)
SHORT = "SELECT count(*) AS short FROM accounting.request_line WHERE amount_ntd = :much"


def allotted(county: CountyUnderTest) -> None:
    fill(county.uow, SMALL, with_requests=True, told=lambda _done, _of: None)
    with county.uow() as uow:
        enact_year(uow, fiscal_year=105, act_no="示範")
        given_equal(uow, fiscal_year=105)


def test_desks_are_filled_up_each_time_with_other_requests(txg: CountyUnderTest) -> None:
    allotted(txg)
    assert desk.top_up(txg.uow, SMALL, wanted=30, short=0.0) == 30
    assert desk.top_up(txg.uow, SMALL, wanted=20, short=0.0) == 30, "there is enough"
    assert desk.top_up(txg.uow, SMALL, wanted=60, short=1.0) == 60
    assert txg.rows(SHORT, much=desk.TOO_MUCH_NTD)[0].short == 30


def test_what_is_compared_has_money_however_often(txg: CountyUnderTest) -> None:
    allotted(txg)
    ids = {one for _ in range(2) for one in desk.spread(txg.uow, SMALL, count=20)}
    ids |= set(desk.on_one_line(txg.uow, SMALL, count=5))
    assert len(ids) == 45
    with txg.uow() as uow:
        outcomes = certify_requests(uow, request_ids=[uuid.UUID(one) for one in ids])
    assert [one.refusal for one in outcomes if one.refusal is not None] == []


def test_fifty_rush_for_the_money_of_twenty(txg: CountyUnderTest) -> None:
    allotted(txg)
    ids = desk.rush(txg.uow, SMALL)
    assert len(set(ids)) == desk.RUSHED
    with txg.uow() as uow:
        outcomes = certify_requests(uow, request_ids=[uuid.UUID(one) for one in ids])
    granted = [one for one in outcomes if one.certification is not None]
    assert len(granted) == desk.FUNDED


def test_payroll_has_three_lines_of_which_one_is_of_all(txg: CountyUnderTest) -> None:
    allotted(txg)
    ids = desk.payroll(txg.uow, SMALL, count=4)
    lines = txg.rows(
        "SELECT control_row_id, count(*) AS lines FROM accounting.request_line"
        " WHERE request_id = ANY(CAST(:ids AS uuid[])) GROUP BY 1 ORDER BY 2 DESC",
        ids=list(ids),
    )
    assert sum(one.lines for one in lines) == 12
    assert lines[0].lines == 4


def test_what_is_certified_and_claimed_by_nobody_is_held(txg: CountyUnderTest) -> None:
    allotted(txg)
    one, *_ = desk.on_one_line(txg.uow, SMALL, count=3)
    assert desk.held(txg.uow, SMALL, count=10) == ()
    with txg.uow() as uow:
        certify_requests(uow, request_ids=[uuid.UUID(one)])
    assert desk.held(txg.uow, SMALL, count=10) == (one,)
