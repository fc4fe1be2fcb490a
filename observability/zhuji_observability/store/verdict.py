"""Slow, and whose fault: what the slowest requests of an operation lost their time to."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from zhuji_core.values import Value
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.exchange import IN_PROCESS, TERMS
from zhuji_observability.store.promises import USUAL, Promise

# The slowest twentieth is what people complain of; its mean is read off exact sums.
TAIL = 0.95
# Fewer than this are named with their number, so that nobody takes them for a rule.
FEW = 20
# One sentence names so many terms, each at least a tenth of the time.
NAMED_MAX, NAMED_SHARE = 3, 0.1


class Side(enum.StrEnum):
    """Who can do something about a term."""

    NETWORK = "network"
    BEFORE = "before"
    HOST = "host"
    OTHERS = "others"
    GROUP = "group"
    DATABASE = "database"
    CODE = "code"
    UNKNOWN = "unknown"


# A redirect is as long as the request that ended with it: the server's work, not the line.
# ``lock`` is the fault of whoever held it, ``group`` of how many there were at once.
SIDES: Mapping[str, Side] = {
    "redirect": Side.BEFORE,
    **dict.fromkeys(
        ("queue", "dns", "connect", "tls", "upload", "network", "send", "download"),
        Side.NETWORK,
    ),
    **dict.fromkeys(("kernel", "thread", "loop", "pool", "cpu", "pause"), Side.HOST),
    "lock": Side.OTHERS,
    "group": Side.GROUP,
    "sql": Side.DATABASE,
    **dict.fromkeys(("own", "template", "serialise", "signature"), Side.CODE),
    "unattributed": Side.UNKNOWN,
}


class Share(Value, frozen=True, kw_only=True):
    """A term's part of the time of the slowest requests, from 0 to 1."""

    term: str
    share: float


class Verdict(Value, frozen=True, kw_only=True):
    """``blame``: terms of the slowest twentieth, largest first, those of no time left out.

    ``noticed``: its user waits, for the server or the line. ``broken``: the server takes longer
    than was promised of this operation; is that all, only the server's terms are to blame.
    """

    promise: Promise
    requests: int
    errors: int
    p50_us: float
    p95_us: float
    p99_us: float
    served_p95_us: float
    slow: bool
    noticed: bool
    broken: bool
    side: Side
    blame: tuple[Share, ...]

    @property
    def few(self) -> bool:
        return self.requests < FEW

    @property
    def named(self) -> tuple[Share, ...]:
        """Return the terms that a sentence names."""
        large = [one for one in self.blame if one.share >= NAMED_SHARE]
        return tuple(large[:NAMED_MAX] or self.blame[:1])


def judge(sketch: Sketch, promise: Promise = USUAL) -> Verdict:
    """Return the verdict of what was counted; of nothing it is that nothing was slow."""
    p95_us, served_us = sketch.quantile_us(TAIL), sketch.served_quantile_us(TAIL)
    noticed = p95_us >= promise.noticed_us
    broken = promise.served and served_us >= promise.limit_us
    sums_us = sketch.slowest_us(TAIL)
    if broken and not noticed:
        sums_us = {name: sums_us[name] for name in IN_PROCESS}
    blame = shares(sums_us)
    by_side: dict[Side, float] = dict.fromkeys(Side, 0.0)
    for one in blame:
        by_side[SIDES[one.term]] += one.share
    return Verdict(
        promise=promise,
        requests=sketch.requests,
        errors=sketch.errors,
        p50_us=sketch.quantile_us(0.5),
        p95_us=p95_us,
        p99_us=sketch.quantile_us(0.99),
        served_p95_us=served_us,
        slow=noticed or broken,
        noticed=noticed,
        broken=broken,
        side=max(by_side, key=lambda side: by_side[side]) if blame else Side.UNKNOWN,
        blame=blame,
    )


def shares(sums_us: Mapping[str, int]) -> tuple[Share, ...]:
    """Return the parts of a sum of terms; what clocks disagree about (below 0) is no part."""
    whole = sum(max(0, length) for length in sums_us.values())
    found = [
        Share(term=name, share=sums_us[name] / whole) for name in TERMS if sums_us.get(name, 0) > 0
    ]
    return tuple(sorted(found, key=lambda one: one.share, reverse=True))
