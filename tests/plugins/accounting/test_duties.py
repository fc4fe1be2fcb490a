"""Separation of duties on requests: for a deputy too, and with a written exception from it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.people import Staff
from tests.plugins.accounting.people import People, code_of

REVIEW_WAITS = "待覆核職能分工例外"
PERIOD = {"valid_from": "2016-03-15", "valid_to": "2016-12-31"}


@pytest.fixture
def staff(people: People) -> Iterator[Staff]:
    with Staff.signed_in(people.site) as staff:
        yield staff


def kept(people: People) -> Any:
    return people.site.under_test["TXG"].rows(
        "SELECT (SELECT array_agg((r.request_id, r.state, r.revision) ORDER BY r.request_id)::text"
        "          FROM accounting.spending_request AS r) AS requests,"
        " (SELECT count(*) FROM accounting.certification) AS certifications,"
        " (SELECT count(*) FROM kernel.duty_exception_use) AS uses,"
        " (SELECT sum(encumbered_ntd) FROM budget.control_row) AS held_ntd"
    )


def lend(people: People, staff: Staff, *, lender: str, deputy: str, role: str) -> str:
    agency = people.office.government.agency_code
    people[lender], people[deputy]
    wanted = {
        "deputy_id": staff.user_id(deputy), "roles": [role], "agency_code": agency,
        "valid_from": "2016-03-15", "valid_to": "2016-03-31", "reason": "休假",
    }  # fmt: skip
    answer = people[lender].json(
        "/txg/api/v1/kernel/delegations/", encode(wanted), key=uuid.uuid4().hex
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["delegation"]["delegation_id"])


def encode(value: object) -> bytes:
    import msgspec  # noqa: PLC0415 (of this helper alone)

    return msgspec.json.encode(value)


def act(people: People, account: str, delegation: str) -> None:
    fields = {
        "agency_code": people.office.government.agency_code,
        "delegation_id": delegation,
        "_key": uuid.uuid4().hex,
    }
    answer = people[account].form("/txg/kernel/acting", fields)
    assert answer.status_code == 303, answer.text


def test_a_deputy_approves_neither_the_own_request_nor_the_lenders(
    people: People, staff: Staff
) -> None:
    own = people.submitted(1, account="req")
    of_head = people.submitted(1, account="both")
    delegation = lend(people, staff, lender="both", deputy="req", role="SUP")
    act(people, "req", delegation)
    before = kept(people)
    for request_id in (own, of_head):
        answer = people.call("req", f"requests/{request_id}/approval")
        assert code_of(answer) == "E-SAME-PERSON", answer.text
        assert "經辦與核准分立" in answer.json()["detail"]
    assert kept(people) == before


def test_what_a_deputy_wrote_is_not_approved_by_whom_it_was_written_for(
    people: People, staff: Staff
) -> None:
    delegation = lend(people, staff, lender="both", deputy="req2", role="REQ")
    act(people, "req2", delegation)
    request_id = people.submitted(1, account="req2")
    before = kept(people)
    answer = people.call("both", f"requests/{request_id}/approval")
    assert code_of(answer) == "E-SAME-PERSON", answer.text
    assert kept(people) == before
    (row,) = staff.rows("SELECT created_by_name FROM accounting.spending_request")
    assert row.created_by_name == "姓名req2（代理姓名both）"
    assert people.call("sup", f"requests/{request_id}/approval").status_code == 200


def proposed(people: People, staff: Staff, rule: str, **changes: Any) -> Any:
    people["both"], people["sup"]
    wanted = {
        "user_id": staff.user_id("both"), "rule_code": rule,
        "agency_code": people.office.government.agency_code, **PERIOD,
        "reviewer_id": staff.user_id("sup"), "reason": "學校僅一名兼任會計", **changes,
    }  # fmt: skip
    return staff.call("adm1", "exceptions/", wanted)


def excepted(people: People, staff: Staff, rule: str) -> str:
    made = proposed(people, staff, rule)
    assert made.status_code == 201, made.text
    path = f"proposals/{made.json()['proposal_id']}/approval"
    staff.refuses(staff.call("adm1", path), "E-OWN-PROPOSAL")
    assert staff.call("adm2", path).status_code == 200
    (row,) = staff.rows("SELECT * FROM kernel.duty_exception WHERE rule_code = :r", r=rule)
    return str(row.exception_id)


def test_an_exception_lets_one_person_do_both_and_is_shown_on_the_document(
    people: People, staff: Staff
) -> None:
    request_id = people.approved(1, account="both")
    before = kept(people)
    answer = people.call("both", f"requests/{request_id}/certification")
    assert code_of(answer) == "E-SAME-PERSON", answer.text
    assert "經辦與審核分立" in answer.json()["detail"]
    assert kept(people) == before
    exception_id = excepted(people, staff, "write-certify")
    answer = people.call("both", f"requests/{request_id}/certification")
    assert answer.status_code == 201, answer.text
    (use,) = staff.rows("SELECT * FROM kernel.duty_exception_use")
    assert (str(use.exception_id), str(use.document_id), use.step) == (
        exception_id,
        request_id,
        "certify",
    )
    page = people["both"].get(f"/txg/accounting/requests/{request_id}").text
    number = staff.rows("SELECT number FROM kernel.duty_exception")[0].number
    assert f"依職能分工例外 {number} 辦理" in page
    staff.site.given_user("auditor", "AUD", in_agency=None)
    assert number in staff["auditor"].get("/txg/kernel/exceptions").text
    assert use.document_label in staff["auditor"].get(f"/txg/kernel/exceptions/{exception_id}").text


def test_whom_an_exception_frees_does_not_approve_it(people: People, staff: Staff) -> None:
    made = proposed(people, staff, "write-certify", user_id=staff.user_id("adm2"))
    assert made.status_code == 201, made.text
    path = f"proposals/{made.json()['proposal_id']}/approval"
    staff.refuses(staff.call("adm2", path), "E-EXCEPTION-OWN")
    assert staff.rows("SELECT * FROM kernel.duty_exception") == []
    staff.site.given_user("adm3", "ADM", in_agency=None)
    assert staff.call("adm3", path).status_code == 200


def test_an_exception_is_of_one_rule_and_one_agency_and_ends(people: People, staff: Staff) -> None:
    exception_id = excepted(people, staff, "write-approve")
    request_id = people.submitted(1, account="both")
    assert people.call("both", f"requests/{request_id}/approval").status_code == 200
    answer = people.call("both", f"requests/{request_id}/certification")
    assert code_of(answer) == "E-SAME-PERSON", "another rule is not excepted"
    ended = staff.call("adm1", f"exceptions/{exception_id}/end", {"reason": "已補人"})
    assert ended.status_code == 200, ended.text
    other = people.submitted(1, account="both")
    assert code_of(people.call("both", f"requests/{other}/approval")) == "E-SAME-PERSON"
    again = staff.call("adm1", f"exceptions/{exception_id}/end", {"reason": "再一次"})
    staff.refuses(again, "E-EXCEPTION-ENDED")


def test_an_exception_that_is_not_reviewed_in_time_does_not_count(
    people: People, staff: Staff
) -> None:
    exception_id = excepted(people, staff, "write-approve")
    assert REVIEW_WAITS not in people["sup"].get("/txg/").text, "nothing was done by it yet"
    request_id = people.submitted(1, account="both")
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.duty_exception SET review_due_on = '2016-03-14'"
    )
    assert code_of(people.call("both", f"requests/{request_id}/approval")) == "E-SAME-PERSON"
    assert REVIEW_WAITS in people["sup"].get("/txg/").text
    assert REVIEW_WAITS not in people["both"].get("/txg/").text
    path = f"/txg/api/v1/kernel/exceptions/{exception_id}/review"
    body = encode({"findings": "逐件核對，無誤"})
    refused = people["both"].json(path, body, key=uuid.uuid4().hex)
    assert code_of(refused) == "E-NOT-REVIEWER"
    assert people["sup"].json(path, body, key=uuid.uuid4().hex).status_code == 200
    assert REVIEW_WAITS not in people["sup"].get("/txg/").text
    assert people.call("both", f"requests/{request_id}/approval").status_code == 200
    assert REVIEW_WAITS in people["sup"].get("/txg/").text, "what was done is reviewed again"
    (row,) = staff.rows("SELECT findings FROM kernel.duty_exception_review")
    assert row.findings == "逐件核對，無誤"


def test_what_was_done_by_an_exception_is_reviewed_after_its_end_too(
    people: People, staff: Staff
) -> None:
    exception_id = excepted(people, staff, "write-approve")
    path = f"exceptions/{exception_id}"
    for account in ("adm1", "adm2"):
        staff.refuses(staff.call(account, f"{path}/review", {"findings": "x"}), "E-NOT-REVIEWER")
    request_id = people.submitted(1, account="both")
    assert people.call("both", f"requests/{request_id}/approval").status_code == 200
    assert staff.call("adm1", f"{path}/end", {"reason": "已補人"}).status_code == 200
    assert REVIEW_WAITS in people["sup"].get("/txg/").text
    page = people["sup"].get(f"/txg/kernel/{path}").text
    assert ("完成覆核" in page, "尚未覆核" in page) == (True, True)
    (before,) = staff.rows("SELECT review_due_on FROM kernel.duty_exception")
    done = people["sup"].form(
        f"/txg/kernel/{path}/review", {"findings": "逐件核對，無誤", "_key": uuid.uuid4().hex}
    )
    assert done.status_code == 303, done.text
    page = people["sup"].get(done.headers["location"]).text
    assert ("逐件核對，無誤" in page, "完成覆核" in page) == (True, False)
    assert REVIEW_WAITS not in people["sup"].get("/txg/").text
    assert staff.rows("SELECT review_due_on FROM kernel.duty_exception") == [before]
    body = encode({"findings": "再一次"})
    again = people["sup"].json(f"/txg/api/v1/kernel/{path}/review", body, key=uuid.uuid4().hex)
    staff.refuses(again, "E-EXCEPTION-ENDED")
    (row,) = staff.rows("SELECT uses FROM kernel.duty_exception_review")
    assert row.uses == 1


@pytest.mark.parametrize(
    ("rule", "changes", "code"),
    [
        ("administrator", {}, "E-DUTY-RULE"),
        ("nothing", {}, "E-DUTY-RULE"),
        ("write-certify", {"valid_to": "2017-03-16"}, "E-EXCEPTION-PERIOD"),
        ("write-certify", {"valid_from": "2016-03-14"}, "E-EXCEPTION-PERIOD"),
        ("write-certify", {"agency_code": "ZZ"}, "E-AGENCY-UNKNOWN"),
        ("write-certify", {"reviewer_id": "both"}, "E-EXCEPTION-REVIEWER"),
        ("write-certify", {"reason": ""}, "E-PROPOSAL-REASON"),
    ],
)
def test_an_exception_that_cannot_be_is_not_proposed(
    people: People, staff: Staff, rule: str, changes: dict[str, str], code: str
) -> None:
    people["both"], people["sup"]
    if "reviewer_id" in changes:
        changes = {"reviewer_id": staff.user_id("both")}
    before = staff.everything()
    staff.refuses(proposed(people, staff, rule, **changes), code)
    assert staff.everything() == before


def test_the_page_proposes_and_keeps_what_was_keyed(people: People, staff: Staff) -> None:
    people["both"], people["sup"]
    fields = {
        "account": "both", "rule_code": "write-certify", "valid_from": "1050315",
        "agency": people.office.government.agency_code, "valid_to": "1051231",
        "reviewer": "nobody", "reason": "學校僅一名兼任會計",
    }  # fmt: skip
    refused = staff.post("adm1", "exceptions", fields)
    assert refused.status_code == 404
    assert "學校僅一名兼任會計" in refused.text
    made = staff.post("adm1", "exceptions", {**fields, "reviewer": "sup"})
    assert made.status_code == 303, made.text
    assert "經辦與審核分立" in staff["adm2"].get(made.headers["location"]).text
