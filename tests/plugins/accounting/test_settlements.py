"""Settlements: a claim says what an advance was spent on; the rest is paid, or paid back."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import SELLER, Claims
from tests.plugins.accounting.given_recoveries import counters, kept, pay_back
from tests.plugins.accounting.people import People
from tests.plugins.accounting.test_awards import award
from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind
from zhuji_accounting.domain.claims.claim import ExpenseClaim, Payee
from zhuji_accounting.domain.claims.refusals import (
    AdvanceUnknown,
    AmountMismatch,
    OverAdvance,
    OverHold,
    SettlesNothing,
)
from zhuji_accounting.domain.refusals import YearEnded
from zhuji_accounting.queries.advances import find_advance
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.submit_claim import submit_claim
from zhuji_core.settings import keep_setting

HIDDEN = re.compile(r'name="(advance_id|lines-0-[a-z_]+)" value="([^"]*)"')


class Settling:
    """An office in which one advance is out, and what claims of it say."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.advances, self.claims = Advances(office), Claims(office)

    def out(self, certified_ntd: int, advanced_ntd: int, **more: Any) -> Advance:
        request_id = self.office.certified(certified_ntd).request_id
        return self.advances.granted(request_id, advanced_ntd, **more)

    def reviewed(self, advance: Advance, amount_ntd: int, due_ntd: int = 0) -> ExpenseClaim:
        return self.claims.reviewed(
            (advance.request_id, amount_ntd),
            advance_id=advance.advance_id,
            payees=payees(due_ntd),
        )

    def granted(self, advance: Advance, amount_ntd: int, due_ntd: int = 0) -> ExpenseClaim:
        return self.claims.grant(self.reviewed(advance, amount_ntd, due_ntd))

    def proved(self) -> None:
        with self.office.county.uow(self.claims.chief, read_only=True) as uow:
            proof = verify_certifications(uow)
        assert proof.passed, proof.errors


def payees(due_ntd: int) -> tuple[Payee, ...]:
    """One payee for what is due beyond the advance."""
    return (Payee(name="甲商行", amount_ntd=due_ntd),) if due_ntd else ()


@pytest.fixture
def settling(any_office: Office) -> Settling:
    return Settling(any_office)


def entries(settling: Settling, claim: ExpenseClaim) -> list[tuple[str, str, int, int]]:
    with settling.office.county.uow(settling.claims.chief, read_only=True) as uow:
        return [
            (one.event_code, line.account_code, line.debit_ntd, line.credit_ntd)
            for one in vouchers_of(uow, [claim.claim_id])
            for line in one.lines
        ]


def test_a_journey_is_settled_in_part_and_the_rest_paid_back(settling: Settling) -> None:
    """The golden quarter's REQ03: 10,000 advanced, 8,600 settled, 1,400 paid back."""
    office = settling.office
    advance = settling.out(10_000, 10_000, kind=AdvanceKind.TRAVEL)
    claim = settling.granted(advance, 8_600)
    assert counters(office) == (0, 1_400, 8_600)
    assert (claim.settled_ntd, claim.due_ntd) == (8_600, 0)
    assert entries(settling, claim) == [
        ("advance.settled", "1208", 8_600, 0), ("advance.settled", "1205", 0, 8_600),
    ]  # fmt: skip
    settling.proved()
    pay_back(settling.advances, advance, 1_400)
    assert counters(office) == (0, 0, 8_600)
    with office.county.uow(settling.claims.chief, read_only=True) as uow:
        after = find_advance(uow, advance.advance_id)
        request = find_request(uow, advance.request_id).request
    assert (after.state, request.state) == ("closed", "closed")
    assert [(one.claimed_ntd, one.advanced_ntd, one.released_ntd) for one in request.lines] == [
        (8_600, 0, 1_400)
    ]
    settling.proved()


