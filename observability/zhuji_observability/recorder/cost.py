"""What watching costs on this machine: measured with what is put around a request.

A mark and a span cost far less than a request, so neither is timed where it happens: timing would
cost as much. They are timed here once, and counted there.
"""

from __future__ import annotations

from collections.abc import Callable

from zhuji_core.values import Value
from zhuji_observability.recorder.around import timed
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.recorder.terms import Term
from zhuji_observability.spans.work import Root, work

# The least of some rounds: what else ran on the processor meanwhile costs nothing of ours.
ROUNDS, MARKS, SPANS = 5, 200, 50


class Cost(Value, frozen=True, kw_only=True):
    """Nanoseconds that one mark takes, and one span."""

    mark_ns: int
    span_ns: int


def measured() -> Cost:
    """Measure both in this thread: some milliseconds."""
    bare_ns = _least(lambda: _called(_nothing))
    return Cost(
        mark_ns=max(0, _least(lambda: _called(timed(Term.OWN)(_nothing))) - bare_ns) // MARKS,
        span_ns=_spans_ns() // SPANS,
    )


def _least(measure: Callable[[], int]) -> int:
    return min(measure() for _ in range(ROUNDS))


def _nothing() -> None:
    """Be called."""


def _called(function: Callable[[], None]) -> int:
    token = CURRENT.set(Record(now_ns()))
    try:
        first_ns = now_ns()
        for _ in range(MARKS):
            function()
        return now_ns() - first_ns
    finally:
        CURRENT.reset(token)


def _spans_ns() -> int:
    def made() -> int:
        with Root("cost"):
            first_ns = now_ns()
            for _ in range(SPANS):
                with work("cost", {"module": "kernel"}):
                    pass
            return now_ns() - first_ns

    return _least(made)
