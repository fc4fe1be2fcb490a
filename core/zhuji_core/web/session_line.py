"""Sessions of requests that arrive while others' are being asked for: one statement for all.

Every request asks the database who sends it before it does anything else, and what that takes is
mostly the way there: a thread, a statement begun and ended. Nobody waits for a timer. A request
that finds nobody before it asks at once and alone; while its statement runs the next ones stand
in line, and when it ends, the first of them asks for all (decision 73). An answer is never older
than the request: who arrives during a statement takes no part in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

import sqlalchemy as sa
from litestar.concurrency import sync_to_thread

from zhuji_core import tracing
from zhuji_core.access import CountyAccess
from zhuji_core.identity import sessions
from zhuji_core.identity.sessions import SignedIn
from zhuji_core.web.together import waited

# More are many requests of one moment; those behind them are not to wait for all of them.
TOGETHER_MAX = 64


class SessionLines:
    """A line for each county's database. Used by the event loop alone."""

    def __init__(self) -> None:
        self._lines: dict[sa.Engine, _Line] = {}

    async def find(self, access: CountyAccess, *, token: str) -> SignedIn | None:
        """Return who holds ``token``, and with it all that the request must know."""
        line = self._lines.get(access.engine)
        if line is None:
            line = self._lines[access.engine] = _Line()
        return await line.find(access, token)


class _Waiting:
    """One request in line: told who it is, or that it is its turn to ask."""

    __slots__ = ("leads", "led_by", "since_ns", "token", "told")

    def __init__(self, token: str) -> None:
        self.token = token
        self.leads = False
        self.led_by = ""  # the trace in which it was asked for
        self.since_ns = time.perf_counter_ns()
        self.told: asyncio.Future[SignedIn | None] = asyncio.get_running_loop().create_future()


class _Line:
    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._asking = False

    async def find(self, access: CountyAccess, token: str) -> SignedIn | None:
        if not self._asking:
            self._asking = True
            return await self._ask(access, token)
        waiting = _Waiting(token)
        self._waiting.append(waiting)
        try:
            found = await waiting.told
        except asyncio.CancelledError:
            if waiting.leads:
                self._next()
            raise
        finally:
            waited("session.resolve", waiting.since_ns, waiting.led_by)
        return await self._ask(access, token) if waiting.leads else found

    async def _ask(self, access: CountyAccess, token: str) -> SignedIn | None:
        """Ask for this one and for those who stand in line; then it is the next one's turn."""
        others, self._waiting = self._waiting[:TOGETHER_MAX], self._waiting[TOGETHER_MAX:]
        tokens = {token, *(one.token for one in others)}
        try:
            found = await sync_to_thread(_resolve, access, tokens)
        except asyncio.CancelledError:
            self._waiting[:0] = others
            raise
        except Exception as error:
            for one in _present(others):
                one.told.set_exception(error)
            raise
        finally:
            self._next()
        leader = tracing.current_trace_id()
        for one in _present(others):
            one.led_by = leader
            one.told.set_result(found.get(one.token))
        return found.get(token)

    def _next(self) -> None:
        """Let the first who still waits ask for all behind it."""
        first = next(_present(self._waiting), None)
        if first is None:
            self._waiting, self._asking = [], False
            return
        self._waiting = self._waiting[self._waiting.index(first) + 1 :]
        first.leads = True
        first.told.set_result(None)


def _present(waiting: Sequence[_Waiting]) -> Iterator[_Waiting]:
    """Leave out the requests that have gone away."""
    return (one for one in waiting if not one.told.done())


def _resolve(access: CountyAccess, tokens: Collection[str]) -> Mapping[str, SignedIn]:
    """Find who holds the session, and with it all that the request must know."""
    with tracing.span("session.resolve", module="kernel", county=access.county.code):
        return sessions.resolve_all(access.engine, tokens=tokens, now=access.clock())
