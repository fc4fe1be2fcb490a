"""Kinds of claims: journeys, payrolls, subsidies and petty cash, each with what it must say."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import SELLER, Claims
from tests.plugins.accounting.given_recoveries import counters, kept, pay_back
from tests.plugins.accounting.people import People
from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind
from zhuji_accounting.domain.books.definition import BookFilter
from zhuji_accounting.domain.claims.claim import (
    ClaimKind,
    DocumentKind,
    ExpenseClaim,
    Payee,
    SourceDocument,
)
from zhuji_accounting.domain.claims.details import (
    ClaimDetails,
    Journey,
    Payroll,
    Subsidy,
    Withholding,
    WithholdingKind,
)
from zhuji_accounting.domain.claims.refusals import (
    AmountMismatch,
    ClaimIncomplete,
    JourneyInvalid,
    PayrollInvalid,
    PettyCashDocument,
    PettyCashFund,
    PettyCashOver,
    SubsidyOver,
)
from zhuji_accounting.domain.refusals import TooLong
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_accounting.usecases.withdraw_claim import withdraw_claim

LEFT = dt.date(2016, 3, 8)
KEEPER = "出納庚"


@pytest.fixture
def claims(any_office: Office) -> Claims:
    return Claims(any_office)


def journey(**more: Any) -> ClaimDetails:
    given: dict[str, Any] = {
        "traveller": "出差戊", "destination": "臺北市", "left_on": LEFT, "returned_on": LEFT,
        "transport_ntd": 1_500, "lodging_ntd": 1_800, "allowance_ntd": 400, **more,
    }  # fmt: skip
    return ClaimDetails(journey=Journey(**given))


def payroll(*withheld: tuple[WithholdingKind, int], **more: Any) -> ClaimDetails:
    given: dict[str, Any] = {"month": 3, "head_count": 12, **more}
    return ClaimDetails(
        payroll=Payroll(
            withholdings=tuple(Withholding(kind=kind, amount_ntd=ntd) for kind, ntd in withheld),
            **given,
        )
    )


def subsidy(**more: Any) -> ClaimDetails:
    given: dict[str, Any] = {
        "recipient": "東溪社區發展協會", "plan": "長者共餐", "approval_no": "府社字第 7 號",
        "approved_ntd": 50_000, **more,
    }  # fmt: skip
    return ClaimDetails(subsidy=Subsidy(**given))


def net(amount_ntd: int) -> tuple[Payee, ...]:
    return (Payee(name="薪資轉存戶", amount_ntd=amount_ntd),)


def submit(claims: Claims, draft: ExpenseClaim) -> ExpenseClaim:
    return claims.act(claims.office.writer, submit_claim, claim_id=draft.claim_id)


def entries(claims: Claims, claim: ExpenseClaim) -> list[tuple[str, int, int]]:
    with claims.office.county.uow(claims.chief, read_only=True) as uow:
        proof = verify_certifications(uow)
        found = vouchers_of(uow, [claim.claim_id])
    assert proof.passed, proof.errors
    return [(one.account_code, one.debit_ntd, one.credit_ntd) for v in found for one in v.lines]


def test_a_payroll_pays_net_and_keeps_what_is_withheld(claims: Claims) -> None:
    """The golden quarter's PAY01: gross 1,150,000 of which 115,000 are withheld, in small."""
    office = claims.office
    row = office.rows[office.government.rows[0].object_code]
    request = office.approve(office.submit(office.write([(row, 11_500)], "三月薪給")))
    claims_of = certify(office, request.request_id)
    details = payroll((WithholdingKind.INCOME_TAX, 900), (WithholdingKind.HEALTH, 250))
    claim = claims.granted(
        (claims_of, 11_500), kind=ClaimKind.PAYROLL, details=details, payees=net(10_350)
    )
    assert (claim.withheld_ntd, claim.net_ntd) == (1_150, 10_350)
    assert sorted(entries(claims, claim)) == [
        ("1201", 0, 11_500), ("1203", 1_150, 0), ("1208", 11_500, 0), ("2204", 0, 1_150),
    ]  # fmt: skip


