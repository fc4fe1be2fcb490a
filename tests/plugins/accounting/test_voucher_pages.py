"""Vouchers at the browser: found on the first page, brought into the books by four people."""

from __future__ import annotations

from tests.plugins.accounting.people import People
from tests.plugins.accounting.test_voucher_api import remittance, written


def step(people: People, account: str, voucher_id: str, noun: str, **form: str) -> str:
    answer = people.post(account, f"vouchers/{voucher_id}/{noun}", form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


def test_a_voucher_goes_into_the_books_and_is_reversed(people: People) -> None:
    voucher_id = written(people, remittance(115_000, memo="繳付代扣款"))
    for account, noun, title in (
        ("prep", "preparation", "待製票（草稿）"),
        ("rev", "review", "待覆核傳票"),
        ("cacc", "approval", "待核定傳票"),
        ("book", "posting", "待登帳傳票"),
    ):
        assert title in people[account].get("/txg").text
        assert step(people, account, voucher_id, noun) == voucher_id
        assert title not in people[account].get("/txg").text
    page = people["prep"].get(f"/txg/accounting/vouchers/{voucher_id}").text
    assert all(text in page for text in ("支10500001", "115,000", "代收款", "專戶存款", "已登帳"))
    reversal_id = step(people, "prep", voucher_id, "reversal", reason="科目誤植")
    assert reversal_id != voucher_id
    again = people["prep"].get(f"/txg/accounting/vouchers/{voucher_id}").text
    assert f"vouchers/{reversal_id}" in again, "each leads to the other"
    listed = people["book"].get("/txg/accounting/vouchers?states=posted&text=支10500001").text
    assert voucher_id in listed
    assert reversal_id not in listed


def test_says_why_a_step_is_not_possible_and_keeps_nothing(people: People) -> None:
    voucher_id = written(people, remittance(5))
    refused = people.post("prep", f"vouchers/{voucher_id}/withdrawal")
    assert refused.status_code == 303
    page = people["prep"].get(f"/txg/accounting/vouchers/{voucher_id}").text
    assert "已撤回" in page
    late = people.post("prep", f"vouchers/{voucher_id}/preparation")
    assert late.status_code == 409
    assert "E-VOUCHER-STATE" in late.text
    other = written(people, remittance(7))
    step(people, "prep", other, "preparation")
    page = people["prep"].get(f"/txg/accounting/vouchers/{other}").text
    assert "等候有「覆核傳票」權限的人員辦理" in page
    blank = people.post("rev", f"vouchers/{other}/return", {"reason": " "})
    assert (blank.status_code, "E-REASON-MISSING" in blank.text) == (422, True)
    step(people, "rev", other, "return", reason="摘要不明")
    assert "摘要不明" in people["prep"].get(f"/txg/accounting/vouchers/{other}").text
