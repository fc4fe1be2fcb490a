"""Brings the costs that this process has counted into the counties' databases."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.costs import PROCESS, Bucket, Costs, Key
from zhuji_core.enabling.costs import add_costs
from zhuji_core.licences.book import day_of

log = logging.getLogger("zhuji")

# One statement for each county in which anything was done; a crash loses the last minute.
INTERVAL_S = 60.0


class CostKeeper:
    """One for each process: the website's, and the one that works in the background.

    ``accesses`` gives the counties by code, as they are now.
    """

    def __init__(
        self, accesses: Callable[[], Mapping[str, CountyAccess]], *, costs: Costs = PROCESS
    ) -> None:
        self._accesses = accesses
        self._costs = costs

    def keep(self) -> None:
        """Add what was counted; what a county does not take now is tried again next time."""
        counted: dict[str, dict[Key, tuple[Bucket, ...]]] = defaultdict(dict)
        for key, buckets in self._costs.take().items():
            counted[key.county][key] = buckets
        accesses = self._accesses() if counted else {}
        for code, found in counted.items():
            access = accesses.get(code)
            if access is None or not self._kept(access, found):
                for key, buckets in found.items():
                    self._costs.put_back(key, buckets)

    def _kept(self, access: CountyAccess, found: dict[Key, tuple[Bucket, ...]]) -> bool:
        if access.county.state != "open":
            return False  # nothing is written into a county that moves or is being restored
        try:
            add_costs(access.statements, found, day=day_of(access.clock()))
        except sa.exc.SQLAlchemyError:
            log.warning("%s: costs of modules are not kept yet", access.county.code, exc_info=True)
            return False
        return True
