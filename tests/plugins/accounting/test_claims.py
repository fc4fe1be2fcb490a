"""Expense claims: held money is spent once, by whom it may, and the books are told."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import pytest

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.given_claims import Claims, wanted_claim
from zhuji_accounting.domain.claims.refusals import (
    AmountMismatch,
    BankInvalid,
    ClaimIncomplete,
    ClaimLineUnknown,
    ClaimStale,
    ClaimWrongState,
    DuplicateInvoice,
    NotClaimant,
    OverHold,
    TaxIdInvalid,
)
from zhuji_accounting.domain.claims.tax_id import is_tax_id
from zhuji_accounting.domain.refusals import PeriodClosed, YearEnded
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.accept_claim import accept_claim
from zhuji_accounting.usecases.approve_claim import approve_claim
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.return_claim import return_claim
from zhuji_accounting.usecases.review_claim import review_claim
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_accounting.usecases.withdraw_claim import withdraw_claim
from zhuji_accounting.usecases.write_claim import write_claim
from zhuji_core.contracts.funds import AllotmentInsufficient, PayableInsufficient
from zhuji_core.identity.duties import SamePerson

COUNTERS = """
    SELECT encumbered_ntd, expended_ntd FROM budget.control_row WHERE control_row_id = :row
"""
CLAIM_TABLES = (
    "claim", "claim_line", "source_document", "claim_payee", "claim_signature", "voucher",
)  # fmt: skip


@pytest.fixture
def claims(any_office: Office) -> Claims:
    return Claims(any_office)


def counters(office: Office) -> tuple[int, int]:
    row = office.county.rows(COUNTERS, row=office.supplies)[0]
    return row.encumbered_ntd, row.expended_ntd


def kept(office: Office) -> dict[str, list[str]]:
    more = {
        table: sorted(
            row.kept
            for row in office.county.rows(
                f"SELECT t::text AS kept FROM accounting.{table} AS t"  # noqa: S608
            )
        )
        for table in CLAIM_TABLES
    }
    return {**everything(office.county), **more}


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("04595257", True),  # the example of the Ministry of Finance
        ("10458575", True),
        ("10458574", True),  # the seventh digit is 7: it may count 1 or 0
        ("04595258", False),
        ("10458573", False),
        ("0459525", False),
        ("０４５９５２５７", False),
        ("", False),
    ],
)
def test_a_business_number_passes_its_check_by_five(text: str, *, valid: bool) -> None:
    assert is_tax_id(text) is valid


def test_a_final_claim_spends_what_is_claimed_and_releases_the_rest(claims: Claims) -> None:
    """The golden quarter's REQ01: 17,500 of 18,000."""
    office = claims.office
    request_id = office.certified(18_000).request_id
    claim = claims.granted((request_id, 17_500), final=True)
    assert counters(office) == (0, 17_500)
    with office.county.uow(claims.chief, read_only=True) as uow:
        request = find_request(uow, request_id).request
        [voucher] = vouchers_of(uow, [claim.claim_id])
        proof = verify_certifications(uow)
    assert request.state == "closed"
    assert [(one.claimed_ntd, one.released_ntd, one.held_ntd) for one in request.lines] == [
        (17_500, 500, 0)
    ]
    assert (voucher.event_code, voucher.state, voucher.document_count) == (
        "expenditure.paid", "draft", 1,
    )  # fmt: skip
    assert [(one.account_code, one.debit_ntd, one.credit_ntd) for one in voucher.lines] == [
        ("1208", 17_500, 0), ("1201", 0, 17_500),
    ]  # fmt: skip
    assert proof.passed, proof.errors


def test_several_claims_of_one_request_and_one_claim_of_several(claims: Claims) -> None:
    """The golden quarter's REQ04: 60,000 of a contract of 150,000, and the rest stays held."""
    office = claims.office
    contract, other = (office.certified(amount).request_id for amount in (90_000, 20_000))
    claims.granted((contract, 60_000))
    assert counters(office) == (50_000, 60_000)
    claims.granted((contract, 30_000), (other, 15_000), final=True)
    assert counters(office) == (0, 105_000)
    with office.county.uow(claims.chief, read_only=True) as uow:
        assert {find_request(uow, one).request.state for one in (contract, other)} == {"closed"}
        assert verify_certifications(uow).passed


