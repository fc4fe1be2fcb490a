"""The API: replays, duplicates, batches, lists by key, who sees what."""

from __future__ import annotations

import uuid

from tests.plugins.accounting.given import everything
from tests.plugins.accounting.people import API, People


def test_a_repeated_write_is_answered_byte_for_byte_and_kept_once(people: People) -> None:
    wanted, key = people.wanted(7), uuid.uuid4().hex
    first = people.call("req", "requests/", wanted, key=key)
    again = people.call("req", "requests/", wanted, key=key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    rows = people.office.county.rows("SELECT count(*) AS n FROM accounting.spending_request")
    assert rows[0].n == 1


def test_a_repeated_certification_moves_the_money_once(people: People) -> None:
    request_id, key = people.approved(400), uuid.uuid4().hex
    path = f"requests/{request_id}/certification"
    first = people.call("rev", path, key=key)
    before = everything(people.office.county)
    again = people.call("rev", path, key=key)
    assert first.content == again.content
    assert people.office.encumbered_ntd() == 400
    assert everything(people.office.county) == before


def test_the_same_content_is_submitted_once_unless_a_reason_is_given(people: People) -> None:
    wanted = people.wanted(55)
    ids = [people.call("req", "requests/", wanted).json()["request_id"] for _ in range(2)]
    assert people.call("req", f"requests/{ids[0]}/submission").status_code == 200
    refused = people.call("req", f"requests/{ids[1]}/submission")
    assert refused.json()["code"] == "E-DUP-REQUEST"
    body = {"duplicate_reason": "另一場次"}
    assert people.call("req", f"requests/{ids[1]}/submission", body).status_code == 200


def test_what_was_withdrawn_may_be_asked_again(people: People) -> None:
    wanted = people.wanted(55)
    first = people.call("req", "requests/", wanted).json()["request_id"]
    people.call("req", f"requests/{first}/submission")
    assert people.call("req", f"requests/{first}/withdrawal").status_code == 200
    second = people.call("req", "requests/", wanted).json()["request_id"]
    assert people.call("req", f"requests/{second}/submission").status_code == 200


def test_a_batch_answers_each_request(people: People) -> None:
    available_ntd = people.office.supplies_available_ntd
    ids = [people.approved(amount_ntd) for amount_ntd in (available_ntd - 5, 6, 5)]
    answers = people.call("rev", "certifications/", {"request_ids": ids}).json()
    assert [answer["code"] for answer in answers] == ["", "E-ALLOT-INSUFFICIENT", ""]
    assert answers[1]["arithmetic"]["short_ntd"] == 1
    assert "短少 1" in answers[1]["detail"]
    assert [answer["certification"]["certification_no"] for answer in (answers[0], answers[2])] == [
        "105簽00001",
        "105簽00002",
    ]


def test_a_returned_request_is_mended_and_keeps_its_number(people: People) -> None:
    request_id = people.submitted(9)
    label = people.call("req", f"requests/{request_id}", method="GET").json()["label"]
    people.call("sup", f"requests/{request_id}/return", {"reason": "缺估價單"})
    detail = people.call("req", f"requests/{request_id}", method="GET").json()
    assert (detail["state"], detail["return_reason"]) == ("returned", "缺估價單")
    body = people.wanted(8, revision=detail["revision"])
    assert people.call("req", f"requests/{request_id}", body, method="PUT").status_code == 200
    answer = people.call("req", f"requests/{request_id}/submission").json()
    assert (answer["label"], answer["state"], answer["amount_ntd"]) == (label, "submitted", 8)


def test_lists_by_key_newest_first(people: People) -> None:
    ids = [people.written(1) for _ in range(3)]
    first = people["req"].get(f"{API}/requests/?limit=2").json()
    assert [item["request_id"] for item in first["items"]] == [ids[2], ids[1]]
    rest = people["req"].get(f"{API}/requests/?limit=2&cursor={first['next']}").json()
    assert [item["request_id"] for item in rest["items"]] == [ids[0]]
    assert rest["next"] is None


def test_a_draft_is_its_writers_alone(people: People) -> None:
    request_id = people.written(1)
    assert people["rev"].get(f"{API}/requests/{request_id}").status_code == 404
    assert people["rev"].get(f"{API}/requests/").json()["items"] == []


def test_another_agency_sees_nothing(people: People) -> None:
    request_id = people.certified(5)
    people.site.given_user("elsewhere", "REV", agency_code="B1", in_agency="B1")
    with people.site.browser("elsewhere") as browser:
        assert browser.get(f"{API}/requests/{request_id}").status_code == 404
        assert browser.get(f"{API}/requests/").json()["items"] == []
        assert browser.get(f"{API}/certifications/?agency_code=A1").status_code == 403


def test_each_verb_needs_its_right(people: People) -> None:
    request_id = people.submitted(1)
    refused = (
        ("req", "approval"), ("rev", "approval"), ("req", "certification"),
        ("sup", "certification"), ("req", "return"), ("sup", "release"), ("rev", "submission"),
        ("sup", "withdrawal"),
    )  # fmt: skip
    for account, verb in refused:
        body = {"reason": "x", "lines": []} if verb == "release" else {"reason": "x"}
        if verb in {"approval", "certification", "submission", "withdrawal"}:
            body = {}
        answer = people.call(account, f"requests/{request_id}/{verb}", body)
        assert answer.status_code == 403, (account, verb, answer.text)


def test_without_the_module_there_is_no_page(people: People) -> None:
    people.site.given_user("mli-req", "REQ", county="MLI")
    with people.site.browser("mli-req", county="mli") as browser:
        assert browser.get("/mli/accounting/requests").status_code == 404
        assert browser.get("/mli/api/v1/accounting/requests/").status_code == 404


def test_what_no_column_holds_is_bad_input_and_keeps_nothing(people: People) -> None:
    for changed in (
        {"purpose": "文\x00具"},
        {"fiscal_year": 2**40},
        {"lines": [{"control_row_id": str(people.office.supplies), "amount_ntd": 2**70}]},
    ):
        reply = people.call("req", "requests", {**people.wanted(1), **changed})
        assert reply.status_code == 422, changed
    assert people["req"].get(f"{API}/requests/").json()["items"] == []
