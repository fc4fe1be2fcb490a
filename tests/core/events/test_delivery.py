"""Events reach every listener, each document's in its order, none twice, none never."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.core.events.given import Ear, Gone, Listening, Mused, Noted, note_audit
from tests.core.jobs.given import until
from tests.core.site import Site
from zhuji_core.events.delivery import ATTEMPTS_MAX, pending
from zhuji_core.ids import new_id
from zhuji_core.values import Event

A, B, C = new_id(), new_id(), new_id()


@contextmanager
def open_transaction(listening: Listening) -> Iterator[sa.Connection]:
    """Hold a transaction with an id of its own, as a long writer does."""
    with listening.county.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_current_xact_id()"))
        yield connection
        connection.rollback()


def test_a_module_that_was_told_of_nothing_yet_lags_by_all_there_is(listening: Listening) -> None:
    listening.tell(A, B)
    assert listening.behind("ear") == 2
    assert listening.deliver_all() == 2
    assert listening.behind("ear") == 0


def test_what_is_told_is_heard_once_in_order(listening: Listening) -> None:
    listening.tell(A, B, A)
    listening.tell(B)
    assert listening.deliver_all() == 4
    assert listening.heard() == {A: [1, 2], B: [1, 2]}
    assert listening.deliver().idle
    assert pending(listening.access, ["ear"]) == []


def test_a_listener_is_told_of_what_it_follows_and_passes_the_rest(heard: Site) -> None:
    listening = Listening(heard, Ear(), Ear("half", follows=("ear.mused",)))
    listening.tell(A, A)
    with listening.writing() as uow:
        uow.record(Mused(event_id=new_id(), document_id=B, number=7), document_id=B)
        note_audit(uow)
    listening.tell(A)
    done = listening.deliver_to_the_end("half")
    assert (done.delivered, done.passed) == (1, 4)
    assert listening.heard("half") == {B: [7]}
    assert listening.deliver("half").idle
    assert pending(listening.access, ["half"]) == []
    assert listening.deliver_all() == 4
    assert listening.heard()[A] == [1, 2, 3]


def test_a_type_that_nobody_declares_is_passed_over_by_who_follows_others(heard: Site) -> None:
    """Its module was taken off the host; what it told before stays in the database."""
    listening = Listening(heard, Ear("half", follows=("ear.mused",)))
    with listening.writing() as uow:
        uow.record(Noted(event_id=new_id(), document_id=A, number=1), document_id=A)
        note_audit(uow)
    done = listening.deliver_to_the_end("half")
    assert (done.delivered, done.passed) == (0, 1)
    assert listening.deliver("half").idle
    assert pending(listening.access, ["half"]) == []


def test_what_is_rolled_back_is_never_heard(listening: Listening) -> None:
    with pytest.raises(ZeroDivisionError), listening.writing() as uow:  # noqa: PT012 (a block)
        listening.note(uow, A)
        raise ZeroDivisionError
    listening.tell(B)
    assert listening.deliver_all() == 1
    assert listening.heard() == {B: [1]}


def test_nothing_is_passed_while_an_older_transaction_is_open(listening: Listening) -> None:
    """The older one has the smaller number and commits later: it must not be skipped."""
    with open_transaction(listening) as older:
        older.execute(
            sa.text(
                "INSERT INTO kernel.event (event_id, type, document_id, body, recorded_at)"
                " VALUES (:id, 'ear.noted', :document_id, CAST(:body AS jsonb), now())"
            ),
            {"id": new_id(), "document_id": A, "body": _body(A, 1)},
        )
        listening.tell(B)
        assert listening.deliver_now() == 0
        assert listening.heard() == {}
        older.commit()
    assert listening.deliver_all() == 2
    assert listening.heard() == {A: [1], B: [1]}


def test_a_document_keeps_its_order_when_transaction_ids_do_not(listening: Listening) -> None:
    """The first to begin waited for the document and told last, with the smaller id."""
    with listening.writing() as early:
        early.connection.execute(sa.text("SELECT pg_current_xact_id()"))
        with open_transaction(listening):  # a bystander between the two
            listening.tell(A)
            listening.note(early, A)
            listening.tell(B)
        assert listening.deliver_now() == 0  # the first to begin has not committed
    assert listening.deliver_all() == 3
    assert listening.heard()[A] == [1, 2]


def test_an_event_waits_for_an_older_one_of_its_document_still_to_come(
    listening: Listening,
) -> None:
    """As before, but the later event (smaller id) is safe to read before the earlier one."""
    with listening.writing() as early:
        early.connection.execute(sa.text("SELECT pg_current_xact_id()"))
        bystander = listening.county.engine.connect()
        bystander.execute(sa.text("SELECT pg_current_xact_id()"))
        listening.tell(A)  # an id greater than the bystander's
        listening.note(early, A)
    until(lambda: listening.deliver_now() or listening.waiting())
    assert listening.heard() == {}
    assert [row.state for row in listening.waiting()] == ["behind"]
    bystander.rollback()
    bystander.close()
    listening.deliver_all()
    assert listening.heard() == {A: [1, 2]}
    assert listening.waiting() == []


def test_what_waits_does_not_overtake_an_event_between_that_is_still_to_come(
    listening: Listening,
) -> None:
    """Three things of one document, the last with the smallest id, the second with the greatest."""
    with listening.writing() as third:
        third.connection.execute(sa.text("SELECT pg_current_xact_id()"))
        edges = []
        for _ in range(2):
            edges.append(listening.county.engine.connect())
            edges[-1].execute(sa.text("SELECT pg_current_xact_id()"))
            listening.tell(A)
        listening.note(third, A)
    until(lambda: listening.deliver_now() or listening.waiting())
    assert listening.heard() == {}
    edges[0].rollback()  # the first may be told now; the third waits, the second is still to come
    until(lambda: listening.deliver_now() or listening.heard())
    listening.deliver_now()
    assert listening.heard() == {A: [1]}
    assert [row.state for row in listening.waiting()] == ["behind"]
    edges[1].rollback()
    listening.deliver_all()
    assert listening.heard() == {A: [1, 2, 3]}
    assert listening.waiting() == []
    for edge in edges:
        edge.close()


def test_a_failing_event_parks_its_document_and_no_other(listening: Listening) -> None:
    listening.ear.fails = lambda event: event.document_id == A and event.number == 2
    for _ in range(4):
        listening.tell(A, B)
    assert listening.deliver_all() == 5
    assert listening.heard() == {A: [1], B: [1, 2, 3, 4]}
    states = [(row.state, row.attempts) for row in listening.waiting()]
    assert states == [("retrying", 1), ("behind", 0), ("behind", 0)]
    listening.tell(A)
    listening.deliver_all()
    assert [row.state for row in listening.waiting()] == ["retrying", *["behind"] * 3]
    listening.ear.fails = lambda _: False
    listening.pass_time()
    assert listening.deliver_now() == 4
    assert listening.heard()[A] == [1, 2, 3, 4, 5]
    assert listening.waiting() == []


def test_what_a_failing_listener_wrote_is_not_kept_nor_said(listening: Listening) -> None:
    listening.ear.fails = lambda _: True
    listening.tell(A)
    listening.deliver_all()
    assert listening.heard() == {}
    (row,) = listening.waiting()
    assert row.code == "E-EVENT-FAILED"
    assert row.error.startswith("RuntimeError (given.py:")
    assert "王小明" not in str(row)


def test_after_so_many_attempts_a_person_is_asked(listening: Listening) -> None:
    listening.ear.fails = lambda _: True
    listening.tell(A)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        listening.deliver_all()
        (row,) = listening.waiting()
        assert row.attempts == attempt
        wait_s = (row.due_at - listening.access.clock()).total_seconds()
        assert 2**attempt - 5 < wait_s <= min(2**attempt, 300)
        listening.pass_time()
    assert [row.state for row in listening.waiting()] == ["dead"]
    calls = listening.ear.calls
    listening.deliver_all()
    assert listening.ear.calls == calls


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Gone(event_id=new_id(), number=1), "E-EVENT-UNKNOWN"),
        (None, "E-EVENT-BODY"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_and_not_lost(
    listening: Listening, event: Event | None, code: str
) -> None:
    with listening.writing() as uow:
        if event is None:
            uow.record(Noted(event_id=new_id(), document_id=A, number=1), document_id=A)
            uow.events[-1]["body"] = {"type": "ear.noted", "event_id": str(new_id())}
        else:
            uow.record(event, document_id=A)
        note_audit(uow)
    listening.tell(B)
    assert listening.deliver_all() == 1
    (row,) = listening.waiting()
    assert (row.state, row.code, row.document_id) == ("dead", code, A)


def test_a_module_enabled_later_hears_everything_from_the_beginning(heard: Site) -> None:
    listening = Listening(heard, Ear("ear"), Ear("other"), enabled=["ear"])
    listening.tell(A, B)
    listening.deliver_all()
    listening.tell(A)
    assert listening.deliver("other").idle  # it is off
    listening.enable("ear", "other")
    assert listening.deliver_all("other") == 3
    assert listening.heard("other") == {A: [1, 2], B: [1]}


def test_a_module_that_was_off_goes_on_where_it_was(listening: Listening) -> None:
    listening.tell(A)
    listening.deliver_all()
    listening.enable()
    listening.tell(A)
    assert listening.deliver_now() == 0
    assert listening.relay().serve(listening.access) is False
    listening.enable("ear")
    assert listening.deliver_all() == 1
    assert listening.heard() == {A: [1, 2]}


def test_a_county_that_takes_no_writes_is_told_nothing(heard: Site) -> None:
    heard.switch("TXG", state="read_only")
    listening = Listening(heard)
    assert listening.relay().serve(listening.access) is False


def test_two_relays_do_not_tell_twice(listening: Listening) -> None:
    documents = [new_id() for _ in range(20)]
    for _ in range(30):
        listening.tell(*documents)
    barrier = threading.Barrier(4)

    def one() -> None:
        barrier.wait()
        for _ in range(30):
            listening.deliver()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listening.deliver_all()
    assert listening.heard() == {document: list(range(1, 31)) for document in documents}


def test_the_relay_of_a_process_serves_every_listener(heard: Site) -> None:
    listening = Listening(heard, Ear("ear"), Ear("other"))
    listening.tell(A, B, C)
    relay = listening.relay()

    def all_heard() -> bool:
        relay.step()
        return len(listening.heard("ear")) + len(listening.heard("other")) == 6

    until(all_heard)
    relay.close()
    assert listening.heard("ear") == listening.heard("other") == {A: [1], B: [1], C: [1]}


def test_a_county_that_moved_to_another_server_skips_nothing(listening: Listening) -> None:
    """Its log was numbered there: ids far beyond, and some not yet told."""
    listening.tell(A, B)
    listening.deliver_all()
    listening.tell(A)
    txg = listening.county
    txg.execute(
        "UPDATE kernel.event SET transaction_id = (transaction_id::text::bigint + 10^12::bigint)"
        "::text::xid8"
    )
    txg.execute(
        "UPDATE kernel.event_cursor SET transaction_id ="
        " (transaction_id::text::bigint + 10^12::bigint)::text::xid8"
    )
    listening.tell(A, B)
    until(lambda: pending(listening.access, ["ear"]) == ["ear"])
    listening.deliver_all()
    assert listening.heard() == {A: [1, 2, 3], B: [1, 2]}
    assert pending(listening.access, ["ear"]) == []
    listening.tell(A)
    listening.deliver_all()
    assert listening.heard()[A] == [1, 2, 3, 4]


def _body(document_id: uuid.UUID, number: int) -> str:
    return (
        f'{{"type": "ear.noted", "event_id": "{new_id()}",'
        f' "document_id": "{document_id}", "number": {number}}}'
    )
