"""No request on a reserve (預備金): refused where it is written, sent, and certified."""

from __future__ import annotations

import pytest

from tests.plugins.accounting.given import Office, everything
from tests.plugins.accounting.people import People
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_accounting.usecases.submit_request import submit_request
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.contracts.funds import ReserveDirect

PAGES = "/txg/accounting"
MARK = "UPDATE budget.control_row SET reserve = 'first_reserve' WHERE control_row_id = :row"


def mark_as_reserve(office: Office) -> None:
    """Let the row of 業務費 be the agency's first reserve, by the codes as well."""
    office.county.execute(MARK, row=office.supplies)


def test_a_draft_names_no_reserve(any_office: Office) -> None:
    kept = any_office.draft(5)
    mark_as_reserve(any_office)
    before = everything(any_office.county)
    other = next(row for row in any_office.rows.values() if row != any_office.supplies)
    with pytest.raises(ReserveDirect) as refused:
        any_office.write([(other, 1), (any_office.supplies, 1_234)])
    assert refused.value.arithmetic == {"requested_ntd": 1_234}
    assert refused.value.field_texts(str) == {"lines-1-control_row": "為第一預備金，不得直接動支"}
    assert "請先辦理「動支第一預備金」" in refused.value.text(str)
    with pytest.raises(ReserveDirect), any_office.county.uow(any_office.writer) as uow:
        submit_request(uow, request_id=kept.request_id)
    assert everything(any_office.county) == before


def test_what_was_sent_before_is_not_certified_and_what_was_held_is_released(
    any_office: Office,
) -> None:
    held = any_office.certified(700)
    waiting = any_office.approved(300)
    mark_as_reserve(any_office)
    with any_office.county.uow(any_office.reviewer) as uow:
        (outcome,) = certify_requests(uow, request_ids=[waiting.request_id])
    assert isinstance(outcome.refusal, ReserveDirect)
    assert any_office.encumbered_ntd() == held.amount_ntd
    with any_office.county.uow(read_only=True) as uow:
        errors = verify_budget(uow).errors
    assert any("a reserve was certified or spent" in error for error in errors), errors


def test_the_picker_and_the_form_say_so(people: People) -> None:
    mark_as_reserve(people.office)
    (item,) = people["req"].get(f"{PAGES}/control-rows?text=業務").json()["items"]
    assert item["note"].endswith("第一預備金，不得直接動支")
    path = f"{PAGES}/availability?control_row_id={people.office.supplies}&amount=1"
    said = people["req"].get(path).json()
    assert said == {
        "state": "short",
        "text": "第一預備金不得直接動支，須先辦理動支第一預備金撥入支用科目",
    }
    body = {
        "kind": "ordinary",
        "purpose": "購置文具",
        "basis": "105 年 3 月簽",
        "lines-0-control_row": "業務",
        "lines-0-control_row_id": str(people.office.supplies),
        "lines-0-amount": "5",
    }
    page = people.post("req", "requests/new", body)
    assert page.status_code == 409
    assert "為第一預備金，不得直接動支" in page.text
