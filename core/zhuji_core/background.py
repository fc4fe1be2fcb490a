"""Work that no request waits for, beside the website for as long as it is served.

It is done in a process of its own (``beside``), a little less urgent than the website's: a report
that is written or a thousand events that are told would otherwise take turns with every request
at the interpreter's lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO

from zhuji_core import tracing
from zhuji_core.audit import anchors, keeper
from zhuji_core.audit.keeper import Keeper
from zhuji_core.compose import Host, job_runner, open_host, operator_actor, watched
from zhuji_core.enabling import cost_keeper
from zhuji_core.enabling.cost_keeper import CostKeeper
from zhuji_core.events import relay
from zhuji_core.events.relay import Relay
from zhuji_core.jobs.worker import Crew, Pace

log = logging.getLogger("zhuji.background")

# A step is short; one that hangs does not keep the process from ending.
STOP_S = 5.0
# So much less urgent than requests (nice): a tenth of what the website gets when both want it.
NICE = 10
# The process gets this long to come to a safe point before it is killed.
GRACE_S = 10.0
# A process that ends by itself is started again after this.
AGAIN_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """``step`` is called again and again, ``interval_s`` after it has come back.

    ``ends_with_step``: and once when the process ends, for what is kept until then.
    """

    name: str
    interval_s: float
    step: Callable[[], None]
    ends_with_step: bool = False


def workers(host: Host) -> tuple[Worker, ...]:
    """Return what this host has to do by itself, over all of its counties."""
    sealer = Keeper(key=anchors.AnchorKey(host.home), places=anchors.folders(host.home))
    return (
        Worker(
            name="audit-sealer",
            interval_s=keeper.INTERVAL_S,
            step=lambda: keep_all(host, sealer),
        ),
        *relays(host),
    )


def relays(host: Host) -> tuple[Worker, ...]:
    """Return what delivers the events of every county, and keeps what modules take for them."""
    told = Relay(host.accesses, system=operator_actor(host))
    return (
        Worker(name="event-relay", interval_s=relay.INTERVAL_S, step=told.step),
        Worker(
            name="module-costs",
            interval_s=cost_keeper.INTERVAL_S,
            step=CostKeeper(host.accesses).keep,
            ends_with_step=True,
        ),
    )


def keep_all(host: Host, sealer: Keeper) -> None:
    """Do one round of sealing; one county's trouble is not another's."""
    for code, access in host.accesses().items():
        try:
            sealer.keep(access)
        except Exception:
            log.exception("%s: audit entries cannot be sealed", code)


@contextlib.contextmanager
def running(wanted: Sequence[Worker]) -> Iterator[None]:
    """Run every worker in a thread of its own until the block ends."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_run, args=(one, stop), name=f"zhuji-{one.name}", daemon=True)
        for one in wanted
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_S)


def _run(worker: Worker, stop: threading.Event) -> None:
    """Step again and again until the process ends."""
    while not stop.is_set():
        _step(worker)
        stop.wait(worker.interval_s)
    if worker.ends_with_step:
        _step(worker)


def _step(worker: Worker) -> None:
    """Step once; a step that fails is told and forgotten."""
    try:
        with tracing.span(f"background.{worker.name}"):
            worker.step()
    except Exception:
        log.exception("%s failed and goes on", worker.name)


def run_jobs(host: Host, stop: threading.Event, *, pace: Pace | None = None) -> None:
    """Work on schedules and long jobs of every county until ``stop``."""

    async def work() -> None:
        ended = asyncio.Event()
        crew = Crew(host.accesses, job_runner(host), pace=pace or Pace())
        working = asyncio.create_task(crew.work(ended))
        await asyncio.to_thread(_wait_for_any, stop, working)
        ended.set()
        await working

    while not stop.is_set():
        try:
            asyncio.run(work())
        except Exception:
            log.exception("jobs are not worked on; they are taken up again")
            stop.wait(AGAIN_S)


def _wait_for_any(stop: threading.Event, working: asyncio.Task[None]) -> None:
    while not (stop.is_set() or working.done()):
        stop.wait(0.2)


def run(host: Host, stop: threading.Event) -> None:
    """Do everything there is to do in the background until ``stop``."""
    with running(workers(host)):
        run_jobs(host, stop)


@contextlib.contextmanager
def beside() -> Iterator[None]:
    """Do the background's work in a process beside this one until the block ends.

    It ends with this process however that ends: it reads a pipe that nobody writes to.
    """
    ended = threading.Event()
    child = _Child()
    watcher = threading.Thread(target=child.keep_alive, args=(ended,), name="zhuji-background")
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        child.stop()
        watcher.join()


class _Child:
    """The process that works in the background, started again whenever it ends."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def keep_alive(self, ended: threading.Event) -> None:
        while not ended.is_set():
            with self._lock:
                if ended.is_set():
                    return
                # By -P no module of the current folder can take the place of one of ours.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "zhuji_core.background"], stdin=subprocess.PIPE
                )
            code = self._process.wait()
            if not ended.wait(AGAIN_S):
                log.warning("the background process ended (%s) and is started again", code)

    def stop(self) -> None:
        with self._lock:
            process = self._process
        if process is None:
            return
        assert process.stdin is not None, "it was started with a pipe"
        process.stdin.close()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    """Work until the pipe from the parent ends, or a signal says so."""
    os.nice(NICE)
    if hasattr(os, "SCHED_BATCH"):  # Linux: never before others when it wakes up
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setter(stop))
    threading.Thread(target=_wait_for_end, args=(sys.stdin.buffer, stop), daemon=True).start()
    with watched(), open_host() as host:
        run(host, stop)


def _setter(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    return handle


def _wait_for_end(pipe: IO[bytes], stop: threading.Event) -> None:
    pipe.read()
    stop.set()


if __name__ == "__main__":
    main()
