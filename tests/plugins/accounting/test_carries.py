"""Carry-over requests: written, reviewed, decided; what is due is owed, what is left goes back."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.given_carries import JANUARY_10, Carries, split, wanted_carry
from tests.plugins.accounting.given_periods import end, take_back
from tests.plugins.accounting.test_awards import award as award_of
from zhuji_accounting.domain.carries.carry_over import CarryState
from zhuji_accounting.domain.carries.refusals import (
    CarryEarly,
    CarryMoved,
    CarryNotFound,
    CarrySplit,
    CarryTwice,
    CarryWrongState,
)
from zhuji_accounting.domain.carries.rules import Granted
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.domain.year_end_refusals import YearCommitments
from zhuji_accounting.queries.carry_worklist import carries_waiting
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.release_ended import release_ended
from zhuji_accounting.usecases.return_carry import return_carry
from zhuji_accounting.usecases.review_carry import review_carry
from zhuji_accounting.usecases.submit_carry import submit_carry
from zhuji_accounting.usecases.withdraw_carry import withdraw_carry
from zhuji_accounting.usecases.write_carry import write_carry
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.identity.actor import SYSTEM_USER_ID, Actor
from zhuji_core.ids import new_id
from zhuji_core.testing.counties import given_actor

COUNTERS = """
    SELECT encumbered_ntd, expended_ntd, payable_ntd FROM budget.control_row
     WHERE control_row_id = :row
