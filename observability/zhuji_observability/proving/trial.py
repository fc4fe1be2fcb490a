"""Runs cells over a real line and joins what client, capture and process saw of each exchange."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from zhuji_observability.joined.browser import terms_of
from zhuji_observability.joined.equation import Process, Wire, explain
from zhuji_observability.joined.sources import wire_of
from zhuji_observability.pcap.terms import Row
from zhuji_observability.proving.accuracy import Compared
from zhuji_observability.proving.client import Asking, Seen
from zhuji_observability.proving.line import LineSetting
from zhuji_observability.proving.matrix import Cell
from zhuji_observability.proving.places import End, two_ends
from zhuji_observability.recorder.terms import Term

PORT = 8105
_START_S = 20
_MODULE = "zhuji_observability.proving"
_TERMS = {term.word: term for term in Term}
_US_IN_MS = 1000


class Told(msgspec.Struct):
    """A line of the site's."""

    trace: str
    spent_us: dict[str, int]
    send_us: int
    rtt_us: int | None


def run_without_line(cells: Sequence[Cell], *, each: int) -> list[Compared]:
    """Run the cells that need no line on the loopback device: the process's figures alone."""
    still = [cell for cell in cells if not cell.rtt_ms and not cell.loss]
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
        free.close()
        site_file = Path(folder) / "site.jsonl"
        site = [sys.executable, "-m", f"{_MODULE}.site", "127.0.0.1", port]
        client = [sys.executable, "-m", f"{_MODULE}.client", "127.0.0.1", port]
        with _writing(site, site_file), _talking(client) as asking:
            asked, seen = _ask(still, each, asking)
        return _compared(asked, seen, site_file, {})


def run(cells: Sequence[Cell], *, each: int) -> list[Compared]:
    """Run ``each`` exchanges of every cell, on one connection a cell."""
    with tempfile.TemporaryDirectory() as folder, two_ends() as (client_end, server_end):
        site_file, wire_file = Path(folder) / "site.jsonl", Path(folder) / "wire.json"
        with _apparatus(client_end, server_end, site_file, wire_file) as (tunnel, client):
            asked, seen = _ask(cells, each, client, tunnel)
        rows = msgspec.json.decode(wire_file.read_bytes(), type=list[Row], strict=False)
        wires = {row.traceparent: wire_of(row) for row in rows if row.traceparent}
        return _compared(asked, seen, site_file, wires)


def _ask(
    cells: Sequence[Cell],
    each: int,
    client: subprocess.Popen[str],
    tunnel: subprocess.Popen[str] | None = None,
) -> tuple[dict[str, Cell], list[Seen]]:
    """Ask everything of each cell on one connection; return what was asked and seen, by trace."""
    asked: dict[str, Cell] = {}
    seen: list[Seen] = []
    for cell in cells:
        askings = [_asking(cell) for _ in range(each)]
        asked.update((asking.trace, cell) for asking in askings)
        if tunnel is not None:
            _tell(tunnel, LineSetting(delay_ms=cell.rtt_ms / 2, loss=cell.loss))
        seen += msgspec.convert(_tell(client, askings), list[Seen])
    return asked, seen


def _compared(
    asked: Mapping[str, Cell], seen: Sequence[Seen], site_file: Path, wires: Mapping[str, Wire]
) -> list[Compared]:
    lines = site_file.read_text().splitlines()
    told = [msgspec.json.decode(line, type=Told) for line in lines]
    processes = {one.trace: _process(one) for one in told}
    return [
        compare(asked[one.trace], one, wires.get(one.trace), processes.get(one.trace))
        for one in seen
    ]


def compare(cell: Cell, seen: Seen, wire: Wire | None, process: Process | None) -> Compared:
    """Compare what was seen of an exchange with what was put into it."""
    browser = terms_of(seen.stamps)
    explained = explain(browser=browser, wire=wire, process=process)
    server_us = wire.server_us if wire is not None else None
    network = None
    if cell.is_one_round_trip and browser is not None and server_us is not None:
        network = (browser.wait_us - server_us) / _US_IN_MS - cell.rtt_ms
    worked = None
    if process is not None:
        spent = sum(length for term, length in process.spent_us.items() if term is not Term.BODY)
        worked = (spent - seen.slept_us) / _US_IN_MS
    return Compared(
        cell=cell.name,
        joined=wire is not None and process is not None and browser is not None,
        wire_error_ms=None if server_us is None else (server_us - seen.slept_us) / _US_IN_MS,
        process_error_ms=worked,
        network_error_ms=network,
        unattributed_ms=None if explained is None else explained.unattributed_us / _US_IN_MS,
        # What is lost before the server is seen by the browser alone, and shown as unattributed.
        sum_within_bound=None if explained is None or cell.loss else not explained.is_open,
    )


def _asking(cell: Cell) -> Asking:
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    return Asking(
        trace=trace, sleep_ms=cell.sleep_ms, down_bytes=cell.down_bytes, up_bytes=cell.up_bytes
    )


def _process(told: Told) -> Process:
    spent = {_TERMS[name]: length for name, length in told.spent_us.items()}
    return Process(spent_us=spent, send_us=told.send_us, rtt_us=told.rtt_us)


@contextlib.contextmanager
def _apparatus(
    client_end: End, server_end: End, site_file: Path, wire_file: Path
) -> Iterator[tuple[subprocess.Popen[str], subprocess.Popen[str]]]:
    """Start tunnel, server, capture and client; stop them in the reverse order."""
    words = [
        text
        for end in (client_end, server_end)
        for text in (end.namespace, end.device, end.address, end.other)
    ]
    site = server_end.python(f"{_MODULE}.site", server_end.address, str(PORT))
    capture = server_end.command(
        str(Path(sys.executable).parent / "zhuji"), "observe", "capture",
        "--port", str(PORT), "--interface", server_end.device, "--json",
    )  # fmt: skip
    client = client_end.python(f"{_MODULE}.client", server_end.address, str(PORT))
    with contextlib.ExitStack() as stack:
        tunnel = [sys.executable, "-m", f"{_MODULE}.tunnel", *words]
        relaying = stack.enter_context(_talking(tunnel))
        assert relaying.stdout is not None, "piped"
        relaying.stdout.readline()
        stack.enter_context(_writing(site, site_file))
        stack.enter_context(_writing(capture, wire_file))
        yield relaying, stack.enter_context(_talking(client))
        time.sleep(0.5)  # the last packets, and what they are recorded as


@contextlib.contextmanager
def _talking(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start what obeys its standard input and ends with it."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None, "piped"
            process.stdin.close()


@contextlib.contextmanager
def _writing(command: list[str], path: Path) -> Iterator[None]:
    """Start what writes until it is told to stop; it says on standard error that it is there."""
    with path.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None, "piped"
        process.stderr.readline()
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=_START_S)


def _tell(process: subprocess.Popen[str], value: object) -> Any:
    """Send a line, return the line that answers it."""
    assert process.stdin is not None, "piped"
    assert process.stdout is not None, "piped"
    process.stdin.write(msgspec.json.encode(value).decode() + "\n")
    process.stdin.flush()
    return msgspec.json.decode(process.stdout.readline())
