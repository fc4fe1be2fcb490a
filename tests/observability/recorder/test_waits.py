"""A real server and real sockets: a wait that is made is found in its term, and in no other."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn

from tests.observability.recorder.timing import parsed
from zhuji_observability.recorder import executors, processor, tcp_info
from zhuji_observability.recorder.http_protocol import Arrivals, WatchedProtocol
from zhuji_observability.recorder.middleware import Recorder
from zhuji_observability.recorder.pauses import Pauses
from zhuji_observability.recorder.record import Record, marked, now_ns
from zhuji_observability.recorder.terms import Term

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own figures")

HOLD_S = 0.15
HOLD_MS = HOLD_S * 1000
# One tick of the slowest usual kernel, and the tests' own threads on a busy machine.
LESS_MS, MORE_MS = 8, 60


def made(record: Record) -> Mapping[Term, float]:
    spent = record.spent(until_ns=record.ended_ns)
    assert sum(spent.values()) == record.ended_ns - record.started_ns
    return {term: length / 1e6 for term, length in spent.items()}


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    loop = asyncio.get_running_loop()
    if scope["path"] == "/sleeps":
        await loop.run_in_executor(None, time.sleep, HOLD_S)
    elif scope["path"] == "/renders":
        with marked(Term.TEMPLATE):
            await asyncio.sleep(HOLD_S)
    while scope["method"] == "POST" and (await receive())["more_body"]:
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"ok"})


class Site:
    """The application with a recorder around it, served from a thread."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.kept = threading.Condition()
        config = uvicorn.Config(
            Recorder(application, self._keep), http=WatchedProtocol, loop="asyncio",
            lifespan="off", access_log=False, log_level="warning",
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.threads = ThreadPoolExecutor(max_workers=1)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            self.loop.set_default_executor(self.threads)
            await self.server.serve(sockets=[self.listener])

        asyncio.run(serve())

    def _keep(self, record: Record) -> None:
        with self.kept:
            self.records.append(record)
            self.kept.notify_all()

    def wait_for(self, count: int) -> list[Record]:
        with self.kept:
            assert self.kept.wait_for(lambda: len(self.records) >= count, timeout=60)
            return list(self.records)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.listener.getsockname(), timeout=60)

    def ask(self, path: str) -> bytes:
        with self.connect() as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: client.recv(4096), b""))


