"""Which exchanges are kept whole: all that went wrong, and a fair share of the others.

Counts are of all requests (``counts``); what is kept here is for looking at one of them.
"""

from __future__ import annotations

from zhuji_observability.store.exchange import Exchange

# A person notices the wait.
SLOW_US = 500_000
# Of those that nothing is wrong with: one for each doubling of the time, operation, county and
# minute, so that quick and rare ones are there too; and of the rest each hundredth.
EACH = 100
# A storm of errors is as well known by its first ones; 600 are about 500 kB.
KEPT_IN_A_MINUTE_MAX = 600
# Different kinds of exchange that one minute can have: routes × doublings of the time.
KINDS_MAX = 10_000
_MS_IN_MINUTE = 60_000


class Sampler:
    """Chooses as exchanges come; remembers one minute."""

    def __init__(self) -> None:
        self._minute = -1
        self._seen: set[tuple[str, str, int]] = set()
        self._kept = 0
        self._ordinary = 0
        self.left_out = 0

    def why(self, exchange: Exchange) -> str:
        """Return why it is kept, or ''."""
        self._turn(exchange.began_ms // _MS_IN_MINUTE)
        reason = self._reason(exchange)
        if reason and self._kept >= KEPT_IN_A_MINUTE_MAX:
            self.left_out += 1
            return ""
        self._kept += bool(reason)
        return reason

    def _turn(self, minute: int) -> None:
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
            self._kept = 0

    def _reason(self, exchange: Exchange) -> str:
        if exchange.failed:
            return "error"
        if exchange.total_us >= SLOW_US:
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
