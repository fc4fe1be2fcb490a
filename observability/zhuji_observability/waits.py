"""Where a request's time went, on its span: ``zhuji.wait.lock_ms`` and its like."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zhuji_observability.recorder.pauses import Pauses
from zhuji_observability.recorder.record import Record

_NS_IN_MS = 1_000_000
# What is shorter is no reason for anything; a span has fewer attributes without it.
_TOLD_NS = 10_000


def telling(pauses: Pauses) -> Callable[[Record, int], Mapping[str, float]]:
    """Return what says of a record, by the end of its span, which attributes that has."""

    def told(record: Record, until_ns: int) -> Mapping[str, float]:
        paused = pauses.within(record.started_ns, until_ns)
        spent = record.spent(until_ns=until_ns, pauses=paused)
        return {
            f"zhuji.wait.{term.word}_ms": length / _NS_IN_MS
            for term, length in spent.items()
            if length >= _TOLD_NS
        }

    return told
