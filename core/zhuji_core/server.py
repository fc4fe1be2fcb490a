"""Serve the application with uvicorn until it is told to stop."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import signal
import socket
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from zhuji_core import tracing
from zhuji_core.values import N_, DomainError

# Requests in flight are finished within this time after the order to stop.
GRACE_S = 10
# Longer than the usual 60 s of a proxy in front: a connection is closed by the side that knows.
KEEP_ALIVE_S = 75
# Connections that the kernel holds while all threads are busy; more wait at their own side.
BACKLOG = 256
# uvicorn's own, which also notes how long a request lay in the kernel; imported by its name.
WATCHED_HTTP = "zhuji_observability.recorder.http_protocol:WatchedProtocol"
# Where whoever watches this process and its workers finds its door: "127.0.0.1:8105".
SERVED_AT = "ZHUJI_SERVED_AT"


class PortTaken(DomainError):
    """Somebody else listens there."""

    code = "E-PORT-TAKEN"
    message = N_("{host} 的 {port} 埠已被其他程式使用，請以 --port 指定其他埠號。")


def listen(*, host: str, port: int, tries: int = 1) -> socket.socket:
    """Open ``port`` of ``host``, or one of the ``tries`` - 1 after it; raise PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, port + tries):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
        else:
            listener.set_inheritable(True)
            return listener
    raise PortTaken(host=host, port=port)


def _config(app: Any, *, factory: bool = False, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=factory,
        workers=workers,
        access_log=False,
        # Its lines go where all others go, with the id of their trace.
        log_config=None,
        log_level="warning",
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        backlog=BACKLOG,
        http=WATCHED_HTTP if tracing.watches_waits() else "auto",
    )


# Objects made before the collector looks: a request makes some thousands, nearly all of which
# reference counting frees; looking every 700 of them is what Python does for small programs.
COLLECT_AFTER = (50_000, 20, 50)


def settle() -> None:
    """Keep the collector from going through what lives as long as the process does.

    The application is some hundred thousand objects that never go away; every full collection
    would read them all, in the middle of somebody's request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@contextlib.contextmanager
def told(listener: socket.socket) -> Iterator[None]:
    """Let this process and the workers that it begins know where they are asked.

    By the environment, as workers begin anew; all addresses (0.0.0.0) are asked at this one.
    """
    host, port = listener.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared only)
    before = os.environ.get(SERVED_AT)
    os.environ[SERVED_AT] = f"[{near}]:{port}" if ":" in near else f"{near}:{port}"
    try:
        yield
    finally:
        os.environ.pop(SERVED_AT)
        if before is not None:
            os.environ[SERVED_AT] = before


def serve(app: Any, *, listener: socket.socket) -> None:
    """Serve ``app`` in this process until SIGINT or SIGTERM."""
    with contextlib.suppress(KeyboardInterrupt), told(listener):
        settle()
        uvicorn.Server(_config(app)).run(sockets=[listener])


def serve_workers(factory: str, *, listener: socket.socket, workers: int) -> None:
    """Serve by several processes, each of which composes the application by ``factory``."""
    config = _config(factory, factory=True, workers=workers)
    with told(listener):
        Multiprocess(config, sockets=[listener]).run()


@contextlib.contextmanager
def in_background(app: Any, *, listener: socket.socket) -> Iterator[None]:
    """Serve ``app`` from a thread of this process for as long as the block lasts."""
    server = uvicorn.Server(_config(app))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="zhuji-server", daemon=True
    )
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(timeout=0.01)
        assert server.started, "the server stopped before it had started; see its message"
        with told(listener):
            yield
    finally:
        server.should_exit = True
        thread.join(timeout=GRACE_S)


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn SIGTERM into KeyboardInterrupt, so that ``finally`` blocks stop what was started."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
