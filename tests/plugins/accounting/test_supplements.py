"""A supplement (追加) adds to a certified request; what is held is held until a day told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from tests.plugins.accounting.given import Office, everything, unique
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.people import People, code_of
from zhuji_accounting.domain.claims.refusals import OverHold
from zhuji_accounting.domain.commitments.refusals import (
    HoldUntilInvalid,
    SupplementOf,
    SupplementOfSupplement,
)
from zhuji_accounting.domain.refusals import DuplicateRequest, RequestNotFound
from zhuji_accounting.domain.request import RequestKind, SpendingRequest
from zhuji_accounting.queries.commitments import parts_of
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.write_request import WantedLine, WantedRequest, write_request
from zhuji_core.contracts.funds import AllotmentInsufficient, AnnualInsufficient
from zhuji_core.testing.counties import given_actor


def supplement(office: Office, origin: uuid.UUID, amount_ntd: int, **more: Any) -> SpendingRequest:
    """Write the draft of a supplement of ``origin`` on 業務費."""
    wanted = WantedRequest(
        **{
            "kind": RequestKind.ORDINARY,
            "purpose": unique(),
            "basis": "105 年 3 月簽",
            "lines": (WantedLine(control_row_id=office.supplies, amount_ntd=amount_ntd),),
            "supplements": origin,
            **more,
        }
    )
    with office.county.uow(office.writer) as uow:
        return write_request(uow, wanted=wanted)


def certified(office: Office, draft: SpendingRequest) -> uuid.UUID:
    request = office.approve(office.submit(draft))
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request.request_id])
    assert outcome.certification is not None, outcome.refusal
    return request.request_id


def test_a_supplement_holds_more_and_one_claim_takes_of_both(any_office: Office) -> None:
    """A bill of 10,900 for a request of 10,000: the missing 900 are certified and claimed too."""
    claims = Claims(any_office)
    origin = any_office.certified(10_000).request_id
    with pytest.raises(OverHold) as refusal:
        claims.submitted((origin, 10_900))
    assert refusal.value.arithmetic["short_ntd"] == 900
    more = certified(any_office, supplement(any_office, origin, 900))
    assert any_office.encumbered_ntd() == 10_900
    claims.granted((origin, 10_000), (more, 900), final=True)
    with any_office.county.uow(any_office.reviewer, read_only=True) as uow:
        request = find_request(uow, origin).request
        parts = parts_of(uow, find_request(uow, more).request)
        proof = verify_certifications(uow)
    assert [one.request_id for one in parts] == [origin, more]
    assert parts[1].supplements_label == request.label
    assert {one.state for one in parts} == {"closed"}
    assert any_office.encumbered_ntd() == 0
    assert proof.passed, proof.errors


def test_a_supplement_is_asked_for_money_as_any_request_is(any_office: Office) -> None:
    available_ntd = any_office.supplies_available_ntd
    origin = any_office.certified(available_ntd - 100).request_id
    request = any_office.approve(any_office.submit(supplement(any_office, origin, 101)))
    before = everything(any_office.county)
    with any_office.county.uow(any_office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request.request_id])
    assert isinstance(outcome.refusal, AllotmentInsufficient | AnnualInsufficient)
    assert outcome.refusal.arithmetic["short_ntd"] == 1
    assert everything(any_office.county) == before


def test_only_an_open_certified_request_of_the_agency_is_added_to(any_office: Office) -> None:
    county = any_office.county
    approved, origin = any_office.approved(500), any_office.certified(1_000).request_id
    more = certified(any_office, supplement(any_office, origin, 10))
    closed = any_office.certified(50).request_id
    with county.uow(any_office.reviewer) as uow:
        release_encumbrance(uow, request_id=closed, amounts_ntd={1: 50}, reason="不辦了")
    before = everything(county)
    for one in (approved.request_id, closed):
        with pytest.raises(SupplementOf):
            supplement(any_office, one, 10)
    with pytest.raises(SupplementOfSupplement):
        supplement(any_office, more, 10)
    with pytest.raises(RequestNotFound):
        supplement(any_office, uuid.uuid4(), 10)
    elsewhere = WantedRequest(
        kind=RequestKind.ORDINARY, purpose="x", basis="y", lines=(), supplements=origin
    )
    stranger = given_actor(140, agency_code="別機關", name="外人")
    with pytest.raises(RequestNotFound), county.uow(stranger) as uow:
        write_request(uow, wanted=elsewhere)
    assert everything(county) == before


def test_two_supplements_alike_are_asked_for_a_reason_and_the_origin_is_no_duplicate(
    office: Office,
) -> None:
    content = {"purpose": "增購文具", "basis": "簽", "payee": "甲商行"}
    origin = office.certified(700, **content).request_id
    office.submit(supplement(office, origin, 700, **content))
    twin = supplement(office, origin, 700, **content)
    with pytest.raises(DuplicateRequest):
        office.submit(twin)


@pytest.mark.parametrize("day", [dt.date(2016, 3, 14), dt.date(2017, 1, 1)])
def test_a_reservation_ends_in_its_own_year_and_not_before_today(
    office: Office, day: dt.date
) -> None:
    origin = office.certified(1_000).request_id
    before = everything(office.county)
    with pytest.raises(HoldUntilInvalid):
        supplement(office, origin, 10, hold_until=day)
    assert everything(office.county) == before
    kept = supplement(office, origin, 10, hold_until=dt.date(2016, 12, 31))
    assert kept.hold_until == dt.date(2016, 12, 31)


def test_a_supplement_is_written_from_its_request_at_the_browser(people: People) -> None:
    certification = people.office.certified(18_000)
    page = people["req"].get(f"/txg/accounting/requests/{certification.request_id}").text
    assert f"requests/{certification.request_id}/supplement" in page
    assert "105-12-31" in page, "what is held says until when"
    path = f"requests/{certification.request_id}/supplement"
    form = people["req"].get(f"/txg/accounting/{path}").text
    assert str(people.office.supplies) in form, "the rows of the request are offered"
    typed = {
        "kind": "ordinary",
        "purpose": "追加文具",
        "basis": "簽",
        "hold_until": "9999",
        "lines-0-control_row_id": str(people.office.supplies),
        "lines-0-amount": "2,500",
        "act": "send",
    }
    refused = people.post("req", path, typed)
    assert (refused.status_code, code_of(refused)) == (422, "E-REQUEST-FORM")
    assert "追加文具" in refused.text
    sent = people.post("req", path, {**typed, "hold_until": "630"})
    assert sent.status_code == 303, sent.text
    page = people["req"].get(sent.headers["location"]).text
    origin_page = people["req"].get(f"/txg/accounting/requests/{certification.request_id}").text
    assert all("原動支與追加" in one and "追加文具" in one for one in (page, origin_page))
    again = people.post("req", f"{sent.headers['location'].partition('accounting/')[2]}/supplement")
    assert (again.status_code, code_of(again)) == (422, "E-REQUEST-FORM")


def test_the_api_names_the_request_that_is_added_to(people: People) -> None:
    origin = people.certified(1_000)
    made = people.certified(200, supplements=origin, hold_until="2016-09-30")
    detail = people.call("req", f"requests/{made}", method="GET").json()
    assert detail["supplements_id"] == origin
    assert detail["held_until"] == "2016-09-30"
    twice = people.call("req", "requests/", people.wanted(10, supplements=made))
    assert (twice.status_code, code_of(twice)) == (409, "E-SUPPLEMENT-TWICE")
    label = people.call("req", f"requests/{origin}", method="GET").json()["label"]
    form = people["req"].get(f"/txg/accounting/claims/new?requests={label}").text
    assert made in form, "a claim of the request offers what its supplements hold"
