"""What modules cost: counted by every span, kept from every process, read as quantiles."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.site import Site, TestClock
from zhuji_core import costs, hooks, tracing
from zhuji_core.background import relays, running
from zhuji_core.compose import Host
from zhuji_core.costs import Bucket, Costs, Key, bucket_of, middle_ns, quantile_ns
from zhuji_core.enabling.cost_keeper import CostKeeper
from zhuji_core.enabling.costs import Cost, add_costs, read_costs
from zhuji_core.testing.cluster import TestHost
from zhuji_core.testing.counties import CountyUnderTest

DAY = dt.date(2026, 3, 31)
KEY = Key(county="TXG", module="budget", name="hook.move_funds")


@given(st.integers(64, 10**13))
def test_the_middle_of_a_bucket_is_near_what_fell_into_it(took_ns: int) -> None:
    assert abs(middle_ns(bucket_of(took_ns)) - took_ns) <= 0.0667 * took_ns


@given(st.lists(st.integers(1, 10**10), min_size=2, max_size=40))
def test_longer_times_fall_into_later_buckets(times: list[int]) -> None:
    in_order = sorted(times)
    assert [bucket_of(one) for one in in_order] == sorted(bucket_of(one) for one in times)


def test_quantiles_are_those_of_the_times_to_7_percent() -> None:
    seeded = random.Random(105)  # noqa: S311 (a sample, no secret)
    times = [int(seeded.lognormvariate(13, 1.2)) for _ in range(5_000)]
    buckets: dict[int, int] = {}
    for one in times:
        buckets[bucket_of(one)] = buckets.get(bucket_of(one), 0) + 1
    cuts = statistics.quantiles(times, n=100)
    for share, exact in ((0.5, cuts[49]), (0.95, cuts[94])):
        assert quantile_ns(buckets, share) == pytest.approx(exact, rel=0.07)
    assert quantile_ns({}, 0.5) == 0


def test_no_call_of_any_thread_is_lost() -> None:
    counted = Costs()

    def add(worker: int) -> None:
        for number in range(2_000):
            counted.add("TXG", f"m{worker % 2}", "request", number + 1)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(4)))
    taken = counted.take()
    assert {key.module: sum(one.calls for one in buckets) for key, buckets in taken.items()} == {
        "m0": 4_000,
        "m1": 4_000,
    }
    assert sum(one.total_ns for one in taken[Key(county="TXG", module="m0", name="request")]) == (
        2 * sum(range(1, 2_001))
    )
    assert counted.take() == {}


def test_memory_is_bounded_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "KEYS_MAX", 3)
    counted = Costs()
    for number in range(5):
        counted.add("TXG", "budget", f"name {number}", 1)
    assert (len(counted.take()), counted.left_out) == (3, 2)


def test_a_span_is_counted_with_its_module_and_county_and_else_not() -> None:
    costs.PROCESS.take()
    with tracing.span("of.nobody"), tracing.span("hook.x", module="budget"):
        pass
    with tracing.span("hook.x", module="budget", county="TXG"):
        time.sleep(0.002)
    with pytest.raises(ZeroDivisionError), tracing.span("hook.y", module="budget", county="TXG"):
        1 / 0  # noqa: B018 (raises)
    taken = {key.name: buckets for key, buckets in costs.PROCESS.take().items()}
    assert sorted(taken) == ["hook.x", "hook.y"]
    assert taken["hook.x"][0].total_ns >= 2_000_000


def read(county: CountyUnderTest, days: int = 7, day: dt.date = DAY) -> list[Cost]:
    with county.engine.connect() as connection:
        return list(read_costs(connection, day=day, days=days))


def test_processes_add_up_by_day_and_old_days_go(txg: CountyUnderTest) -> None:
    statements = txg.engine.execution_options(isolation_level="AUTOCOMMIT")
    first = {KEY: (Bucket(bucket=160, calls=3, total_ns=3_000_000),)}
    other = {KEY: (Bucket(bucket=160, calls=1, total_ns=1_000_000),
                   Bucket(bucket=200, calls=1, total_ns=40_000_000))}  # fmt: skip
    for counted in (first, other, first):
        add_costs(statements, counted, day=DAY)
    (cost,) = read(txg)
    assert (cost.module, cost.name, cost.calls) == ("budget", "hook.move_funds", 8)
    assert cost.total_ms == 47.0
    assert (cost.is_hook, cost.is_request) == (True, False)
    assert cost.p50_ms == pytest.approx(1.114, rel=0.01)
    assert cost.p95_ms == pytest.approx(35.65, rel=0.01)
    add_costs(statements, first, day=DAY + dt.timedelta(days=7))
    assert read(txg, 7, DAY + dt.timedelta(days=7))[0].calls == 3
    assert read(txg, 30, DAY + dt.timedelta(days=7))[0].calls == 11
    add_costs(statements, first, day=DAY + dt.timedelta(days=31))
    assert txg.rows("SELECT min(day) FROM kernel.module_cost") == [(DAY + dt.timedelta(days=7),)]


def test_two_processes_at_once_lose_nothing_and_never_wait_in_a_circle(
    txg: CountyUnderTest,
) -> None:
    statements = txg.engine.execution_options(isolation_level="AUTOCOMMIT")
    keys = [Key(county="TXG", module="budget", name=f"hook.{number}") for number in range(20)]

    def add(backwards: int) -> None:
        order = keys[::-1] if backwards else keys
        one = Bucket(bucket=160, calls=1, total_ns=1_000_000)
        for _ in range(10):
            add_costs(statements, dict.fromkeys(order, (one,)), day=DAY)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add, range(2)))
    assert {one.calls for one in read(txg)} == {20}
    assert len(read(txg)) == 20


def test_requests_and_hooks_are_kept_and_shown(whole_site: Site) -> None:
    """Through HTTP: what is done is counted, kept by the keeper, and stands on page and API."""
    whole_site.given_user("boss", "ADM", in_agency=None)
    with whole_site.browser("boss") as boss:
        costs.PROCESS.take()
        for _ in range(4):
            assert boss.get("/txg/").status_code == 200
            assert boss.get("/txg/probe/things").status_code == 403
        assert boss.get("/txg/kernel/module-costs").status_code == 404
        CostKeeper(lambda: whole_site.counties).keep()
        items = boss.get("/txg/api/v1/kernel/module-costs?limit=200").json()["items"]
        found = {(one["module"], one["name"]): one for one in items}
        assert found["probe", "request"]["calls"] == 4
        assert found["kernel", "request"]["calls"] >= 4
        for module in ("accounting", "budget", "probe"):
            hook = found[module, "hook.navigation"]
            assert hook["calls"] >= 4
            assert 0 < hook["p50_ms"] <= hook["p95_ms"]
        assert found["kernel", "session.resolve"]["calls"] >= 8
        assert "hook.navigation" in boss.get("/txg/kernel/modules/budget").text
        first = boss.get("/txg/api/v1/kernel/module-costs?limit=1").json()
        assert first["next"]
        assert boss.get("/txg/api/v1/kernel/module-costs?days=31").status_code == 422


def test_what_cannot_be_kept_now_is_kept_later(whole_site: Site) -> None:
    counted = Costs()
    counted.add("TXG", "budget", "request", 1_000_000)
    counted.add("XXX", "budget", "request", 1_000_000)
    keeper = CostKeeper(lambda: whole_site.counties, costs=counted)
    whole_site.switch("TXG", state="moving", epoch=2)
    keeper.keep()
    county = whole_site.under_test["TXG"]
    assert county.rows("SELECT 1 FROM kernel.module_cost") == []
    whole_site.switch("TXG", state="open")
    keeper.keep()
    keeper.keep()
    assert county.rows("SELECT calls FROM kernel.module_cost") == [(1,)]
    assert list(counted.take()) == [Key(county="XXX", module="budget", name="request")]


def test_what_is_done_in_the_background_is_kept_at_the_latest_when_it_ends(
    host: TestHost, txg: CountyUnderTest
) -> None:
    """Events told to modules and jobs cost the county too, and no request waits for them."""
    own = Host(
        home=host.engines.home, engines=host.engines, manager=hooks.load(), clock=TestClock()
    )
    costs.PROCESS.take()
    with running(relays(own)):
        for name in ("hook.on_events", "job.run", "job.run"):
            with tracing.span(name, module="budget", county="TXG"):
                pass
    kept = txg.rows("""
        SELECT name, sum(calls) FROM kernel.module_cost
         WHERE module = 'budget' GROUP BY name ORDER BY name
    """)
    assert kept == [("hook.on_events", 1), ("job.run", 2)]
