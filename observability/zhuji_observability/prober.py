"""Asks a route that sleeps for a known time, each minute, through the door that everybody uses.

Two things of the answer's own account (``Server-Timing``) are known from elsewhere, also while the
host is busy. Between two sockets of one host lies no network: what the process calls its own time
must be what passed between the kernel's stamps of the asker's socket. And what is in none of the
waits that it tells must be what its handler slept. Both errors are on ``/host/times/itself``.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from zhuji_core.server import SERVED_AT
from zhuji_core.values import Value
from zhuji_observability.regularly import regularly
from zhuji_observability.store.probe import Probe

PATH = "/host/probe"
KEY = "x-zhuji-probe"
# Nothing, a usual answer, and one that a person would still not notice.
SLEEPS_MS = (0, 20, 100)
EVERY_S = 60.0
TIMEOUT_S = 20.0
_TIMED = re.compile(r"(?:^|, )([a-z]+);dur=([0-9.]+)")
# Lengths of Server-Timing that are waits for a turn; waiting for the processor is a case apart.
QUEUES, PROCESSOR = ("kq", "lq", "body", "tq"), "cpu"
_US_IN_MS, _MS_IN_S, _NS_IN_US = 1_000, 1_000, 1_000
# Linux: when the kernel was handed the bytes that are read, by CLOCK_REALTIME.
_SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("=qq")
_NS_IN_S = 1_000_000_000
# Somebody set the clock meanwhile: nothing is known.
_CLOCK_SET_NS = 500_000

_logger = logging.getLogger(__name__)


class Slept(Value, frozen=True, kw_only=True):
    """What the route answers: how long it really slept.

    ``ready_us`` of it was over already, but the processor was somebody else's: the recorder calls
    that a wait for the processor, and it is no less known.
    """

    slept_us: int
    ready_us: int


class Prober:
    """Of one serving process; with several, each asks, and whoever is free answers."""

    def __init__(self, *, key: str, take: Callable[[Probe], None]) -> None:
        self._key = key
        self._take = take

    def start(self) -> Callable[[], None]:
        """Ask from a thread of its own; return what ends it."""
        return regularly(self.ask, every_s=EVERY_S, name="zhuji-probe", stop_s=TIMEOUT_S)

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
            sent = _Sent(connection, f"{PATH}?sleep_ms={sleep_ms}", self._key)
            answer = connection.getresponse()
            # The kernel tells a total of its own, in a header of the same name.
            told = timed(", ".join(answer.headers.get_all("server-timing", [])))
            body = answer.read()
            if answer.status != http.client.OK or "app" not in told:
                return probe
            slept = msgspec.json.decode(body, type=Slept)
            return msgspec.structs.replace(
                probe,
                slept_us=slept.slept_us,
                server_us=told["app"],
                queued_us=queued_us(told, slept),
                total_us=sent.total_us,
                sending_us=sent.sending_us,
            )
        except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
            _logger.warning("the probe of times was not answered: %s", type(error).__name__)
            return probe
        finally:
            connection.close()


def timed(header: str) -> dict[str, int]:
    """Return the lengths of Server-Timing by their names, in microseconds."""
    return {name: round(float(length) * _US_IN_MS) for name, length in _TIMED.findall(header)}


def queued_us(told: Mapping[str, int], slept: Slept) -> int:
    """Return what the answer says that it waited for its turn, but not while it slept anyway."""
    queued = sum(told.get(name, 0) for name in QUEUES)
    return queued + max(0, told.get(PROCESSOR, 0) - slept.ready_us)


class _Sent:
    """A request on its way, and how long its answer took by the stamps of this socket.

    Its last byte was handed over at some moment of the call that sends it: ``total_us`` counts
    from the beginning of that call, and ``sending_us`` is how long the call lasted.
    """

    def __init__(self, connection: http.client.HTTPConnection, path: str, key: str) -> None:
        wire: socket.socket = connection.sock
        with contextlib.suppress(OSError):
            wire.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        first_ns, offset_ns = time.time_ns(), _offset_ns()
        connection.request("GET", path, headers={KEY: key})
        sent_ns = time.time_ns()
        _, notes, _, _ = wire.recvmsg(1, socket.CMSG_SPACE(_STAMP.size), socket.MSG_PEEK)
        came_ns = _stamped_ns(notes) or time.time_ns()
        known = abs(_offset_ns() - offset_ns) < _CLOCK_SET_NS
        self.total_us = (came_ns - first_ns) // _NS_IN_US if known else None
        self.sending_us = (sent_ns - first_ns) // _NS_IN_US if known else None


def _offset_ns() -> int:
    return time.time_ns() - time.monotonic_ns()


def _stamped_ns(notes: Sequence[tuple[int, int, bytes]]) -> int:
    """Return when the kernel had the bytes; 0 where it does not say."""
    for level, kind, data in notes:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) == _STAMP.size:
            seconds, rest_ns = _STAMP.unpack(data)
            return int(seconds * _NS_IN_S + rest_ns)
    return 0
