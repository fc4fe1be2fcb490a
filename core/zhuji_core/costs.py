"""What each module costs in each county: calls and time of its spans and requests, counted here.

In this process only; ``cost_keeper`` adds what was counted to the county's database every minute,
so that figures are those of all processes. Bounded: the keys are counties, modules and names of
the code, and each has at most one count for each width of time.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from zhuji_core.values import Value

# Twelve counties with twenty modules of seventeen names; beyond it calls are counted as left out.
KEYS_MAX = 4_096
# Eight buckets for each doubling of the time: a quantile is exact to 6 %.
PARTS_BITS = 3
PARTS = 1 << PARTS_BITS
# What a request of a module is counted under; hooks are ``hook.…``, use cases ``<module>.…``.
REQUEST = "request"


class Key(Value, frozen=True, kw_only=True):
    """Whose time it is, and what was done."""

    county: str
    module: str
    name: str


class Bucket(Value, frozen=True, kw_only=True):
    """So many calls that took about equally long, and their time together."""

    bucket: int
    calls: int
    total_ns: int


class Costs:
    """Counts of one process. Adding costs less than a microsecond; any thread may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str, str], dict[int, list[int]]] = {}
        self.left_out = 0

    def add(self, county: str, module: str, name: str, took_ns: int) -> None:
        """Count one call of ``name``."""
        bucket = bucket_of(took_ns)
        key = (county, module, name)
        with self._lock:
            buckets = self._found.get(key)
            if buckets is None:
                if len(self._found) >= KEYS_MAX:
                    self.left_out += 1
                    return
                buckets = self._found[key] = {}
            kept = buckets.get(bucket)
            if kept is None:
                buckets[bucket] = [1, took_ns]
            else:
                kept[0] += 1
                kept[1] += took_ns

    def take(self) -> Mapping[Key, tuple[Bucket, ...]]:
        """Return what was counted since the last time, and begin anew."""
        with self._lock:
            found, self._found = self._found, {}
        return {
            Key(county=county, module=module, name=name): tuple(
                Bucket(bucket=bucket, calls=calls, total_ns=total_ns)
                for bucket, (calls, total_ns) in sorted(buckets.items())
            )
            for (county, module, name), buckets in found.items()
        }

    def put_back(self, key: Key, buckets: tuple[Bucket, ...]) -> None:
        """Count again what was taken but could not be kept."""
        with self._lock:
            found = self._found.setdefault((key.county, key.module, key.name), {})
            for one in buckets:
                kept = found.setdefault(one.bucket, [0, 0])
                kept[0] += one.calls
                kept[1] += one.total_ns


def bucket_of(took_ns: int) -> int:
    """Return the number of the width of time that ``took_ns`` falls into."""
    doublings = max(took_ns, 1).bit_length() - 1
    part = (took_ns >> (doublings - PARTS_BITS)) & (PARTS - 1) if doublings >= PARTS_BITS else 0
    return doublings * PARTS + part


def middle_ns(bucket: int) -> float:
    """Return the middle of a width of time."""
    doublings, part = divmod(bucket, PARTS)
    if doublings < PARTS_BITS:
        return float(1 << doublings)
    return float(1 << doublings) * (1 + (part + 0.5) / PARTS)


def quantile_ns(buckets: Mapping[int, int], share: float) -> float:
    """Return below which time ``share`` of the calls lie, from their number by bucket."""
    wanted = share * sum(buckets.values())
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= wanted:
            return middle_ns(bucket)
    return 0.0


# One for the process, as the tracer is: spans are opened far from whoever keeps the counts.
PROCESS = Costs()
