"""How a county's line is: its round trip, how steady it is, what it loses."""

from __future__ import annotations

import enum

from zhuji_core.values import Value
from zhuji_observability.store.counts import Sketch
from zhuji_observability.store.hourly import LineSum

# A line that loses more than this of its requests' segments is noticed in every second page.
HURT_SHARE = 0.01
# A round trip that takes so much longer at times, and at least this, waits in somebody's buffer.
UNSTEADY, UNSTEADY_US = 3.0, 20_000
# A connection takes one round trip; a lost SYN costs a second, which the server cannot see.
LOST_SYN_US = 500_000


class Trouble(enum.StrEnum):
    """What can be wrong with a line, worst first."""

    LOSS = "loss"
    CONNECT = "connect"
    UNSTEADY = "unsteady"


class Line(Value, frozen=True, kw_only=True):
    """Lengths in microseconds. Browsers report ``connect_p95_us``; None where none did."""

    requests: int
    rtt_p50_us: float
    rtt_p95_us: float
    upload_p95_us: float
    download_p95_us: float
    connect_p95_us: float | None
    sent_again: int
    hurt_share: float

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong with it, worst first."""
        found = {
            Trouble.LOSS: self.hurt_share > HURT_SHARE,
            Trouble.CONNECT: (self.connect_p95_us or 0) - self.rtt_p95_us > LOST_SYN_US,
            Trouble.UNSTEADY: self.rtt_p95_us - self.rtt_p50_us > UNSTEADY_US
            and self.rtt_p95_us > UNSTEADY * self.rtt_p50_us,
        }
        return tuple(trouble for trouble in Trouble if found[trouble])


def line_of(served: Sketch, browsers: Sketch | None, sums: LineSum) -> Line:
    """Return a county's line, of what the process saw, its browsers, and the kernel."""
    seen = browsers if browsers is not None and browsers.requests else None
    return Line(
        requests=served.requests,
        rtt_p50_us=served.term_quantile_us("network", 0.5),
        rtt_p95_us=served.term_quantile_us("network", 0.95),
        upload_p95_us=served.term_quantile_us("upload", 0.95),
        download_p95_us=(seen or served).term_quantile_us("download", 0.95),
        connect_p95_us=None if seen is None else seen.term_quantile_us("connect", 0.95),
        sent_again=sums.sent_again,
        hurt_share=sums.hurt / max(1, sums.requests),
    )