def certify(office: Office, request_id: uuid.UUID) -> uuid.UUID:
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request_id])
    assert outcome.certification is not None, outcome.refusal
    return request_id


def test_a_payroll_that_does_not_add_up_is_not_sent(claims: Claims) -> None:
    request_id = claims.office.certified(5_000).request_id
    tax = (WithholdingKind.INCOME_TAX, 400)
    cases = (
        (ClaimDetails(), net(1_000), ClaimIncomplete),
        (payroll(tax, month=13), net(600), PayrollInvalid),
        (payroll(tax, head_count=0), net(600), PayrollInvalid),
        (payroll(tax, tax), net(200), PayrollInvalid),
        (payroll((WithholdingKind.OTHER, 1_001)), net(1), PayrollInvalid),
        (payroll((WithholdingKind.OTHER, -5)), net(1_005), PayrollInvalid),
        (payroll(tax), net(1_000), AmountMismatch),
    )
    for details, payees, refusal in cases:
        draft = claims.draft(
            (request_id, 1_000), kind=ClaimKind.PAYROLL, details=details, payees=payees
        )
        with pytest.raises(refusal) as raised:
            submit(claims, draft)
        if refusal is AmountMismatch:
            assert raised.value.arithmetic["net_ntd"] == 600


def test_the_costs_of_a_journey_are_its_claim(claims: Claims) -> None:
    request_id = claims.office.certified(9_000).request_id
    claim = claims.granted((request_id, 3_700), kind=ClaimKind.TRAVEL, details=journey())
    assert claim.details.journey is not None
    cases = (
        (ClaimDetails(), ClaimIncomplete),
        (journey(destination=" "), ClaimIncomplete),
        (journey(lodging_ntd=1_700), JourneyInvalid),
        (journey(transport_ntd=3_701, lodging_ntd=-1, allowance_ntd=0), JourneyInvalid),
        (journey(returned_on=LEFT - dt.timedelta(days=1)), JourneyInvalid),
    )
    for details, refusal in cases:
        draft = claims.draft((request_id, 3_700), kind=ClaimKind.TRAVEL, details=details)
        with pytest.raises(refusal):
            submit(claims, draft)
    before = kept(claims.office)
    with pytest.raises(TooLong):
        claims.draft(
            (request_id, 3_700), kind=ClaimKind.TRAVEL, details=journey(traveller="甲" * 201)
        )
    assert kept(claims.office) == before


def test_a_claim_that_changes_its_kind_forgets_the_other_details(claims: Claims) -> None:
    request_id = claims.office.certified(9_000).request_id
    claim = claims.draft((request_id, 3_700), kind=ClaimKind.ORDINARY, details=journey())
    assert claim.details == ClaimDetails()


def test_all_claims_of_one_subsidy_keep_within_what_was_approved(claims: Claims) -> None:
    office = claims.office
    request_id = office.certified(60_000).request_id

    def of(amount_ntd: int, **more: Any) -> ExpenseClaim:
        return claims.draft(
            (request_id, amount_ntd), kind=ClaimKind.SUBSIDY, details=subsidy(**more)
        )

    submit(claims, of(30_000))
    over = of(20_001)
    before = kept(office)
    with pytest.raises(SubsidyOver) as refusal:
        submit(claims, over)
    assert refusal.value.arithmetic == {
        "approved_ntd": 50_000,
        "others_ntd": 30_000,
        "rest_ntd": 20_000,
        "requested_ntd": 20_001,
        "short_ntd": 1,
    }
    assert kept(office) == before
    with pytest.raises(SubsidyOver) as raised:
        submit(claims, of(20_001, approved_ntd=90_000))
    assert raised.value.arithmetic["approved_ntd"] == 50_000, "an approval has one amount"
    submit(claims, of(20_000))
    submit(claims, of(20_001, approval_no="府社字第 8 號"))
    for details, wrong in ((ClaimDetails(), ClaimIncomplete), (subsidy(plan=""), ClaimIncomplete)):
        draft = claims.draft((request_id, 10), kind=ClaimKind.SUBSIDY, details=details)
        with pytest.raises(wrong):
            submit(claims, draft)
    with pytest.raises(SubsidyOver):
        submit(claims, of(51, approved_ntd=50, approval_no="府社字第 9 號"))


