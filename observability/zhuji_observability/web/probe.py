"""``/host/probe``: an answer of a known length, for this host's own prober and nobody else."""

from __future__ import annotations

import hmac
import time
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery

from zhuji_core.web.controllers import PUBLIC, HostController
from zhuji_observability.prober import KEY, PATH, SLEEPS_MS, Slept
from zhuji_observability.recorder import processor

_NS_IN_US = 1_000


class ProbePage(HostController):
    """In a thread, as handlers of the product are: its wait for one is part of what is told."""

    path = PATH

    @get("/", operation_id="host.probe", opt={PUBLIC: True}, sync_to_thread=True)
    def sleep(
        self,
        request: Request[Any, Any, Any],
        probe_key: NamedDependency[str],
        sleep_ms: FromQuery[int] = 0,
    ) -> Slept:
        """Sleep and say how long; to whom does not know the key of this host, it is not there."""
        given = request.headers.get(KEY, "")
        known = probe_key and hmac.compare_digest(given.encode(), probe_key.encode())
        if not known or sleep_ms not in SLEEPS_MS:
            raise NotFoundException
        first_ns, ready_ns = time.perf_counter_ns(), processor.waited_ns()
        time.sleep(sleep_ms / 1_000)
        return Slept(
            slept_us=(time.perf_counter_ns() - first_ns) // _NS_IN_US,
            ready_us=(processor.waited_ns() - ready_ns) // _NS_IN_US,
        )
