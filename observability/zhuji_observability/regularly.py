"""A thread that does one thing again and again, until it is told to end."""

from __future__ import annotations

import threading
from collections.abc import Callable

# How long the end of the process waits for the last time.
STOP_S = 3.0


def _nothing() -> None:
    """Be called at the end."""


def regularly(
    step: Callable[[], None],
    *,
    every_s: float,
    name: str,
    at_end: Callable[[], None] = _nothing,
    stop_s: float = STOP_S,
) -> Callable[[], None]:
    """Call ``step`` each ``every_s`` seconds from a thread of its own; return what ends that.

    ``at_end`` is called by the same thread when it ends, which is waited for ``stop_s`` seconds.
    """
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every_s):
            step()
        at_end()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(stop_s)

    return end
