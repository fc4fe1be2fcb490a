"""Figures from samples: quantiles, and a median with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zhuji_core.values import Value

# What may lie below the interval, and as much above it.
TAIL = 0.025
TWO = 2


class Interval(Value, frozen=True, kw_only=True):
    """A median and the order statistics that enclose it with at least 95 % confidence."""

    median: float
    low: float
    high: float
    pairs: int

    def text(self, digits: int = 2) -> str:
        return (
            f"{self.median:,.{digits}f} ({self.low:,.{digits}f}–{self.high:,.{digits}f}, "
            f"n={self.pairs})"
        )


def quantile(samples: Sequence[float], q: float) -> float:
    """Return the smallest sample that at least ``q`` of all do not exceed."""
    assert samples, "nothing was measured"
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def median(samples: Sequence[float]) -> float:
    """Return the middle sample, or the mean of the two middle ones."""
    assert samples, "nothing was measured"
    ordered = sorted(samples)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def interval(samples: Sequence[float]) -> Interval:
    """Return the median with a distribution-free interval (binomial, two-sided 95 %).

    With fewer than six samples no such interval exists; then it is the whole range.
    """
    ordered = sorted(samples)
    count = len(ordered)
    rank, tail = 0, 0.0
    while rank < count // 2:
        tail += math.comb(count, rank) / 2**count
        if tail > TAIL:
            break
        rank += 1
    below = max(0, rank - 1)
    return Interval(
        median=median(ordered), low=ordered[below], high=ordered[count - 1 - below], pairs=count
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows with each x, by a line of least squares; 0 without two x."""
    if len(points) < TWO:
        return 0.0
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    both = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return both / spread if spread else 0.0
