"""The workers of a process: for each county procrastinate's worker, its schedules, its lost jobs.

The queue decides who runs what: any number of processes may work in the same county, a job has
one of them, and a tick is queued by the first that comes. A module that a county has not enabled
has a queue that nobody reads, so its jobs wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import procrastinate
import sqlalchemy as sa
from procrastinate import exceptions, jobs, retry
from procrastinate.job_context import JobContext
from procrastinate.worker import Worker

from zhuji_core.access import CountyAccess
from zhuji_core.i18n import SOURCE
from zhuji_core.jobs import store
from zhuji_core.jobs.connector import PoolConnector
from zhuji_core.jobs.runner import ATTEMPTS_MAX, JobStalled, Runner, TryAgain
from zhuji_core.jobs.schedules import due
from zhuji_core.jobs.start import TASK
from zhuji_core.permissions import MODULE

TICK_TASK = "kernel.schedule"
# Jobs that run at the same time in one county, in one process: a long one lets another pass.
CONCURRENCY = 2
# One thread for each job that runs and for each statement of the library; they mostly wait.
THREADS = 64
TRY_AGAIN_S = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a worker looks, in seconds; tests are in more of a hurry.

    ``poll_s``: for a new job; ``beat_s``: says that it lives; ``lost_s``: without a beat for so
    long it is taken for dead and its job given to another; ``look_s``: for counties, ticks and
    lost jobs; ``stop_s``: what a running job gets to reach a safe point.
    """

    poll_s: float = 2.0
    beat_s: float = 5.0
    lost_s: float = 20.0
    look_s: float = 5.0
    stop_s: float = 5.0


class _Strategy(retry.BaseRetryStrategy):
    """Only what asks to be tried again is."""

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> retry.RetryDecision | None:
        if not isinstance(exception, TryAgain):
            return None
        return retry.RetryDecision(retry_in={"seconds": TRY_AGAIN_S if job.attempts else 1})


