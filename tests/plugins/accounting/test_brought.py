"""Money of former years in the year after: spent under its own request, and for nothing else."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
import sqlalchemy as sa

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.given_brought import ended, goes_on, proved, row_of
from tests.plugins.accounting.given_carries import JANUARY_10, Carries, split
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.given_periods import end, take_back
from tests.plugins.accounting.given_vouchers import Desk
from tests.plugins.accounting.test_awards import award
from tests.plugins.accounting.test_rule_drafts import OLDER
from zhuji_accounting.domain.books.definition import EXPORT_ROWS, BookFilter
from zhuji_accounting.domain.carries.brought import LAPSED
from zhuji_accounting.domain.carries.refusals import BroughtOnly
from zhuji_accounting.domain.certification import moves_of
from zhuji_accounting.domain.claims.claim_facts import OWED_PAID
from zhuji_accounting.domain.claims.refusals import OverHold
from zhuji_accounting.domain.commitments.rules import require_supplementable
from zhuji_accounting.domain.ledger.refusals import NoPostingRule
from zhuji_accounting.domain.request import Brought, RequestState, SpendingRequest
from zhuji_accounting.domain.year_end_refusals import YearForward
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.queries.reservations import ReservationFilter, read_reservations
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import close_year
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance, release_event
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.follow_execution import follow_execution
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.ids import new_id
from zhuji_core.reports.sheet import Sheet

CONTRACTS = """
    SELECT e.subsidiary_key, sum(e.debit_ntd - e.credit_ntd)::bigint AS ntd
      FROM accounting.ledger_entry AS e
     WHERE e.subsidiary_kind = 'contract' AND e.fiscal_year = 106
     GROUP BY 1 HAVING sum(e.debit_ntd - e.credit_ntd) <> 0 ORDER BY 1
"""
OWED = """
    SELECT e.fiscal_year, e.subsidiary_key, sum(e.credit_ntd - e.debit_ntd)::bigint AS ntd
      FROM accounting.ledger_entry AS e
     WHERE e.subsidiary_kind = 'payee' AND e.fiscal_year = 106
     GROUP BY 1, 2 HAVING sum(e.debit_ntd - e.credit_ntd) <> 0
"""
MONTHS = "SELECT * FROM budget.execution_month ORDER BY control_row_id, month_key"
LAST_MOVED = sa.text("""
    SELECT m.kind, m.actor_id FROM budget.carried_movement AS m ORDER BY m.movement_id DESC LIMIT 1
