"""One direction of a network line: when a packet that is sent now arrives, or that it is lost."""

from __future__ import annotations

import random
from dataclasses import dataclass

_SECOND_NS = 1_000_000_000
_MS_NS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class LineSetting:
    """``loss`` is the share of packets that are lost; ``mbit_per_s`` 0 is as fast as it goes.

    What does not go out within ``queue_ms`` of its coming is dropped, as a modem does.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    mbit_per_s: float = 0.0
    queue_ms: float = 200.0


class Line:
    """Packets keep their order, whatever the jitter: a line has no other way around."""

    def __init__(self, setting: LineSetting, *, seed: int) -> None:
        self.setting = setting
        self.lost = 0
        self._chance = random.Random(seed)  # noqa: S311 (a proof must be repeatable)
        self._free_ns = 0
        self._last_ns = 0

    def send(self, now_ns: int, size_bytes: int) -> int | None:
        """Return when the packet arrives, or None when it does not."""
        setting = self.setting
        if setting.loss and self._chance.random() < setting.loss:
            self.lost += 1
            return None
        out_ns = now_ns
        if setting.mbit_per_s:
            begin_ns = max(now_ns, self._free_ns)
            if begin_ns - now_ns > setting.queue_ms * _MS_NS:
                self.lost += 1
                return None
            out_ns = begin_ns + round(size_bytes * 8 * 1000 / setting.mbit_per_s)
            self._free_ns = out_ns
        jitter_ms = self._chance.uniform(-1, 1) * setting.jitter_ms if setting.jitter_ms else 0.0
        arrives_ns = out_ns + round((setting.delay_ms + jitter_ms) * _MS_NS)
        self._last_ns = max(now_ns, arrives_ns, self._last_ns)
        return self._last_ns
