"""Money that comes back: of advances and of spending; its budget row has it again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_advances import Advances
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.given_recoveries import counters, kept, pay_back, wanted
from tests.plugins.accounting.people import People
from zhuji_accounting.domain.advances.advance import AdvanceKind
from zhuji_accounting.domain.advances.refusals import AdvanceWrongState
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.recoveries.recovery import (
    Recovery,
)
from zhuji_accounting.domain.recoveries.refusals import (
    DepositDate,
    NotPaid,
    OverRecovery,
    RecoveryIncomplete,
    RecoveryLineInvalid,
    SlipTwice,
)
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.permissions import READ_ADVANCES, READ_CLAIMS
from zhuji_accounting.queries.advances import find_advance
from zhuji_accounting.queries.recoveries import RecoveryFilter, list_recoveries
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.recover_spending import recover_spending
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import SamePerson
from zhuji_core.modules import Permission
from zhuji_core.testing.counties import given_actor


@pytest.fixture
def advances(any_office: Office) -> Advances:
    return Advances(any_office)


def recover(claims: Claims, claim: ExpenseClaim, *amounts_ntd: int, **more: Any) -> Recovery:
    with claims.office.county.uow(claims.chief) as uow:
        return recover_spending(uow, claim_id=claim.claim_id, wanted=wanted(*amounts_ntd, **more))


def test_an_advance_paid_back_restores_its_row_and_closes_what_it_drew_on(
    advances: Advances,
) -> None:
    office = advances.office
    request_id = office.certified(10_000).request_id
    advance = advances.granted(request_id, 10_000, kind=AdvanceKind.TRAVEL)
    first = pay_back(advances, advance, 4_000)
    assert (first.label, counters(office)) == ("105回00001", (0, 6_000, 0))
    pay_back(advances, advance, 6_000)
    assert counters(office) == (0, 0, 0)
    with office.county.uow(advances.chief, read_only=True) as uow:
        page = find_request(uow, request_id)
        after = find_advance(uow, advance.advance_id)
        [voucher] = vouchers_of(uow, [first.recovery_id])
        proof = verify_certifications(uow)
    assert (after.state, after.outstanding_ntd, page.request.state) == ("closed", 0, "closed")
    assert [(one.amount_ntd, one.reason) for one in page.releases] == [
        (4_000, "105回00001 105暫00001"), (6_000, "105回00002 105暫00001"),
    ]  # fmt: skip
    assert (voucher.event_code, voucher.kind) == ("advance.returned", "receipt")
    assert [
        (one.account_code, one.debit_ntd, one.credit_ntd, one.subsidiary_key)
        for one in voucher.lines
    ] == [("1201", 4_000, 0, ""), ("1205", 0, 4_000, "105暫00001")]
    assert proof.passed, proof.errors
    with pytest.raises(AdvanceWrongState):
        pay_back(advances, advance, 1)


def test_spending_of_the_year_comes_back_to_its_row(any_office: Office) -> None:
    office, claims = any_office, Claims(any_office)
    request_id = office.certified(18_000).request_id
    claim = claims.granted((request_id, 17_500), final=True)
    recovery = recover(claims, claim, 2_500)
    assert counters(office) == (0, 0, 15_000)
    with office.county.uow(claims.chief, read_only=True) as uow:
        [line] = find_request(uow, request_id).request.lines
        [voucher] = vouchers_of(uow, [recovery.recovery_id])
        proof = verify_certifications(uow)
    assert (line.claimed_ntd, line.released_ntd, line.held_ntd) == (15_000, 3_000, 0)
    assert (voucher.event_code, voucher.lines[1].account_code) == ("expenditure.recovered", "1208")
    assert (voucher.lines[1].credit_ntd, voucher.lines[1].control_row_id) == (
        2_500, office.supplies,
    )  # fmt: skip
    assert proof.passed, proof.errors
    with pytest.raises(OverRecovery):
        recover(claims, claim, 15_001)


def test_the_list_asks_the_right_of_what_was_paid_out(advances: Advances) -> None:
    office = advances.office
    advance = advances.granted(office.certified(10_000).request_id, 10_000, kind=AdvanceKind.TRAVEL)
    of_advance = pay_back(advances, advance, 4_000)
    claims = Claims(office)
    of_claim = recover(claims, claims.granted((office.certified(900).request_id, 900)), 100)
    code = office.government.agency_code

    def listed(*rights: Permission) -> set[uuid.UUID]:
        reader = given_actor(140, permissions={right.name: (code,) for right in rights})
        with office.county.uow(reader, read_only=True) as uow:
            found = list_recoveries(uow, RecoveryFilter(fiscal_year=105))
        return {one.recovery_id for one in found}

    assert listed(READ_CLAIMS) == {of_claim.recovery_id}
    assert listed(READ_CLAIMS, READ_ADVANCES) == {of_advance.recovery_id, of_claim.recovery_id}


def test_spending_that_comes_back_after_the_year_counts_in_the_adjustment_period(
    any_office: Office,
) -> None:
    claims = Claims(any_office)
    claim = claims.granted((any_office.certified(500).request_id, 300), final=True)
    any_office.county.business_date = dt.date(2017, 1, 9)
    recovery = recover(claims, claim, 120, deposited_on=dt.date(2017, 1, 5))
    assert (recovery.fiscal_year, counters(any_office)) == (105, (0, 0, 180))
    (row,) = any_office.county.rows(
        "SELECT fiscal_year, period FROM accounting.voucher"
        " WHERE event_code = 'expenditure.recovered'"
    )
    assert tuple(row) == (105, 13)


def test_more_than_is_out_is_refused_with_its_arithmetic(advances: Advances) -> None:
    office = advances.office
    advance = advances.granted(office.certified(10_000).request_id, 7_000)
    pay_back(advances, advance, 2_000)
    before = kept(office)
    with pytest.raises(OverRecovery) as refusal:
        pay_back(advances, advance, 5_001)
    assert refusal.value.arithmetic == {
        "paid_ntd": 7_000,
        "settled_ntd": 0,
        "recovered_ntd": 2_000,
        "rest_ntd": 5_000,
        "requested_ntd": 5_001,
        "short_ntd": 1,
    }
    assert kept(office) == before


def test_a_slip_is_booked_once_and_told_whole(advances: Advances) -> None:
    office = advances.office
    advance = advances.granted(office.certified(10_000).request_id, 7_000)
    first = pay_back(advances, advance, 100, slip_no="105-0001")
    before = kept(office)
    cases = (
        ({"slip_no": "105-0001"}, SlipTwice),
        ({"slip_no": " "}, RecoveryIncomplete),
        ({"payer": ""}, RecoveryIncomplete),
        ({"reason": ""}, RecoveryIncomplete),
        ({"deposited_on": dt.date(2016, 3, 14)}, DepositDate),
        ({"deposited_on": dt.date(2016, 3, 16)}, DepositDate),
    )
    for changes, refusal in cases:
        with pytest.raises(refusal) as raised:
            pay_back(advances, advance, 100, **changes)
        if refusal is SlipTwice:
            assert first.label in raised.value.text(str)
    for amounts_ntd in ((), (0,), (-5,), (1, 1)):
        with pytest.raises(RecoveryLineInvalid):
            pay_back(advances, advance, *amounts_ntd)
    assert kept(office) == before


def test_accounting_records_it_and_nobody_who_wrote_or_approved(advances: Advances) -> None:
    office = advances.office
    advance = advances.granted(office.certified(10_000).request_id, 7_000)
    for person in (office.writer, office.head):
        with pytest.raises((Forbidden, SamePerson)):
            pay_back(advances, advance, 100, by=person)
    pay_back(advances, advance, 100, by=office.reviewer)
    claims = Claims(office)
    claim = claims.reviewed((office.certified(500).request_id, 100))
    with pytest.raises(NotPaid):
        recover(claims, claim, 100)


def test_a_closed_month_takes_nothing_back(advances: Advances) -> None:
    office = advances.office
    advance = advances.granted(office.certified(10_000).request_id, 7_000)
    office.county.execute(
        "INSERT INTO accounting.closed_period (agency_code, fiscal_year, period, document_id,"
        " closed_by, closed_at) VALUES (:code, 105, 3, :id, :id, now())",
        code=office.government.agency_code,
        id=advances.chief.user_id,
    )
    before = kept(office)
    with pytest.raises(PeriodClosed):
        pay_back(advances, advance, 100)
    assert kept(office) == before


def test_a_recovery_is_keyed_on_its_page_and_told_by_the_api(people: People) -> None:
    office = people.office
    advance = Advances(office).granted(office.certified(10_000).request_id, 10_000)
    page = people["cacc"].get(f"/txg/accounting/advances/{advance.advance_id}").text
    assert f"advances/{advance.advance_id}/recovery" in page
    typed = {"payer": "出差戊", "slip_no": "105-7", "deposited_on": "32x", "reason": "結餘繳回"}
    path = f"advances/{advance.advance_id}/recovery"
    refused = people.post("cacc", path, {**typed, "amount-1": "1,400"})
    assert refused.status_code == 422
    assert all(text in refused.text for text in ("1,400", "日期無法解讀", "105-7"))
    saved = people.post("cacc", path, {**typed, "amount-1": "1,400", "deposited_on": "315"})
    assert saved.status_code == 303, saved.text
    page = people["cacc"].get(f"/txg/accounting/advances/{advance.advance_id}").text
    assert all(text in page for text in ("105回00001", "8,600", "收回紀錄"))
    [row] = people["cacc"].get("/txg/api/v1/accounting/recoveries?text=105-7").json()["items"]
    told = people["cacc"].get(f"/txg/api/v1/accounting/recoveries/{row['recovery_id']}").json()
    assert (told["amount_ntd"], told["recovery"]["slip"]["slip_no"]) == (1_400, "105-7")
    shown = people["cacc"].get(f"/txg/accounting/recoveries/{row['recovery_id']}").text
    assert all(text in shown for text in ("105暫00001", "1,400", "結餘繳回"))
    assert "105回00001" in people["req"].get("/txg/accounting/recoveries?text=結餘").text
