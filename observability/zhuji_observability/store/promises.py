"""What is promised of an operation: how long it may take, whose time that is, and how often.

A hot path declares its own (``register_hot_paths``): 95 of 100 requests within its ``p95_ms_max``
of server time, without the line. Of every other operation 99 of 100 are within half a second, as
their user has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhuji_core.modules import HotPath
from zhuji_core.values import Value

# Below half a second nobody waits; a request that takes longer is noticed.
NOTICED_US = 500_000
_US_IN_MS = 1_000


class Promise(Value, frozen=True, kw_only=True):
    """``share`` of the requests within ``limit_us``; ``served``: of server time, else of all."""

    limit_us: int
    share: float
    served: bool

    @property
    def noticed_us(self) -> int:
        """Return from which whole length on its user waits, whoever is to blame for it.

        Of what may take longer anyway (a batch) nobody expects it within half a second.
        """
        return max(self.limit_us, NOTICED_US)


USUAL = Promise(limit_us=NOTICED_US, share=0.99, served=False)


def of_hot_path(p95_ms_max: int) -> Promise:
    return Promise(limit_us=p95_ms_max * _US_IN_MS, share=0.95, served=True)


class Promises(Value, frozen=True, kw_only=True):
    """What the modules promise of their hot paths, by operation."""

    of: Mapping[str, Promise] = {}

    def promise(self, operation: str | None) -> Promise:
        """Return the promise of an operation; None (of all together) has the usual one."""
        return self.of.get(operation or "", USUAL)


def promises_of(hot_paths: Iterable[HotPath]) -> Promises:
    return Promises(of={one.operation_id: of_hot_path(one.p95_ms_max) for one in hot_paths})