def test_in_the_two_months_after_its_year_an_advance_is_settled_and_paid_back(
    settling: Settling,
) -> None:
    """整理期間: last year's advance, under last year's numbers, in period 13; not in March."""
    office = settling.office
    advance = settling.out(10_000, 10_000, kind=AdvanceKind.TRAVEL)
    late = settling.out(500, 500, open_reason="另案")
    office.county.business_date = dt.date(2017, 2, 6)
    claim = settling.granted(advance, 8_600)
    recovery = pay_back(settling.advances, advance, 1_400, deposited_on=dt.date(2017, 2, 3))
    assert counters(office) == (0, 500, 8_600)
    assert (claim.fiscal_year, recovery.fiscal_year) == (105, 105)
    rows = office.county.rows(
        "SELECT event_code, fiscal_year, period FROM accounting.voucher"
        " WHERE event_code IN ('advance.settled', 'advance.returned') ORDER BY event_code DESC"
    )
    assert [tuple(row) for row in rows] == [
        ("advance.settled", 105, 13), ("advance.returned", 105, 13),
    ]  # fmt: skip
    with office.county.uow(settling.claims.chief, read_only=True) as uow:
        assert find_advance(uow, advance.advance_id).state == "closed"
    office.follow()
    settling.proved()
    before = kept(office)
    office.county.business_date = dt.date(2017, 3, 1)
    with pytest.raises(YearEnded):
        pay_back(settling.advances, late, 500)
    assert kept(office) == before


def test_an_advance_is_not_granted_of_a_year_that_is_over(settling: Settling) -> None:
    office = settling.office
    request_id = office.certified(500).request_id
    advance = settling.advances.approved(request_id, 500)
    office.county.business_date = dt.date(2017, 2, 6)
    with pytest.raises(YearEnded):
        settling.advances.grant(advance)


def test_what_was_spent_beyond_the_advance_is_paid_of_what_is_held(settling: Settling) -> None:
    office = settling.office
    advance = settling.out(12_000, 10_000)
    claim = settling.granted(advance, 11_500, due_ntd=1_500)
    assert counters(office) == (500, 0, 11_500)
    assert entries(settling, claim) == [
        ("advance.settled", "1208", 10_000, 0), ("advance.settled", "1205", 0, 10_000),
        ("expenditure.paid", "1208", 1_500, 0), ("expenditure.paid", "1201", 0, 1_500),
    ]  # fmt: skip
    settling.proved()
    with pytest.raises(OverHold) as refusal:
        settling.claims.submitted((advance.request_id, 501))
    assert refusal.value.arithmetic["held_ntd"] == 500


def test_payees_get_only_what_the_advance_has_not_paid(settling: Settling) -> None:
    advance = settling.out(12_000, 10_000)
    draft = settling.claims.draft(
        (advance.request_id, 11_500), advance_id=advance.advance_id, payees=payees(11_500)
    )
    with pytest.raises(AmountMismatch) as refusal:
        settling.claims.act(settling.office.writer, submit_claim, claim_id=draft.claim_id)
    assert refusal.value.arithmetic == {
        "claimed_ntd": 11_500,
        "documents_ntd": 11_500,
        "settled_ntd": 10_000,
        "withheld_ntd": 0,
        "net_ntd": 1_500,
        "payees_ntd": 11_500,
    }


def test_two_claims_do_not_settle_the_same_money(settling: Settling) -> None:
    office = settling.office
    advance = settling.out(20_000, 10_000)
    first, second = (settling.reviewed(advance, amount) for amount in (7_000, 4_000))
    settling.claims.grant(first)
    before = kept(office)
    with pytest.raises(OverAdvance) as refusal:
        settling.claims.grant(second)
    assert refusal.value.arithmetic == {
        "advanced_ntd": 10_000,
        "settled_ntd": 7_000,
        "recovered_ntd": 0,
        "outstanding_ntd": 3_000,
        "requested_ntd": 4_000,
        "short_ntd": 1_000,
    }
    assert kept(office) == before


