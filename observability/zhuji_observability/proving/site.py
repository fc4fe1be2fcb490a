"""The server of a proof: sleeps and answers as it is asked, and tells what it really did.

``python -m zhuji_observability.proving.site ADDRESS PORT [KEY CERTIFICATE]``: each finished request
is a line of JSON on standard output. The wait that was really taken is in the answer's head
(``x-slept-us``).
The first line of standard input is the address of a database whose waits are part of ordinary
operations, or empty.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import sys
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import uvicorn

from zhuji_observability.joined.sources import process_of
from zhuji_observability.proving.ordinary import THREADS, Site, answered
from zhuji_observability.recorder import statements
from zhuji_observability.recorder.http_protocol import WatchedProtocol
from zhuji_observability.recorder.pauses import Pauses
from zhuji_observability.recorder.put_on import Clocks
from zhuji_observability.recorder.record import CURRENT, Record, now_ns

SLEPT = "x-slept-us"
_PART_BYTES = 65_536
_traces: dict[int, str] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Tell the probe from the ordinary operation; both leave the trace of their request."""
    if scope["type"] != "http":
        return
    record = CURRENT.get()
    if record is not None:
        _traces[id(record)] = dict(scope["headers"]).get(b"traceparent", b"").decode()
    if scope["path"] == "/probe":
        await probe(scope, receive, send)
        return
    body = await answered(_site(), scope, receive)
    headers = [(b"content-length", str(len(body)).encode()), (SLEPT.encode(), b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@functools.cache
def _site() -> Site:
    return Site(sys.stdin.readline().strip())


async def probe(scope: Any, receive: Any, send: Any) -> None:
    """``/probe?sleep_ms=20&bytes=1000``: read the body, sleep, answer so many bytes."""
    asked = dict(urllib.parse.parse_qsl(scope["query_string"].decode()))
    while (await receive()).get("more_body"):
        pass
    first_ns = now_ns()
    sleep_s = float(asked.get("sleep_ms", "0")) / 1000
    if sleep_s:
        await asyncio.sleep(sleep_s)
    slept_us = (now_ns() - first_ns) // 1000
    size = int(asked.get("bytes", "2"))
    headers = [(b"content-length", str(size).encode()), (SLEPT.encode(), str(slept_us).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for start in range(0, size, _PART_BYTES):
        part = b"x" * min(_PART_BYTES, size - start)
        more = start + len(part) < size
        await send({"type": "http.response.body", "body": part, "more_body": more})


class Announced(uvicorn.Server):
    """Says on standard error that it is there."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(max_workers=THREADS))
        _site()
        sys.stderr.write("serving\n")
        sys.stderr.flush()


def tell(pauses: Pauses, record: Record) -> None:
    """Print what the process saw of a request."""
    process = process_of(record, pauses.within(record.started_ns, record.ended_ns))
    told = {
        "trace": _traces.pop(id(record), ""),
        "spent_us": {term.word: length for term, length in process.spent_us.items() if length},
        "send_us": process.send_us,
        "rtt_us": process.rtt_us,
    }
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()


def main(address: str, port: int, key: str | None = None, certificate: str | None = None) -> None:
    """Serve until SIGTERM, by TLS where a key is given."""
    clocks = Clocks()
    statements.watch()
    watched = clocks.around(application, functools.partial(tell, clocks.pauses))
    config = uvicorn.Config(
        watched, host=address, port=port, http=WatchedProtocol,
        lifespan="off", access_log=False, log_level="warning", ssl_keyfile=key,
        ssl_certfile=certificate,
    )  # fmt: skip
    Announced(config).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
