"""Whether what was promised is kept: 99 of 100 requests within half a second and without a fault.

The budget is what may go wrong in two weeks: one request of a hundred. A burn rate of 1 uses it up
in just that time; 14.4 in an hour uses up 4 % of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import Value
from zhuji_observability.store.counts import Sketch, bucket_of
from zhuji_observability.store.verdict import SLOW_US

GOOD_SHARE = 0.99
# The last hour: call somebody. A day: look at it today. All: what is left of the budget.
HOUR, DAY, ALL_HOURS = 1, 24, 336
# Of Google's Site Reliability Workbook, chapter 5: what an hour must burn to wake somebody.
URGENT = 14.4


class Burn(Value, frozen=True, kw_only=True):
    """Of one operation of one county. ``burn`` by hours; ``left`` of the budget, 1 is all."""

    requests: int
    bad: int
    burn: Mapping[int, float]
    left: float

    @property
    def urgent(self) -> bool:
        return self.burn[HOUR] >= URGENT

    @property
    def broken(self) -> bool:
        return self.left < 0


def bad_of(sketch: Sketch) -> int:
    """Count what was slow or failed. A failed one that was slow too is counted once at least.

    Which of the failed ones were slow is not known: the larger of both is what is certain.
    """
    from_bucket = bucket_of(SLOW_US)
    slow = sum(row[0] for bucket, row in sketch.totals.items() if bucket >= from_bucket)
    return max(slow, sketch.errors)


def burn_of(by_hours: Mapping[int, Sketch]) -> Burn:
    """Return the burn of one operation, whose counts are given for each window."""
    whole = by_hours[ALL_HOURS]
    bad = bad_of(whole)
    return Burn(
        requests=whole.requests,
        bad=bad,
        burn={
            hours: bad_of(sketch) / max(1, sketch.requests) / (1 - GOOD_SHARE)
            for hours, sketch in by_hours.items()
        },
        left=1 - bad / max(1, whole.requests) / (1 - GOOD_SHARE),
    )