def test_more_than_is_held_is_refused_with_its_arithmetic(claims: Claims) -> None:
    office = claims.office
    request_id = office.certified(10_000).request_id
    first, second = (claims.reviewed((request_id, amount)) for amount in (7_000, 4_000))
    claims.grant(first)
    before = kept(office)
    with pytest.raises(OverHold) as refusal:
        claims.grant(second)
    assert refusal.value.arithmetic == {
        "certified_ntd": 10_000,
        "claimed_ntd": 7_000,
        "advanced_ntd": 0,
        "released_ntd": 0,
        "held_ntd": 3_000,
        "requested_ntd": 4_000,
        "short_ntd": 1_000,
    }
    assert kept(office) == before
    with pytest.raises(OverHold):
        claims.submitted((request_id, 3_001))


def test_payment_waits_for_the_allotment_though_the_year_would_hold_it(claims: Claims) -> None:
    office = claims.office
    budget_ntd = office.government.rows[1].budget_ntd
    request_id = office.approved(budget_ntd).request_id
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request_id])
    if office.government.commit_basis == "allotted":
        assert isinstance(outcome.refusal, AllotmentInsufficient), "it stops a step earlier"
        return
    assert outcome.certification is not None
    claim = claims.reviewed((request_id, budget_ntd))
    before = kept(office)
    with pytest.raises(PayableInsufficient) as refusal:
        claims.grant(claim)
    assert refusal.value.arithmetic["requested_ntd"] == budget_ntd
    assert kept(office) == before


def test_nobody_signs_twice_where_duties_are_apart(claims: Claims) -> None:
    office = claims.office
    claim_id = claims.submitted((office.certified(100).request_id, 100)).claim_id
    with pytest.raises(SamePerson):
        claims.act(office.writer, accept_claim, claim_id=claim_id)
    with pytest.raises(ClaimWrongState):
        claims.act(office.head, approve_claim, claim_id=claim_id)
    claims.act(claims.acceptor, accept_claim, claim_id=claim_id)
    with pytest.raises(SamePerson):
        claims.act(office.writer, approve_claim, claim_id=claim_id)
    claims.act(office.head, approve_claim, claim_id=claim_id)
    for person in (office.writer, office.head, claims.acceptor):
        with pytest.raises(SamePerson):
            claims.act(person, review_claim, claim_id=claim_id)


def test_evidence_is_claimed_once_until_its_claim_is_withdrawn(claims: Claims) -> None:
    office = claims.office
    request_id = office.certified(500).request_id
    first = claims.submitted((request_id, 100), number="ZZ-00000001")
    with pytest.raises(DuplicateInvoice) as refusal:
        claims.draft((request_id, 100), number="ZZ-00000001")
    assert first.label in refusal.value.text(str)
    claims.act(office.writer, withdraw_claim, claim_id=first.claim_id)
    claims.draft((request_id, 100), number="ZZ-00000001")
    twice = wanted_claim((request_id, 100)).documents * 2
    with pytest.raises(DuplicateInvoice):
        claims.draft((request_id, 100), documents=twice)


@pytest.mark.parametrize(
    "written",
    ["zz-00000001", "ZZ00000001", "ＺＺ－００００ ０００１", "ZZ 0000‐0001", " zz.00000001 "],
)
def test_evidence_is_claimed_once_however_its_number_is_written(
    claims: Claims, written: str
) -> None:
    """By another day, in another year, by another agency: it is the same paper."""
    office = claims.office
    request_id = office.certified(500).request_id
    first = claims.submitted((request_id, 100), number="ZZ-00000001")
    evidence = first.documents[0]
    other = msgspec.structs.replace(
        evidence, number=written, dated_on=evidence.dated_on.replace(year=2015, day=3)
    )
    with pytest.raises(DuplicateInvoice) as refusal:
        claims.draft((request_id, 100), documents=(other,))
    assert first.label in refusal.value.text(str)
    office.county.execute("UPDATE accounting.claim SET agency_code = '999', fiscal_year = 104")
    with pytest.raises(DuplicateInvoice):
        claims.draft((request_id, 100), documents=(other,))
    with pytest.raises(DuplicateInvoice):
        claims.draft(
            (request_id, 100),
            documents=tuple(
                msgspec.structs.replace(evidence, number=number, amount_ntd=50)
                for number in ("府收-1", "府收 1")
            ),
        )
    claims.draft(
        (request_id, 100),
        documents=tuple(
            msgspec.structs.replace(evidence, number=number, amount_ntd=50)
            for number in ("府收-1", "府支-1")
        ),
    )


