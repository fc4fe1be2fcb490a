"""Pauses of Python's collector: everything stands still, whoever set it off."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Mapping

from zhuji_observability.recorder.attribution import Mark
from zhuji_observability.recorder.record import now_ns
from zhuji_observability.recorder.terms import Term

# A process that collects every few seconds remembers the last minutes.
KEPT_MAX = 256


class Pauses:
    """Remembers the last pauses; a request asks for those that fell into its time."""

    def __init__(self) -> None:
        self._began_ns = 0
        self._kept: deque[tuple[int, int]] = deque(maxlen=KEPT_MAX)

    def watch(self) -> Callable[[], None]:
        """Begin to watch this process; return the undoing."""
        gc.callbacks.append(self._told)
        return lambda: gc.callbacks.remove(self._told)

    def within(self, started_ns: int, ended_ns: int) -> list[Mark]:
        """Return the pauses of a time; the newest are asked for, so they are looked at first."""
        found: list[Mark] = []
        for first_ns, last_ns in reversed(tuple(self._kept)):
            if last_ns <= started_ns:
                break
            if first_ns < ended_ns:
                found.append((Term.PAUSE, first_ns, last_ns))
        return found

    def _told(self, phase: str, _info: Mapping[str, int]) -> None:
        if phase == "start":
            self._began_ns = now_ns()
        elif self._began_ns:
            self._kept.append((self._began_ns, now_ns()))
            self._began_ns = 0
