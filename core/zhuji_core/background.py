"""Work that no request waits for, beside the website for as long as it is served."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from zhuji_core import tracing
from zhuji_core.audit import anchors, keeper
from zhuji_core.audit.keeper import Keeper
from zhuji_core.compose import Host

log = logging.getLogger("zhuji.background")

# A step is short; one that hangs does not keep the process from ending.
STOP_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """``step`` is called again and again, ``interval_s`` after it has come back."""

    name: str
    interval_s: float
    step: Callable[[], None]


def workers(host: Host) -> tuple[Worker, ...]:
    """Return what this host has to do by itself, over all of its counties."""
    sealer = Keeper(key=anchors.AnchorKey(host.home), places=anchors.folders(host.home))
    return (
        Worker(
            name="audit-sealer",
            interval_s=keeper.INTERVAL_S,
            step=lambda: keep_all(host, sealer),
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
    while not stop.is_set():
        try:
            with tracing.span(f"background.{worker.name}"):
                worker.step()
        except Exception:
            log.exception("%s failed and goes on", worker.name)
        stop.wait(worker.interval_s)
