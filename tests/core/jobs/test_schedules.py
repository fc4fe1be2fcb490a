"""Schedules: in the time of Taipei, once for each tick, in counties that have the module."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from croniter import croniter  # type: ignore[import-untyped]

from tests.core.jobs.given import job, runner, until, working
from tests.core.site import Site
from zhuji_core import hooks
from zhuji_core.jobs.kernel import KERNEL_JOBS, PURGES
from zhuji_core.jobs.run import JobRun
from zhuji_core.jobs.schedules import due, last_tick, next_tick

UTC = dt.UTC
NOON = dt.datetime(2026, 3, 15, 4, 0, 30, tzinfo=UTC)  # 12:00:30 in Taipei


def nothing(_: JobRun) -> None: ...


@pytest.mark.parametrize(
    ("schedule", "last", "following"),
    [
        ("0 12 * * *", "2026-03-15T04:00Z", "2026-03-16T04:00Z"),
        ("20 2 * * *", "2026-03-14T18:20Z", "2026-03-15T18:20Z"),
        ("*/5 * * * *", "2026-03-15T04:00Z", "2026-03-15T04:05Z"),
        ("0 0 1 * *", "2026-02-28T16:00Z", "2026-03-31T16:00Z"),
    ],
)
def test_ticks_are_of_taipei(schedule: str, last: str, following: str) -> None:
    assert last_tick(schedule, now=NOON) == dt.datetime.fromisoformat(last)
    assert next_tick(schedule, now=NOON) == dt.datetime.fromisoformat(following)


def test_a_tick_of_long_ago_is_not_made_up_for() -> None:
    yearly = job(nothing, schedule="0 0 1 1 *")
    assert due([yearly], now=NOON) == []
    assert due([job(nothing)], now=NOON) == []


def test_every_schedule_can_be_read() -> None:
    declared = [*KERNEL_JOBS, *hooks.registered(hooks.load(), "register_jobs")]
    assert declared
    assert all(one.schedule is None or croniter.is_valid(one.schedule) for one in declared)


def test_a_tick_is_run_once_however_many_work(site: Site) -> None:
    ticks: list[tuple[str, dt.datetime | None]] = []

    def run(run: JobRun) -> None:
        ticks.append((run.access.county.code, run.scheduled_at))
        assert run.actor.account == "system"

    wanted = job(run, name="kernel.thing.count", schedule="* * * * *")
    site.clock.now = NOON
    with working(site, wanted, crews=3):
        until(lambda: len(ticks) >= 2)
        site.clock.now += dt.timedelta(minutes=1)
        until(lambda: len(ticks) >= 4)
        time.sleep(0.3)
    first, second = dt.datetime(2026, 3, 15, 4, 0, tzinfo=UTC), NOON.replace(minute=1, second=0)
    assert sorted(ticks) == [("MLI", first), ("MLI", second), ("TXG", first), ("TXG", second)]


def test_what_was_missed_is_made_up_for_once(site: Site) -> None:
    ticks: list[dt.datetime | None] = []
    wanted = job(lambda run: ticks.append(run.scheduled_at), schedule="0 0 * * *")
    site.clock.now = NOON
    with working(site, wanted):
        until(lambda: ticks)
    site.clock.now += dt.timedelta(days=5)
    with working(site, wanted):
        until(lambda: len(ticks) == 2)
        time.sleep(0.3)
    assert ticks == [
        dt.datetime(2026, 3, 14, 16, tzinfo=UTC),
        dt.datetime(2026, 3, 19, 16, tzinfo=UTC),
    ]


def test_a_schedule_of_a_disabled_module_does_not_tick(site: Site) -> None:
    counties: list[str] = []
    wanted = job(lambda run: counties.append(run.access.county.code), schedule="* * * * *")
    other = job(nothing, name="kernel.thing.count", schedule="* * * * *")
    with working(site, wanted, other):
        until(lambda: counties)
        until(lambda: site.under_test["MLI"].rows("SELECT FROM kernel.job WHERE state = 'done'"))
    assert set(counties) == {"TXG"}
    names = {row.name for row in site.under_test["MLI"].rows("SELECT name FROM kernel.job")}
    assert names == {"kernel.thing.count"}


def test_the_purge_deletes_what_has_served_its_time(site: Site) -> None:
    txg = site.under_test["TXG"]
    txg.execute(
        "INSERT INTO kernel.idempotency_key (actor_id, key, request_digest, answer, recorded_at)"
        " SELECT gen_random_uuid(), 'key-' || n || '-----', '', '{}',"
        " now() - make_interval(days => CASE WHEN n <= 1500 THEN 31 ELSE 29 END)"
        " FROM generate_series(1, 1600) AS n"
    )
    purge = next(one for one in KERNEL_JOBS if one.name == "kernel.expired.purge")
    runner(site, purge).run_tick(site.counties["TXG"], name=purge.name, tick=NOON)
    (left,) = txg.rows("SELECT count(*) AS count FROM kernel.idempotency_key")
    assert left.count == 100
    entries = txg.rows(
        "SELECT after->>'deleted' AS deleted FROM kernel.audit_entry"
        " WHERE action = 'kernel.expired.purge' ORDER BY audit_id"
    )
    assert [entry.deleted for entry in entries] == ["1000", "500"]
    (job_row,) = txg.rows("SELECT state, error, done, total FROM kernel.job")
    assert job_row.state == "done", job_row.error
    assert (job_row.done, job_row.total) == (len(PURGES), len(PURGES))