def fund_of(claims: Claims) -> Advance:
    office = claims.office
    return Advances(office).granted(
        office.certified(30_000).request_id,
        30_000,
        kind=AdvanceKind.PETTY_CASH,
        receiver_name=KEEPER,
        settle_by=None,
    )


def slips(*amounts_ntd: int) -> dict[str, Any]:
    return {
        "documents": tuple(
            SourceDocument(
                kind=DocumentKind.INVOICE, number=f"PC-{uuid.uuid4().hex[:12]}", dated_on=LEFT,
                tax_id=SELLER, amount_ntd=amount_ntd,
            )
            for amount_ntd in amounts_ntd
        ),
        "payees": (Payee(name=KEEPER, amount_ntd=sum(amounts_ntd)),),
        "kind": ClaimKind.PETTY_CASH,
    }  # fmt: skip


def test_petty_cash_is_replenished_and_stays_out(claims: Claims) -> None:
    """The golden quarter's PC0 and PCR1: 30,000 out, 6,200 replenished by a request of its own."""
    office = claims.office
    fund = fund_of(claims)
    request_id = office.certified(6_200).request_id
    claim = claims.granted((request_id, 6_200), advance_id=fund.advance_id, **slips(4_200, 2_000))
    assert counters(office) == (0, 30_000, 6_200)
    assert (claim.settled_ntd, claim.net_ntd) == (0, 6_200)
    assert entries(claims, claim) == [("1208", 6_200, 0), ("1201", 0, 6_200)]
    pay_back(Advances(office), fund, 30_000)
    assert counters(office) == (0, 0, 6_200)


def register(claims: Claims, **more: int) -> tuple[list[tuple[object, ...]], object]:
    """Return the petty-cash register: what, in, out, balance; and its last balance."""
    code = claims.office.government.agency_code
    wanted = BookFilter(**{"fiscal_year": 105, "period": 3, "agency_code": code, **more})  # type: ignore[arg-type]
    with claims.office.county.uow(claims.chief, read_only=True) as uow:
        sheet = read_book(uow, "petty-cash", wanted)
    names = ("what", "in_ntd", "out_ntd", "net_ntd")
    return [tuple(row[name] for name in names) for row in sheet.records()], sheet.totals[-1]


def paged(claims: Claims, name: str, *, limit: int, **more: str) -> list[tuple[object, ...]]:
    """Return all rows of a book, read ``limit`` at a time."""
    found: list[tuple[object, ...]] = []
    after = ""
    while after or not found:
        wanted = BookFilter(
            fiscal_year=105,
            period=3,
            agency_code=claims.office.government.agency_code,
            limit=limit,
            after=after,
            **more,  # type: ignore[arg-type]
        )
        with claims.office.county.uow(claims.chief, read_only=True) as uow:
            sheet = read_book(uow, name, wanted)
        found += [row.values for row in sheet.rows]
        after = sheet.next
    return found


