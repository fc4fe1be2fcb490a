"""The unit of work: all of it or nothing, and never without a trace."""

from __future__ import annotations

import dataclasses
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.core.site import Site
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.agencies import Agency, ensure_agencies
from zhuji_core.ids import new_id
from zhuji_core.numbering import take_numbers
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import IdempotencyKey, UnitOfWork
from zhuji_core.values import Event

ONE = new_id()


class Happened(Event, frozen=True, kw_only=True, tag="probe.happened"):
    number: int


def document(label: str = "1") -> DocumentRef:
    return DocumentRef(kind="probe.thing", document_id=ONE, label=label, agency_code="A1")


def tell(uow: UnitOfWork, number: int) -> None:
    uow.record(Happened(event_id=new_id(), number=number), document_id=ONE)
    uow.audit("probe.do", document(str(number)), before=None, after={"number": number})


def test_what_is_told_stands_in_the_order_of_telling(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        for number in range(5):
            tell(uow, number)
    events = txg.rows("SELECT body, type, recorded_at FROM kernel.event ORDER BY sequence")
    audits = txg.rows("SELECT document_label, after FROM kernel.audit_entry ORDER BY audit_id")
    assert [row.body["number"] for row in events] == [0, 1, 2, 3, 4]
    assert {row.type for row in events} == {"probe.happened"}
    assert [row.document_label for row in audits] == ["0", "1", "2", "3", "4"]
    assert audits[3].after == {"number": 3}


def test_an_audit_entry_says_who_and_when(txg: CountyUnderTest) -> None:
    actor = given_actor(7, agency_code="A1")
    with txg.uow(actor) as uow:
        tell(uow, 1)
        now = uow.now
    (row,) = txg.rows("SELECT * FROM kernel.audit_entry")
    assert row.actor_id == uuid.UUID(int=7)
    assert row.actor_account == actor.account
    assert row.recorded_at == now
    assert row.business_date == txg.business_date


def test_a_write_without_an_audit_entry_is_a_mistake(txg: CountyUnderTest) -> None:
    agency = Agency(agency_code="A1", name="民政局")
    with pytest.raises(AssertionError, match="audit"), txg.uow() as uow:  # noqa: PT012 (a block)
        ensure_agencies(uow, [agency])
        uow.audits.clear()
    assert txg.rows("SELECT FROM kernel.agency") == []


def test_what_raises_keeps_nothing(txg: CountyUnderTest) -> None:
    with pytest.raises(ZeroDivisionError), txg.uow() as uow:  # noqa: PT012 (a block)
        ensure_agencies(uow, [Agency(agency_code="A1", name="民政局")])
        tell(uow, 1)
        take_numbers(uow, agency_code="A1", fiscal_year=105, kind="x")
        raise ZeroDivisionError
    for table in ("agency", "audit_entry", "event", "number_counter"):
        assert txg.rows(f"SELECT FROM kernel.{table}") == [], table


def test_what_is_abandoned_keeps_nothing_and_raises_nothing(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        ensure_agencies(uow, [Agency(agency_code="A1", name="民政局")])
        uow.abandon("all of the batch was refused")
    assert txg.rows("SELECT FROM kernel.agency") == []
    assert txg.rows("SELECT FROM kernel.audit_entry") == []


def test_a_reader_cannot_write(txg: CountyUnderTest) -> None:
    with pytest.raises(sa.exc.InternalError), txg.uow(read_only=True) as uow:
        ensure_agencies(uow, [Agency(agency_code="A1", name="民政局")])
    with txg.uow() as uow:  # the pool gives no connection back that stayed read-only
        tell(uow, 1)


def test_a_request_with_a_key_must_keep_its_answer(site: Site) -> None:
    access = site.counties["TXG"]
    key = IdempotencyKey(key="12345678", digest="00" * 32)
    with (
        pytest.raises(AssertionError, match="answer"),
        access.begin(actor=site.operator, key=key) as uow,
    ):
        tell(uow, 1)
    assert site.under_test["TXG"].rows("SELECT FROM kernel.idempotency_key") == []


def test_numbers_are_gapless_although_a_third_of_their_takers_fail(txg: CountyUnderTest) -> None:
    def take(number: int) -> int | None:
        try:
            with txg.uow() as uow:
                (taken,) = take_numbers(uow, agency_code="A1", fiscal_year=105, kind="x")
                tell(uow, taken)
                if number % 3 == 0:
                    raise ZeroDivisionError  # noqa: TRY301 (what a use case does)
                return taken
        except ZeroDivisionError:
            return None

    with ThreadPoolExecutor(8) as crowd:
        taken = [number for number in crowd.map(take, range(120)) if number is not None]
    assert sorted(taken) == list(range(1, 81))
    labels = txg.rows("SELECT document_label::int FROM kernel.audit_entry ORDER BY audit_id")
    assert sorted(row[0] for row in labels) == list(range(1, 81))


def test_a_batch_takes_consecutive_numbers_per_agency_year_and_kind(txg: CountyUnderTest) -> None:
    with txg.uow() as uow:
        assert take_numbers(uow, agency_code="A1", fiscal_year=105, kind="x", count=3) == range(
            1, 4
        )
        assert take_numbers(uow, agency_code="A1", fiscal_year=105, kind="x") == range(4, 5)
        for other in (("B1", 105, "x"), ("A1", 106, "x"), ("A1", 105, "y")):
            code, year, kind = other
            assert take_numbers(uow, agency_code=code, fiscal_year=year, kind=kind) == range(1, 2)
        tell(uow, 1)


def test_each_audit_entry_names_who_did_it(txg: CountyUnderTest) -> None:
    """Acts of several people in one transaction (a demo's seed, a delegation) stay theirs."""
    with txg.uow(given_actor(1)) as uow:
        uow.audit("test.first", document())
        dataclasses.replace(uow, actor=given_actor(2)).audit("test.second", document())
    rows = txg.rows("SELECT action, actor_account FROM kernel.audit_entry ORDER BY audit_id")
    assert [tuple(row) for row in rows] == [("test.first", "user1"), ("test.second", "user2")]


def test_what_is_made_of_what_was_read_keeps_no_transaction_waiting(txg: CountyUnderTest) -> None:
    with txg.uow(read_only=True) as uow:
        uow.connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
        uow.read_personal_data(kind="probe.thing", subjects=["a"], purpose="測試")
        uow.end_reading()
        time.sleep(0.3)  # what takes long: without the line above the connection is gone by now
        with pytest.raises(sa.exc.InvalidRequestError):
            uow.connection.execute(sa.text("SELECT 1"))
    assert [row.subjects for row in txg.rows("SELECT subjects FROM kernel.personal_read")] == [
        ["a"]
    ]
    with pytest.raises(AssertionError, match="kept at the end"), txg.uow() as uow:
        uow.end_reading()
