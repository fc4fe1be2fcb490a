"""Small counts of what ``make prove WHAT=certification`` does at length: races, crashes, gaps."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import psycopg
import pytest
import sqlalchemy as sa

from tests.prove.certification_parts import naive
from tests.prove.certification_parts.invariants import Invariants, check
from tests.prove.certification_parts.seed import Scenario, Seeded, fill
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_accounting.usecases.certify_requests import certify_requests
from zhuji_budget.queries.verification import verify_budget
from zhuji_core import hooks
from zhuji_core.db.hot import HotStatement
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

CLIENTS = 8
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"

Certify = Callable[[CountyUnderTest, uuid.UUID], str]


def certify(county: CountyUnderTest, request_id: uuid.UUID) -> str:
    """Certify one request in a unit of work of its own; return its number or its refusal."""
    with county.uow(given_actor(9)) as uow:
        outcome = certify_requests(uow, request_ids=[request_id])[0]
    if outcome.refusal is not None:
        return outcome.refusal.code
    assert outcome.certification is not None, "either a certification or a refusal"
    return outcome.certification.label


def race(
    county: CountyUnderTest, request_ids: Sequence[uuid.UUID], *, one: Certify = certify
) -> list[str]:
    """Certify all at once by CLIENTS threads; an answer for each, in the order given."""
    started = threading.Barrier(CLIENTS)

    def client(number: int) -> list[str]:
        started.wait()
        return [one(county, request_id) for request_id in request_ids[number::CLIENTS]]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(client, range(CLIENTS)))
    return [answer for of_client in answers for answer in of_client]


def found(county: CountyUnderTest, *, all_tried: bool = False) -> Invariants:
    with county.admin.connect() as connection:
        return check(connection, all_tried=all_tried)


def granted(answers: Sequence[str]) -> list[str]:
    return [answer for answer in answers if not answer.startswith("E-")]


def assert_verified(county: CountyUnderTest) -> None:
    with county.uow(read_only=True) as uow:
        certifications, budget = verify_certifications(uow), verify_budget(uow)
    assert certifications.passed, certifications
    assert budget.passed, budget


def test_one_row_never_gives_more_than_it_has(txg: CountyUnderTest) -> None:
    seeded = fill(txg.admin, Scenario(requests=200, funded=50))
    before = txg.rows(DEADLOCKS)[0][0]

    answers = race(txg, seeded.request_ids)

    assert Counter(answer[:2] for answer in answers) == {"10": 50, "E-": 150}
    invariants = found(txg, all_tried=True)
    assert invariants.certified == 50
    assert not invariants.broken
    assert txg.rows(DEADLOCKS)[0][0] == before
    assert_verified(txg)


def test_requests_over_five_of_twenty_rows_never_wait_for_each_other(txg: CountyUnderTest) -> None:
    seeded = fill(txg.admin, Scenario(requests=150, funded=12, rows=20, lines=5))
    before = txg.rows(DEADLOCKS)[0][0]

    answers = race(txg, seeded.request_ids)

    assert 0 < len(granted(answers)) <= 12 * 20 // 5
    invariants = found(txg, all_tried=True)
    assert invariants.certified == len(granted(answers))
    assert invariants.receipt_lines == 5 * invariants.certified
    assert not invariants.broken
    assert txg.rows(DEADLOCKS)[0][0] == before
    assert_verified(txg)


def test_batches_of_all_clients_over_the_same_requests_certify_each_once(
    txg: CountyUnderTest,
) -> None:
    seeded = fill(txg.admin, Scenario(requests=40, funded=30, rows=5, lines=2))

    def batch(number: int) -> int:
        # Each client sends every request, in an order of its own.
        wanted = [*seeded.request_ids[number * 5 :], *seeded.request_ids[: number * 5]]
        with txg.uow(given_actor(9)) as uow:
            outcomes = certify_requests(uow, request_ids=wanted)
        return sum(outcome.certification is not None for outcome in outcomes)

    with ThreadPoolExecutor(CLIENTS) as pool:
        certified = sum(pool.map(batch, range(CLIENTS)))

    assert certified == found(txg, all_tried=True).certified > 0
    assert not found(txg, all_tried=True).broken


def test_the_checks_catch_read_check_write(
    txg: CountyUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded = fill(txg.admin, Scenario(requests=200, funded=50))
    careless = hooks.load()
    naive.install(careless)
    monkeypatch.setattr(txg, "manager", careless)

    answers = race(txg, seeded.request_ids)

    broken = found(txg).broken
    assert len(granted(answers)) > 50
    assert broken["overspent_ntd"] == (len(granted(answers)) - 50) * seeded.amount_ntd
    assert broken["counters_differ_ntd"] > 0
    assert broken["receipts_not_recomputable"] > 0
    with txg.uow(read_only=True) as uow:
        assert not verify_certifications(uow).passed
        assert not verify_budget(uow).passed


STATEMENTS = 6  # requests, control rows, counters, number, certification, flush


class Killed(Exception):
    """The connection was ended from outside just before a statement."""


@contextlib.contextmanager
def before_each(
    county: CountyUnderTest, act: Callable[[sa.Connection, str], None]
) -> Iterator[None]:
    """Do ``act`` before each statement, sent by SQLAlchemy or by the driver (db/hot.py)."""
    send = HotStatement._execute

    def hot(
        statement: HotStatement, connection: sa.Connection, cursor: Any, parameters: Any
    ) -> None:
        act(connection, statement.text)
        send(statement, connection, cursor, parameters)

    def by_sqlalchemy(connection: sa.Connection, _: object, statement: str, *__: object) -> None:
        act(connection, statement)

    sa.event.listen(county.engine, "before_cursor_execute", by_sqlalchemy)
    try:
        with mock.patch.object(HotStatement, "_execute", hot):
            yield
    finally:
        sa.event.remove(county.engine, "before_cursor_execute", by_sqlalchemy)


def kill_before(county: CountyUnderTest, statement: int) -> Certify:
    """Return a ``certify`` whose connection is killed before its n-th statement (0: BEGIN)."""

    def one(_: CountyUnderTest, request_id: uuid.UUID) -> str:
        seen = 0

        def strike(connection: sa.Connection, _statement: str) -> None:
            nonlocal seen
            if seen == statement:
                driver = connection.connection.driver_connection
                assert isinstance(driver, psycopg.Connection)
                county.rows("SELECT pg_terminate_backend(:pid, 5000)", pid=driver.info.backend_pid)
            seen += 1

        try:
            with before_each(county, strike):
                return certify(county, request_id)
        except sa.exc.OperationalError as error:
            raise Killed from error

    return one


@pytest.mark.parametrize("statement", range(STATEMENTS))
def test_a_connection_killed_between_statements_leaves_nothing(
    txg: CountyUnderTest, statement: int
) -> None:
    seeded = fill(txg.admin, Scenario(requests=2, funded=2, rows=2, lines=2))
    first, second = seeded.request_ids

    with pytest.raises(Killed):
        kill_before(txg, statement)(txg, first)

    assert found(txg).certified == 0
    assert not found(txg).broken
    assert certify(txg, first) == "105簽00001"
    assert certify(txg, second) == "105簽00002"
    assert not found(txg, all_tried=True).broken


def test_a_certification_sends_as_many_statements_as_are_killed_above(txg: CountyUnderTest) -> None:
    seeded = fill(txg.admin, Scenario(requests=1, funded=1))
    sent: list[str] = []

    with before_each(txg, lambda _connection, statement: sent.append(statement)):
        certify(txg, seeded.request_ids[0])

    assert len(sent) == STATEMENTS, sent


def test_numbers_of_rolled_back_certifications_are_given_again(txg: CountyUnderTest) -> None:
    seeded = fill(txg.admin, Scenario(requests=120, funded=120, rows=4, lines=2))

    def one(county: CountyUnderTest, request_id: uuid.UUID) -> str:
        # Every third transaction fails after it took its number.
        if request_id.int % 3 == 0:
            with pytest.raises(_Failed), county.uow(given_actor(9)) as uow:
                _certify_and_fail(uow, request_id)
        return certify(county, request_id)

    answers = race(txg, seeded.request_ids, one=one)

    assert sorted(answers) == [f"105簽{number:05}" for number in range(1, 121)]
    assert not found(txg, all_tried=True).broken
    assert_verified(txg)


class _Failed(Exception):
    pass


def _certify_and_fail(uow: UnitOfWork, request_id: uuid.UUID) -> None:
    outcome = certify_requests(uow, request_ids=[request_id])[0]
    assert outcome.certification is not None, "funds are enough for all"
    raise _Failed


def test_an_empty_county_proves_nothing(txg: CountyUnderTest) -> None:
    seeded: Seeded = fill(txg.admin, Scenario(requests=1, funded=1))

    assert not found(txg).broken
    assert not found(txg).hold
    assert len(seeded.request_ids) == 1