def test_the_register_of_petty_cash_tells_each_receipt_and_what_the_till_holds(
    claims: Claims,
) -> None:
    office = claims.office
    fund = fund_of(claims)
    request_id = office.certified(60_000).request_id
    claims.draft((request_id, 900), advance_id=fund.advance_id, **slips(900))
    sent = claims.submitted((request_id, 700), advance_id=fund.advance_id, **slips(700))
    claims.granted((request_id, 6_200), advance_id=fund.advance_id, **slips(4_200, 2_000))
    told, last_ntd = register(claims)
    assert sorted(row[:3] for row in told) == [
        ("撥款", 30_000, 0), ("撥還", 6_200, 0), ("支付", 0, 700), ("支付", 0, 2_000),
        ("支付", 0, 4_200),
    ]  # fmt: skip
    assert last_ntd == 29_300
    assert told[-1][3] == 29_300
    assert paged(claims, "petty-cash", limit=2) == paged(claims, "petty-cash", limit=50)
    pay_back(Advances(office), fund, 29_300)
    assert register(claims)[1] == 0
    claims.act(office.writer, withdraw_claim, claim_id=sent.claim_id)
    assert register(claims)[1] == 700, "who withdraws it has the money in the till"
    brought, last_ntd = register(claims, first=2, period=2)
    assert (brought, last_ntd) == ([("期初餘額", None, None, 0)], 0)


def test_petty_cash_pays_small_things_to_its_keeper_within_the_fund(claims: Claims) -> None:
    office = claims.office
    fund = fund_of(claims)
    request_id = office.certified(60_000).request_id
    other = {**slips(500), "payees": (Payee(name="他人", amount_ntd=500),)}
    cases = (
        ({**slips(500), "advance_id": None}, 500, PettyCashFund),
        ({**other, "advance_id": fund.advance_id}, 500, PettyCashFund),
        ({**slips(10_001), "advance_id": fund.advance_id}, 10_001, PettyCashDocument),
    )
    for more, amount_ntd, refusal in cases:
        draft = claims.draft((request_id, amount_ntd), **more)
        with pytest.raises(refusal):
            submit(claims, draft)
    submit(claims, claims.draft((request_id, 20_000), advance_id=fund.advance_id,
                                **slips(9_999, 10_000, 1)))  # fmt: skip
    over = claims.draft((request_id, 10_001), advance_id=fund.advance_id, **slips(10_000, 1))
    with pytest.raises(PettyCashOver) as raised:
        submit(claims, over)
    assert raised.value.arithmetic == {
        "fund_ntd": 30_000,
        "others_ntd": 20_000,
        "rest_ntd": 10_000,
        "requested_ntd": 10_001,
        "short_ntd": 1,
    }


def test_a_journey_is_keyed_on_the_form_of_its_kind(people: People) -> None:
    certification = people.office.certified(9_000)
    form = people["req"].get("/txg/accounting/claims/new?kind=travel").text
    assert '<details class="panel" open>' in form
    typed = {
        "kind": "travel",
        "memo": "臺北出差",
        "lines-0-request_id": str(certification.request_id),
        "lines-0-line_no": "1",
        "lines-0-amount": "3,700",
        "documents-0-kind": "other",
        "documents-0-number": "",
        "documents-0-dated_on": "310",
        "documents-0-amount": "3,700",
        "payees-0-name": "出差戊",
        "payees-0-amount": "3,700",
        "journey-traveller": "出差戊",
        "journey-destination": "臺北市",
        "journey-left_on": "308",
        "journey-returned_on": "30x",
        "journey-transport": "1,500",
        "journey-lodging": "1,800",
        "journey-allowance": "400",
    }
    refused = people.post("req", "claims/new", typed)
    assert refused.status_code == 422
    assert all(text in refused.text for text in ("30x", "臺北市", "日期無法解讀"))
    saved = people.post("req", "claims/new", {**typed, "journey-returned_on": "309"})
    assert saved.status_code == 303, saved.text
    path = saved.headers["location"].removeprefix("/txg/accounting/")
    assert people.post("req", f"{path}/submission").status_code == 303
    page = people["req"].get(f"/txg/accounting/{path}").text
    assert all(text in page for text in ("出差地點", "臺北市", "交通費 1,500", "差旅"))
    told = people["req"].get(f"/txg/api/v1/accounting/{path}").json()
    assert told["claim"]["details"]["journey"]["lodging_ntd"] == 1_800
