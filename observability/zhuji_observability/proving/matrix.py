"""What a proof goes through: lines × sleeps × sizes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from zhuji_core.values import Value


class Cell(Value, frozen=True, kw_only=True):
    """One combination; ``rtt_ms`` is there and back."""

    rtt_ms: float
    loss: float
    sleep_ms: float
    down_bytes: int = 200
    up_bytes: int = 0

    @property
    def name(self) -> str:
        parts = [f"rtt {self.rtt_ms:g}", f"sleep {self.sleep_ms:g}"]
        if self.down_bytes > _ONE_PACKET:
            parts.append(f"{self.down_bytes // 1000} kB down")
        if self.up_bytes:
            parts.append(f"{self.up_bytes // 1000} kB up")
        if self.loss:
            parts.append(f"loss {self.loss:.0%}")
        return ", ".join(parts)

    @property
    def is_one_round_trip(self) -> bool:
        """Tell whether request and answer are a packet each, so that the network is known."""
        return not self.loss and not self.up_bytes and self.down_bytes <= _ONE_PACKET


_ONE_PACKET = 1_000
_SIZES = ((200, 0), (200_000, 0), (200, 100_000))


def cells(*, full: bool) -> Sequence[Cell]:
    """Return the cells in an order in which lines change seldom."""
    rtts = (0.0, 20.0, 80.0, 200.0) if full else (0.0, 20.0, 80.0)
    sleeps = (0.0, 5.0, 20.0, 100.0, 1000.0) if full else (0.0, 20.0, 100.0)
    losses = (0.0, 0.01)
    return [
        Cell(rtt_ms=rtt, loss=loss, sleep_ms=sleep, down_bytes=down, up_bytes=up)
        for rtt, loss, (down, up), sleep in itertools.product(rtts, losses, _SIZES, sleeps)
    ]