def test_only_an_advance_that_is_out_is_settled_and_by_its_own_lines(settling: Settling) -> None:
    office = settling.office
    advance = settling.out(12_000, 10_000)
    approved = settling.advances.approved(advance.request_id, 500)
    with pytest.raises(AdvanceUnknown):
        settling.claims.draft((advance.request_id, 100), advance_id=approved.advance_id)
    cash = settling.out(500, 500, kind=AdvanceKind.PETTY_CASH, receiver_name="出納庚")
    with pytest.raises(AdvanceUnknown):
        settling.claims.draft((cash.request_id, 100), advance_id=cash.advance_id)
    other = office.certified(300).request_id
    draft = settling.claims.draft((other, 300), advance_id=advance.advance_id)
    with pytest.raises(SettlesNothing):
        settling.claims.act(office.writer, submit_claim, claim_id=draft.claim_id)


def test_a_prepayment_of_a_contract_is_settled_and_cleared_once(settling: Settling) -> None:
    office = settling.office
    request_id = office.certified(10_000).request_id
    award(office, request_id, 9_000)
    advance = settling.advances.granted(request_id, 4_000, kind=AdvanceKind.PREPAYMENT)
    claim = settling.granted(advance, 6_000, due_ntd=2_000)
    assert [code for code, _, _, _ in entries(settling, claim)][::2] == [
        "prepayment.settled", "expenditure.paid",
    ]  # fmt: skip
    assert counters(office) == (3_000, 0, 6_000)
    settling.proved()


def test_an_advance_is_settled_at_the_browser(people: People) -> None:
    settling = Settling(people.office)
    advance = settling.out(12_000, 10_000)
    page = people["req"].get(f"/txg/accounting/advances/{advance.advance_id}").text
    assert "claims/new?advance=105" in page, "an advance leads to its settlement"
    form = people["req"].get(f"/txg/accounting/claims/new?advance={advance.label}").text
    hidden = dict(HIDDEN.findall(form))
    assert hidden["advance_id"] == str(advance.advance_id)
    assert "暫付未結清" in form
    saved = people.post(
        "req",
        "claims/new",
        {
            **hidden,
            "memo": "臺北出差",
            "kind": "ordinary",
            "lines-0-amount": "8,600",
            "documents-0-kind": "invoice",
            "documents-0-number": "CD-12345678",
            "documents-0-dated_on": "310",
            "documents-0-tax_id": SELLER,
            "documents-0-amount": "8,600",
        },
    )
    assert saved.status_code == 303, saved.text
    path = saved.headers["location"].removeprefix("/txg/accounting/")
    for account, noun in (
        ("req", "submission"), ("req2", "acceptance"), ("sup", "approval"), ("rev", "review"),
        ("cacc", "grant"),
    ):  # fmt: skip
        answer = people.post(account, f"{path}/{noun}")
        assert answer.status_code == 303, answer.text
    page = people["cacc"].get(f"/txg/accounting/{path}").text
    assert all(text in page for text in ("105暫00001", "轉正 8,600 元，應付 0 元", "暫付款"))
    page = people["cacc"].get(f"/txg/accounting/advances/{advance.advance_id}").text
    assert all(text in page for text in ("105報00001", "8,600", "1,400"))


def test_last_years_advance_is_settled_on_the_form_by_its_whole_number(people: People) -> None:
    """The same number is this year's too: the year that is written decides."""
    office = people.office
    advance = Settling(office).out(700, 600)
    office.county.business_date = dt.date(2017, 2, 6)
    with office.county.uow() as uow:
        keep_setting(uow, module="kernel", key="business_date", value="2017-02-06")
    page = people["req"].get(f"/txg/accounting/advances/{advance.advance_id}").text
    assert "claims/new?advance=105" in page
    for number, found in ((advance.label, str(advance.advance_id)), ("106暫00001", "")):
        form = people["req"].get(f"/txg/accounting/claims/new?advance={number}").text
        assert dict(HIDDEN.findall(form)).get("advance_id", "") == found
