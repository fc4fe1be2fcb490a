"""Advances: held money goes out before the bill, by whom it may, and the books are told."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import pytest

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.given_advances import Advances, wanted_advance
from tests.plugins.accounting.given_claims import Claims
from tests.plugins.accounting.test_awards import award
from zhuji_accounting.domain.advances.advance import AdvanceKind
from zhuji_accounting.domain.advances.refusals import (
    AdvanceDueDate,
    AdvanceIncomplete,
    AdvanceLineInvalid,
    AdvanceOpen,
    AdvanceRequestUnknown,
    AdvanceStale,
    AdvanceWrongState,
    NotAdvanceWriter,
    PrepaymentNeedsContract,
)
from zhuji_accounting.domain.claims.refusals import BankInvalid, OverHold
from zhuji_accounting.domain.refusals import OverRelease, PeriodClosed
from zhuji_accounting.domain.request import RequestKind
from zhuji_accounting.queries.advance_worklist import advances_waiting
from zhuji_accounting.queries.open_advances import OpenAdvanceFilter, read_open_advances
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.approve_advance import approve_advance
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.grant_advance import grant_advance
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_accounting.usecases.return_advance import return_advance
from zhuji_accounting.usecases.submit_advance import submit_advance
from zhuji_accounting.usecases.withdraw_advance import withdraw_advance
from zhuji_accounting.usecases.write_advance import WantedAdvanceLine, write_advance
from zhuji_core.contracts.funds import AllotmentInsufficient, PayableInsufficient
from zhuji_core.identity.duties import SamePerson

COUNTERS = """
    SELECT encumbered_ntd, advanced_ntd, expended_ntd FROM budget.control_row
     WHERE control_row_id = :row
"""
TABLES = ("advance", "advance_line", "voucher")


@pytest.fixture
def advances(any_office: Office) -> Advances:
    return Advances(any_office)


def counters(office: Office) -> tuple[int, int, int]:
    row = office.county.rows(COUNTERS, row=office.supplies)[0]
    return row.encumbered_ntd, row.advanced_ntd, row.expended_ntd


def kept(office: Office) -> dict[str, list[str]]:
    more = {
        table: sorted(
            row.kept
            for row in office.county.rows(
                f"SELECT t::text AS kept FROM accounting.{table} AS t"  # noqa: S608
            )
        )
        for table in TABLES
    }
    return {**everything(office.county), **more}


def request_kind(office: Office, request_id: uuid.UUID, kind: RequestKind) -> None:
    office.county.execute(
        "UPDATE accounting.spending_request SET kind = :kind WHERE request_id = :id",
        kind=str(kind),
        id=request_id,
    )


def test_an_advance_takes_held_money_out_and_drafts_its_voucher(advances: Advances) -> None:
    """The golden quarter's REQ03: 10,000 for a journey."""
    office = advances.office
    request_id = office.certified(12_000).request_id
    advance = advances.granted(request_id, 10_000, kind=AdvanceKind.TRAVEL)
    assert counters(office) == (2_000, 10_000, 0)
    assert (advance.label, advance.state, advance.outstanding_ntd) == (
        "105暫00001", "granted", 10_000,
    )  # fmt: skip
    with office.county.uow(advances.chief, read_only=True) as uow:
        request = find_request(uow, request_id).request
        [voucher] = vouchers_of(uow, [advance.advance_id])
        proof = verify_certifications(uow)
    assert request.state == "certified"
    [line] = request.lines
    assert (line.advanced_ntd, line.held_ntd) == (10_000, 2_000)
    assert (voucher.event_code, voucher.state, voucher.kind) == (
        "advance.paid", "draft", "disbursement",
    )  # fmt: skip
    assert [
        (one.account_code, one.debit_ntd, one.credit_ntd, one.subsidiary_key, one.subsidiary_name)
        for one in voucher.lines
    ] == [("1205", 10_000, 0, "105暫00001", "出差戊"), ("1201", 0, 10_000, "", "")]
    assert proof.passed, proof.errors


