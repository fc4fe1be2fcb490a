"""Where blocking work runs: as many threads as one county's database pool has connections.

Handlers are synchronous and run in the event loop's default executor (Litestar's
``sync_to_thread``); the session is resolved in the same one. One bound for both, because a thread
holds at most one connection at a time: with as many threads as connections nobody ever waits for
the pool while holding something else, and requests that find no free thread wait in one queue,
before they hold anything. Passwords have threads of their own, so that a wave of sign-ins (0.1 s
of CPU each) never stands before the clerks who are at work.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from litestar import Litestar

from zhuji_core.identity.passwords import AT_ONCE
from zhuji_core.values import N_, DomainError

P = ParamSpec("P")
T = TypeVar("T")

# Sign-ins that wait at most about two seconds; more are told to come back.
PASSWORDS_WAITING_MAX = 40


class TooManySignIns(DomainError):
    """More passwords to verify than the machine can in time; trying again is right."""

    code = "E-SIGN-IN-BUSY"
    message = N_("目前登入人數過多，請稍後再試。")
    status_code = 429


class Threads:
    """The executors of one application, alive between its start and its stop."""

    def __init__(self, *, workers: int) -> None:
        self.workers = workers
        self._passwords: ThreadPoolExecutor | None = None
        self._waiting = 0

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Install the bounded default executor for as long as the application serves."""
        work = ThreadPoolExecutor(max_workers=self.workers, thread_name_prefix="zhuji-work")
        self._passwords = ThreadPoolExecutor(
            max_workers=AT_ONCE, thread_name_prefix="zhuji-passwords"
        )
        asyncio.get_running_loop().set_default_executor(work)
        try:
            yield
        finally:
            # The loop shuts its default executor down itself; work in flight is finished.
            self._passwords.shutdown(wait=False, cancel_futures=True)

    async def in_work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` where handlers run: what an asynchronous handler asks the database."""
        call = functools.partial(contextvars.copy_context().run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(None, call)

    async def in_passwords(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` where passwords are verified; raise TooManySignIns when many wait."""
        assert self._passwords is not None, "the application has not started"
        if self._waiting >= PASSWORDS_WAITING_MAX:
            raise TooManySignIns
        self._waiting += 1
        call = functools.partial(contextvars.copy_context().run, function, *args, **kwargs)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._passwords, call)
        finally:
            self._waiting -= 1
