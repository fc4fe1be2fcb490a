"""Payments that the bank sends back: the register, what became of them, and the treasury's day."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_recoveries import wanted as wanted_recovery
from tests.plugins.accounting.given_returned import MARCH_15, MARCH_18, Returns
from tests.plugins.accounting.people import People
from zhuji_accounting.domain.books.definition import BookFilter
from zhuji_accounting.domain.claims.refusals import BankInvalid
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.domain.remittances.refusals import (
    NoticeTwice,
    OverReturn,
    ReturnAnswered,
    ReturnDate,
    ReturnIncomplete,
    ReturnNotPaid,
    ReturnPayee,
    ReturnRecovery,
)
from zhuji_accounting.domain.remittances.returned import AnswerKind
from zhuji_accounting.queries.books.reading import read_book
from zhuji_accounting.usecases.recover_spending import recover_spending
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import SamePerson
from zhuji_core.values import DomainError

DAY = ("received_ntd", "paid_ntd", "net_ntd")


@pytest.fixture
def returns(any_office: Office) -> Returns:
    return Returns(any_office)


def kept(returns: Returns) -> dict[str, list[str]]:
    rows = {
        table: sorted(
            row.kept
            for row in returns.office.county.rows(
                f"SELECT t::text AS kept FROM accounting.{table} AS t"  # noqa: S608
            )
        )
        for table in ("returned_remittance", "remittance_answer")
    }
    return {**returns.desk.books(), **rows}


def treasury(returns: Returns) -> dict[str, tuple[object, ...]]:
    code = returns.office.government.agency_code
    wanted = BookFilter(fiscal_year=105, period=3, agency_code=code)
    with returns.office.county.uow(returns.desk.reviewer, read_only=True) as uow:
        sheet = read_book(uow, "treasury", wanted)
    return {str(row["posting_date"]): tuple(row[name] for name in DAY) for row in sheet.records()}


def test_what_comes_back_and_goes_out_again_moves_the_treasury_and_no_account(
    returns: Returns,
) -> None:
    claim = returns.paid(900)
    books = returns.desk.books()
    made = returns.record(claim, 900)
    assert (made.label, made.payee_name, made.answer_by) == (
        "105退00001", "甲商行", dt.date(2016, 3, 22),
    )  # fmt: skip
    assert treasury(returns) == {"2016-03-15": (900, 900, 0)}
    returns.office.county.business_date = MARCH_18
    done = returns.answer(made)
    assert done.answer is not None
    assert done.answer.kind == "re_remit"
    assert treasury(returns) == {"2016-03-15": (900, 900, 0), "2016-03-18": (0, 900, -900)}
    after = {**returns.desk.books(), "kernel.number_counter": books["kernel.number_counter"]}
    assert after == books, "no account of the agency moves"
    with pytest.raises(ReturnAnswered):
        returns.answer(made)
    # What was sent again may come back again.
    assert returns.record(claim, 900, returned_on=MARCH_18).label == "105退00002"


def test_money_given_back_leaves_the_suspense_as_a_recovery(returns: Returns) -> None:
    claim = returns.paid(900)
    made = returns.record(claim, 900)
    with returns.office.county.uow(returns.claims.chief) as uow:
        smaller = recover_spending(uow, claim_id=claim.claim_id, wanted=wanted_recovery(200))
    with pytest.raises(ReturnRecovery):
        returns.answer(made, kind=AnswerKind.GIVE_BACK, settled_on=MARCH_15, recovery_id=None)
    with pytest.raises(ReturnRecovery):
        returns.answer(
            made, kind=AnswerKind.GIVE_BACK, settled_on=MARCH_15, recovery_id=smaller.recovery_id
        )
    other = returns.record(returns.paid(700), 700)
    with returns.office.county.uow(returns.claims.chief) as uow:
        whole = recover_spending(uow, claim_id=other.claim_id, wanted=wanted_recovery(700))
    returns.desk.through()
    done = returns.answer(
        other, kind=AnswerKind.GIVE_BACK, settled_on=MARCH_15, recovery_id=whole.recovery_id
    )
    assert done.answer is not None
    assert done.answer.recovery_label == whole.label
    # Paid 1,600; back 900 and 700 of suspense, 200 and 700 of recoveries; 700 left the suspense.
    assert treasury(returns) == {"2016-03-15": (2_500, 2_300, 200)}


def test_more_than_was_paid_is_refused_with_its_arithmetic(returns: Returns) -> None:
    claim = returns.paid(900)
    returns.record(claim, 400)
    before = kept(returns)
    with pytest.raises(OverReturn) as refusal:
        returns.record(claim, 501)
    assert refusal.value.arithmetic == {
        "paid_ntd": 900, "returned_ntd": 400, "rest_ntd": 500, "requested_ntd": 501,
    }  # fmt: skip
    for amount_ntd in (0, -1):
        with pytest.raises(OverReturn):
            returns.record(claim, amount_ntd)
    for payee_no in (0, 2):
        with pytest.raises(ReturnPayee):
            returns.record(claim, 1, payee_no=payee_no)
    assert kept(returns) == before


def test_a_notice_is_booked_once_and_told_whole(returns: Returns) -> None:
    claim = returns.paid(900)
    first = returns.record(claim, 100, notice_no="退-1")
    before = kept(returns)
    noticed: tuple[tuple[dict[str, Any], type[DomainError]], ...] = (
        ({"notice_no": " 退-1 "}, NoticeTwice),
        ({"notice_no": " "}, ReturnIncomplete),
        ({"reason": ""}, ReturnIncomplete),
        ({"returned_on": dt.date(2016, 3, 14)}, ReturnDate),
        ({"returned_on": dt.date(2016, 3, 16)}, ReturnDate),
    )
    for changes, refusal in noticed:
        with pytest.raises(refusal):
            returns.record(claim, 100, **changes)
    settled: tuple[tuple[dict[str, Any], type[DomainError]], ...] = (
        ({"settled_on": dt.date(2016, 3, 14)}, ReturnDate),
        ({"settled_on": dt.date(2016, 3, 16)}, ReturnDate),
        ({"settled_on": MARCH_15, "slip_no": ""}, ReturnIncomplete),
        ({"settled_on": MARCH_15, "account_no": ""}, ReturnIncomplete),
        ({"settled_on": MARCH_15, "account_no": "12"}, BankInvalid),
        ({"settled_on": MARCH_15, "branch_code": "37"}, BankInvalid),
    )
    for changes, refusal in settled:
        with pytest.raises(refusal):
            returns.answer(first, **changes)
    assert kept(returns) == before


def test_only_what_the_books_paid_comes_back(returns: Returns) -> None:
    request_id = returns.office.certified(900).request_id
    claim = returns.claims.granted((request_id, 900))
    with pytest.raises(ReturnNotPaid):
        returns.record(claim, 900)


def test_two_persons_send_money_to_another_account(returns: Returns) -> None:
    claim = returns.paid(900)
    for person in (returns.office.writer, returns.office.head):
        with pytest.raises((Forbidden, SamePerson)):
            returns.record(claim, 900, by=person)
    made = returns.record(claim, 900)
    for person in (returns.office.reviewer, returns.office.writer, returns.office.head):
        with pytest.raises((Forbidden, SamePerson)):
            returns.answer(made, by=person, settled_on=MARCH_15)
    returns.answer(made, settled_on=MARCH_15)


def test_a_closed_month_takes_neither(returns: Returns) -> None:
    claim = returns.paid(900)
    made = returns.record(claim, 100)
    returns.office.county.execute(
        "INSERT INTO accounting.closed_period (agency_code, fiscal_year, period, document_id,"
        " closed_by, closed_at) VALUES (:code, 105, 3, :id, :id, now())",
        code=returns.office.government.agency_code,
        id=returns.claims.chief.user_id,
    )
    before = kept(returns)
    with pytest.raises(PeriodClosed):
        returns.record(claim, 100)
    with pytest.raises(PeriodClosed):
        returns.answer(made, settled_on=MARCH_15)
    assert kept(returns) == before


def test_it_is_keyed_on_pages_and_followed_from_the_treasurys_day(people: People) -> None:
    returns = Returns(people.office)
    claim = returns.paid(900)
    path = f"claims/{claim.claim_id}/returned-remittance"
    assert path in people["rev"].get(f"/txg/accounting/claims/{claim.claim_id}").text
    typed = {"payee_no": "1", "amount": "九百", "notice_no": "退-9", "reason": "帳戶結清"}
    refused = people.post("rev", path, {**typed, "returned_on": "32x"})
    assert refused.status_code == 422
    assert all(text in refused.text for text in ("日期無法解讀", "金額須為正整數", "退-9"))
    saved = people.post("rev", path, {**typed, "amount": "900", "returned_on": "315"})
    assert saved.status_code == 303, saved.text
    own = saved.headers["location"]
    page = people["rev"].get(own).text
    assert "105退00001" in page
    assert "重匯須由登記退匯以外之人辦理" in page
    assert "帳戶結清" in people["req"].get("/txg/accounting/returned-remittances?waiting=true").text
    answer = {
        "settled_on": "315", "slip_no": "重-9", "bank_code": "004", "branch_code": "0037",
        "account_no": "003712345679",
    }  # fmt: skip
    answered = people.post("cacc", own.removeprefix("/txg/accounting/") + "/answer", answer)
    assert answered.status_code == 303, answered.text
    assert "重-9" in people["cacc"].get(own).text
    book = people["cacc"].get("/txg/accounting/books/treasury").text
    links = set(re.findall(r'href="(/txg/accounting/books/treasury-day[^"]*)"', book))
    assert len(links) == 1
    own_day = links.pop().replace("&amp;", "&")
    day = people["cacc"].get(own_day).text
    assert all(text in day for text in ("105退00001", own, "帳戶結清"))
    # Read on by place: the notice and what was sent again stand on pages of their own.
    api = own_day.replace("/txg/", "/txg/api/v1/", 1) + "&limit=1"
    places: list[object] = []
    cursor: str | None = ""
    while cursor is not None:
        part = people["cacc"].get(f"{api}&cursor={cursor}" if cursor else api).json()
        places += part["items"]
        cursor = part["next"]
    assert sum("105退00001" in str(row) for row in places) == 2
    [row] = people["cacc"].get("/txg/api/v1/accounting/returned-remittances").json()["items"]
    assert (row["label"], row["returned"]["answer"]["slip_no"]) == ("105退00001", "重-9")
