"""The apparatus of a proof: tunnel, server, capture and client as processes, and what they told."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from zhuji_observability.joined.equation import Process, Wire
from zhuji_observability.joined.sources import wire_of
from zhuji_observability.pcap.terms import Row
from zhuji_observability.proving.certificate import make_certificate
from zhuji_observability.proving.places import End, beside_the_line
from zhuji_observability.recorder.terms import Term

PORT = 8105
_START_S = 20
# The last packets pass, and requests are recorded after their answers.
_SETTLE_S = 0.5
_MODULE = "zhuji_observability.proving"
_TERMS = {term.word: term for term in Term}
_SITE_FILE, _WIRE_FILE = "site.jsonl", "wire.json"

Talking = subprocess.Popen[str]


class Told(msgspec.Struct):
    """A line of the site's."""

    trace: str
    spent_us: dict[str, int]
    send_us: int
    rtt_us: int | None


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What is told to do something, and where what was seen is written."""

    folder: Path
    client: Talking
    tunnel: Talking | None = None

    def told(self) -> tuple[Mapping[str, Wire], Mapping[str, Process]]:
        """Return what capture and process saw, by traceparent; once all is over."""
        lines = (self.folder / _SITE_FILE).read_text().splitlines()
        told = [msgspec.json.decode(line, type=Told) for line in lines]
        file = self.folder / _WIRE_FILE
        rows = msgspec.json.decode(file.read_bytes(), type=list[Row]) if file.exists() else []
        wires = {row.traceparent: wire_of(row) for row in rows if row.traceparent}
        return wires, {one.trace: _process(one) for one in told}


def new_trace() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@contextlib.contextmanager
def apparatus(
    client_end: End,
    server_end: End,
    *,
    folder: Path,
    database: str = "",
    tls: bool = False,
    browser: bool = False,
) -> Iterator[Instruments]:
    """Start everything on both ends of a line; stop it in the reverse order.

    ``browser``: the client is a real Chromium.
    """
    words = [
        text
        for end in (client_end, server_end)
        for text in (end.namespace, end.device, end.address, end.other)
    ]
    zhuji = str(Path(sys.executable).parent / "zhuji")
    capture = server_end.command(
        zhuji, "observe", "capture", "--port", str(PORT), "--interface", server_end.device, "--json"
    )
    address = (server_end.address, str(PORT))
    with contextlib.ExitStack() as stack:
        with beside_the_line(line=True):
            line = [sys.executable, "-m", f"{_MODULE}.tunnel", *words]
            tunnel = stack.enter_context(_talking(line))
        assert tunnel.stdout is not None, "piped"
        tunnel.stdout.readline()
        keys = map(str, make_certificate(folder, server_end.address)) if tls else ()
        site = server_end.python(f"{_MODULE}.site", *address, *keys)
        with beside_the_line():
            stack.enter_context(_writing(site, folder / _SITE_FILE, database=database))
        with beside_the_line(line=True):
            stack.enter_context(_writing(capture, folder / _WIRE_FILE))
        asking = f"{_MODULE}.chromium" if browser else f"{_MODULE}.client"
        scheme = ("tls",) if tls else ()
        with beside_the_line():
            client = stack.enter_context(_talking(client_end.python(asking, *address, *scheme)))
        yield Instruments(folder=folder, client=client, tunnel=tunnel)
        time.sleep(_SETTLE_S)


@contextlib.contextmanager
def on_loopback(*, folder: Path) -> Iterator[Instruments]:
    """Start server and client alone, on the loopback device."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = ("127.0.0.1", str(free.getsockname()[1]))
    python = (sys.executable, "-m")
    with contextlib.ExitStack() as stack:
        site = [*python, f"{_MODULE}.site", *address]
        stack.enter_context(_writing(site, folder / _SITE_FILE))
        client = stack.enter_context(_talking([*python, f"{_MODULE}.client", *address]))
        yield Instruments(folder=folder, client=client)
        time.sleep(_SETTLE_S)


def tell(process: Talking, value: object) -> Any:
    """Send a line, return the line that answers it."""
    assert process.stdin is not None, "piped"
    assert process.stdout is not None, "piped"
    process.stdin.write(msgspec.json.encode(value).decode() + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise ChildProcessError(f"{process.args!r} ended; its standard error says why")
    return msgspec.json.decode(answer)


def _process(told: Told) -> Process:
    spent = {_TERMS[name]: length for name, length in told.spent_us.items()}
    return Process(spent_us=spent, send_us=told.send_us, rtt_us=told.rtt_us)


@contextlib.contextmanager
def _talking(command: Sequence[str]) -> Iterator[Talking]:
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
def _writing(command: Sequence[str], path: Path, *, database: str = "") -> Iterator[None]:
    """Start what writes until it is told to stop; it says on standard error that it is there."""
    pipe = subprocess.PIPE
    with path.open("w") as file:
        process = subprocess.Popen(command, stdin=pipe, stdout=file, stderr=pipe, text=True)
        assert process.stdin is not None, "piped"
        assert process.stderr is not None, "piped"
        # Not among its arguments, which everybody on the machine may read.
        process.stdin.write(f"{database}\n")
        process.stdin.flush()
        process.stderr.readline()
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=_START_S)