@pytest.mark.parametrize(
    ("kind", "event_code", "account_code"),
    [
        (AdvanceKind.GENERAL, "advance.paid", "1205"),
        (AdvanceKind.PREPAYMENT, "prepayment.paid", "1206"),
        (AdvanceKind.PETTY_CASH, "petty-cash.drawn", "1204"),
    ],
)
def test_each_kind_has_its_own_voucher(
    office: Office, kind: AdvanceKind, event_code: str, account_code: str
) -> None:
    advances = Advances(office)
    request_id = office.certified(30_000).request_id
    request_kind(office, request_id, RequestKind.CONTRACT)
    due = {"settle_by": None} if kind is AdvanceKind.PETTY_CASH else {}
    advance = advances.granted(request_id, 30_000, kind=kind, contract_no="105-C-7", **due)
    if kind is AdvanceKind.PETTY_CASH:
        assert advance.settle_by == dt.date(2016, 12, 31)
    with office.county.uow(advances.chief, read_only=True) as uow:
        [voucher] = vouchers_of(uow, [advance.advance_id])
        assert find_request(uow, request_id).request.state == "certified", "the advance is out"
    assert (voucher.event_code, voucher.lines[0].account_code) == (event_code, account_code)
    if kind is AdvanceKind.PREPAYMENT:
        assert voucher.lines[0].subsidiary_key == "105-C-7"