@dataclass(kw_only=True)
class CountyWorker:
    """One county's worker; ``access`` is renewed while it works."""

    runner: Runner
    access: CountyAccess
    pace: Pace
    ticked: dict[str, dt.datetime] = field(default_factory=dict)
    _looked_for_lost_s: float = 0.0

    def __post_init__(self) -> None:
        self.app = procrastinate.App(connector=PoolConnector(self.access.engine))
        options: dict[str, Any] = {"pass_context": True, "retry": _Strategy()}
        declare: Any = self.app.task  # its overloads know no bound method
        declare(name=TASK, **options)(self._run)
        declare(name=TICK_TASK, **options)(self._run_tick)
        self.worker: Any = Worker(
            app=self.app,
            queues=self._queues(),
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=self.pace.poll_s,
            abort_job_polling_interval=self.pace.poll_s,
            shutdown_graceful_timeout=self.pace.stop_s,
            listen_notify=False,
            install_signal_handlers=False,
            update_heartbeat_interval=self.pace.beat_s,
            stalled_worker_timeout=self.pace.lost_s,
        )

    async def look(self, access: CountyAccess) -> None:
        """Take the county as it is now, queue ticks that are due, take up jobs that were lost."""
        self.access = await asyncio.to_thread(_as_of_now, access)
        self.worker.queues = self._queues()
        await self._queue_ticks()
        if time.monotonic() - self._looked_for_lost_s >= self.pace.lost_s / 4:
            self._looked_for_lost_s = time.monotonic()
            await self._take_up_lost()

    def _queues(self) -> list[str]:
        hooks = self.access.hooks
        return [MODULE, *sorted(hooks.enabled - hooks.read_only.keys())]

    async def _queue_ticks(self) -> None:
        queues = self._queues()
        wanted = [job for job in self.runner.jobs.values() if job.module in queues]
        for job, tick in due(wanted, now=self.access.clock()):
            if self.ticked.get(job.name) == tick:
                continue
            # One row for each (schedule, tick): whoever comes second queues nothing.
            await self.app.job_manager.defer_periodic_job(
                job=jobs.Job(
                    queue=job.module,
                    lock=job.name,
                    queueing_lock=None,
                    task_name=TICK_TASK,
                    task_kwargs={"name": job.name, "timestamp": int(tick.timestamp())},
                ),
                periodic_id=job.name,
                defer_timestamp=int(tick.timestamp()),
            )
            self.ticked[job.name] = tick

    async def _take_up_lost(self) -> None:
        manager = self.app.job_manager
        await manager.prune_stalled_workers(self.pace.lost_s)
        for lost in await manager.get_stalled_jobs(seconds_since_heartbeat=self.pace.lost_s):
            assert lost.id is not None, "a job in the queue has an id"
            log.warning("job %s of %s was lost by its worker", lost.id, lost.task_name)
            # Another process may have been quicker.
            with contextlib.suppress(exceptions.ConnectorException):
                if lost.attempts + 1 < ATTEMPTS_MAX:
                    await manager.retry_job(lost)
                else:
                    await asyncio.to_thread(self._give_up, lost)
                    await manager.finish_job(lost, jobs.Status.FAILED, delete_job=False)

    def _give_up(self, lost: jobs.Job) -> None:
        told = lost.task_kwargs.get("job_id")
        if not isinstance(told, str):
            return
        refusal = JobStalled(attempts=lost.attempts + 1)
        text = refusal.text(self.runner.translations.of(SOURCE).gettext)
        with self.access.statements.connect() as connection:
            connection.execute(
                store.GIVE_UP,
                {
                    "job_id": uuid.UUID(told),
                    "code": refusal.code,
                    "error": text,
                    "now": self.access.clock(),
                },
            )

    def _run(self, context: JobContext, *, job_id: str) -> None:
        self.runner.run(self.access, job_id=uuid.UUID(job_id), should_stop=context.should_abort)

    def _run_tick(self, context: JobContext, *, name: str, timestamp: int) -> None:
        self.runner.run_tick(
            self.access,
            name=name,
            tick=dt.datetime.fromtimestamp(timestamp, dt.UTC),
            should_stop=context.should_abort,
        )


class Crew:
    """The workers of all counties of one process; ``accesses`` is asked which there are."""

    def __init__(
        self, accesses: Callable[[], Mapping[str, CountyAccess]], runner: Runner, *, pace: Pace
    ) -> None:
        self._accesses = accesses
        self._runner = runner
        self._pace = pace
        self._workers: dict[str, CountyWorker] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def work(self, stop: asyncio.Event) -> None:
        """Work in every county until ``stop``; counties may come and go.

        A database that is away costs its own county's worker, which is started again later.
        """
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "zhuji-jobs"))
        while not stop.is_set():
            await self._look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._pace.look_s)
        for worker in self._workers.values():
            worker.worker.stop()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self) -> None:
        try:
            accesses = await asyncio.to_thread(self._accesses)
        except sa.exc.SQLAlchemyError:
            log.warning("the register of counties cannot be read", exc_info=True)
            return
        for code in self._workers.keys() - accesses.keys():
            self._workers.pop(code).worker.stop()
        for code, access in accesses.items():
            self._keep_running(code, access)
            try:
                await self._workers[code].look(access)
            except (exceptions.ConnectorException, sa.exc.SQLAlchemyError):
                log.warning("jobs of %s: the database does not answer", code)

    def _keep_running(self, code: str, access: CountyAccess) -> None:
        task = self._running.get(code)
        if task is not None and task.done():
            error = None if task.cancelled() else task.exception()
            log.warning("jobs of %s: the worker ended and is started again (%s)", code, error)
        if code not in self._workers or task is None or task.done():
            worker = CountyWorker(runner=self._runner, access=access, pace=self._pace)
            self._workers[code] = worker
            self._running[code] = asyncio.create_task(worker.worker.run(), name=f"jobs {code}")


def _as_of_now(access: CountyAccess) -> CountyAccess:
    return access.entered(access.facts().modules)
