"""The accountant's worklist of vouchers: oldest first, many at once, nobody's own second step."""

from __future__ import annotations

import httpx
import pytest

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_vouchers import Desk, remittance
from tests.plugins.accounting.people import PAGES, People, code_of
from tests.plugins.accounting.test_voucher_api import remittance as body
from tests.plugins.accounting.test_voucher_api import step, written
from zhuji_accounting.domain.ledger.voucher import VoucherState
from zhuji_accounting.queries.voucher_lists import waiting_vouchers


@pytest.fixture
def desk(any_office: Office) -> Desk:
    return Desk(any_office)


def test_what_waits_is_listed_oldest_first_page_by_page(desk: Desk) -> None:
    ids = [desk.write(remittance(n)).voucher_id for n in (1, 2, 3)]
    desk.prepare(*ids)
    with desk.office.county.uow(desk.reviewer, read_only=True) as uow:
        first = waiting_vouchers(uow, VoucherState.PREPARED, limit=2)
        last = first[-1]
        rest = waiting_vouchers(
            uow, VoucherState.PREPARED, after=(last.created_at, last.voucher_id)
        )
        some = waiting_vouchers(uow, VoucherState.PREPARED, ids=ids[2:])
    assert [row.voucher_id for row in (*first, *rest)] == ids
    assert [row.amount_ntd for row in some] == [3]
    with desk.office.county.uow(desk.preparer, read_only=True) as uow:
        assert waiting_vouchers(uow, VoucherState.PREPARED) == [], "not by who prepared it"


def batch(
    people: People, account: str, noun: str, state: str, ids: list[str], **more: str
) -> httpx.Response:
    fields = {"state": state, "voucher_ids": ",".join(ids), "confirmation": str(len(ids))}
    return people.post(account, f"vouchers/batch/{noun}", {**fields, **more})


def test_a_batch_goes_from_step_to_step_by_its_pages(people: People) -> None:
    ids = [written(people, body(n)) for n in (300, 500)]
    home = people["prep"].get("/txg").text
    assert "vouchers/waiting?states=draft" in home
    steps = (
        ("prep", "preparation", "draft", "待覆核"),
        ("rev", "review", "prepared", "待主辦會計核定"),
        ("cacc", "approval", "reviewed", "待登帳"),
        ("book", "posting", "approved", "支10500002"),
    )
    for account, noun, state, word in steps:
        page = people[account].get(f"{PAGES}/vouchers/waiting?states={state}").text
        assert page.index(ids[0]) < page.index(ids[1])
        fields = {"state": state, "voucher_ids": ",".join(ids)}
        summary = people.post(account, "vouchers/waiting", fields)
        assert summary.status_code == 200
        assert f"batch/{noun}" in summary.text
        assert "800" in summary.text
        wrong = batch(people, account, noun, state, ids, confirmation="9")
        assert (wrong.status_code, "尚未辦理" in wrong.text) == (422, True)
        done = batch(people, account, noun, state, ids)
        assert done.status_code == 200, done.text
        assert done.headers["content-type"] == "text/html; charset=utf-8"
        assert word in done.text


def test_one_that_is_refused_keeps_the_whole_batch_back(people: People) -> None:
    ids = [written(people, body(300)), written(people, body(300, credit_ntd=299))]
    refused = batch(people, "prep", "preparation", "draft", ids)
    assert (refused.status_code, code_of(refused)) == (422, "E-UNBALANCED")
    states = people.office.county.rows("SELECT DISTINCT state FROM accounting.voucher")
    assert [row.state for row in states] == ["draft"]
    assert people.post("prep", "vouchers/waiting", {"state": "draft"}).status_code == 409
    assert people.post("rev", "vouchers/waiting", {"state": "draft"}).status_code == 409
    assert batch(people, "rev", "preparation", "draft", ids).status_code == 403
    step(people, "prep", "preparation", ids[0])
    assert ids[0] not in people["prep"].get(f"{PAGES}/vouchers/waiting").text
