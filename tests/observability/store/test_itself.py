"""What watching lost and cost is told, and how far its figures are off what is known."""

from __future__ import annotations

import contextlib
import http.client
import sqlite3
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from litestar import Litestar, get
from litestar.datastructures import ResponseHeader
from litestar.di import Provide

from tests.observability.store.conftest import NOON_MS
from tests.observability.store.test_files import ALL, finished, keeper
from tests.observability.store.test_reports import SLOW_LINE
from zhuji_core import compose, hooks, server
from zhuji_observability.prober import KEY, PATH, SLEEPS_MS, Prober, Slept, queued_us, timed
from zhuji_observability.recorder.cost import measured
from zhuji_observability.store import files
from zhuji_observability.store.itself import Watching, together
from zhuji_observability.store.probe import Probe, errors_of
from zhuji_observability.store.reading import Store
from zhuji_observability.web.probe import ProbePage

QUEUE = 10
BLOCKED_S = 0.6


def whole_of(folder: Path) -> Watching:
    rows = Store(folder=folder, on=True).watching(ALL)
    return together([one for periods in rows.values() for one in periods.values()])


def test_what_was_lost_or_found_nothing_is_kept_for_each_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("zhuji_observability.store.keeper.QUEUE_MAX", QUEUE)
    one, other = keeper(tmp_path), keeper(tmp_path)
    other._process = "another"
    for number in range(QUEUE + 7):
        one.take(finished(number))
    one.take_report("f" * 32, SLOW_LINE)
    one.step()
    one.take(finished(9))
    one.step()
    other.take(finished(1))
    other.step()
    by_process = Store(folder=tmp_path, on=True).watching(ALL)
    assert len(by_process) == 2
    whole = whole_of(tmp_path)
    assert (whole.requests, whole.lost, whole.unjoined) == (QUEUE + 2, 7, 1)
    assert whole.queue_most == QUEUE
    assert whole.spans == whole.requests, "the span of each request itself"
    assert whole.keeping_us > 0
    assert whole.span_ns > 0


def test_a_mark_and_a_span_cost_something() -> None:
    found = measured()
    assert found.mark_ns > 0
    assert found.span_ns > 0


