"""The relay: looks into every county, again and again, and tells modules what has happened.

Any number of processes may do it: a round takes the cursor's row, and who does not get it goes
on. Nothing is held between rounds, so a killed relay is replaced by the next look of another.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import sqlalchemy as sa

from zhuji_core import tracing
from zhuji_core.access import CountyAccess
from zhuji_core.county import CountyReadOnly, LateWriter
from zhuji_core.events.delivery import BATCH, deliver, pending
from zhuji_core.events.status import read_status
from zhuji_core.identity.actor import Actor

log = logging.getLogger("zhuji.events")

# A quiet county is looked into this often; one with work goes on without a pause.
INTERVAL_S = 1.0
# Counties served at the same time; more would only wait for the two cores of a small machine.
THREADS = 4
# Rounds of one county before others have their turn, when threads are scarce.
ROUNDS_MAX = 20
MEASURE_EVERY_S = 10.0
# A county that was added, closed or moved is known of after this.
READ_EVERY_S = 2.0


class Relay:
    """The relay of one process; ``accesses`` is asked which counties there are."""

    def __init__(
        self, accesses: Callable[[], Mapping[str, CountyAccess]], *, system: Actor
    ) -> None:
        self._accesses = accesses
        self._system = system
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._pool = ThreadPoolExecutor(THREADS, "zhuji-relay")
        self._known: Mapping[str, CountyAccess] = {}
        self._read_s = -READ_EVERY_S
        self._busy: dict[str, Future[bool]] = {}
        self._measured_s: dict[str, float] = {}
        self._lock = threading.Lock()

    def step(self) -> None:
        """Look into every county that is not being served already; wait for none."""
        for code, access in self._counties().items():
            with self._lock:
                running = self._busy.get(code)
                if running is None or running.done():
                    self._busy[code] = self._pool.submit(self._serve, access)

    def _counties(self) -> Mapping[str, CountyAccess]:
        """Return the register, read anew every few seconds; modules are asked for each time."""
        if time.monotonic() - self._read_s > READ_EVERY_S:
            self._known, self._read_s = self._accesses(), time.monotonic()
        return self._known

    def close(self) -> None:
        """Finish the rounds that have begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _serve(self, access: CountyAccess) -> bool:
        try:
            worked = self.serve(access)
            self._measure(access)
        except (CountyReadOnly, LateWriter):
            return False  # it takes no writes now; the cursor stays where it is
        except sa.exc.SQLAlchemyError:
            log.warning("%s: events are not delivered now", access.county.code, exc_info=True)
            return False
        except Exception:
            log.exception("%s: the relay failed and goes on", access.county.code)
            return False
        return worked

    def serve(self, access: CountyAccess) -> bool:
        """Deliver what is to be told in one county now; True when there was anything."""
        able = access.hooks.ears
        if access.county.state != "open" or not able:
            return False
        waiting = pending(access, able)
        if not waiting:
            return False
        # Which modules are on is asked only when there is something to tell.
        county = access.entered(access.facts().modules)
        worked = False
        for module in set(waiting).intersection(county.hooks.listeners):
            for _ in range(ROUNDS_MAX):
                done = deliver(county, module=module, system=self._system, relay=self._name)
                worked = worked or not done.idle
                # What comes while a county is busy is told together at the next look.
                if done.passed < BATCH and not done.caught_up:
                    break
        return worked

    def _measure(self, access: CountyAccess) -> None:
        """Tell how far behind each module is, in events and seconds, and what is parked."""
        code = access.county.code
        if time.monotonic() - self._measured_s.get(code, 0.0) < MEASURE_EVERY_S:
            return
        self._measured_s[code] = time.monotonic()
        listeners = access.entered(access.facts().modules).hooks.listeners
        with access.statements.connect() as connection:
            for module in read_status(connection, now=access.clock(), listeners=listeners):
                known = {"county": code, "module": module.module}
                tracing.gauge("events.lag_events", module.lag_events, **known)
                tracing.gauge("events.lag_s", module.lag_s, **known)
                tracing.gauge("events.parked_documents", module.parked_documents, **known)
                tracing.gauge("events.dead_letters", module.dead_letters, **known)
