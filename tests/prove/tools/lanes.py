"""One proof dealt to as many processes as there are processors, each with a cluster of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple, TypeVar

Thing = TypeVar("Thing")
Found = TypeVar("Found")


class Lane(NamedTuple):
    """Which share of the work a process has: each ``of``-th thing, from ``number`` on."""

    number: int
    of: int

    def share(self, things: Sequence[Thing]) -> Sequence[Thing]:
        return things[self.number :: self.of]


def dealt(work: Callable[..., Found], **how: Any) -> list[Found]:
    """Call ``work(lane, **how)`` for every lane at once; it must stand at the top of its module."""
    count = os.cpu_count() or 1
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(work, Lane(number, count), **how) for number in range(count)]
        return [lane.result() for lane in running]
