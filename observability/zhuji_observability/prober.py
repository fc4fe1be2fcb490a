"""Asks a route that sleeps for a known time, each minute, through the door that everybody uses.

What the answer says of its own time (``Server-Timing``) against what its handler slept is the
error of all that is told of requests here; it is on ``/host/times/itself``.
"""

from __future__ import annotations

import http.client
import logging
import os
import re
import threading
import time
from collections.abc import Callable

import msgspec

from zhuji_core.server import SERVED_AT
from zhuji_core.values import Value
from zhuji_observability.store.probe import Probe

PATH = "/host/probe"
KEY = "x-zhuji-probe"
# Nothing, a usual answer, and one that a person would still not notice.
SLEEPS_MS = (0, 20, 100)
EVERY_S = 60.0
TIMEOUT_S = 20.0
_APP = re.compile(r"(?:^|, )app;dur=([0-9.]+)")
_US_IN_MS, _MS_IN_S, _NS_IN_US = 1_000, 1_000, 1_000

_logger = logging.getLogger(__name__)


class Slept(Value, frozen=True, kw_only=True):
    """What the route answers: how long it really slept."""

    slept_us: int


class Prober:
    """Of one serving process; with several, each asks, and whoever is free answers."""

    def __init__(self, *, key: str, take: Callable[[Probe], None]) -> None:
        self._key = key
        self._take = take

    def start(self) -> Callable[[], None]:
        """Ask from a thread of its own; return what ends it."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="zhuji-probe", daemon=True)
        thread.start()

        def end() -> None:
            stop.set()
            thread.join(TIMEOUT_S)

        return end

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY_S):
            self.ask()

    def ask(self) -> None:
        """Ask once for each length; where nothing is served here, nothing is asked."""
        address = os.environ.get(SERVED_AT)
        if address is None:
            return
        for sleep_ms in SLEEPS_MS:
            self._take(self._asked(address, sleep_ms))

    def _asked(self, address: str, sleep_ms: int) -> Probe:
        probe = Probe(at_ms=round(time.time() * _MS_IN_S), asked_us=sleep_ms * _US_IN_MS)
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
        try:
            connection.connect()
            first_ns = time.perf_counter_ns()
            connection.request("GET", f"{PATH}?sleep_ms={sleep_ms}", headers={KEY: self._key})
            answer = connection.getresponse()
            total_us = (time.perf_counter_ns() - first_ns) // _NS_IN_US
            # The kernel tells a total of its own, in a header of the same name.
            timing = _APP.search(", ".join(answer.headers.get_all("server-timing", [])))
            body = answer.read()
            if answer.status != http.client.OK or timing is None:
                return probe
            return msgspec.structs.replace(
                probe,
                slept_us=msgspec.json.decode(body, type=Slept).slept_us,
                server_us=round(float(timing[1]) * _US_IN_MS),
                total_us=total_us,
            )
        except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
            _logger.warning("the probe of times was not answered: %s", type(error).__name__)
            return probe
        finally:
            connection.close()
