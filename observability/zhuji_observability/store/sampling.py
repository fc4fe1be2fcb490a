"""Which exchanges are kept whole: all that went wrong, and a fair share of the others.

Counts are of all requests (``counts``); what is kept here is for looking at one of them.
"""

from __future__ import annotations

from zhuji_observability.store.exchange import Exchange
from zhuji_observability.store.promises import Promises

# Of those that nothing is wrong with: one for each doubling of the time, operation, county and
# minute, so that quick and rare ones are there too; and of the rest each hundredth.
EACH = 100
# A storm is as well known by its first ones; 600 are about 500 kB. Errors are counted apart: where
# everything is slower than was promised, they still have room.
KEPT_IN_A_MINUTE_MAX = 600
# Different kinds of exchange that one minute can have: routes × doublings of the time.
KINDS_MAX = 10_000
_MS_IN_MINUTE = 60_000


class Sampler:
    """Chooses as exchanges come; remembers one minute. ``promises``: what is slow for whom."""

    def __init__(self) -> None:
        self.promises = Promises()
        self._minute = -1
        self._seen: set[tuple[str, str, int]] = set()
        self._kept = {True: 0, False: 0}  # errors, and the rest
        self._ordinary = 0
        self.left_out = 0

    def why(self, exchange: Exchange) -> str:
        """Return why it is kept, or ''."""
        self._turn(exchange.began_ms // _MS_IN_MINUTE)
        reason = self._reason(exchange)
        if not reason:
            return ""
        if self._kept[exchange.failed] >= KEPT_IN_A_MINUTE_MAX:
            self.left_out += 1
            return ""
        self._kept[exchange.failed] += 1
        return reason

    def _turn(self, minute: int) -> None:
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
            self._kept = {True: 0, False: 0}

    def _reason(self, exchange: Exchange) -> str:
        if exchange.failed:
            return "error"
        if self._is_slow(exchange):
            return "slow"
        if exchange.retransmits:
            return "retransmits"
        if any(one.side != "led" for one in exchange.met):
            return "lock"
        kind = (exchange.county, exchange.operation, exchange.total_us.bit_length())
        if kind not in self._seen and len(self._seen) < KINDS_MAX:
            self._seen.add(kind)
            return "first"
        self._ordinary += 1
        return "sample" if self._ordinary % EACH == 0 else ""

    def _is_slow(self, exchange: Exchange) -> bool:
        """Tell whether its user waited, or its server took longer than was promised of it."""
        promise = self.promises.promise(exchange.operation)
        if exchange.total_us >= promise.noticed_us:
            return True
        return promise.served and exchange.served_us >= promise.limit_us
