"""The API of vouchers: from the draft into the books, lists by key, what is refused and why."""

from __future__ import annotations

import uuid
from typing import Any

from tests.plugins.accounting.people import API, People

DAY = "2016-03-15"


def remittance(amount_ntd: int, *, credit_ntd: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "kind": "disbursement",
        "posting_date": DAY,
        "memo": "繳付代扣款",
        "lines": [
            {"account_code": "2204", "debit_ntd": amount_ntd},
            {
                "account_code": "1203",
                "credit_ntd": amount_ntd if credit_ntd is None else credit_ntd,
            },
        ],
        **more,
    }


def written(people: People, body: dict[str, Any]) -> str:
    answer = people.call("prep", "vouchers/", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["voucher_id"])


def step(people: People, account: str, verb: str, *ids: str, **more: str) -> Any:
    return people.call(account, f"vouchers/{verb}", {"voucher_ids": list(ids), **more})


def test_a_batch_goes_into_the_books_by_four_people_and_is_reversed(people: People) -> None:
    ids = [written(people, remittance(amount_ntd)) for amount_ntd in (300, 500)]
    for account, verb in (("prep", "preparation"), ("rev", "review"), ("cacc", "approval")):
        assert step(people, account, verb, *ids).status_code == 200
    key = uuid.uuid4().hex
    first = people.call("book", "vouchers/posting", {"voucher_ids": ids}, key=key)
    again = people.call("book", "vouchers/posting", {"voucher_ids": ids}, key=key)
    assert [one["label"] for one in first.json()] == ["支10500001", "支10500002"]
    assert first.content == again.content
    assert step(people, "book", "posting", *ids).json()["code"] == "E-VOUCHER-STATE"
    reversal = people.call("prep", f"vouchers/{ids[0]}/reversal", {"reason": "科目誤植"}).json()
    detail = people.call("rev", f"vouchers/{reversal['voucher_id']}", method="GET").json()
    assert [(line["debit_ntd"], line["credit_ntd"]) for line in detail["lines"]] == [
        (300, 0),
        (0, 300),
    ]
    assert [line["account_code"] for line in detail["lines"]] == ["1203", "2204"]
    read = people.call("rev", f"vouchers/{ids[0]}", method="GET").json()
    assert read["reversed_by_id"] == reversal["voucher_id"]
    assert (read["prepared_by_name"], read["state"]) != ("", "prepared")


def test_one_that_does_not_balance_keeps_the_whole_batch_back(people: People) -> None:
    ids = [written(people, remittance(300)), written(people, remittance(300, credit_ntd=299))]
    refused = step(people, "prep", "preparation", *ids)
    assert (refused.status_code, refused.json()["code"]) == (422, "E-UNBALANCED")
    assert refused.json()["arithmetic"]["difference_ntd"] == 1
    states = people.office.county.rows("SELECT DISTINCT state FROM accounting.voucher")
    assert [row.state for row in states] == ["draft"]
    body = remittance(299, revision=1)
    assert people.call("prep", f"vouchers/{ids[1]}", body, method="PUT").status_code == 200
    assert people.call("prep", f"vouchers/{ids[1]}", body, method="PUT").json()["code"] == (
        "E-VOUCHER-STALE"
    )
    assert step(people, "prep", "preparation", *ids).status_code == 200
    returned = step(people, "rev", "return", ids[0], reason="缺附件").json()
    assert returned[0]["state"] == "returned"
    assert people.call("prep", f"vouchers/{ids[0]}/withdrawal").json()["state"] == "withdrawn"


def test_a_manual_rule_makes_the_entries_of_the_amount(people: People) -> None:
    rules = people["prep"].get(f"{API}/ledger/manual-rules?limit=200").json()["items"]
    known = {rule["event_code"]: rule for rule in rules}
    assert known["guarantee.received"]["subsidiaries"] == ["deposit"]
    assert "expenditure.paid" not in known
    body = {
        "event_code": "guarantee.received",
        "posting_date": DAY,
        "memo": "履約保證金",
        "lines": [{"amounts_ntd": {"amount": 40_000}}],
    }
    refused = people.call("prep", "vouchers/by-rule", body)
    assert refused.json()["code"] == "E-SUBSIDIARY-MISSING"
    whose = {"kind": "deposit", "key": "D1", "name": "甲工程"}
    body["lines"] = [{"amounts_ntd": {"amount": 40_000}, "subsidiaries": [whose]}]
    made = people.call("prep", "vouchers/by-rule", body).json()
    assert (made["kind"], made["amount_ntd"]) == ("receipt", 40_000)
    detail = people.call("prep", f"vouchers/{made['voucher_id']}", method="GET").json()
    assert [line["account_code"] for line in detail["lines"]] == ["1203", "2206"]
    assert detail["lines"][1]["subsidiary_name"] == "甲工程"
    body["event_code"] = "expenditure.paid"
    assert people.call("prep", "vouchers/by-rule", body).json()["code"] == "E-RULE-NOT-MANUAL"


def test_what_cannot_be_an_entry_is_refused_and_nothing_is_kept(people: People) -> None:
    stranger = remittance(5)
    stranger["lines"][0]["control_row_id"] = str(uuid.uuid4())
    halved = remittance(5)
    halved["lines"][0]["subsidiary_kind"] = "payee"
    for body, code in (
        (stranger, "E-VOUCHER-ROW"),
        (halved, "E-SUBSIDIARY-MISSING"),
        (remittance(0), "E-VOUCHER-LINES"),
        (remittance(5, posting_date="2019-03-15", fiscal_year=105), "E-VOUCHER-YEAR"),
    ):
        assert people.call("prep", "vouchers/", body).json()["code"] == code
    assert people.call("prep", "vouchers/", remittance(5, document_count=-1)).status_code == 422
    assert not people.office.county.rows("SELECT FROM accounting.voucher")


def test_lists_by_key_with_filters_and_accounts_by_code_or_name(people: People) -> None:
    ids = [written(people, remittance(n, memo=f"第 {n} 件")) for n in (1, 2, 3)]
    browser = people["rev"]
    first = browser.get(f"{API}/vouchers/?limit=2&account_code=2204").json()
    assert [item["voucher_id"] for item in first["items"]] == [ids[2], ids[1]]
    path = f"{API}/vouchers/?limit=2&account_code=2204&cursor={first['next']}"
    rest = browser.get(path).json()
    assert ([item["voucher_id"] for item in rest["items"]], rest["next"]) == ([ids[0]], None)
    assert [
        item["voucher_id"] for item in browser.get(f"{API}/vouchers/?text=第 2 件").json()["items"]
    ] == [ids[1]]
    assert browser.get(f"{API}/vouchers/?account_code=1101").json()["items"] == []
    by_code = browser.get(f"{API}/ledger/accounts?text=220").json()["items"]
    assert {account["code"] for account in by_code} == {f"220{last}" for last in range(1, 8)}
    by_name = browser.get(f"{API}/ledger/accounts?text=代收").json()["items"]
    assert "2204" in {account["code"] for account in by_name}
