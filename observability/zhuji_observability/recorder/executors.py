"""How long a request waits for a thread, and after it for the loop; and for the processor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
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
        work = _Work(record)
        future: Future[Any] = method(executor, _timed, work, function, args, kwargs)
        # The loop asks it when it hands the result to the waiting task: no other moment says how
        # long the result had been there. Everything else of it stays as it was.
        future.__class__ = _Awaited
        future.work = work  # type: ignore[attr-defined]
        return future

    return submit


class _Work:
    """Work that was handed to a thread for a request."""

    __slots__ = ("done_ns", "handed_ns", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.handed_ns = now_ns()
        self.done_ns = 0


class _Awaited(Future[Any]):
    """A future of work that an event loop waits for."""

    work: _Work

    def exception(self, timeout: float | None = None) -> BaseException | None:
        work = self.work
        if work.done_ns:
            work.record.add(Term.LOOP, work.done_ns, now_ns())
            work.done_ns = 0
        return super().exception(timeout)


def _timed(
    work: _Work,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    record = work.record
    record.add(Term.THREAD, work.handed_ns, now_ns())
    waited_ns = processor.waited_ns()
    try:
        return function(*args, **kwargs)
    finally:
        record.cpu_wait_ns += max(0, processor.waited_ns() - waited_ns)
        work.done_ns = now_ns()