class Block:
    """Keeps the loop or a thread busy; knows when it began and when it was over."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self.over_ns = 0

    def __call__(self) -> None:
        self._begun.set()
        time.sleep(HOLD_S)
        self.over_ns = now_ns()

    def wait(self) -> None:
        assert self._begun.wait(10)


@pytest.fixture
def site() -> Iterator[Site]:
    take_off = executors.watch()
    site = Site()
    site.thread.start()
    while not site.server.started:
        time.sleep(0.01)
    yield site
    site.server.should_exit = True
    site.thread.join(timeout=60)
    site.listener.close()
    take_off()


def answer_of(client: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\r\n\r\nok"):
        found += client.recv(4096)
    return found


def assert_held(spent: Mapping[Term, float], term: Term) -> None:
    """The wait is in ``term``, and no other has it too (``made``: together they are the total)."""
    assert spent[term] >= HOLD_MS - LESS_MS, spent
    marked = {other: length for other, length in spent.items() if other is not Term.OWN}
    assert sum(length for other, length in marked.items() if other is not term) < MORE_MS, spent


def test_a_busy_loop_is_a_wait_in_the_kernel(site: Site) -> None:
    with site.connect() as client:
        client.sendall(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
        answer_of(client)
        block = Block()
        site.loop.call_soon_threadsafe(block)
        block.wait()
        client.sendall(b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
        sent_ns = now_ns()
        answered = answer_of(client)
    spent = made(site.wait_for(2)[1])
    assert spent[Term.KERNEL] >= (block.over_ns - sent_ns) / 1e6 - LESS_MS, spent
    header = next(
        line for line in answered.decode().split("\r\n") if line.startswith("server-timing:")
    )
    timing = parsed(header.partition(":")[2])
    assert timing["kq"] == pytest.approx(spent[Term.KERNEL], abs=0.02)


def test_a_slow_upload_is_a_wait_for_the_body(site: Site) -> None:
    with site.connect() as client:
        client.sendall(b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(HOLD_S)
        client.sendall(b"cd")
        answer_of(client)
    assert_held(made(site.wait_for(1)[0]), Term.BODY)


def test_what_runs_while_the_request_is_on_its_way_costs_nobody_anything() -> None:
    record = Record(0)
    record.add(Term.SQL, 10, 40)
    record.add(Term.SQL, 90, 120)
    record.whole_ns = 100
    spent = record.spent(until_ns=150)
    assert (spent[Term.BODY], spent[Term.SQL], spent[Term.OWN]) == (100, 20, 30)
    assert sum(spent.values()) == 150
    early = record.spent(until_ns=80)
    assert (early[Term.BODY], sum(early.values())) == (80, 80)


def test_a_busy_thread_is_a_wait_for_a_thread(site: Site) -> None:
    block = Block()
    site.threads.submit(block)
    block.wait()
    site.ask("/sleeps")
    (record,) = site.wait_for(1)
    spent = made(record)
    ((_, handed_ns, taken_ns),) = [mark for mark in record.marks if mark[0] is Term.THREAD]
    assert record.started_ns <= handed_ns < block.over_ns <= taken_ns
    assert spent[Term.THREAD] == pytest.approx((taken_ns - handed_ns) / 1e6)
    assert spent[Term.OWN] + spent[Term.CPU] >= HOLD_MS - LESS_MS, spent


def test_what_is_marked_is_found(site: Site) -> None:
    site.ask("/renders")
    assert_held(made(site.wait_for(1)[0]), Term.TEMPLATE)


def test_a_pause_of_the_collector_is_remembered_for_its_time_only() -> None:
    pauses = Pauses()
    undo = pauses.watch()
    try:
        before_ns = now_ns()
        gc.collect()
        after_ns = now_ns()
    finally:
        undo()
    ((term, first_ns, last_ns),) = pauses.within(before_ns, after_ns)
    assert term is Term.PAUSE
    assert before_ns <= first_ns < last_ns <= after_ns
    assert pauses.within(after_ns, after_ns + 1) == []
    assert pauses.within(0, before_ns) == []


def test_what_the_kernel_knows_of_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        served, _ = listener.accept()
        with client, served:
            client.sendall(b"x" * 1000)
            time.sleep(0.05)
            served.recv(1000)
            info = tcp_info.ask(served)
            assert 40 <= tcp_info.last_received_ms(info) <= 50 + MORE_MS
            assert 0 < (tcp_info.rtt_us(info) or 0) < 100_000
            assert tcp_info.retransmits(info) == 0
    closed = tcp_info.ask(served)
    assert closed == tcp_info.NOTHING
    assert tcp_info.rtt_us(closed) is None
    assert tcp_info.last_received_ms(closed) == tcp_info.retransmits(closed) == 0


@pytest.mark.parametrize("ending", ["closes", "hangs up", "asks to close", "waits"])
def test_a_connection_that_ends_is_let_go(ending: str) -> None:
    """By the loop that the product runs on, whose sockets say more errors than Python's."""
    config = uvicorn.Config(
        Recorder(application, lambda _record: None), http=WatchedProtocol, lifespan="off",
        access_log=False, log_level="warning",
    )  # fmt: skip
    server, listener = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    with socket.create_connection(listener.getsockname(), timeout=60) as client:
        close = b"Connection: close\r\n" if ending == "asks to close" else b""
        client.sendall(b"GET /first HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n")
        answer_of(client)
        if ending == "hangs up":  # nothing is said, the connection is reset
            linger = struct.pack("ii", 1, 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if ending != "waits":
            client.close()
            until_s = time.monotonic() + 60
            while server.server_state.connections:
                assert time.monotonic() < until_s, "it is held"
                time.sleep(0.01)
        server.should_exit = True
        thread.join(60)
    assert not thread.is_alive(), "a server that never ends"
    listener.close()


def test_what_was_sent_again_is_known_when_the_next_request_comes() -> None:
    def of_kernel(sent_again: int) -> bytes:
        return bytes(100) + sent_again.to_bytes(4, "little")

    arrivals = Arrivals()
    assert arrivals.sent_again() == 0, "nobody knows"
    arrivals.add(now_ns(), of_kernel(3))
    arrivals.add(now_ns(), of_kernel(4))
    arrivals.after = of_kernel(5)
    assert arrivals.sent_again() == 2


def test_how_long_this_thread_waited_for_the_processor() -> None:
    assert processor.parse(b"123 456 7\n") == 456
    assert processor.parse(b"") == processor.parse(b"x y z") == 0
    before = processor.waited_ns()
    assert processor.waited_ns() >= before >= 0
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(processor.waited_ns()))
    thread.start()
    thread.join()
    assert len(seen) == 1
