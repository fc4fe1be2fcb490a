"""Who held the lock that a request waited for is named on both sides, by real sessions."""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa

from tests.observability.store.conftest import NOON_MS
from zhuji_core.db.server import ServerAddress
from zhuji_observability.recorder import statements, transactions
from zhuji_observability.recorder.holders import Blocking, Holders, Root, roots
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.store import files, writing
from zhuji_observability.store.collector import Finished, exchange_of
from zhuji_observability.store.exchange import Exchange
from zhuji_observability.store.reading import Store
from zhuji_observability.store.sampling import Sampler

LOCK = sa.text("SELECT pg_advisory_xact_lock(8163)")
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"


class Request:
    """What a request does with the database, in a thread and context of its own."""

    def __init__(self, engine: sa.Engine, number: int) -> None:
        self._engine = engine
        self.trace = f"{number:032x}"
        self.record = Record(now_ns())
        self.record.traceparent = f"00-{self.trace}-{number:016x}-01"
        self.record.whole_ns = self.record.started_ns
        self.backend = 0
        self._go_on = threading.Event()
        self.locked = threading.Event()
        self._thread = threading.Thread(target=contextvars.Context().run, args=(self._run,))

    def begin(self) -> None:
        self._thread.start()

    def commit(self) -> None:
        """Let it commit, and wait until it has."""
        self._go_on.set()
        self._thread.join(60)
        self.record.ended_ns = now_ns()

    def _run(self) -> None:
        CURRENT.set(self.record)
        with self._engine.begin() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, psycopg.Connection)
            self.backend = raw.info.backend_pid
            connection.execute(LOCK)
            self.locked.set()
            assert self._go_on.wait(60)

    @property
    def exchange(self) -> Exchange:
        told = {"http.response.status_code": 201, "zhuji.operation": "accounting.certify"}
        return exchange_of(Finished(self.record, int(self.trace, 16), NOON_MS * 1_000_000, told))


@pytest.fixture
def engine(pg_server: ServerAddress) -> Iterator[sa.Engine]:
    take_off = statements.watch()
    engine = sa.create_engine(pg_server.url("postgres"))
    try:
        yield engine
    finally:
        engine.dispose()
        take_off()


@pytest.fixture
def waiting(pg_server: ServerAddress) -> Iterator[Callable[[Request], None]]:
    """Wait until a request waits for a lock."""
    with contextlib.closing(
        psycopg.connect(
            pg_server.url("postgres").set(drivername="postgresql").render_as_string(False),
            autocommit=True,
        )
    ) as looking:

        def wait(request: Request) -> None:
            until_s = time.monotonic() + 60
            while not looking.execute(WAITING, [request.backend]).fetchone():
                assert time.monotonic() < until_s, "it does not wait"
                time.sleep(0.01)

        yield wait


def looked(holders: Holders, times: int = 2) -> None:
    """Look again and again; the first looks may come too early for anything to be long."""
    while holders.asked < times:
        holders.step()
        time.sleep(0.02)


def test_holder_and_waiter_name_each_other(
    engine: sa.Engine, waiting: Callable[[Request], None], tmp_path: Path
) -> None:
    holder, first, second = (Request(engine, number) for number in (1, 2, 3))
    holder.begin()
    assert holder.locked.wait(60)
    for request in (first, second):
        request.begin()
        waiting(request)
    looked(Holders())
    for request in (holder, first, second):
        request.commit()
    (by_first,), (by_second,) = first.exchange.met, second.exchange.met
    assert (by_first.side, by_first.trace, by_first.behind) == ("waited", holder.trace, 0)
    assert by_first.open_us >= 50_000
    assert by_first.seen_us >= 50_000
    assert by_first.state == "idle in transaction"
    assert by_second.trace == holder.trace
    held = {met.trace: met for met in holder.exchange.met}
    assert set(held) == {first.trace, second.trace}
    assert {met.side for met in held.values()} == {"held"}
    assert transactions.going_on() == []
    # Both are worth keeping, and are found again.
    kept = [one.exchange for one in (holder, first)]
    quick = [msgspec.structs.replace(one, total_us=90_000) for one in kept]
    assert [Sampler().why(one) for one in quick] == ["lock", "lock"]
    connection = files.opened(files.path_of(tmp_path, files.day_of(NOON_MS)))
    writing.write(connection, kept, {}, process="1")
    connection.close()
    found = Store(folder=tmp_path, on=True).find(first.trace)
    assert found is not None
    assert found.met == (by_first,)


def test_a_stranger_who_holds_it_is_told_without_a_name(
    engine: sa.Engine, waiting: Callable[[Request], None], pg_server: ServerAddress
) -> None:
    url = pg_server.url("postgres").set(drivername="postgresql").render_as_string(False)
    with contextlib.closing(psycopg.connect(url, application_name="王小明的工具")) as stranger:
        stranger.execute("SELECT pg_advisory_xact_lock(8163)")
        request = Request(engine, 7)
        request.begin()
        waiting(request)
        looked(Holders())
    request.commit()
    (met,) = request.exchange.met
    assert (met.trace, met.ours, met.backend) == ("", False, met.backend)
    assert "王小明" not in repr(request.exchange)


def test_nothing_is_asked_while_all_is_quick(engine: sa.Engine) -> None:
    holders, request = Holders(), Request(engine, 4)
    request.begin()
    assert request.locked.wait(60)
    request.commit()
    holders.step()
    assert holders.asked == 0


def test_what_stands_in_a_line_waits_for_who_waits_for_nobody() -> None:
    def by(backend: int) -> Blocking:
        return Blocking(backend, True, "active", 1)

    waits = {2: [by(1)], 3: [by(2)], 4: [by(3), by(9)]}
    found = roots(waits)
    assert found[2] == [Root(by(1), 0)]
    assert found[3] == [Root(by(1), 1)]
    assert sorted(found[4]) == [Root(by(1), 2), Root(by(9), 0)]
    assert roots({1: [by(2)], 2: [by(1)]}) == {1: [], 2: []}, "who waits in a circle holds nothing"
