"""The events page: what waits and why, replay, skip with a reason; by permission, audited."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.core.events.given import Gone, Listening, note_audit
from tests.core.site import Browser, Site
from zhuji_core.events.waiting import WaitingFilter, list_waiting
from zhuji_core.ids import new_id

A, B = new_id(), new_id()
PAGE = "/txg/kernel/events"
API = "/txg/api/v1/kernel/events"


@pytest.fixture
def poisoned(listening: Listening) -> Listening:
    """A dead letter of document A with two events behind it, and one of an undeclared type."""
    listening.ear.fails = lambda event: event.document_id == A and event.number == 1
    for _ in range(3):
        listening.tell(A)
    with listening.writing() as uow:
        uow.record(Gone(event_id=new_id(), number=1), document_id=B)
        note_audit(uow)
    listening.deliver_all()
    listening.county.execute(
        "UPDATE kernel.event_waiting SET state = 'dead' WHERE state = 'retrying'"
    )
    return listening


@pytest.fixture
def admin(heard: Site) -> Iterator[Browser]:
    heard.given_user("chief", "ADM", in_agency=None)
    with heard.browser("chief") as browser:
        yield browser


@pytest.fixture
def auditor(heard: Site) -> Iterator[Browser]:
    heard.given_user("auditor", "AUD", in_agency=None)
    with heard.browser("auditor") as browser:
        yield browser


def first(listening: Listening) -> int:
    sequence: int = listening.waiting()[0].sequence
    return sequence


def test_the_page_says_what_waits_and_why(poisoned: Listening, admin: Browser) -> None:
    page = admin.get(PAGE + "/").text
    assert "E-EVENT-FAILED" in page
    assert "RuntimeError (given.py:" in page
    assert "E-EVENT-UNKNOWN" in page
    assert "王小明" not in page
    status = admin.get(f"{API}/status").json()
    (ear,) = status
    assert (ear["dead_letters"], ear["parked_documents"], ear["waiting"]) == (2, 2, 4)
    waiting = admin.get(f"{API}/waiting").json()["items"]
    assert [(one["state"], one["behind"]) for one in waiting] == [("dead", 2), ("dead", 0)]
    assert waiting[1]["fields"] == {}, "what is personal in an undeclared type is not known"
    with poisoned.access.begin(actor=poisoned.site.operator, read_only=True) as uow:
        seen = list_waiting(uow, WaitingFilter())
    assert seen[0].fields == {"document_id": str(A)}, "the number is marked as personal"
    assert admin.get(f"{PAGE}/ear/{first(poisoned)}").status_code == 200


def test_a_replayed_event_is_told_and_what_stood_behind_it_follows(
    poisoned: Listening, admin: Browser
) -> None:
    poisoned.ear.fails = lambda _: False
    answer = admin.form(f"{PAGE}/ear/{first(poisoned)}/replay", {"_key": uuid.uuid4().hex})
    assert answer.status_code == 303
    poisoned.deliver_now()
    assert poisoned.heard() == {A: [1, 2, 3]}
    (entry,) = poisoned.county.rows(
        "SELECT actor_account, after FROM kernel.audit_entry WHERE action = 'kernel.event.replay'"
    )
    assert entry.actor_account == "chief"
    assert entry.after == {"module": "ear", "failed_with": "E-EVENT-FAILED"}


def test_all_dead_letters_of_a_module_are_replayed(poisoned: Listening, admin: Browser) -> None:
    answer = admin.json(f"{API}/replay", b'{"module": "ear"}')
    assert answer.json() == {"replayed": 2}
    assert [row.state for row in poisoned.waiting()].count("retrying") == 2
    again = admin.json(f"{API}/replay", b'{"module": "ear"}')
    assert again.json() == {"replayed": 0}


def test_a_skipped_event_is_never_told_and_the_others_go_on(
    poisoned: Listening, admin: Browser
) -> None:
    sequence = first(poisoned)
    fields = {"_key": uuid.uuid4().hex, "reason": "重複匯入之測試資料"}
    assert admin.form(f"{PAGE}/ear/{sequence}/skip", fields).status_code == 303
    poisoned.deliver_now()
    assert poisoned.heard() == {A: [2, 3]}
    (entry,) = poisoned.county.rows(
        "SELECT before, after FROM kernel.audit_entry WHERE action = 'kernel.event.skip'"
    )
    assert entry.after == {"module": "ear", "reason": "重複匯入之測試資料"}
    assert entry.before["code"] == "E-EVENT-FAILED"


@pytest.mark.parametrize("reason", ["", "   ", "長" * 501])
def test_skipping_without_a_reason_is_refused_and_skips_nothing(
    poisoned: Listening, admin: Browser, reason: str
) -> None:
    before = poisoned.waiting()
    path = f"ear/{first(poisoned)}/skip"
    page = admin.form(f"{PAGE}/{path}", {"_key": uuid.uuid4().hex, "reason": reason})
    assert page.status_code == 422
    assert "E-EVENT-SKIP-REASON" in page.text
    body = f'{{"reason": "{reason}"}}'.encode()
    assert admin.json(f"{API}/waiting/{path}", body).status_code == 422
    assert poisoned.waiting() == before


def test_what_does_not_wait_is_not_found(poisoned: Listening, admin: Browser) -> None:
    behind = poisoned.waiting()[1].sequence
    for sequence in (behind, 999_999):
        assert admin.get(f"{PAGE}/ear/{sequence}").status_code == 404
        answer = admin.json(f"{API}/waiting/ear/{sequence}/skip", b'{"reason": "x"}')
        assert (answer.status_code, answer.json()["code"]) == (404, "E-EVENT-NOT-WAITING")


def test_an_auditor_reads_and_changes_nothing(poisoned: Listening, auditor: Browser) -> None:
    before = poisoned.waiting()
    sequence = first(poisoned)
    page = auditor.get(f"{PAGE}/ear/{sequence}")
    assert page.status_code == 200
    assert "/skip" not in page.text
    for path, body in (
        (f"waiting/ear/{sequence}/replay", b"{}"),
        (f"waiting/ear/{sequence}/skip", b'{"reason": "x"}'),
        ("replay", b'{"module": "ear"}'),
    ):
        assert auditor.json(f"{API}/{path}", body).status_code == 403
    assert poisoned.waiting() == before


def test_a_clerk_sees_no_events(poisoned: Listening) -> None:
    poisoned.site.given_user("clerk", "REQ")
    with poisoned.site.browser("clerk") as clerk:
        assert clerk.get(PAGE + "/").status_code == 403
        assert clerk.get(f"{API}/status").status_code == 403


def test_the_list_goes_on_by_its_cursor(listening: Listening, admin: Browser) -> None:
    listening.ear.fails = lambda _: True
    listening.tell(*(new_id() for _ in range(5)))
    listening.deliver_all()
    seen: list[int] = []
    path = f"{API}/waiting?limit=2"
    while path:
        answer = admin.get(path)
        seen += [one["sequence"] for one in answer.json()["items"]]
        cursor = answer.json()["next"]
        path = f"{API}/waiting?limit=2&cursor={cursor}" if cursor else ""
    assert seen == [row.sequence for row in listening.waiting()]
    assert len(seen) == 5