"""


@pytest.fixture
def carries(any_office: Office) -> Carries:
    return Carries(any_office)


def counters(office: Office) -> tuple[int, int, int]:
    row = office.county.rows(COUNTERS, row=office.supplies)[0]
    return row.encumbered_ntd, row.expended_ntd, row.payable_ntd


def kept(office: Office) -> dict[str, list[str]]:
    more = {
        table: sorted(
            row.kept
            for row in office.county.rows(
                f"SELECT t::text AS kept FROM accounting.{table} AS t"  # noqa: S608
            )
        )
        for table in ("carry_over", "carry_line", "voucher")
    }
    return {**everything(office.county), **more}


def proved(office: Office) -> None:
    with office.county.uow(read_only=True) as uow:
        assert verify_certifications(uow).errors == ()
        found = verify_budget(uow)
        assert (found.drift_ntd, found.errors) == (0, ())


def test_a_decision_owes_what_is_due_and_gives_back_what_is_left(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000, 70)
    office.county.business_date = JANUARY_10
    carry = carries.decided(
        first.request_id, split(1, carry=600, due=300, back=100), split(2, back=70)
    )
    assert (carry.state, carry.label) == (CarryState.DECIDED, "105留00001")
    assert counters(office) == (600, 300, 300)
    vouchers = office.county.rows(
        "SELECT fiscal_year, period, event_code, state FROM accounting.voucher"
    )
    assert [tuple(row) for row in vouchers] == [(105, 13, "expenditure.payable", "draft")]
    with office.county.uow(read_only=True) as uow:
        request = find_request(uow, first.request_id).request
    assert [line.held_ntd for line in request.lines] == [600, 0]
    proved(office)


def test_less_is_granted_and_the_rest_goes_back(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000)
    office.county.business_date = JANUARY_10
    asked = carries.reviewed(first.request_id, split(1, carry=900, due=100))
    carry = carries.decide(asked, [Granted(line_no=1, carry_ntd=500)], note="無契約責任")
    assert (carry.carry_ntd, carry.payable_ntd, carry.release_ntd) == (500, 0, 500)
    assert counters(office) == (500, 0, 0)
    assert office.county.rows("SELECT 1 FROM accounting.voucher") == []
    proved(office)


def test_of_a_contract_the_books_keep_what_is_carried_over(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000)
    award_of(office, first.request_id, 1_000)
    office.county.business_date = JANUARY_10
    carries.decided(first.request_id, split(1, carry=600, due=300, back=100))
    booked = office.county.rows(
        "SELECT sum(debit_ntd - credit_ntd)::bigint AS ntd FROM accounting.ledger_entry"
        " WHERE subsidiary_kind = 'contract'"
    )
    assert booked[0].ntd == 600
    proved(office)


def test_what_does_not_add_up_or_is_not_the_time_keeps_nothing(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000)
    before = kept(office)
    with pytest.raises(CarryEarly):
        carries.draft(first.request_id, split(1, carry=1_000))
    office.county.business_date = JANUARY_10
    with pytest.raises(CarrySplit):
        carries.draft(first.request_id, split(1, carry=1_000, back=1))
    office.county.business_date = dt.date(2017, 3, 1)
    with pytest.raises(CarryEarly):
        carries.draft(first.request_id, split(1, carry=1_000))
    assert kept(office) == before


def test_one_request_is_divided_once_and_anew_when_it_moved(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000)
    office.county.business_date = JANUARY_10
    carry = carries.reviewed(first.request_id, split(1, carry=1_000))
    with pytest.raises(CarryTwice):
        carries.draft(first.request_id, split(1, carry=1_000))
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(uow, request_id=first.request_id, amounts_ntd={1: 1}, reason="減購")
    with pytest.raises(CarryMoved):
        carries.decide(carry)
    carries.act(office.reviewer, return_carry, carry_id=carry.carry_id, reason="請更正")
    with pytest.raises(CarryMoved):
        carries.act(office.writer, submit_carry, carry_id=carry.carry_id)
    again = carries.act(
        office.writer,
        write_carry,
        carry_id=carry.carry_id,
        wanted=wanted_carry(split(1, carry=999)),
    )
    assert again.label == carry.label
    carries.act(office.writer, withdraw_carry, carry_id=carry.carry_id)
    with pytest.raises(CarryWrongState):
        carries.act(office.writer, withdraw_carry, carry_id=carry.carry_id)
    assert carries.decided(first.request_id, split(1, carry=999)).label == "105留00002"
    assert counters(office) == (999, 0, 0)


def test_only_the_writer_changes_it_and_a_closed_period_takes_none(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000)
    office.county.business_date = JANUARY_10
    carry = carries.reviewed(first.request_id, split(1, due=1_000))
    with pytest.raises(CarryNotFound):
        carries.act(office.writer, submit_carry, carry_id=new_id())
    office.close_through(13)
    before = kept(office)
    with pytest.raises(PeriodClosed):
        carries.decide(carry)
    assert kept(office) == before


def test_each_step_waits_on_the_first_page_of_whose_it_is(carries: Carries) -> None:
    """待辦: the writer's own drafts, the agency's reviews, the county's decisions."""
    office = carries.office
    first, second = office.certified(1_000), office.certified(70)
    office.county.business_date = JANUARY_10

    def waits(by: Actor | None) -> dict[str, tuple[int, int]]:
        with office.county.uow(by, read_only=True) as uow:
            return {
                item.path.partition("?")[2]: (item.count, item.amount_ntd)
                for item in carries_waiting(uow)
            }

    draft = carries.draft(first.request_id, split(1, carry=1_000))
    assert waits(office.writer) == {"states=draft&fiscal_year=105&mine=true": (1, 1_000)}
    assert waits(office.reviewer) == {}
    carries.act(office.writer, submit_carry, carry_id=draft.carry_id)
    carries.submitted(second.request_id, split(1, back=70))
    assert waits(office.writer) == {}
    assert waits(office.reviewer) == {"states=submitted&fiscal_year=105": (2, 1_070)}
    carries.act(office.reviewer, review_carry, carry_id=draft.carry_id)
    assert waits(office.reviewer) == {"states=submitted&fiscal_year=105": (1, 70)}
    assert waits(None)["states=reviewed&fiscal_year=105"] == (1, 1_000)