def test_nothing_is_written_while_nothing_happens(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    one.step()
    assert not list(tmp_path.iterdir())


def test_costs_are_added_up_and_weighed_by_how_often_they_were_paid() -> None:
    few = Watching(requests=1, marks=10, mark_ns=1_000, spans=1, span_ns=10_000, noting_us=5)
    many = Watching(requests=3, marks=30, mark_ns=2_000, spans=3, span_ns=20_000, keeping_us=7)
    both = together([few, many])
    assert (both.marks, both.mark_ns) == (40, 1_750)
    assert both.in_requests_us == 5 + (40 * 1_750 + 4 * 17_500) // 1_000
    assert both.watching_us == both.in_requests_us + 7
    assert together([]) == Watching()


def test_errors_are_of_what_is_known_and_waiting_for_a_turn_is_none() -> None:
    probes = [
        Probe(
            at_ms=at, asked_us=20_000, slept_us=20_100, server_us=420_100 + at, queued_us=400_000,
            total_us=420_050, sending_us=20,
        )
        for at in range(100)
    ]  # fmt: skip
    probes.append(Probe(at_ms=100, asked_us=20_000))
    (found,) = errors_of(probes)
    assert (found.probes, found.unanswered) == (101, 1)
    assert (found.p50_us, found.p99_us, found.most_us) == (50, 99, 99)
    assert (found.split_p50_us, found.split_p99_us) == (100, 149)
    assert (found.within, found.queued_p99_us) == (True, 400_000)
    (silent,) = errors_of(probes[-1:])
    assert (silent.p99_us, silent.within) == (None, False)


def test_anywhere_in_the_course_of_the_sending_is_right() -> None:
    def split(server_us: int) -> int | None:
        return Probe(
            at_ms=0, asked_us=0, slept_us=0, server_us=server_us, total_us=5_000, sending_us=1_000
        ).split_us

    assert [split(at) for at in (3_990, 4_000, 4_600, 5_000, 5_030)] == [-10, 0, 0, 0, 30]


def test_what_the_processor_was_waited_for_while_asleep_is_known_and_no_queue() -> None:
    told = timed("app;dur=31.00, kq;dur=4.00, lq;dur=1.50, tq;dur=0.50, cpu;dur=3.00, own;dur=22.0")
    assert told["app"] == 31_000
    assert queued_us(told, Slept(slept_us=22_000, ready_us=2_000)) == 6_000 + 1_000
    assert queued_us(told, Slept(slept_us=22_000, ready_us=4_000)) == 6_000


def test_a_day_that_an_older_release_began_is_completed(tmp_path: Path) -> None:
    path = files.path_of(tmp_path, files.day_of(NOON_MS))
    files.opened(path).close()
    with contextlib.closing(sqlite3.connect(path)) as older, older:
        for column in ("queued_us", "sending_us"):
            older.execute(f"ALTER TABLE probe DROP COLUMN {column}")
        older.execute("INSERT INTO probe VALUES (?, 'older', 0, 5, 9, 12)", (NOON_MS,))
    (kept,) = Store(folder=tmp_path, on=True).probes(ALL)
    assert (kept.slept_us, kept.queued_us, kept.error_us) == (5, None, None)
    one = keeper(tmp_path)
    one.take_probe(Probe(at_ms=NOON_MS + 1, asked_us=0, slept_us=5, server_us=9, queued_us=3))
    one.step()
    assert [probe.error_us for probe in Store(folder=tmp_path, on=True).probes(ALL)] == [None, 1]


@contextlib.contextmanager
def served(
    monkeypatch: pytest.MonkeyPatch, home: Path, *others: Any
) -> Iterator[tuple[list[Probe], int]]:
    """Serve the probe for who knows the key; give what it will have found, and the port."""
    monkeypatch.setenv("ZHUJI_WATCH_WAITS", "1")
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    key = Provide(lambda: "known", sync_to_thread=False)
    # As the kernel does, which tells a total of its own in a header of the same name.
    also = [ResponseHeader(name="server-timing", value="total;dur=1.0")]
    handlers = [ProbePage, *others]
    app = Litestar(handlers, dependencies={"probe_key": key}, response_headers=also)
    host = cast("compose.Host", types.SimpleNamespace(modules=(), manager=hooks.load()))
    with (
        compose.watched() as around,
        server.listen(host="127.0.0.1", port=0) as listener,
        server.in_background(around(host, cast("Any", app)), listener=listener),
    ):
        yield [], listener.getsockname()[1]


def test_the_host_asks_itself_through_its_own_door(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(server.SERVED_AT, raising=False)
    nobody: list[Probe] = []
    Prober(key="known", take=nobody.append).ask()
    assert nobody == [], "nothing is served here"
    with served(monkeypatch, tmp_path) as (found, port):
        Prober(key="known", take=found.append).ask()
        Prober(key="guessed", take=found.append).ask()
        assert asked_without_key(port) == 404
    answered, refused = found[: len(SLEEPS_MS)], found[len(SLEEPS_MS) :]
    assert [one.asked_us for one in answered] == [1_000 * sleep for sleep in SLEEPS_MS]
    for one in answered:
        assert one.slept_us is not None
        assert one.slept_us >= one.asked_us
        # No wait that is told may have been part of the sleep; how much more was attributed
        # says how busy the machine is.
        assert one.error_us is not None
        assert one.error_us > -5_000
        assert one.split_us is not None
    assert [one.slept_us for one in refused] == [None] * len(SLEEPS_MS)


def test_a_host_that_is_busy_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = threading.Event()

    @get("/block", sync_to_thread=False)
    def block() -> None:
        blocked.set()
        time.sleep(BLOCKED_S)

    with served(monkeypatch, tmp_path, block) as (found, port):
        asking = threading.Thread(target=asked, args=(port, "/block"))
        asking.start()
        assert blocked.wait(60)
        Prober(key="known", take=found.append).ask()
        asking.join(60)
    first = found[0]
    assert first.server_us is not None
    assert first.queued_us is not None
    assert first.error_us is not None
    assert first.split_us is not None
    assert first.queued_us > BLOCKED_S * 700_000, "it stood in the socket while the loop was busy"
    assert first.server_us > first.queued_us
    assert first.error_us < BLOCKED_S * 500_000, "and nothing of that is an error"
    assert abs(first.split_us) < BLOCKED_S * 500_000


def asked(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def asked_without_key(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"{PATH}?sleep_ms=100", headers={KEY: ""})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