def test_what_does_not_add_up_or_is_not_there_is_not_sent(claims: Claims) -> None:
    office = claims.office
    request_id = office.certified(500).request_id
    good = wanted_claim((request_id, 100))
    payee, evidence = good.payees[0], good.documents[0]
    cases = (
        ({"memo": " "}, ClaimIncomplete),
        ({"documents": ()}, ClaimIncomplete),
        ({"payees": (type(payee)(name="甲", amount_ntd=99),)}, AmountMismatch),
        ({"payees": (type(payee)(name="甲", amount_ntd=100, bank_code="004"),)}, BankInvalid),
        (
            {"documents": (
                type(evidence)(
                    kind=evidence.kind, number="AA-1", dated_on=evidence.dated_on,
                    tax_id="04595258", amount_ntd=100,
                ),
            )},
            TaxIdInvalid,
        ),
    )  # fmt: skip
    for changes, refusal in cases:
        draft = claims.draft((request_id, 100), **changes)
        with pytest.raises(refusal):
            claims.act(office.writer, submit_claim, claim_id=draft.claim_id)


def test_only_certified_lines_of_the_own_agency_are_claimed(claims: Claims) -> None:
    office = claims.office
    for request_id in (office.approved(100).request_id, uuid.uuid4()):
        with pytest.raises(ClaimLineUnknown):
            claims.draft((request_id, 100))
    request_id = office.certified(100).request_id
    with pytest.raises(ClaimLineUnknown):
        claims.draft((request_id, 50), (request_id, 50))


def test_a_returned_claim_is_mended_by_its_writer_and_signed_anew(claims: Claims) -> None:
    office = claims.office
    request_id = office.certified(500).request_id
    claim = claims.reviewed((request_id, 100))
    returned = claims.act(office.reviewer, return_claim, claim_id=claim.claim_id, reason="缺章")
    assert (returned.state, returned.signatures) == ("returned", ())
    wanted = wanted_claim((request_id, 120), revision=1)
    with pytest.raises(NotClaimant):
        claims.act(office.head, write_claim, claim_id=claim.claim_id, wanted=wanted)
    with pytest.raises(ClaimStale):
        claims.act(office.writer, write_claim, claim_id=claim.claim_id, wanted=wanted)
    mended = wanted_claim((request_id, 120))
    claims.act(office.writer, write_claim, claim_id=claim.claim_id, wanted=mended)
    sent = claims.act(office.writer, submit_claim, claim_id=claim.claim_id)
    assert (sent.label, sent.amount_ntd, sent.signatures) == (claim.label, 120, ())


def test_a_closed_month_takes_no_claims(claims: Claims) -> None:
    office = claims.office
    claim = claims.reviewed((office.certified(500).request_id, 100))
    office.close_through(3)
    before = kept(office)
    with pytest.raises(PeriodClosed):
        claims.grant(claim)
    assert kept(office) == before


def test_in_the_two_months_after_its_year_a_claim_counts_in_the_adjustment_period(
    claims: Claims,
) -> None:
    """整理期間: of last year's money, under last year's number, in period 13; not in March."""
    office = claims.office
    certified = office.certified(500)
    left = office.certified(40)
    office.county.business_date = dt.date(2017, 2, 6)
    claim = claims.granted((certified.request_id, 300), final=True)
    assert (claim.fiscal_year, claim.label[:3], claim.approved_on) == (
        105, "105", dt.date(2017, 2, 6),
    )  # fmt: skip
    assert counters(office) == (40, 300)
    rows = office.county.rows("SELECT fiscal_year, period FROM accounting.voucher")
    assert [tuple(row) for row in rows] == [(105, 13)]
    office.follow()
    with office.county.uow(read_only=True) as uow:
        assert verify_certifications(uow).errors == ()
    waiting = claims.reviewed((left.request_id, 40))
    before = kept(office)
    office.county.business_date = dt.date(2017, 3, 1)
    with pytest.raises(YearEnded):
        claims.grant(waiting)
    with pytest.raises(ClaimLineUnknown):
        claims.draft((left.request_id, 40))
    assert kept(office) == before
