"""Real clients and a real server on the loopback device, captured, and read by us and Wireshark."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.observability.pcap import wire
from tests.observability.pcap.test_against_tshark import BOUND_MS, compare
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.live import LiveReader
from zhuji_observability.pcap.terms import Row

pytestmark = pytest.mark.needs("root", "tshark")

SLEEP_S = 0.03
CAPTURE_BUFFER = 1 << 25
EVERY_PROTOCOL = 3
OUTGOING = 4
STAMP_NS, BUFFER_FORCED = 35, 33  # SO_TIMESTAMPNS, SO_RCVBUFFORCE
SEGMENT_BYTES = 32_000  # no frame of the loopback device is longer than one read


class Capture(threading.Thread):
    """Takes the packets of one port from the loopback device, with the kernel's time."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.frames: list[wire.Frame] = []
        self._port = struct.pack("!H", port)
        self._over = threading.Event()
        self._socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)
        )
        self._socket.setsockopt(socket.SOL_SOCKET, BUFFER_FORCED, CAPTURE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, STAMP_NS, 1)
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.1)

    def run(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                data, told, _, address = self._socket.recvmsg(1 << 17, 512)
                ports = {20: data[34:38], 40: data[54:58]}[20 if data[12:14] == wire.IP4 else 40]
                if address[2] != OUTGOING and self._port in (ports[:2], ports[2:]):
                    seconds, rest_ns = struct.unpack("qq", told[0][2])
                    at = seconds * 1_000_000_000 + rest_ns - wire.EPOCH_NS
                    self.frames.append(wire.Frame(at, data))
        self._socket.close()

    def end(self) -> list[wire.Frame]:
        self._over.wait(0.3)
        self._over.set()
        self.join()
        return self.frames


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request of a connection after a known sleep, by what its path asks for."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split()[1]
            for line in head.splitlines():
                if line.lower().startswith("content-length:"):
                    await reader.readexactly(int(line.split(":")[1]))
            await asyncio.sleep(SLEEP_S)
            told = wire.chunked(b"a" * 5000, b"b" * 70) if path == "/chunks" else wire.answer()
            if path == "/large":
                told = wire.answer(b"x" * 150_000)
            for start in range(0, len(told), SEGMENT_BYTES):
                writer.write(told[start : start + SEGMENT_BYTES])
                await writer.drain()
    writer.close()


class Server(threading.Thread):
    """Serves from a loop in a thread of its own: the test's thread may have one that runs.

    Playwright's does, from the first test with a browser to the end of the process.
    """

    def __init__(self, host: str) -> None:
        super().__init__(daemon=True)
        # Bound here: what cannot be bound is an error of the test, not of the thread.
        self._socket = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with await asyncio.start_server(serve, sock=self._socket):
            await self._over.wait()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self.join()


@pytest.fixture(params=["127.0.0.1", "::1"])
def port(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    server = Server(request.param)
    server.start()
    yield request.param, server.port
    server.end()


def talk(host: str, number: int) -> None:
    place = f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"
    with httpx.Client(base_url=place, timeout=60) as client:
        for _ in range(2):
            client.get("/small?payee=x", headers={"traceparent": wire.TRACE})
            client.get("/large")
            client.get("/chunks")
            client.post("/upload/31", content=b"u" * 100_000)


def test_known_sleeps_are_found_and_wireshark_agrees(tmp_path: Path, port: tuple[str, int]) -> None:
    capture = Capture(port[1])
    capture.start()
    clients = [threading.Thread(target=talk, args=port) for _ in range(3)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    content = wire.pcap(capture.end())
    rows, _ = wire.analysed(tmp_path, content)
    assert len(rows) == 3 * 8
    figures, worst_ms = compare(tmp_path, content, ports=(port[1],))
    assert figures == 5 * len(rows)
    assert worst_ms <= BOUND_MS
    assert_slept(rows)


def test_the_same_is_seen_live(port: tuple[str, int]) -> None:
    """Rows come while the connections are still open, after they have been quiet."""
    reader = LiveReader(ports=(port[1],), interface="lo")
    analysis = Analysis(reader)
    rows: list[Row] = []

    def watch() -> None:
        rows.extend(analysis.rows())

    watching = threading.Thread(target=watch)
    watching.start()
    time.sleep(0.3)
    talk(*port)
    time.sleep(0.3)
    reader.stop()
    watching.join()
    assert len(rows) == 8
    assert_slept(rows)
    assert all(row.rtt_ms is not None for row in rows)
    assert analysis.summary.dropped_by_capture == 0
    assert analysis.summary.ended == "whole"


def assert_slept(rows: list[Row]) -> None:
    assert {row.path for row in rows} == {"/small", "/large", "/chunks", "/upload/{id}"}
    assert sum(row.traceparent == wire.TRACE for row in rows) == len(rows) // 4
    for row in rows:
        assert row.server_ms is not None
        # Never less than was slept; how much more is the machine's business.
        assert row.server_ms >= SLEEP_S * 1000
