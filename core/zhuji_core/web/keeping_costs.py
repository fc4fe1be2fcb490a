"""Keeps what modules cost for as long as an application is served."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.concurrency import sync_to_thread

from zhuji_core.enabling.cost_keeper import INTERVAL_S, CostKeeper


def lifespan_of(keeper: CostKeeper) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return what keeps costs beside the requests, and once more at the end."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(_run(keeper))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await sync_to_thread(keeper.keep)

    return lifespan


async def _run(keeper: CostKeeper) -> None:
    while True:
        await asyncio.sleep(INTERVAL_S)
        await sync_to_thread(keeper.keep)
