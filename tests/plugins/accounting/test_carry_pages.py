"""Carry-over requests by page: asked for from the request, decided on a form."""

from __future__ import annotations

from tests.plugins.accounting.people import PAGES, People, code_of
from tests.plugins.accounting.test_carries_api import in_december

FIELDS = {
    "reason": "廠商尚未交貨", "evidence": "契約 甲字第 1 號", "creditor": "甲商行",
    "creditor_id": "04595257",
    "lines-0-carry": "600", "lines-0-payable": "300", "lines-0-release": "100",
}  # fmt: skip


def test_a_clerk_asks_on_the_form_and_the_county_decides_on_its_own(people: People) -> None:
    request_id = in_december(people)
    request_page = people["req"].get(f"{PAGES}/requests/{request_id}").text
    assert f"requests/{request_id}/carry-over" in request_page
    form = people["req"].get(f"{PAGES}/requests/{request_id}/carry-over").text
    assert 'value="1,000"' in form
    path = f"requests/{request_id}/carry-over"
    wrong = people.post("req", path, {**FIELDS, "lines-0-release": "99"})
    assert (wrong.status_code, code_of(wrong)) == (422, "E-CARRY-SPLIT")
    assert 'value="99"' in wrong.text
    typed = people.post("req", path, {**FIELDS, "lines-0-release": "一百"})
    assert typed.status_code == 422
    written = people.post("req", path, FIELDS)
    assert written.status_code == 303, written.text
    own = written.headers["location"].partition("/accounting/")[2]
    assert "600" in people["req"].get(f"{PAGES}/{own}/edit").text
    assert people.post("req", f"{own}/submission").status_code == 303
    returned = people.post("rev", f"{own}/return", {"reason": "請附驗收紀錄"})
    assert returned.status_code == 303
    assert "請附驗收紀錄" in people["req"].get(f"{PAGES}/{own}").text
    again = people.post(
        "req", f"{own}/edit", {**FIELDS, "lines-0-payable": "200", "lines-0-release": "200"}
    )
    assert again.status_code == 303
    assert people.post("req", f"{own}/submission").status_code == 303
    assert people.post("rev", f"{own}/review").status_code == 303
    decision = people["bas"].get(f"{PAGES}/{own}/decision").text
    assert 'name="lines-0-release"' not in decision
    more = {"lines-0-carry": "601", "lines-0-payable": "200"}
    over = people.post("bas", f"{own}/decision", more)
    assert code_of(over) == "E-CARRY-GRANT"
    done = people.post("bas", f"{own}/decision", {**more, "lines-0-carry": "600"})
    assert done.status_code == 303, done.text
    shown = people["bas"].get(f"{PAGES}/{own}").text
    assert "已核定" in shown
    assert "105留00001" in people["bas"].get(f"{PAGES}/carry-overs?states=decided").text
