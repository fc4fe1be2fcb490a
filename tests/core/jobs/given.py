"""Jobs of the probe module, and workers that are in a hurry."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.core.site import Site
from zhuji_core.i18n import load_translations
from zhuji_core.jobs.run import Job, JobRun
from zhuji_core.jobs.runner import Runner, jobs_by_name
from zhuji_core.jobs.start import start_job
from zhuji_core.jobs.worker import Crew, Pace
from zhuji_core.testing.counties import given_actor
from zhuji_core.web.packages import locale_folders

HURRY = Pace(poll_s=0.05, beat_s=0.2, lost_s=1.0, look_s=0.05, stop_s=1.0)
WAIT_S = 60


def runner(site: Site, *jobs: Job) -> Runner:
    return Runner(
        jobs=jobs_by_name(jobs),
        system=site.operator,
        translations=load_translations(locale_folders()),
    )


def job(run: Callable[[JobRun], None], name: str = "probe.thing.count", **more: Any) -> Job:
    return Job(name=name, title="數東西", run=run, **more)


def hand_in(run: JobRun) -> None:
    run.give(io.BytesIO(b"made"), file_name="made.txt", media_type="text/plain")


def started(site: Site, wanted: Job, number: int = 7, **arguments: object) -> uuid.UUID:
    """Start ``wanted`` as a user who exists; return the job's id."""
    account = f"owner{number}"
    site.given_user(account, "REQ")
    (user,) = site.under_test["TXG"].rows(
        "SELECT user_id FROM kernel.user_account WHERE account = :account", account=account
    )
    actor = given_actor(user.user_id.int)
    with site.counties["TXG"].begin(actor=actor) as uow:
        return start_job(uow, wanted, arguments=arguments, label="甲作業")


@contextlib.contextmanager
def working(site: Site, *jobs: Job, pace: Pace = HURRY, crews: int = 1) -> Iterator[None]:
    """Let ``crews`` processes' worth of workers work, each with its own loop, until the end."""
    stops: list[Callable[[], object]] = []
    ready = threading.Barrier(crews + 1)

    def one() -> None:
        async def main() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            stops.append(lambda: loop.call_soon_threadsafe(stop.set))
            ready.wait()
            await Crew(lambda: site.counties, runner(site, *jobs), pace=pace).work(stop)

        asyncio.run(main())

    threads = [threading.Thread(target=one) for _ in range(crews)]
    for thread in threads:
        thread.start()
    ready.wait()
    try:
        yield
    finally:
        for stop in stops:
            with contextlib.suppress(RuntimeError):  # its loop has died; the test says why
                stop()
        for thread in threads:
            thread.join(timeout=WAIT_S)
            assert not thread.is_alive(), "a crew does not stop"


def row(site: Site, job_id: uuid.UUID) -> Any:
    (found,) = site.under_test["TXG"].rows(
        "SELECT * FROM kernel.job WHERE job_id = :job_id", job_id=job_id
    )
    return found


def until(holds: Callable[[], object]) -> None:
    """Wait until ``holds()``; fail when it takes too long."""
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def until_state(site: Site, job_id: uuid.UUID, *states: str) -> Any:
    until(lambda: row(site, job_id).state in states)
    return row(site, job_id)