BOOKED = """
    SELECT e.fiscal_year, e.period, e.subsidiary_key, sum(e.debit_ntd - e.credit_ntd)::bigint AS ntd
      FROM accounting.ledger_entry AS e
     WHERE e.subsidiary_kind = 'contract'
     GROUP BY 1, 2, 3 HAVING sum(e.debit_ntd - e.credit_ntd) <> 0
     ORDER BY 1, 2, 3
"""
NET = """
    SELECT fiscal_year, account_code, sum(debit_ntd - credit_ntd)::bigint AS net_ntd
      FROM accounting.account_balance
     GROUP BY 1, 2 HAVING sum(debit_ntd - credit_ntd) <> 0 ORDER BY 1, 2
"""


def test_the_year_ends_with_what_was_decided_and_the_next_books_carry_it(carries: Carries) -> None:
    """Undecided it is refused; taken back and ended again the books are equal."""
    office = carries.office
    certified = office.certified(1_000)
    award_of(office, certified.request_id, 1_000)
    other = office.certified(70)
    office.county.business_date = JANUARY_10
    carries.decided(certified.request_id, split(1, carry=900, back=100))
    office.close_through(12)
    with pytest.raises(YearCommitments) as refused:
        end(office)
    assert refused.value.arithmetic == {"held_ntd": 70}
    carries.decided(other.request_id, split(1, carry=70))
    before = office.county.rows(NET)
    shown = end(office, preview=True)
    assert office.county.rows(NET) == before
    closed = end(office)
    assert shown.carried == closed.carried
    assert [one.amount_ntd for one in closed.carried] == [900, 70]
    carried = [tuple(row) for row in office.county.rows(BOOKED) if row.fiscal_year == 106]
    assert sorted(ntd for *_, ntd in carried) == [70, 900]
    assert {period for _, period, *_ in carried} == {0}
    ended = office.county.rows(NET)
    proved(office)
    take_back(office)
    assert office.county.rows(NET) == before
    proved(office)
    end(office)
    assert office.county.rows(NET) == ended
    proved(office)
    office.county.execute(
        "UPDATE accounting.carry_line SET granted_carry_ntd = 69 WHERE granted_carry_ntd = 70"
    )
    with office.county.uow(read_only=True) as uow:
        found = verify_certifications(uow)
    assert found.drift_ntd == 2, "the books differ, and so does the request that goes on"
    assert "carried over to 106" in found.errors[0]
    assert "goes on" in found.errors[1]
    with office.county.uow(read_only=True) as uow:
        assert verify_ledger(uow).errors == ()


def test_what_was_claimed_after_the_decision_is_carried_no_more(carries: Carries) -> None:
    office = carries.office
    first = office.certified(1_000)
    office.county.business_date = JANUARY_10
    carries.decided(first.request_id, split(1, carry=1_000))
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(uow, request_id=first.request_id, amounts_ntd={1: 400}, reason="減購")
    office.close_through(12)
    assert [one.amount_ntd for one in end(office).carried] == [600]


def test_what_is_asked_to_be_carried_over_is_not_released_by_night(carries: Carries) -> None:
    office = carries.office
    asked, other = office.certified(1_000), office.certified(300)
    office.county.settings |= {"accounting": {"reservation_end": "release"}}
    office.county.business_date = JANUARY_10
    carry = carries.submitted(asked.request_id, split(1, carry=1_000))
    assert release_by_night(office, asked.request_id) is None
    assert release_by_night(office, other.request_id) is not None
    assert counters(office)[0] == 1_000
    carries.act(office.writer, withdraw_carry, carry_id=carry.carry_id)
    assert release_by_night(office, asked.request_id) is not None
    assert counters(office)[0] == 0
    proved(office)


def release_by_night(office: Office, request_id: uuid.UUID) -> SpendingRequest | None:
    with office.county.uow(given_actor(SYSTEM_USER_ID.int)) as uow:
        return release_ended(uow, request_id=request_id)
