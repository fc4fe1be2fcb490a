"""A wire that is cut where it is told to be: in front of PostgreSQL, and in front of HTTP.

Both stand between two ends that know nothing of it. ``shutdown`` before ``close``: otherwise the
server's session would live on and keep its locks. Only the later of a pair's two threads closes:
the number of a socket closed under a waiting thread may at once belong to a new connection, whose
bytes that thread would take.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

CHUNK = 65_536
# A reply that was waited for in vain; the answer to a statement takes milliseconds.
REPLY_TIMEOUT_S = 5.0
POSTGRES_PORT = 5432
# Messages that PostgreSQL answers at once: a whole query, and the end of an extended one.
ANSWERED = frozenset({b"Q", b"S"})


class Cut(StrEnum):
    """Where the wire is cut, seen from the k-th message."""

    BEFORE = "before it is forwarded"
    AFTER = "after it was forwarded"
    REPLY_LOST = "when its reply is on the way"


@dataclass(kw_only=True)
class Plan:
    """What is to happen to the messages from now on; ``seen`` are their types in order."""

    at: int = 0
    cut: Cut = Cut.BEFORE
    seen: list[bytes] = field(default_factory=list)
    fired: bool = False


class Pair:
    """The two ends of one connection, and the two threads that hand on between them."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.mute = threading.Event()
        self.replied = threading.Event()
        self._at_work = 2
        self._lock = threading.Lock()

    def leave(self) -> None:
        """Cut both ends; the thread that leaves last closes them."""
        self.shut()
        with self._lock:
            self._at_work -= 1
            if self._at_work:
                return
        self.client.close()
        self.server.close()

    def shut(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class PostgresWire:
    """A Unix socket that hands every message of a client on to PostgreSQL, one by one."""

    def __init__(self, upstream: Path) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._plan: Plan | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="zhuji-wire-"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / f".s.PGSQL.{POSTGRES_PORT}"))
        self._listener.listen(64)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._pairs: list[Pair] = []
        self._threads[0].start()

    @contextmanager
    def watched(self, *, at: int = 0, cut: Cut = Cut.BEFORE) -> Iterator[Plan]:
        """Count messages while the block lasts, and cut at the ``at``-th (0: never)."""
        plan = Plan(at=at, cut=cut)
        with self._lock:
            self._plan = plan
        try:
            yield plan
        finally:
            with self._lock:
                self._plan = None

    def close(self) -> None:
        _close(self._listener)
        for pair in self._pairs:
            pair.shut()
        for thread in self._threads:
            thread.join(timeout=REPLY_TIMEOUT_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._upstream))
            pair = Pair(client, server)
            self._pairs.append(pair)
            for target in (self._to_server, self._to_client):
                thread = threading.Thread(target=target, args=(pair,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _to_client(self, pair: Pair) -> None:
        with contextlib.suppress(OSError):
            while data := pair.server.recv(CHUNK):
                if pair.mute.is_set():
                    pair.replied.set()
                else:
                    pair.client.sendall(data)
        pair.leave()

    def _to_server(self, pair: Pair) -> None:
        with contextlib.suppress(OSError):
            self._hand_on(pair)
        pair.leave()

    def _hand_on(self, pair: Pair) -> None:
        pending, started = b"", False
        while data := pair.client.recv(CHUNK):
            pending += data
            ready = b""
            while (size := _message_size(pending, started=started)) is not None:
                message, pending = pending[:size], pending[size:]
                cut = self._decide(message) if started else None
                started = True
                if cut is None:
                    ready += message
                    continue
                _send_and_cut(pair, ready, message, cut)
                return
            pair.server.sendall(ready)

    def _decide(self, message: bytes) -> Cut | None:
        with self._lock:
            plan = self._plan
            if plan is None or plan.fired:
                return None
            plan.seen.append(message[:1])
            if len(plan.seen) != plan.at:
                return None
            plan.fired = True
            return plan.cut


def _send_and_cut(pair: Pair, before: bytes, message: bytes, cut: Cut) -> None:
    if cut is Cut.REPLY_LOST:
        pair.mute.set()
    pair.server.sendall(before if cut is Cut.BEFORE else before + message)
    if cut is Cut.REPLY_LOST:
        pair.replied.wait(REPLY_TIMEOUT_S)


def _message_size(data: bytes, *, started: bool) -> int | None:
    """Return the length of the first whole message; the very first has no type byte."""
    head = 5 if started else 4
    if len(data) < head:
        return None
    size = int.from_bytes(data[head - 4 : head]) + head - 4
    return size if len(data) >= size else None


class HttpWire:
    """A TCP port in front of the application that passes only so many bytes, then is cut."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._pairs: list[Pair] = []
        self.request_bytes_max: int | None = None
        self.reply_bytes_max: int | None = None
        self.request_bytes = 0
        self.reply_bytes = 0
        self.fired = False
        self._threads[0].start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listener.getsockname()
        return str(host), int(port)

    @contextmanager
    def limited(self, *, request: int | None = None, reply: int | None = None) -> Iterator[None]:
        """Cut after so many bytes of the request, or of the reply, while the block lasts."""
        self.request_bytes = self.reply_bytes = 0
        self.fired = False
        self.request_bytes_max, self.reply_bytes_max = request, reply
        try:
            yield
        finally:
            self.request_bytes_max = self.reply_bytes_max = None

    def close(self) -> None:
        _close(self._listener)
        for pair in self._pairs:
            pair.shut()
        for thread in self._threads:
            thread.join(timeout=REPLY_TIMEOUT_S)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._upstream)
            pair = Pair(client, server)
            self._pairs.append(pair)
            for target in (self._to_server, self._to_client):
                thread = threading.Thread(target=target, args=(pair,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _to_server(self, pair: Pair) -> None:
        with contextlib.suppress(OSError):
            while data := pair.client.recv(CHUNK):
                allowed = _allowed(data, self.request_bytes_max, self.request_bytes)
                self.request_bytes += len(allowed)
                pair.server.sendall(allowed)
                if len(allowed) < len(data):
                    self.fired = True
                    break
        pair.leave()

    def _to_client(self, pair: Pair) -> None:
        with contextlib.suppress(OSError):
            while data := pair.server.recv(CHUNK):
                allowed = _allowed(data, self.reply_bytes_max, self.reply_bytes)
                self.reply_bytes += len(allowed)
                pair.client.sendall(allowed)
                if len(allowed) < len(data):
                    self.fired = True
                    break
        pair.leave()


def _allowed(data: bytes, limit: int | None, passed: int) -> bytes:
    return data if limit is None else data[: max(0, limit - passed)]


def _close(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
