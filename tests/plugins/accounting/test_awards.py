"""An award (決標) makes a contract of a request: surplus goes back, the books keep 契約責任."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.given_claims import SELLER, Claims
from tests.plugins.accounting.people import People, code_of
from tests.plugins.accounting.test_supplements import certified, supplement
from zhuji_accounting.domain.commitments.award import Contract
from zhuji_accounting.domain.commitments.refusals import (
    AwardIncomplete,
    AwardLines,
    AwardOver,
    AwardSpent,
    AwardTwice,
)
from zhuji_accounting.domain.refusals import PeriodClosed, WrongState
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.queries.commitments import award_of
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.queries.vouchers import vouchers_of
from zhuji_accounting.usecases.award_request import award_request
from zhuji_accounting.usecases.release_encumbrance import release_encumbrance
from zhuji_core.identity.duties import SamePerson

AWARDED = dt.date(2016, 3, 14)
TABLES = ("award", "award_line", "voucher", "voucher_line", "ledger_entry", "account_balance",
          "subsidiary_balance")  # fmt: skip
ROW, RESERVE = "1209", "2207"  # 歲出保留數 and 歲出保留數準備 of the older basis


@pytest.fixture
def claims(any_office: Office) -> Claims:
    return Claims(any_office)


def contract(**more: Any) -> Contract:
    return Contract(
        **{"contract_no": "採-105-7", "contractor": "乙營造", "tax_id": SELLER,
           "awarded_on": AWARDED, **more}
    )  # fmt: skip


def award(office: Office, request_id: uuid.UUID, *amounts_ntd: int, **more: Any) -> SpendingRequest:
    with office.county.uow(more.pop("by", office.reviewer)) as uow:
        return award_request(
            uow,
            request_id=request_id,
            contract=contract(**more),
            amounts_ntd=dict(enumerate(amounts_ntd, 1)),
        )


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


def entries(office: Office, request_ids: Sequence[uuid.UUID]) -> list[tuple[str, str, int, int]]:
    """Return (voucher, account, debit, credit) of the posted vouchers of these contracts."""
    with office.county.uow(office.reviewer, read_only=True) as uow:
        found = vouchers_of(uow, request_ids)
        assert verify_certifications(uow).passed, verify_certifications(uow).errors
    assert {one.state for one in found} <= {"posted"}
    return [
        (one.label, line.account_code, line.debit_ntd, line.credit_ntd)
        for one in found
        for line in one.lines
    ]


def test_the_surplus_goes_back_and_the_contract_is_entered_and_cleared(claims: Claims) -> None:
    """As the golden quarter's REQ04 and REQ06 together: 轉 8, 12, 13 and 15."""
    office = claims.office
    request_id = office.certified(90_000).request_id
    awarded = award(office, request_id, 80_000, due_on=dt.date(2016, 11, 30))
    assert (awarded.state, awarded.contract_no) == ("certified", "採-105-7")
    assert office.encumbered_ntd() == 80_000
    assert entries(office, [request_id]) == [
        ("轉10500001", ROW, 80_000, 0), ("轉10500001", RESERVE, 0, 80_000),
    ]  # fmt: skip
    with office.county.uow(office.reviewer, read_only=True) as uow:
        page = find_request(uow, request_id)
        found = award_of(uow, request_id)
    assert found is not None
    assert (found.amount_ntd, found.surplus_ntd) == (80_000, 10_000)
    assert found.contract.due_on == dt.date(2016, 11, 30)
    assert [one.reason for one in page.releases] == ["標餘 採-105-7"]
    claims.granted((request_id, 60_000))
    claims.granted((request_id, 15_000), final=True)
    assert entries(office, [request_id])[2:] == [
        ("轉10500002", RESERVE, 60_000, 0), ("轉10500002", ROW, 0, 60_000),
        ("轉10500003", RESERVE, 20_000, 0), ("轉10500003", ROW, 0, 20_000),
    ]  # fmt: skip
    assert office.encumbered_ntd() == 0
    balance = office.county.rows(
        "SELECT sum(debit_ntd - credit_ntd) AS ntd, min(subsidiary_name) AS name"
        " FROM accounting.subsidiary_balance WHERE subsidiary_kind = 'contract'"
    )[0]
    assert (balance.ntd, balance.name) == (0, "乙營造")


def test_a_release_clears_and_a_supplement_is_awarded_by_itself(any_office: Office) -> None:
    """A contract changed twice: 5,000 less, then 2,000 more."""
    request_id = any_office.certified(50_000).request_id
    award(any_office, request_id, 50_000)
    with any_office.county.uow(any_office.reviewer) as uow:
        release_encumbrance(uow, request_id=request_id, amounts_ntd={1: 5_000}, reason="減項")
    more = certified(any_office, supplement(any_office, request_id, 2_000))
    award(any_office, more, 2_000)
    assert [one[1:] for one in entries(any_office, [request_id, more])] == [
        (ROW, 50_000, 0), (RESERVE, 0, 50_000),
        (RESERVE, 5_000, 0), (ROW, 0, 5_000),
        (ROW, 2_000, 0), (RESERVE, 0, 2_000),
    ]  # fmt: skip
    assert any_office.encumbered_ntd() == 47_000


def test_what_is_no_contract_makes_no_entry(claims: Claims) -> None:
    office = claims.office
    request_id = office.certified(10_000).request_id
    claims.granted((request_id, 9_000), final=True)
    assert entries(office, [request_id]) == []


def test_a_line_may_be_awarded_nothing_but_not_all_of_them(any_office: Office) -> None:
    request_id = any_office.certified(4_000, 1_000).request_id
    before = kept(any_office)
    for amounts in ((0, 0), (4_000,), (4_000, 1_000, 1), (4_001, -1)):
        with pytest.raises(AwardLines):
            award(any_office, request_id, *amounts)
    assert kept(any_office) == before
    award(any_office, request_id, 3_500, 0)
    assert any_office.encumbered_ntd() == 3_500


