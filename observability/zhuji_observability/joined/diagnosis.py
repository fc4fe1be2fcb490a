"""What a slow exchange lost its time to: the term that grew most over what is usual for it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from zhuji_core.values import Value

# Slower than usual is what a person would notice and noise would not explain: both of these.
SLOWER_US, SLOWER_SHARE = 20_000, 0.3
# A term is named when it carries at least so much of what was lost; below that it is many.
NAMED_SHARE = 0.4


class Diagnosis(Value, frozen=True, kw_only=True):
    """``term`` None: nothing is slow, or no term alone explains it (``share`` is the largest's)."""

    slow: bool
    term: str | None
    share: float
    lost_us: int
    grown_us: Mapping[str, int]


def usual(exchanges: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return the median of each term over ordinary exchanges of one operation."""
    names = dict.fromkeys(name for exchange in exchanges for name in exchange)
    return {
        name: round(statistics.median(exchange.get(name, 0) for exchange in exchanges))
        for name in names
    }


def diagnose(slow: Mapping[str, int], usually: Mapping[str, int]) -> Diagnosis:
    """Compare the terms of one exchange, or of medians of several, with what is usual."""
    names = dict.fromkeys((*usually, *slow))
    grown = {name: slow.get(name, 0) - usually.get(name, 0) for name in names}
    lost = sum(grown.values())
    is_slow = lost > max(SLOWER_US, SLOWER_SHARE * sum(usually.values()))
    more = {name: length for name, length in grown.items() if length > 0}
    if not is_slow or not more:
        return Diagnosis(slow=is_slow, term=None, share=0.0, lost_us=lost, grown_us=grown)
    worst = max(more, key=lambda name: more[name])
    share = more[worst] / sum(more.values())
    return Diagnosis(
        slow=True,
        term=worst if share >= NAMED_SHARE else None,
        share=share,
        lost_us=lost,
        grown_us=grown,
    )
