"""Carry-over requests by the API, each step by whose it is."""

from __future__ import annotations

import datetime as dt

from tests.plugins.accounting.people import API, People, code_of
from zhuji_core.settings import keep_setting

SPLIT = {"line_no": 1, "carry_ntd": 600, "payable_ntd": 300, "release_ntd": 100}
BODY = {
    "reason": "廠商尚未交貨", "evidence": "契約 甲字第 1 號", "creditor": "甲商行",
    "creditor_id": "04595257", "lines": [SPLIT],
}  # fmt: skip


def in_december(people: People) -> str:
    """Return a certified request of 1,000; it is December."""
    request_id = people.certified(1_000)
    people.office.county.business_date = dt.date(2016, 12, 20)
    with people.office.county.uow() as uow:
        keep_setting(uow, module="kernel", key="business_date", value="2016-12-20")
    return request_id


def test_an_agency_asks_and_the_county_decides(people: People) -> None:
    request_id = in_december(people)
    wrong = {**BODY, "lines": [{**SPLIT, "release_ntd": 101}]}
    refused = people.call("req", f"requests/{request_id}/carry-overs", wrong)
    assert (refused.status_code, code_of(refused)) == (422, "E-CARRY-SPLIT")
    assert "1,001" in refused.text
    written = people.call("req", f"requests/{request_id}/carry-overs", BODY)
    assert written.status_code == 201, written.text
    carry_id = written.json()["carry_id"]
    assert people["rev"].get(f"{API}/carry-overs/{carry_id}").status_code == 404
    again = people.call("req2", f"requests/{request_id}/carry-overs", BODY)
    assert code_of(again) == "E-CARRY-TWICE"
    path = f"carry-overs/{carry_id}"
    assert people.call("req", f"{path}/submission").json()["label"] == "105留00001"
    decision = {"lines": [{"line_no": 1, "carry_ntd": 600, "payable_ntd": 200}]}
    assert code_of(people.call("bas", f"{path}/decision", decision)) == "E-CARRY-STATE"
    assert people.call("rev", f"{path}/review").json()["state"] == "reviewed"
    assert people.call("rev", f"{path}/decision", decision).status_code == 403
    assert code_of(people.call("bas", f"{path}/decision", decision)) == "E-CARRY-MISSING"
    decided = people.call("bas", f"{path}/decision", {**decision, "note": "無驗收紀錄"})
    assert decided.status_code == 200, decided.text
    told = people["rev"].get(f"{API}/{path}").json()
    assert (told["carry_ntd"], told["payable_ntd"], told["release_ntd"]) == (600, 200, 200)
    assert len(told["vouchers"]) == 1
    listed = people["bas"].get(f"{API}/carry-overs?states=decided").json()["items"]
    assert [row["carry_ntd"] for row in listed] == [600]


def test_many_are_granted_as_asked_or_none(people: People) -> None:
    first, second = in_december(people), people.certified(70)
    paths = []
    for request_id, lines in (
        (first, [SPLIT]),
        (second, [{"line_no": 1, "carry_ntd": 70}]),
    ):
        body = {**BODY, "lines": lines}
        made = people.call("req", f"requests/{request_id}/carry-overs", body).json()
        paths.append(f"carry-overs/{made['carry_id']}")
        assert people.call("req", f"{paths[-1]}/submission").status_code == 200
    assert people.call("rev", f"{paths[0]}/review").status_code == 200
    ids = {"carry_ids": [path.partition("/")[2] for path in paths]}
    assert (
        code_of(people.call("bas", "carry-overs/decisions", {"carry_ids": []})) == "E-CARRY-BATCH"
    )
    assert code_of(people.call("bas", "carry-overs/decisions", ids)) == "E-CARRY-STATE"
    assert people["bas"].get(f"{API}/{paths[0]}").json()["carry"]["state"] == "reviewed"
    assert people.call("rev", f"{paths[1]}/review").status_code == 200
    assert people.call("rev", "carry-overs/decisions", ids).status_code == 403
    decided = people.call("bas", "carry-overs/decisions", ids)
    assert [(one["carry_ntd"], one["payable_ntd"]) for one in decided.json()] == [
        (600, 300),
        (70, 0),
    ]
