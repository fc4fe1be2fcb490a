"""Certification: who gets the money, with which receipt and number."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest

from tests.plugins.accounting.given import Office, everything
from zhuji_accounting.domain.certification import Outcome
from zhuji_accounting.domain.refusals import (
    LineTwice,
    RequestNotFound,
    WrongState,
    YearEnded,
)
from zhuji_accounting.domain.rules import released_amounts
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_core.contracts.funds import AllotmentInsufficient, AnnualInsufficient
from zhuji_core.testing.counties import given_actor


def certify(office: Office, *request_ids: uuid.UUID) -> list[Outcome]:
    with office.county.uow(office.reviewer) as uow:
        return certify_requests(uow, request_ids=request_ids)


def test_holds_the_money_and_gives_a_receipt(any_office: Office) -> None:
    certification = any_office.certified(400, 500)
    first, second = certification.receipt
    assert any_office.encumbered_ntd() == 900
    assert certification.label == "105簽00001"
    assert certification.commit_basis == any_office.government.commit_basis
    assert first.encumbered_ntd == 0
    assert first.remaining_ntd == any_office.supplies_available_ntd - 400
    assert second.encumbered_ntd == 400
    assert second.remaining_ntd == any_office.supplies_available_ntd - 900


def test_refuses_one_dollar_too_much_and_keeps_nothing(any_office: Office) -> None:
    available_ntd = any_office.supplies_available_ntd
    request = any_office.approved(available_ntd + 1)
    before = everything(any_office.county)
    (outcome,) = certify(any_office, request.request_id)
    expected = {"annual": AnnualInsufficient, "allotted": AllotmentInsufficient}
    assert isinstance(outcome.refusal, expected[any_office.government.commit_basis])
    assert outcome.refusal.arithmetic["available_ntd"] == available_ntd
    assert outcome.refusal.arithmetic["short_ntd"] == 1
    assert everything(any_office.county) == before


def test_grants_the_last_dollar(any_office: Office) -> None:
    certification = any_office.certified(any_office.supplies_available_ntd)
    assert certification.receipt[0].remaining_ntd == 0


def test_a_batch_answers_each_request_in_order_of_arrival(any_office: Office) -> None:
    available_ntd = any_office.supplies_available_ntd
    large, larger, small = (
        any_office.approved(amount_ntd).request_id for amount_ntd in (available_ntd - 10, 11, 10)
    )
    draft = any_office.draft(1).request_id
    unknown = uuid.uuid4()
    outcomes = certify(any_office, large, larger, unknown, draft, small)
    assert [bool(outcome.certification) for outcome in outcomes] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert outcomes[1].refusal is not None
    assert outcomes[1].refusal.arithmetic["available_ntd"] == 10
    assert isinstance(outcomes[2].refusal, RequestNotFound)
    assert isinstance(outcomes[3].refusal, WrongState)
    assert any_office.encumbered_ntd() == available_ntd
    numbers = [
        outcome.certification.certification_no for outcome in outcomes if outcome.certification
    ]
    assert numbers == [1, 2]


def test_a_request_is_granted_whole_or_not_at_all(office: Office) -> None:
    available_ntd = office.supplies_available_ntd
    request = office.approved(1, available_ntd)
    (outcome,) = certify(office, request.request_id)
    assert outcome.refusal is not None
    assert office.encumbered_ntd() == 0


def test_a_refused_batch_takes_no_number(office: Office) -> None:
    certify(office, office.approved(office.supplies_available_ntd + 1).request_id)
    assert office.certified(1).certification_no == 1


def test_is_certified_once(office: Office) -> None:
    certification = office.certified(5)
    before = everything(office.county)
    (outcome,) = certify(office, certification.request_id)
    assert isinstance(outcome.refusal, WrongState)
    assert everything(office.county) == before


def test_the_next_month_brings_the_next_allotment(office: Office) -> None:
    short = office.approved(office.supplies_available_ntd + 1)
    assert certify(office, short.request_id)[0].refusal is not None
    office.county.business_date = office.county.business_date.replace(month=4)
    assert certify(office, short.request_id)[0].certification is not None


def test_the_same_request_twice_in_a_batch_is_one(office: Office) -> None:
    request_id = office.approved(7).request_id
    assert len(certify(office, request_id, request_id)) == 1
    assert office.encumbered_ntd() == 7


def test_release_gives_back_and_closes(any_office: Office) -> None:
    certification = any_office.certified(400, 500)
    for amounts, held_ntd, state in (({1: 400}, 500, "certified"), ({2: 500}, 0, "closed")):
        with any_office.county.uow(any_office.reviewer) as uow:
            released = release_encumbrance(
                uow, request_id=certification.request_id, amounts_ntd=amounts, reason="標餘"
            )
        assert any_office.encumbered_ntd() == held_ntd
        assert released.state == state
    with any_office.county.uow(any_office.reviewer, read_only=True) as uow:
        page = find_request(uow, certification.request_id)
    assert [(release.line_no, release.amount_ntd) for release in page.releases] == [
        (1, 400),
        (2, 500),
    ]


def test_a_closed_month_takes_neither_certification_nor_release(office: Office) -> None:
    certification = office.certified(5)
    waiting = office.approved(5)
    office.close_through(3)
    before = everything(office.county)
    assert certify(office, waiting.request_id)[0].refusal is not None
    with pytest.raises(Exception, match="E-PERIOD-CLOSED"), office.county.uow() as uow:
        release_encumbrance(
            uow, request_id=certification.request_id, amounts_ntd={1: 5}, reason="標餘"
        )
    assert everything(office.county) == before


def test_verification_recomputes_every_receipt(any_office: Office) -> None:
    for amount_ntd in (10, 20, 30):
        any_office.certified(amount_ntd, 1)
    with any_office.county.uow(read_only=True) as uow:
        found = verify_certifications(uow)
    assert (found.checked, found.drift_ntd, found.errors) == (6, 0, ())
    assert found.passed


def test_verification_of_nothing_does_not_pass(office: Office) -> None:
    with office.county.uow(read_only=True) as uow:
        assert not verify_certifications(uow).passed


@pytest.mark.parametrize(
    ("planted", "drift_ntd"),
    [
        ("UPDATE accounting.receipt_line SET remaining_ntd = remaining_ntd + 3", 3),
        ("UPDATE accounting.receipt_line SET encumbered_ntd = encumbered_ntd + 4", 4),
        ("UPDATE accounting.certification SET amount_ntd = amount_ntd + 5", 5),
        ("UPDATE accounting.certification SET certification_no = 2", 0),
        ("DELETE FROM accounting.receipt_line", 20),
    ],
)
def test_verification_finds_planted_faults(office: Office, planted: str, drift_ntd: int) -> None:
    office.certified(10)
    office.county.execute(planted)
    with office.county.uow(read_only=True) as uow:
        found = verify_certifications(uow)
    assert found.drift_ntd == drift_ntd
    assert found.errors
    assert not found.passed


LEAKED = """
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    SELECT control_row_id, 'reserve', 7, document_kind, gen_random_uuid(), document_label,
           business_date, recorded_at, actor_id
      FROM budget.budget_movement WHERE kind = 'reserve'
