"""Who sits where: each user of a run is another person, in whatever process it lives."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

_taken: dict[str, Iterator[int]] = {}


def next_seat(environment: Any, person_class: str) -> int:
    """Return the next free seat of a class: this process's own, none of another's."""
    runner = environment.runner
    index = max(0, getattr(runner, "worker_index", 0))
    processes = max(1, int(environment.parsed_options.processes or 1))
    seats = _taken.setdefault(person_class, itertools.count(index, processes))
    return next(seats)