def test_advanced_money_is_neither_claimed_released_nor_advanced_again(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(10_000).request_id
    advances.granted(request_id, 7_000)
    claims = Claims(office)
    before = kept(office)
    arithmetic = {
        "certified_ntd": 10_000,
        "claimed_ntd": 0,
        "advanced_ntd": 7_000,
        "released_ntd": 0,
        "held_ntd": 3_000,
        "requested_ntd": 3_001,
        "short_ntd": 1,
    }
    with pytest.raises(OverRelease) as over, office.county.uow(office.reviewer) as uow:
        release_encumbrance(uow, request_id=request_id, amounts_ntd={1: 3_001}, reason="結餘")
    assert over.value.arithmetic.items() <= arithmetic.items()
    assert kept(office) == before
    with pytest.raises(OverHold) as refusal:
        advances.submitted(request_id, 3_001)
    assert refusal.value.arithmetic == arithmetic
    with pytest.raises(OverHold):
        claims.submitted((request_id, 3_001))
    claims.granted((request_id, 1_000), final=True)
    assert counters(office) == (0, 7_000, 1_000)
    with office.county.uow(advances.chief, read_only=True) as uow:
        assert find_request(uow, request_id).request.state == "certified", "7,000 are still out"
        assert verify_certifications(uow).passed


def test_an_advance_waits_for_the_allotment_though_the_year_would_hold_it(
    advances: Advances,
) -> None:
    office = advances.office
    budget_ntd = office.government.rows[1].budget_ntd
    request_id = office.approved(budget_ntd).request_id
    with office.county.uow(office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[request_id])
    if office.government.commit_basis == "allotted":
        assert isinstance(outcome.refusal, AllotmentInsufficient), "it stops a step earlier"
        return
    advance = advances.approved(request_id, budget_ntd)
    before = kept(office)
    with pytest.raises(PayableInsufficient) as refusal:
        advances.grant(advance)
    assert refusal.value.arithmetic["requested_ntd"] == budget_ntd
    assert kept(office) == before


def test_two_advances_of_one_moment_do_not_take_the_same_money(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(10_000).request_id
    first, second = (advances.approved(request_id, amount) for amount in (6_000, 5_000))
    advances.grant(first)
    before = kept(office)
    with pytest.raises(OverHold):
        advances.grant(second)
    assert kept(office) == before


def test_nobody_signs_twice_where_duties_are_apart(advances: Advances) -> None:
    office = advances.office
    advance_id = advances.submitted(office.certified(100).request_id, 100).advance_id
    with pytest.raises(SamePerson):
        advances.act(office.writer, approve_advance, advance_id=advance_id)
    with pytest.raises(AdvanceWrongState):
        advances.act(advances.chief, grant_advance, advance_id=advance_id)
    advances.act(office.head, approve_advance, advance_id=advance_id)
    for person in (office.writer, office.head):
        with pytest.raises(SamePerson):
            advances.act(person, grant_advance, advance_id=advance_id)


def test_who_has_not_settled_in_time_gets_no_more_without_a_reason(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(10_000).request_id
    old = advances.granted(request_id, 4_000, receiver_id="A123456789")
    office.county.execute(
        "UPDATE accounting.advance SET settle_by = '2016-03-01' WHERE advance_id = :id",
        id=old.advance_id,
    )
    with pytest.raises(AdvanceOpen) as refusal:
        advances.submitted(request_id, 1_000, receiver_name="出差戊　", receiver_id="A123456789")
    assert refusal.value.arithmetic == {"outstanding_ntd": 4_000, "days": 14}
    assert old.label in refusal.value.text(str)
    advances.submitted(request_id, 1_000, receiver_name="他人", receiver_id="B123456780")
    with pytest.raises(AdvanceOpen):
        advances.submitted(request_id, 1_000)
    advances.granted(request_id, 1_000, open_reason="公務緊急，前案另行催結")
    with office.county.uow(advances.chief, read_only=True) as uow:
        overdue = next(one for one in advances_waiting(uow) if "overdue" in one.path)
    assert (overdue.count, overdue.oldest_days, overdue.amount_ntd) == (1, 14, 4_000)


def test_what_is_missing_or_cannot_be_is_not_sent(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(500).request_id
    cases = (
        ({"memo": " "}, AdvanceIncomplete),
        ({"receiver_name": ""}, AdvanceIncomplete),
        ({"lines": ()}, AdvanceIncomplete),
        ({"bank_code": "004"}, BankInvalid),
        ({"settle_by": dt.date(2016, 3, 14)}, AdvanceDueDate),
        ({"settle_by": dt.date(2017, 1, 1)}, AdvanceDueDate),
        ({"kind": AdvanceKind.PREPAYMENT, "contract_no": "105-C-7"}, PrepaymentNeedsContract),
    )
    for changes, refusal in cases:
        draft = advances.draft(request_id, 100, **changes)
        with pytest.raises(refusal):
            advances.act(office.writer, submit_advance, advance_id=draft.advance_id)
    request_kind(office, request_id, RequestKind.CONTRACT)
    draft = advances.draft(request_id, 100, kind=AdvanceKind.PREPAYMENT)
    with pytest.raises(PrepaymentNeedsContract):
        advances.act(office.writer, submit_advance, advance_id=draft.advance_id)


def test_only_lines_of_a_certified_request_of_the_own_agency_are_advanced(
    advances: Advances,
) -> None:
    office = advances.office
    before = kept(office)
    with pytest.raises(AdvanceRequestUnknown):
        advances.draft(uuid.uuid4(), 100)
    assert kept(office) == before
    with pytest.raises(AdvanceRequestUnknown):
        advances.draft(office.approved(100).request_id, 100)
    request_id = office.certified(100).request_id
    one = WantedAdvanceLine(line_no=1, amount_ntd=10)
    for lines in ((one, one), (WantedAdvanceLine(line_no=2, amount_ntd=10),)):
        with pytest.raises(AdvanceLineInvalid):
            advances.draft(request_id, 0, lines=lines)
    for amount_ntd in (0, -5):
        with pytest.raises(AdvanceLineInvalid):
            advances.draft(request_id, amount_ntd)


def test_a_returned_advance_is_mended_by_its_writer_and_signed_anew(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(500).request_id
    advance = advances.approved(request_id, 100)
    returned = advances.act(
        advances.chief, return_advance, advance_id=advance.advance_id, reason="缺行程表"
    )
    assert (returned.state, returned.approval) == ("returned", None)
    wanted = wanted_advance(request_id, 120, revision=1)
    with pytest.raises(NotAdvanceWriter):
        advances.act(office.head, write_advance, advance_id=advance.advance_id, wanted=wanted)
    with pytest.raises(AdvanceStale):
        advances.act(office.writer, write_advance, advance_id=advance.advance_id, wanted=wanted)
    mended = wanted_advance(request_id, 120)
    advances.act(office.writer, write_advance, advance_id=advance.advance_id, wanted=mended)
    sent = advances.act(office.writer, submit_advance, advance_id=advance.advance_id)
    assert (sent.label, sent.amount_ntd, sent.approval) == (advance.label, 120, None)
    gone = advances.act(office.writer, withdraw_advance, advance_id=advance.advance_id)
    assert gone.state == "withdrawn"


def test_a_closed_month_takes_no_advances(advances: Advances) -> None:
    office = advances.office
    advance = advances.approved(office.certified(500).request_id, 100)
    office.county.execute(
        "INSERT INTO accounting.closed_period (agency_code, fiscal_year, period, document_id,"
        " closed_by, closed_at) VALUES (:code, 105, 3, :id, :id, now())",
        code=office.government.agency_code,
        id=advances.chief.user_id,
    )
    before = kept(office)
    with pytest.raises(PeriodClosed):
        advances.grant(advance)
    assert kept(office) == before


def test_a_prepayment_on_a_contract_clears_what_the_books_keep_of_it(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(10_000).request_id
    award(office, request_id, 9_000)
    advance = advances.granted(request_id, 4_000, kind=AdvanceKind.PREPAYMENT)
    with office.county.uow(advances.chief, read_only=True) as uow:
        codes = {one.event_code for one in vouchers_of(uow, [request_id])}
        proof = verify_certifications(uow)
        contract_no = find_request(uow, request_id).request.contract_no
    assert codes == {"contract.encumbered", "contract.cleared"}
    assert advance.contract_no == contract_no
    assert counters(office) == (5_000, 4_000, 0)
    assert proof.passed, proof.errors


def test_the_list_of_what_is_out_adds_up_and_says_how_late(advances: Advances) -> None:
    office = advances.office
    request_id = office.certified(10_000).request_id
    late, early = (advances.granted(request_id, amount) for amount in (4_000, 1_000))
    advances.approved(request_id, 500)
    office.county.execute(
        "UPDATE accounting.advance SET settle_by = '2016-03-01' WHERE advance_id = :id",
        id=late.advance_id,
    )
    wanted = OpenAdvanceFilter(agency_code=office.government.agency_code, fiscal_year=105)
    with office.county.uow(advances.chief, read_only=True) as uow:
        sheet = read_open_advances(uow, wanted)
        first = read_open_advances(uow, msgspec.structs.replace(wanted, limit=1))
        rest = read_open_advances(uow, msgspec.structs.replace(wanted, after_no=1, after_line=1))
        overdue = read_open_advances(uow, msgspec.structs.replace(wanted, overdue=True))
    names = [column.name for column in sheet.columns]
    rows = [dict(zip(names, row.values, strict=True)) for row in sheet.rows]
    assert [(row["advance"], row["outstanding_ntd"], row["days_over"]) for row in rows] == [
        (late.label, 4_000, 14), (early.label, 1_000, None),
    ]  # fmt: skip
    assert dict(zip(names, sheet.totals, strict=True))["outstanding_ntd"] == 5_000
    assert (first.next, len(first.rows), len(rest.rows), rest.next) == ("1-1", 1, 1, "")
    assert [row.values[0] for row in overdue.rows] == [late.label]
