"""What watching lost and cost is told, and how far its figures are off what is known."""

from __future__ import annotations

import http.client
import types
from pathlib import Path
from typing import Any, cast

import pytest
from litestar import Litestar
from litestar.datastructures import ResponseHeader
from litestar.di import Provide

from tests.observability.store.test_files import ALL, finished, keeper
from tests.observability.store.test_reports import SLOW_LINE
from zhuji_core import compose, server
from zhuji_observability.prober import KEY, PATH, SLEEPS_MS, Prober
from zhuji_observability.recorder.cost import measured
from zhuji_observability.store.collector import SpanCollector
from zhuji_observability.store.itself import Watching, together
from zhuji_observability.store.probe import Probe, errors_of
from zhuji_observability.store.reading import Store
from zhuji_observability.web.probe import ProbePage

QUEUE = 10


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
    found = measured(SpanCollector())
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


def test_the_error_is_what_was_attributed_against_what_was_slept() -> None:
    probes = [
        Probe(at_ms=at, asked_us=20_000, slept_us=20_100, server_us=20_100 + at, total_us=30_000)
        for at in range(100)
    ]
    probes.append(Probe(at_ms=100, asked_us=20_000))
    (found,) = errors_of(probes)
    assert (found.probes, found.unanswered) == (101, 1)
    assert (found.p50_us, found.p99_us, found.most_us) == (50, 99, 99)
    assert found.within
    (silent,) = errors_of(probes[-1:])
    assert (silent.p99_us, silent.within) == (None, False)


def test_the_host_asks_itself_through_its_own_door(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHUJI_WATCH_WAITS", "1")
    monkeypatch.setenv("ZHUJI_HOME", str(tmp_path))
    found: list[Probe] = []
    monkeypatch.delenv(server.SERVED_AT, raising=False)
    prober = Prober(key="known", take=found.append)
    prober.ask()
    assert found == [], "nothing is served here"
    key = Provide(lambda: "known", sync_to_thread=False)
    # As the kernel does, which tells a total of its own in a header of the same name.
    also = [ResponseHeader(name="server-timing", value="total;dur=1.0")]
    app = cast(
        "Any",
        Litestar(
            route_handlers=[ProbePage], dependencies={"probe_key": key}, response_headers=also
        ),
    )
    host = cast("compose.Host", types.SimpleNamespace(modules=()))
    with (
        compose.watched() as around,
        server.listen(host="127.0.0.1", port=0) as listener,
        server.in_background(around(host, app), listener=listener),
    ):
        prober.ask()
        Prober(key="guessed", take=found.append).ask()
        assert asked_without_key(listener.getsockname()[1]) == 404
    answered, refused = found[: len(SLEEPS_MS)], found[len(SLEEPS_MS) :]
    assert [one.asked_us for one in answered] == [1_000 * sleep for sleep in SLEEPS_MS]
    for one in answered:
        assert one.slept_us is not None
        assert one.slept_us >= one.asked_us
        # Attributed is never less than slept; how much more says how busy the machine is.
        assert one.error_us is not None
        assert one.error_us > -5_000
        assert one.left_us is not None
    assert [one.slept_us for one in refused] == [None] * len(SLEEPS_MS)


def asked_without_key(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"{PATH}?sleep_ms=100", headers={KEY: ""})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
