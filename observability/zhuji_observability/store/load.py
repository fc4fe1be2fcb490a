"""How long requests wait for their turn, by how much was going on at the same time.

Nobody has to count requests in flight: by Little's law their mean number is the sum of the times
that requests were inside, divided by the time in which they came. Both sums are exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from zhuji_core.values import Value
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.exchange import IN_PROCESS

# What a request waits for its turn in, in the order in which it comes by; the last are others'.
QUEUES = ("kernel", "loop", "thread", "pool", "cpu", "lock", "group")
PERIOD_S = 300
# Below this a period is idle, whatever its few requests did.
IDLE = 1 / 64


class Load(Value, frozen=True, kw_only=True):
    """``inside``: requests in the server at once, on average; means of a request in µs."""

    requests: int
    per_s: float
    inside: float
    server_us: float
    waits_us: Mapping[str, float]

    @property
    def waited_us(self) -> float:
        return sum(self.waits_us.values())

    @property
    def worked_us(self) -> float:
        return max(0.0, self.server_us - self.waited_us)


def load_of(sketch: Sketch, *, periods: int = 1) -> Load:
    """Return the load of some periods, all of whose requests are in ``sketch``."""
    sums = sketch.slowest_us(0.0)
    served_us = sum(sums[name] for name in IN_PROCESS)
    each, seconds = max(1, sketch.requests), PERIOD_S * max(1, periods)
    return Load(
        requests=sketch.requests,
        per_s=sketch.requests / seconds,
        inside=served_us / 1e6 / seconds,
        server_us=served_us / each,
        waits_us={name: sums[name] / each for name in QUEUES},
    )


class Band(Value, frozen=True, kw_only=True):
    """Periods in which about as much was going on: from ``least`` to twice as many at once."""

    least: float
    periods: int
    load: Load


def by_load(periods: Mapping[int, Sketch]) -> tuple[Band, ...]:
    """Return the periods by doublings of their load, least first; idle ones are one band."""
    found: dict[int, list[Sketch]] = {}
    for sketch in periods.values():
        inside = load_of(sketch).inside
        found.setdefault(math.floor(math.log2(max(inside, IDLE))), []).append(sketch)
    return tuple(
        Band(
            least=2.0**doubling if 2.0**doubling > IDLE else 0.0,
            periods=len(sketches),
            load=load_of(merged(sketches), periods=len(sketches)),
        )
        for doubling, sketches in sorted(found.items())
    )


def knee(bands: tuple[Band, ...]) -> Band | None:
    """Return the first band from which on requests wait longer than they are worked on."""
    for place, band in enumerate(bands):
        if all(one.load.waited_us > one.load.worked_us for one in bands[place:]):
            return band
    return None
