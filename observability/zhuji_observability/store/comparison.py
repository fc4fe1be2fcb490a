"""Two counts of the same work against each other: which term makes the difference, how surely.

Requests of the same minutes share what the machine and the line were doing just then, so they are
no independent observations; the periods of five minutes nearly are. The interval is that of a
mean whose blocks are the periods (cluster-robust: the deviations of the periods' sums from what
the mean would have made them), not the far too narrow one of single requests.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from zhuji_core.values import Value
from zhuji_observability.store.counts import Sketch, merged
from zhuji_observability.store.exchange import TERMS
from zhuji_observability.store.verdict import SIDES, Side

# Fewer periods than this say nothing of how much periods differ.
PERIODS_MIN = 6
# 95 % of a normal distribution; with so few blocks somewhat more would be right, so what is called
# certain must be so by half as much again.
_DEVIATIONS = 1.96 * 1.5

TOTAL = "total"


class Mean(Value, frozen=True, kw_only=True):
    """Of one term over all requests, in microseconds; ``error_us`` None: nobody can tell."""

    mean_us: float
    error_us: float | None


class Difference(Value, frozen=True, kw_only=True):
    """A term's mean before and after; ``low_us`` to ``high_us`` holds the true difference."""

    term: str
    before_us: float
    after_us: float
    low_us: float | None
    high_us: float | None

    @property
    def change_us(self) -> float:
        return self.after_us - self.before_us

    @property
    def certain(self) -> bool:
        """Tell whether the whole interval lies on one side of nothing."""
        if self.low_us is None or self.high_us is None:
            return False
        return self.low_us > 0 or self.high_us < 0


class Half(Value, frozen=True, kw_only=True):
    """One of the two that are compared."""

    requests: int
    errors: int
    periods: int
    p50_us: float
    p95_us: float
    p99_us: float


class Comparison(Value, frozen=True, kw_only=True):
    """``terms``: those that took time, the largest difference first."""

    before: Half
    after: Half
    total: Difference
    terms: tuple[Difference, ...]


def compare(before: Mapping[int, Sketch], after: Mapping[int, Sketch]) -> Comparison:
    """Compare counts by period; where one of them has no request every difference is unknown."""
    found = [_difference(name, before, after) for name in TERMS]
    taken = [one for one in found if one.before_us or one.after_us]
    return Comparison(
        before=_half(before),
        after=_half(after),
        total=_difference(TOTAL, before, after),
        terms=tuple(sorted(taken, key=lambda one: abs(one.change_us), reverse=True)),
    )


def told(found: Comparison) -> dict[str, object]:
    """Return it for programs: each difference with its change and whether it is certain."""

    def one(difference: Difference) -> dict[str, object]:
        return {
            **msgspec.to_builtins(difference),
            "change_us": difference.change_us,
            "certain": difference.certain,
        }

    return {
        "before": msgspec.to_builtins(found.before),
        "after": msgspec.to_builtins(found.after),
        "total": one(found.total),
        "terms": [one(difference) for difference in found.terms],
    }


def by_side(sketch: Sketch) -> dict[Side, float]:
    """Return the mean of a request in microseconds, by who can do something about it."""
    found = dict.fromkeys(Side, 0.0)
    for name, length in sketch.slowest_us(0.0).items():
        found[SIDES[name]] += length / max(sketch.requests, 1)
    return found


class Apart(Value, frozen=True, kw_only=True):
    """How much longer a county's requests take than the others'; ``side`` makes ``share`` of it.

    Shares are of what goes the way that the whole goes; ``side`` None: there is no difference.
    """

    change_us: float
    side: Side | None
    share: float


def apart(here: Sketch, others: Sketch) -> Apart | None:
    """Compare the means of a request; None where one of them has none."""
    if not here.requests or not others.requests:
        return None
    own, their = by_side(here), by_side(others)
    change_us = mean_us(here) - mean_us(others)
    same_way = {
        side: length for side in Side if (length := own[side] - their[side]) * change_us > 0
    }
    if not same_way:
        return Apart(change_us=change_us, side=None, share=0.0)
    most = max(same_way, key=lambda side: abs(same_way[side]))
    return Apart(change_us=change_us, side=most, share=same_way[most] / sum(same_way.values()))


def mean_us(sketch: Sketch) -> float:
    """Return the mean length of a request; 0 without any."""
    return _sum_us(TOTAL, sketch) / max(sketch.requests, 1)


def mean_of(name: str, periods: Mapping[int, Sketch]) -> Mean:
    """Return a term's mean (of ``TOTAL``: of the whole) with its standard error."""
    blocks = [(one.requests, _sum_us(name, one)) for one in periods.values() if one.requests]
    requests = sum(count for count, _ in blocks)
    if not requests:
        return Mean(mean_us=0.0, error_us=None)
    mean_us = sum(length for _, length in blocks) / requests
    if len(blocks) < PERIODS_MIN:
        return Mean(mean_us=mean_us, error_us=None)
    squares = sum((length - count * mean_us) ** 2 for count, length in blocks)
    variance = squares * len(blocks) / (len(blocks) - 1) / requests**2
    return Mean(mean_us=mean_us, error_us=math.sqrt(variance))


def _sum_us(name: str, sketch: Sketch) -> int:
    if name == TOTAL:
        return sum(row[1] for row in sketch.totals.values())
    return sketch.slowest_us(0.0)[name]


def _difference(name: str, before: Mapping[int, Sketch], after: Mapping[int, Sketch]) -> Difference:
    was, became = mean_of(name, before), mean_of(name, after)
    low_us = high_us = None
    if was.error_us is not None and became.error_us is not None:
        reach_us = _DEVIATIONS * math.hypot(was.error_us, became.error_us)
        change_us = became.mean_us - was.mean_us
        low_us, high_us = change_us - reach_us, change_us + reach_us
    return Difference(
        term=name,
        before_us=was.mean_us,
        after_us=became.mean_us,
        low_us=low_us,
        high_us=high_us,
    )


def _half(periods: Mapping[int, Sketch]) -> Half:
    whole = merged(periods.values())
    return Half(
        requests=whole.requests,
        errors=whole.errors,
        periods=sum(1 for one in periods.values() if one.requests),
        p50_us=whole.quantile_us(0.5),
        p95_us=whole.quantile_us(0.95),
        p99_us=whole.quantile_us(0.99),
    )
