"""Brings the costs that this process has counted into the counties' databases, once a minute."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from litestar import Litestar
from litestar.concurrency import sync_to_thread

from zhuji_core.access import CountyAccess
from zhuji_core.costs import PROCESS, Bucket, Costs, Key
from zhuji_core.enabling.costs import add_costs
from zhuji_core.licences.book import day_of
from zhuji_core.web.counties import CountyDirectory

log = logging.getLogger("zhuji")

# One statement for each county in which anything was done; a crash loses the last minute.
INTERVAL_S = 60.0


class CostKeeper:
    """Alive between the start and the stop of an application."""

    def __init__(self, directory: CountyDirectory, *, costs: Costs = PROCESS) -> None:
        self._directory = directory
        self._costs = costs

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Keep in the background, and once more at the end."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await sync_to_thread(self.keep)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            await sync_to_thread(self.keep)

    def keep(self) -> None:
        """Add what was counted; what a county does not take now is tried again next time."""
        counted: dict[str, dict[Key, tuple[Bucket, ...]]] = defaultdict(dict)
        for key, buckets in self._costs.take().items():
            counted[key.county][key] = buckets
        for code, found in counted.items():
            access = self._directory.known(code.lower())
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