""")


@pytest.fixture
def carries(any_office: Office) -> Carries:
    return Carries(any_office)


def booked(office: Office, sql: str) -> list[int]:
    return sorted(row.ntd for row in office.county.rows(sql))


def release(office: Office, request: SpendingRequest, amount_ntd: int) -> SpendingRequest:
    with office.county.uow(office.reviewer) as uow:
        return release_encumbrance(
            uow, request_id=request.request_id, amounts_ntd={1: amount_ntd}, reason="減購"
        )


def test_what_was_carried_over_stands_among_what_is_held(carries: Carries) -> None:
    """By its certification of the year before; neither what is due nor what was given back is."""
    office = carries.office
    ended(carries, (900, 300, 100), (40, 0, 0))
    wanted = ReservationFilter(agency_code=office.government.agency_code, fiscal_year=106, limit=1)
    with office.county.uow(office.reviewer, read_only=True) as uow:
        page = read_reservations(uow, wanted)
        place, line = page.next.split("-")
        after = msgspec.structs.replace(wanted, after_no=int(place), after_line=int(line))
        rest = read_reservations(uow, after)
    names = [column.name for column in page.columns]
    shown = [dict(zip(names, row.values, strict=True)) for row in (*page.rows, *rest.rows)]
    assert [(one["certification"], one["held_ntd"]) for one in shown] == [
        ("105簽00001", 900), ("105簽00002", 40),
    ]  # fmt: skip
    assert (page.count, page.sums["held_ntd"], rest.next) == (2, 940, "")


def test_what_was_carried_over_is_spent_under_a_request_that_continues(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (900, 0, 100))
    request = goes_on(office, first)[Brought.CARRIED]
    assert (request.fiscal_year, request.origin_year, request.amount_ntd) == (106, 105, 900)
    assert (request.continues_label, request.state) == ("10500001", RequestState.CERTIFIED)
    assert row_of(office) == (900, 0, 900, 0, 0, 0)
    claims = Claims(office)
    claims.granted((request.request_id, 400))
    assert row_of(office) == (900, 0, 500, 0, 400, 0)
    assert booked(office, CONTRACTS) == [500]
    with pytest.raises(OverHold):
        claims.submitted((request.request_id, 501))
    release(office, request, 200)
    claims.granted((request.request_id, 300))
    assert row_of(office) == (900, 0, 0, 0, 700, 0)
    assert booked(office, CONTRACTS) == []
    assert office.encumbered_ntd() == 900, "its own year keeps what it ended with"
    proved(office)


def test_on_money_of_former_years_nothing_else_is_certified(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (900, 0, 0))
    request = goes_on(office, first)[Brought.CARRIED]
    row = request.lines[0].control_row_id
    release(office, request, 500)
    other = office.approve(office.submit(office.write([(row, 100)], "另案")))
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[other.request_id])
    assert outcome.refusal is not None
    assert outcome.refusal.code == "E-LINE-CLOSED"
    assert row_of(office)[2] == 400
    proved(office)


def test_a_supplement_adds_to_a_request_of_the_year_only(carries: Carries) -> None:
    (first,) = ended(carries, (900, 0, 0))
    request = goes_on(carries.office, first)[Brought.CARRIED]
    with pytest.raises(BroughtOnly):
        require_supplementable(
            request, agency_code=request.agency_code, fiscal_year=request.fiscal_year
        )


def test_the_year_is_opened_again_whole_while_nothing_moved(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (600, 300, 100))
    proved(office)
    office.county.business_date = dt.date(2017, 2, 6)
    take_back(office)
    assert goes_on(office, first) == {}
    assert row_of(office) == (0, 0, 0, 0, 0, 0)
    proved(office)
    end(office)
    again = goes_on(office, first)
    assert {one: request.amount_ntd for one, request in again.items()} == {
        Brought.CARRIED: 600,
        Brought.OWED: 300,
    }
    assert row_of(office) == (600, 300, 600, 0, 0, 300)
    proved(office)


@pytest.mark.parametrize("how", ["claimed", "asked", "released"])
def test_the_year_stays_ended_once_its_money_moved(carries: Carries, how: str) -> None:
    office = carries.office
    (first,) = ended(carries, (600, 0, 0))
    office.county.business_date = dt.date(2017, 2, 6)
    request = goes_on(office, first)[Brought.CARRIED]
    if how == "released":
        release(office, request, 1)
    elif how == "asked":
        Claims(office).submitted((request.request_id, 1))
    else:
        Claims(office).granted((request.request_id, 1))
    before = everything(office.county)
    with pytest.raises(YearForward) as refused:
        take_back(office)
    assert refused.value.arithmetic == {"used_ntd": 0 if how == "asked" else 1}
    assert everything(office.county) == before


def test_what_is_due_is_paid_in_the_next_year_and_clears_the_payable(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (0, 300, 0))
    request = goes_on(office, first)[Brought.OWED]
    assert (request.payee, request.amount_ntd) == ("甲商行", 300)
    assert row_of(office) == (0, 300, 0, 0, 0, 300)
    assert booked(office, OWED) == [300]
    Claims(office).granted((request.request_id, 120))
    Desk(office).through()
    assert row_of(office) == (0, 300, 0, 0, 0, 180)
    assert booked(office, OWED) == [180]
    proved(office)


def test_what_is_due_lapses_with_a_document_and_its_voucher(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (0, 300, 0))
    request = goes_on(office, first)[Brought.OWED]
    Claims(office).granted((request.request_id, 120))
    lapsed = release(office, request, 180)
    assert lapsed.state is RequestState.CLOSED
    Desk(office).through()
    assert row_of(office) == (0, 300, 0, 0, 0, 0)
    assert booked(office, OWED) == []
    proved(office)


def test_rules_older_than_the_event_refuse_the_lapse_and_say_how_to_go_on(
    carries: Carries,
) -> None:
    office = carries.office
    (first,) = ended(carries, (0, 300, 0))
    request = goes_on(office, first)[Brought.OWED]
    office.county.corrupt(OLDER, lapsed=LAPSED, paid=OWED_PAID)
    before = everything(office.county)
    with pytest.raises(NoPostingRule) as refused:
        release(office, request, 180)
    assert "起草新版分錄規則" in refused.value.text(str)
    assert everything(office.county) == before
    with pytest.raises(NoPostingRule):
        Claims(office).granted((request.request_id, 120), final=True)
    assert row_of(office) == (0, 300, 0, 0, 0, 300)


def test_of_a_final_claim_what_is_still_due_lapses(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (0, 300, 0))
    request = goes_on(office, first)[Brought.OWED]
    Claims(office).granted((request.request_id, 120), final=True)
    Desk(office).through()
    assert row_of(office) == (0, 300, 0, 0, 0, 0)
    assert booked(office, OWED) == []
    proved(office)


def test_a_contract_of_what_was_carried_over_takes_its_place_in_the_books(
    carries: Carries,
) -> None:
    office = carries.office
    (first,) = ended(carries, (600, 0, 0))
    request = goes_on(office, first)[Brought.CARRIED]
    award(office, request.request_id, 500, awarded_on=dt.date(2017, 3, 6))
    keys = {row.subsidiary_key: row.ntd for row in office.county.rows(CONTRACTS)}
    assert keys == {"採-105-7": 500}
    assert row_of(office) == (600, 0, 500, 0, 0, 0)
    proved(office)


def test_what_is_not_spent_goes_on_once_more_under_its_first_year(carries: Carries) -> None:
    """Certified in 105, carried over to 106 and to 107; what is owed goes on by itself."""
    office = carries.office
    (first,) = ended(carries, (600, 300, 0))
    found = goes_on(office, first)
    carried, owed = found[Brought.CARRIED], found[Brought.OWED]
    Claims(office).granted((owed.request_id, 100))
    office.county.business_date = JANUARY_10.replace(year=2018)
    carries.decided(carried.request_id, split(1, carry=450, due=100, back=50))
    Desk(office).through()
    close_106(office)
    office.county.business_date = dt.date(2018, 3, 6)
    third = goes_on(office, carried.request_id, year=107)
    assert {one: (it.amount_ntd, it.origin_year) for one, it in third.items()} == {
        Brought.CARRIED: (450, 105),
        Brought.OWED: (100, 105),
    }
    assert goes_on(office, owed.request_id, year=107)[Brought.OWED].amount_ntd == 200
    assert row_of(office, year=107) == (450, 300, 450, 0, 0, 300)
    proved(office)


def close_106(office: Office) -> None:
    code = office.government.agency_code
    for period in range(1, 13):
        with office.county.uow(office.reviewer) as uow:
            close_period(uow, fiscal_year=106, period=period, agency_code=code)
    with office.county.uow(office.reviewer) as uow:
        close_year(uow, fiscal_year=106, agency_code=code)


def test_a_release_of_former_years_is_of_no_month_of_this_years_budget(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (600, 0, 0))
    request = goes_on(office, first)[Brought.CARRIED]
    months = office.county.rows(MONTHS)
    after = release(office, request, 50)
    with office.county.uow() as uow:
        follow_execution(uow, [release_event(uow, after, {1: 50})])
        uow.audit("test.follow", after.document, before=None, after={})
    assert office.county.rows(MONTHS) == months
    assert row_of(office) == (600, 0, 550, 0, 0, 0)
    proved(office)


def test_a_movement_of_former_years_bears_in_whose_name_it_was_made(carries: Carries) -> None:
    office = carries.office
    (first,) = ended(carries, (600, 0, 0))
    request = goes_on(office, first)[Brought.CARRIED]
    colleague = new_id()
    (move,) = moves_of(request, MoveKind.RELEASE, by=colleague)
    with office.county.uow(office.reviewer) as uow:
        (answer,) = uow.hooks.move_funds(uow, [move])
        assert answer.granted
        (row,) = uow.connection.execute(LAST_MOVED)
        uow.abandon("it was only looked at")
    assert (row.kind, row.actor_id) == ("release", colleague)


PLANTED = {
    "goes on twice": "UPDATE accounting.request_line SET amount_ntd = amount_ntd + 1, released_ntd"
    " = released_ntd + 1 WHERE request_id = :id",
    "goes on of nothing": "UPDATE accounting.spending_request SET state = 'withdrawn'"
    " WHERE request_id = :id",
}


@pytest.mark.parametrize("fault", PLANTED)
def test_verification_finds_what_goes_on_otherwise_than_decided(
    carries: Carries, fault: str
) -> None:
    office = carries.office
    (first,) = ended(carries, (600, 0, 0))
    request = goes_on(office, first)[Brought.CARRIED]
    office.county.execute(PLANTED[fault], id=request.request_id)
    with office.county.uow(read_only=True) as uow:
        found = verify_certifications(uow)
    assert any("goes on" in error for error in found.errors), found.errors


BUDGET_PLANTED = {
    "a row of former years and its movements differ": "UPDATE budget.carried_row"
    " SET carried_ntd = carried_ntd + 1",
    "more was brought forward than the year before holds": "UPDATE budget.control_row"
    " SET encumbered_ntd = encumbered_ntd - 1 WHERE encumbered_ntd > 0",
}


@pytest.mark.parametrize("fault", BUDGET_PLANTED)
def test_the_budget_finds_rows_of_former_years_that_are_wrong(carries: Carries, fault: str) -> None:
    office = carries.office
    ended(carries, (600, 0, 0))
    office.county.execute(BUDGET_PLANTED[fault])
    with office.county.uow(read_only=True) as uow:
        found = verify_budget(uow)
    assert any(fault in error for error in found.errors), found.errors


def book(office: Office, period: int = 3, of: SpendingRequest | None = None) -> Sheet:
    """Return the report, or with ``of`` what its row of this request is made of."""
    with office.county.uow(read_only=True) as uow:
        wanted = BookFilter(
            fiscal_year=106,
            period=period,
            agency_code=office.government.agency_code,
            row_id=str(of.lines[0].control_row_id) if of else "",
            part=str(of.brought) if of else "",
            limit=EXPORT_ROWS,
        )
        return read_book(uow, "former-years-requests" if of else "former-years", wanted)


def figures(sheet: Sheet) -> list[tuple[object, ...]]:
    return [(row.values[0], *row.values[-5:]) for row in sheet.rows]


def test_the_report_of_former_years_tells_what_became_of_each(carries: Carries) -> None:
    """年度, 轉入, 本月, 累計, 註銷, 餘額; what it is made of leads to the requests."""
    office = carries.office
    (first,) = ended(carries, (600, 300, 0))
    found = goes_on(office, first)
    Claims(office).granted((found[Brought.CARRIED].request_id, 100))
    Claims(office).granted((found[Brought.OWED].request_id, 120))
    office.county.business_date = dt.date(2017, 4, 10)
    Claims(office).granted((found[Brought.CARRIED].request_id, 50))
    release(office, found[Brought.OWED], 80)
    assert figures(book(office)) == [(105, 300, 120, 120, 0, 180), (105, 600, 100, 100, 0, 500)]
    april = book(office, period=4)
    assert figures(april) == [(105, 300, 0, 120, 80, 100), (105, 600, 50, 150, 0, 450)]
    assert april.totals[-5:] == (900, 50, 270, 80, 550)
    for row, brought in zip(april.rows, (Brought.OWED, Brought.CARRIED), strict=True):
        part = book(office, 4, found[brought])
        assert part.totals[-5:] == row.values[-5:]
        assert [one.values[0] for one in part.rows] == [found[brought].label]
        assert row.paths["left_ntd"].endswith(f"part={brought}")


def test_the_report_is_kept_with_the_month(carries: Carries) -> None:
    office = carries.office
    ended(carries, (600, 300, 0))
    office.follow()
    with office.county.uow(office.reviewer) as uow:
        (kept,) = close_period(
            uow, fiscal_year=106, period=1, agency_code=office.government.agency_code
        )
    (sheet,) = [one for one in kept.sheets if one.name == "former-years"]
    assert [row.values[-1] for row in sheet.rows] == [300, 600]
