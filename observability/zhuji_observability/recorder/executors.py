"""Threads that note how long a request waited for one, and for the loop after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from zhuji_observability.recorder import processor
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.recorder.terms import Term

T = TypeVar("T")


class TimedExecutor(ThreadPoolExecutor):
    """The same pool; work of a request notes three waits.

    For a thread (all were busy); for the processor, as the kernel counts it of that thread; and,
    when it is done, for the event loop to go on.
    """

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Hand over work. The caller's context must be the request's, as it is in a task."""
        record = CURRENT.get()
        if record is None:
            return super().submit(function, *args, **kwargs)
        return super().submit(_timed, record, now_ns(), _loop(), function, args, kwargs)


def _timed(
    record: Record,
    handed_ns: int,
    loop: asyncio.AbstractEventLoop | None,
    function: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> T:
    record.add(Term.THREAD, handed_ns, now_ns())
    waited_ns = processor.waited_ns()
    try:
        return function(*args, **kwargs)
    finally:
        record.cpu_wait_ns += max(0, processor.waited_ns() - waited_ns)
        if loop is not None and not loop.is_closed():
            # Runs just before the answer of this work is handed to the waiting task.
            loop.call_soon_threadsafe(_gone_on, record, now_ns())


def _gone_on(record: Record, done_ns: int) -> None:
    record.add(Term.LOOP, done_ns, now_ns())


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
