"""How long a request waits for a thread, and after it for the loop; and for the processor."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from zhuji_observability.recorder import processor
from zhuji_observability.recorder.around import Method, Undo, replace
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.recorder.terms import Term


def watch() -> Undo:
    """Put clocks around work that is handed to threads for a request."""
    return replace(ThreadPoolExecutor, "submit", _submitted)


def _submitted(method: Method) -> Method:
    def submit(
        executor: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Any:
        # Called by the request's task, in its context.
        record = CURRENT.get()
        if record is None:
            return method(executor, function, *args, **kwargs)
        return method(executor, _timed, record, now_ns(), _loop(), function, args, kwargs)

    return submit


def _timed(
    record: Record,
    handed_ns: int,
    loop: asyncio.AbstractEventLoop | None,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    record.add(Term.THREAD, handed_ns, now_ns())
    waited_ns = processor.waited_ns()
    try:
        return function(*args, **kwargs)
    finally:
        record.cpu_wait_ns += max(0, processor.waited_ns() - waited_ns)
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # closed: nobody waits for it any more
                # Runs just before the answer of this work is handed to the waiting task.
                loop.call_soon_threadsafe(_gone_on, record, now_ns())


def _gone_on(record: Record, done_ns: int) -> None:
    record.add(Term.LOOP, done_ns, now_ns())


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
