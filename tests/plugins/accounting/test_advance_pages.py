"""Advances at the browser and by the API: from a certified request to the money that is out."""

from __future__ import annotations

import re

from tests.plugins.accounting.people import People

HIDDEN = re.compile(r'name="(request_id|lines-0-line_no)" value="([^"]*)"')


def test_an_advance_is_written_from_its_request_and_goes_its_way(people: People) -> None:
    certification = people.office.certified(12_000)
    request_path = f"/txg/accounting/requests/{certification.request_id}"
    found = re.search(
        r'href="[^"]*/(advances/new\?requests=[^"]+)"', people["req"].get(request_path).text
    )
    assert found is not None, "a certified request leads to an advance"
    form = people["req"].get(f"/txg/accounting/{found[1]}").text
    hidden = dict(HIDDEN.findall(form))
    assert hidden["request_id"] == str(certification.request_id)
    typed = {
        **hidden,
        "memo": "赴臺北出差",
        "kind": "travel",
        "settle_by": "",
        "receiver_name": "出差戊",
        "lines-0-amount": "10,00x",
    }
    refused = people.post("req", "advances/new", typed)
    assert refused.status_code == 422
    assert all(text in refused.text for text in ("10,00x", "請填預定結清日", "出差戊"))
    saved = people.post(
        "req", "advances/new", {**typed, "settle_by": "331", "lines-0-amount": "10,000"}
    )
    assert saved.status_code == 303, saved.text
    path = saved.headers["location"].removeprefix("/txg/accounting/")
    for account, noun in (("req", "submission"), ("sup", "approval"), ("cacc", "grant")):
        answer = people.post(account, f"{path}/{noun}")
        assert answer.status_code == 303, answer.text
    page = people["cacc"].get(f"/txg/accounting/{path}").text
    assert all(text in page for text in ("105暫00001", "已撥付", "未結清金額", "暫付款"))
    request_page = people["req"].get(request_path).text
    assert all(text in request_page for text in ("105暫00001", "10,000", "2,000"))
    listed = people["req"].get("/txg/accounting/advances?states=granted&text=出差").text
    assert "105暫00001" in listed
    overdue = people["req"].get("/txg/accounting/advances?overdue=true").text
    assert "105暫00001" not in overdue
    told = people["req"].get(f"/txg/api/v1/accounting/{path}").json()
    assert (told["outstanding_ntd"], told["advance"]["state"]) == (10_000, "granted")
    page = people["cacc"].get("/txg/accounting/open-advances").text
    assert all(text in page for text in ("105暫00001", "出差戊", "10,000"))
    code = people.office.government.agency_code
    exported = people["cacc"].get(f"/txg/accounting/open-advances/export/csv?agency_code={code}")
    assert "105暫00001" in exported.content.decode("utf-8-sig")
    told = people["cacc"].get(f"/txg/api/v1/accounting/open-advances?agency_code={code}").json()
    assert len(told["items"]) == 1
