"""An ordinary operation of a site, and what can go wrong with it on request.

Reads its body, works in a thread, asks the database where there is one, makes a page. ``/fault``
puts a fault in for the requests that follow, and takes the one before away.
"""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import argon2
import jinja2
import msgspec
import sqlalchemy as sa

from zhuji_observability.proving.faults import Fault
from zhuji_observability.recorder.record import marked, now_ns
from zhuji_observability.recorder.terms import Term

THREADS = 4
_PAGE = jinja2.Environment(autoescape=True).from_string(
    "{% for row in rows %}<tr><td>{{ row }}</td></tr>{% endfor %}{{ wait() }}"
)
_ROWS = range(50)
# What everybody locks; it needs no table.
_LOCK = sa.text("SELECT pg_advisory_xact_lock(8105)")
_SLEEP = sa.text("SELECT pg_sleep(:seconds)")
# They end with the site, however that ends.
_SPIN = "import os\nsite = os.getppid()\nwhile os.getppid() == site: pass"
# Programs that compete with the site for each processor.
_RIVALS = 6
# About two milliseconds a check.
_HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=4096, parallelism=1)
_HASH = _HASHER.hash("proof")


class Site:
    """The state of the site: its database and the fault that is put in."""

    def __init__(self, database: str) -> None:
        self.fault = Fault()
        self._undo: list[Callable[[], None]] = []
        self._engine = None
        if database:
            self._engine = sa.create_engine(
                database, poolclass=sa.QueuePool, pool_size=1, max_overflow=0, pool_timeout=30
            )
            self._holder = sa.create_engine(database)

    async def put_in(self, fault: Fault) -> None:
        """Put in what goes on by itself; what a request does itself it asks ``fault`` for."""
        while self._undo:
            self._undo.pop()()
        self.fault = fault
        begin = {
            "blocked_loop": self._block_the_loop,
            "busy_threads": self._keep_threads_busy,
            "busy_processor": self._keep_the_processor_busy,
        }.get(fault.name)
        if begin is not None:
            begin(fault.lost_ms / 1000)

    def work(self) -> None:
        """Do what an ordinary request does, in a thread."""
        if self._engine is not None:
            self._ask_database(self._engine)
        _spin(0.002 if self.fault.name != "busy_processor" else 0.02)
        if self.fault.name == "slow_code":
            time.sleep(self._lost_s)  # for something that nobody marks
        if self.fault.name == "collector":
            _collect_for(self._lost_s)
        if self.fault.name == "slow_signature":
            until = now_ns() + self._lost_s * 1e9
            while now_ns() < until:
                _HASHER.verify(_HASH, "proof")
        _PAGE.render(rows=_ROWS, wait=self._in_page)

    @property
    def _lost_s(self) -> float:
        return self.fault.lost_ms / 1000

    def _in_page(self) -> str:
        if self.fault.name == "slow_page":
            time.sleep(self._lost_s)
        return ""

    def _ask_database(self, engine: sa.Engine) -> None:
        if self.fault.name == "one_connection":
            self._hold(engine, None)
        if self.fault.name == "held_lock":
            self._hold(self._holder, _LOCK)
        with engine.begin() as connection:
            slow = self._lost_s if self.fault.name == "slow_statement" else 0.0
            connection.execute(_SLEEP, {"seconds": slow})
            connection.execute(_LOCK)

    def _hold(self, engine: sa.Engine, statement: sa.TextClause | None) -> None:
        """Let somebody else hold a connection, or the lock, for as long as is to be lost."""
        held = threading.Event()

        def hold() -> None:
            with engine.begin() as connection:
                if statement is not None:
                    connection.execute(statement)
                held.set()
                time.sleep(self._lost_s)

        threading.Thread(target=hold, daemon=True).start()
        held.wait()

    def _block_the_loop(self, seconds: float) -> None:
        """Block it again and again, with pauses in which requests are answered."""
        loop = asyncio.get_running_loop()
        going_on = True

        def block() -> None:
            if going_on:
                time.sleep(seconds)
                loop.call_later(0.004, block)

        def stop() -> None:
            nonlocal going_on
            going_on = False

        loop.call_soon(block)
        self._undo.append(stop)

    def _keep_threads_busy(self, seconds: float) -> None:
        """Hand each thread more than it can do."""
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def sleep() -> None:
            time.sleep(seconds)
            if not stopped.is_set():
                loop.call_soon_threadsafe(lambda: loop.run_in_executor(None, sleep))

        for _ in range(THREADS):
            loop.run_in_executor(None, sleep)
        self._undo.append(stopped.set)

    def _keep_the_processor_busy(self, _seconds: float) -> None:
        count = _RIVALS * len(os.sched_getaffinity(0))
        rivals = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]

        def stop() -> None:
            for rival in rivals:
                rival.kill()
                rival.wait()

        self._undo.append(stop)


def _spin(seconds: float) -> None:
    """Use the processor for so long, by its own count."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def _collect_for(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        gc.collect()


async def answered(site: Site, scope: Any, receive: Any) -> bytes:
    """Serve ``/ordinary`` and ``/fault``; return the body of the answer."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    if scope["path"] == "/fault":
        await site.put_in(msgspec.json.decode(b"".join(parts), type=Fault))
        return b"{}"
    await asyncio.to_thread(site.work)
    with marked(Term.SERIALISE):
        return msgspec.json.encode(["x" * 100] * 300)
