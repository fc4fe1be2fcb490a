"""Whether what was promised (``promises``) is kept, for each operation, and without a fault.

The budget is what may go wrong in two weeks; a burn rate of 1 uses it up in just that time; 14.4
in an hour uses up 4 % of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import Value
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.promises import USUAL, Promise

# The last hour: call somebody. A day: look at it today. All: what is left of the budget.
HOUR, DAY, ALL_HOURS = 1, 24, 336
# Of Google's Site Reliability Workbook, chapter 5: what an hour must burn to wake somebody.
URGENT = 14.4


class Burn(Value, frozen=True, kw_only=True):
    """Of one operation of one county. ``burn`` by hours; ``left`` of the budget, 1 is all.

    ``reached_us``: within which length the share that was promised really is.
    """

    promise: Promise
    requests: int
    bad: int
    reached_us: float
    burn: Mapping[int, float]
    left: float

    @property
    def urgent(self) -> bool:
        return self.burn[HOUR] >= URGENT

    @property
    def broken(self) -> bool:
        return self.left < 0


def bad_of(sketch: Sketch, promise: Promise = USUAL) -> int:
    """Count what was slow or failed. A failed one that was slow too is counted once at least.

    Which of the failed ones were slow is not known: the larger of both is what is certain.
    """
    return max(sketch.slower(promise.limit_us, served=promise.served), sketch.errors)


def burn_of(by_hours: Mapping[int, Sketch], promise: Promise = USUAL) -> Burn:
    """Return the burn of one operation, whose counts are given for each window."""
    whole = by_hours[ALL_HOURS]
    bad = bad_of(whole, promise)
    allowed = 1 - promise.share
    quantile = whole.served_quantile_us if promise.served else whole.quantile_us
    return Burn(
        promise=promise,
        requests=whole.requests,
        bad=bad,
        reached_us=quantile(promise.share),
        burn={
            hours: bad_of(sketch, promise) / max(1, sketch.requests) / allowed
            for hours, sketch in by_hours.items()
        },
        left=1 - bad / max(1, whole.requests) / allowed,
    )