"""


@pytest.mark.parametrize(
    ("planted", "drift_ntd"),
    [
        (LEAKED, 7),
        ("DELETE FROM budget.budget_movement WHERE kind = 'release'", 4),
        ("DELETE FROM accounting.release", 4),
        ("UPDATE accounting.request_line SET released_ntd = released_ntd - 1", 2),
    ],
    ids=["leaked hold", "lost release movement", "lost release", "line and releases"],
)
def test_verification_finds_holds_that_nobody_answers_for(
    office: Office, planted: str, drift_ntd: int
) -> None:
    certification = office.certified(10)
    with office.county.uow(office.reviewer) as uow:
        release_encumbrance(
            uow, request_id=certification.request_id, amounts_ntd={1: 4}, reason="標餘"
        )
    with office.county.uow(read_only=True) as uow:
        assert verify_certifications(uow).passed
    office.county.execute(planted)
    with office.county.uow(read_only=True) as uow:
        found = verify_certifications(uow)
    assert found.drift_ntd == drift_ntd
    assert found.errors


def test_numbers_have_no_gap(office: Office) -> None:
    numbers = [office.certified(1).certification_no for _ in range(3)]
    assert numbers == list(itertools.islice(itertools.count(1), 3))


def test_a_line_released_twice_in_one_request_is_refused() -> None:
    with pytest.raises(LineTwice):
        released_amounts([(1, 100), (1, 200)])
    assert released_amounts([(1, 100), (2, 200)]) == {1: 100, 2: 200}


def test_nothing_is_certified_outside_the_year_of_the_request(office: Office) -> None:
    request = office.approved(100)
    office.county.business_date = dt.date(2017, 1, 5)
    with office.county.uow(office.reviewer) as uow:
        outcome = certify_requests(uow, request_ids=[request.request_id])[0]
    assert isinstance(outcome.refusal, YearEnded)
    assert office.encumbered_ntd() == 0


def test_a_request_of_another_agency_is_not_found_and_not_named(office: Office) -> None:
    request = office.approved(100)
    stranger = given_actor(
        9, permissions={"accounting.request.certify": ("elsewhere",)}, agency_code="elsewhere"
    )
    with office.county.uow(stranger) as uow:
        outcome = certify_requests(uow, request_ids=[request.request_id])[0]
    assert isinstance(outcome.refusal, RequestNotFound)
    assert outcome.label == ""
    assert office.encumbered_ntd() == 0
