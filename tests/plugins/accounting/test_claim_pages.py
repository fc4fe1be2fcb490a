"""Expense claims at the browser: from a certified request to the drafted voucher."""

from __future__ import annotations

import re

from tests.plugins.accounting.given_claims import SELLER
from tests.plugins.accounting.people import People

HIDDEN = re.compile(r'name="(lines-0-[a-z_]+)" value="([^"]*)"')


def test_a_claim_is_written_from_its_request_and_goes_its_way(people: People) -> None:
    certification = people.office.certified(18_000)
    request_page = people["req"].get(f"/txg/accounting/requests/{certification.request_id}").text
    found = re.search(r'href="[^"]*/(claims/new\?requests=[^"]+)"', request_page)
    assert found is not None, "a certified request leads to its claim"
    form = people["req"].get(f"/txg/accounting/{found[1]}").text
    hidden = dict(HIDDEN.findall(form))
    assert hidden["lines-0-request_id"] == str(certification.request_id)
    typed = {
        **hidden,
        "memo": "購置文具",
        "kind": "purchase",
        "final": "1",
        "lines-0-amount": "17,500",
        "documents-0-kind": "invoice",
        "documents-0-number": "ab-12345678",
        "documents-0-dated_on": "310",
        "documents-0-tax_id": SELLER,
        "documents-0-amount": "17,50x",
        "payees-0-name": "甲商行",
        "payees-0-amount": "17500",
    }
    refused = people.post("req", "claims/new", typed)
    assert refused.status_code == 422
    assert all(text in refused.text for text in ("17,50x", "17,500", "AB-12345678".lower()))
    saved = people.post("req", "claims/new", {**typed, "documents-0-amount": "17,500"})
    assert saved.status_code == 303, saved.text
    path = saved.headers["location"].removeprefix("/txg/accounting/")
    for account, noun in (
        ("req", "submission"), ("req2", "acceptance"), ("sup", "approval"), ("rev", "review"),
        ("cacc", "grant"),
    ):  # fmt: skip
        answer = people.post(account, f"{path}/{noun}")
        assert answer.status_code == 303, answer.text
    page = people["cacc"].get(f"/txg/accounting/{path}").text
    assert all(text in page for text in ("經費支出", "AB-12345678", "已核定"))
    request_page = people["req"].get(f"/txg/accounting/requests/{certification.request_id}").text
    assert all(text in request_page for text in ("105報00001", "已結案"))
    listed = people["req"].get("/txg/accounting/claims?states=approved&text=文具").text
    assert "105報00001" in listed