def test_more_than_is_held_is_refused_with_its_arithmetic(any_office: Office) -> None:
    request_id = any_office.certified(4_000).request_id
    before = kept(any_office)
    with pytest.raises(AwardOver) as refusal:
        award(any_office, request_id, 4_001)
    assert refusal.value.arithmetic == {"held_ntd": 4_000, "awarded_ntd": 4_001, "short_ntd": 1}
    assert kept(any_office) == before


def test_a_contract_comes_once_and_before_it_is_paid(claims: Claims) -> None:
    office = claims.office
    spent, waiting = office.certified(4_000).request_id, office.approved(70).request_id
    claims.granted((spent, 1_000))
    awarded = office.certified(500).request_id
    award(office, awarded, 400)
    before = kept(office)
    with pytest.raises(AwardSpent) as refusal:
        award(office, spent, 3_000)
    assert refusal.value.arithmetic == {"whole_ntd": 4_000, "held_ntd": 3_000}
    with pytest.raises(AwardTwice):
        award(office, awarded, 400)
    with pytest.raises(WrongState):
        award(office, waiting, 70)
    assert kept(office) == before


def test_accounting_registers_it_and_nobody_who_wrote_or_approved(any_office: Office) -> None:
    request_id = any_office.certified(4_000).request_id
    before = kept(any_office)
    for person in (any_office.writer, any_office.head):
        with pytest.raises(SamePerson):
            award(any_office, request_id, 4_000, by=person)
    assert kept(any_office) == before


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"contract_no": " "}, "contract_no"),
        ({"contractor": ""}, "contractor"),
        ({"tax_id": "04595258"}, "tax_id"),
        ({"awarded_on": dt.date(2016, 3, 16)}, "awarded_on"),
        ({"awarded_on": dt.date(2015, 12, 31)}, "awarded_on"),
        ({"due_on": dt.date(2016, 3, 13)}, "due_on"),
    ],
)
def test_a_contract_that_is_not_told_is_refused(
    office: Office, told: dict[str, Any], field: str
) -> None:
    request_id = office.certified(4_000).request_id
    before = kept(office)
    with pytest.raises(AwardIncomplete) as refusal:
        award(office, request_id, 4_000, **told)
    assert set(refusal.value.fields) == {field}
    assert kept(office) == before


def test_a_closed_month_takes_no_award(office: Office) -> None:
    request_id = office.certified(4_000).request_id
    office.county.execute(
        "INSERT INTO accounting.closed_period (fiscal_year, agency_code, period, document_id,"
        " closed_by, closed_at) VALUES (105, :agency, 3, gen_random_uuid(), gen_random_uuid(),"
        " now())",
        agency=office.government.agency_code,
    )
    before = kept(office)
    with pytest.raises(PeriodClosed):
        award(office, request_id, 3_000)
    assert kept(office) == before


def test_books_that_forget_a_contract_are_found(any_office: Office) -> None:
    request_id = any_office.certified(4_000).request_id
    award(any_office, request_id, 4_000)
    any_office.county.execute(
        "UPDATE accounting.request_line SET amount_ntd = amount_ntd - 1"
        " WHERE request_id = :request_id",
        request_id=request_id,
    )
    with any_office.county.uow(any_office.reviewer, read_only=True) as uow:
        proof = verify_certifications(uow)
    assert any("contract of request" in one for one in proof.errors)


def test_the_award_is_keyed_on_its_page(people: People) -> None:
    certification = people.office.certified(18_000)
    path = f"requests/{certification.request_id}/award"
    page = people["rev"].get(f"/txg/accounting/requests/{certification.request_id}").text
    assert path in page
    form = people["rev"].get(f"/txg/accounting/{path}").text
    assert 'name="amount-1"' in form
    assert 'value="18,000"' in form
    typed = {
        "contract_no": "採-1",
        "contractor": "乙營造",
        "awarded_on": "314",
        "amount-1": "18,001",
    }
    refused = people.post("rev", path, typed)
    assert (refused.status_code, code_of(refused)) == (409, "E-AWARD-OVER")
    assert all(text in refused.text for text in ("18,001", "乙營造"))
    unread = people.post("rev", path, {**typed, "awarded_on": "9999"})
    assert (unread.status_code, code_of(unread)) == (422, "E-REQUEST-FORM")
    sent = people.post("rev", path, {**typed, "amount-1": "17,000"})
    assert sent.status_code == 303, sent.text
    page = people["rev"].get(f"/txg/accounting/requests/{certification.request_id}").text
    assert all(text in page for text in ("決標：採-1 乙營造", "17,000", "標餘 採-1"))
    assert path not in page, "a contract is not awarded again"


def test_the_api_registers_an_award(people: People) -> None:
    made = people.certified(1_000)
    body = {
        "contract": {"contract_no": "採-2", "contractor": "丙行", "awarded_on": "2016-03-14"},
        "lines": [{"line_no": 1, "amount_ntd": 900}],
    }
    assert people.call("req", f"requests/{made}/award", body).status_code == 403
    answer = people.call("rev", f"requests/{made}/award", body)
    assert answer.status_code == 200, answer.text
    detail = people.call("req", f"requests/{made}", method="GET").json()
    assert detail["contract_no"] == "採-2"
    assert detail["award"]["lines"] == [{"line_no": 1, "awarded_ntd": 900, "surplus_ntd": 100}]
    again = people.call("rev", f"requests/{made}/award", body)
    assert (again.status_code, code_of(again)) == (409, "E-AWARD-TWICE")
