"""The made-up city: repeatable from its seed, taken up after a break, good for the product."""

from __future__ import annotations

import pytest

from loadtests.data import booking
from loadtests.data.booking import Effort
from loadtests.data.city import ROWS_PER_AGENCY, agency, place_of
from loadtests.data.copying import Size, Written, YearIsEnacted, fill
from tests.plugins.budget.given_equal import given_equal
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_budget.domain.books.codes import fitting_scheme
from zhuji_budget.facts import load_schemes
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.testing.counties import CountyUnderTest

SMALL = Size(fiscal_year=105, agencies=6, requests=60)
LINES = "SELECT line_id, code, bill_ntd FROM budget.budget_line ORDER BY code"
REQUESTS = """
    SELECT r.request_id, r.agency_code, r.amount_ntd, sum(l.amount_ntd) AS lines_ntd
      FROM accounting.spending_request AS r JOIN accounting.request_line AS l USING (request_id)
     GROUP BY r.request_id ORDER BY r.request_id
"""


class Broken(Exception):
    """The break of a run."""


def filled(county: CountyUnderTest, size: Size = SMALL, *, until: int = 10**6) -> Written:
    def told(done: int, _of: int) -> None:
        if done >= until:
            raise Broken

    with_requests = "accounting" in county.county.modules
    return fill(county.uow, size, with_requests=with_requests, told=told)


def test_an_agency_is_the_same_whatever_stands_beside_it() -> None:
    one = agency(400, seed=105, fiscal_year=115)
    assert one == agency(400, seed=105, fiscal_year=115)
    assert one != agency(400, seed=106, fiscal_year=115)
    assert len(one.rows) == ROWS_PER_AGENCY
    assert {row.object_code[0] for row in one.rows} <= set("1234")
    city = [agency(number, seed=105, fiscal_year=105) for number in range(480)]
    assert len({own.code for own in city}) == 480
    assert len({line.code for own in city for line in own.lines}) == 480 * 15
    assert 100e9 < sum(line.bill_ntd for own in city for line in own.lines) < 160e9
    coded = [(None, line.code) for own in city for line in own.lines]
    places = [place_of(number, count=6_240)[1:] for number in range(6_240)]
    assert len(set(places)) == 6_240, "thirteen Taichungs in one county"
    assert max(one for one, _ in places) < 100, "two digits"
    assert max(one for _, one in places) < 1_000, "three digits"
    scheme = fitting_scheme(load_schemes(), fiscal_year=105, coded=coded)
    assert scheme is not None
    assert {scheme.function_of(line.code) == line.function_code for line in city[0].lines} == {True}


def test_a_broken_run_is_taken_up_and_ends_as_an_unbroken_one(txg: CountyUnderTest) -> None:
    with pytest.raises(Broken):
        filled(txg, until=4)
    assert len(txg.rows(LINES)) == 4 * 15
    rest = filled(txg)
    assert (rest.agencies, rest.rows) == (2, 2 * ROWS_PER_AGENCY)
    assert filled(txg) == Written()
    codes = [(row.line_id, row.code, row.bill_ntd) for row in txg.rows(LINES)]
    expected = [
        (line.line_id, line.code, line.bill_ntd)
        for number in range(6)
        for line in agency(number, seed=105, fiscal_year=105, count=6).lines
    ]
    assert codes == sorted(expected, key=lambda one: one[1])
    found = txg.rows(REQUESTS)
    assert len(found) == 60
    assert all(row.amount_ntd == row.lines_ntd for row in found)
    numbers = txg.rows("SELECT last_no FROM kernel.number_counter WHERE kind = 'request'")
    assert [row.last_no for row in numbers] == [10] * 6


@pytest.mark.parametrize("county", ["txg", "mli"])
def test_it_is_enacted_allotted_and_verified(
    county: str, txg: CountyUnderTest, mli: CountyUnderTest
) -> None:
    own = txg if county == "txg" else mli
    filled(own)
    with own.uow() as uow:
        enact_year(uow, fiscal_year=105, act_no="示範")
    with own.uow() as uow:
        given_equal(uow, fiscal_year=105)
    with own.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert found.passed, found.errors
    assert found.checked == 6 * ROWS_PER_AGENCY
    with pytest.raises(YearIsEnacted):
        filled(own, Size(fiscal_year=105, agencies=7, requests=0))


@pytest.mark.parametrize("basis", ["annual", "allotted"])
def test_a_year_is_worked_and_every_proof_holds(basis: str, txg: CountyUnderTest) -> None:
    txg.settings["budget"] = {"commit_basis": basis}
    filled(txg)
    with txg.uow() as uow:
        enact_year(uow, fiscal_year=105, act_no="示範")
        given_equal(uow, fiscal_year=105)
    booked = booking.work(txg.uow, SMALL, Effort(vouchers=60), told=lambda _done, _of: None)
    assert booked.agencies == 6
    assert 40 < booked.certifications <= 60, "some find no money: that is how a year is"
    assert booked.vouchers == booked.claims + 60
    with txg.uow(read_only=True) as uow:
        assert verify_budget(uow).errors == ()
        proved = verify_certifications(uow)
        assert (proved.checked, proved.errors) == (booked.certified_lines, ())
        books = verify_ledger(uow)
        assert (books.errors, books.drift_ntd) == ((), 0)
    again = booking.work(txg.uow, SMALL, Effort(vouchers=60), told=lambda _done, _of: None)
    assert again == booking.Booked(), "what is done is not done twice"
