"""A capture of 1 GB through ``zhuji observe pcap``: how fast, how much memory, nothing lost.

And a flood of connections that nobody closes within the time that one may be silent: the memory
that the number of open connections takes, which no streaming helps.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.observability.pcap import wire
from tests.observability.pcap.wire import CLIENT, SERVER, Talk
from tests.prove.tools.results import PartResult, Table, must

BYTES, BYTES_QUICK = 1_000_000_000, 50_000_000
FLOOD, FLOOD_QUICK = 150_000, 20_000
MEMORY_MB_MAX, FLOOD_MB_MAX = 150, 400
FLOOD_EVERY_MS = 3.0
SERVER_MS = 7.0
CONNECTIONS = 50
ROUND_NS = 60_000_000_000
# One exchange of each kind: the time at the server is its place in the list, in ms.
KINDS = (
    (wire.request("/txg/accounting/requests"), wire.answer(b"x" * 40_000)),
    (wire.request("/txg/api/v1/budget/lines?q=1"), wire.answer(b"x" * 600)),
    (wire.request("/txg/accounting/requests/31/certification", method="POST", body=b"b" * 900,
                  more=f"traceparent: {wire.TRACE}\r\n"), wire.answer()),
    (wire.request("/txg/accounting/register"), wire.chunked(b"a" * 9000, b"b" * 300)),
)  # fmt: skip
ZHUJI = Path(sys.executable).parent / "zhuji"
SAMPLED_EVERY_S = 0.05


@dataclass(frozen=True)
class Seen:
    """What a run of the command printed and took."""

    packets: int
    size: int
    expected: int
    rows: int
    wrong: int
    took_s: float
    cpu_s: float
    peak_mb: float


def pcap_volume(*, quick: bool) -> PartResult:
    """Write captures of known exchanges, analyse them by the command, check every row."""
    failures: list[str] = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "large.pcap"
        large = analyse(path, *write(path, BYTES_QUICK if quick else BYTES))
        path = Path(folder) / "flood.pcap"
        flood = analyse(path, *write_flood(path, FLOOD_QUICK if quick else FLOOD))
    bounds = {"1 GB": (large, MEMORY_MB_MAX), "never closed": (flood, FLOOD_MB_MAX)}
    for name, (seen, mb_max) in bounds.items():
        must(failures, holds=seen.rows == seen.expected > 0,
             say=f"{name}: {seen.rows} rows of {seen.expected} exchanges")  # fmt: skip
        must(failures, holds=seen.wrong == 0, say=f"{name}: {seen.wrong} rows with wrong terms")
        must(failures, holds=0 < seen.peak_mb <= mb_max,
             say=f"{name}: peak memory {seen.peak_mb:.0f} MB")  # fmt: skip
    return PartResult(
        part="pcap-volume",
        title="a capture of 1 GB, and connections never closed: packets per second, memory",
        checked=large.rows + flood.rows,
        failures=tuple(failures),
        tables=(
            Table(
                heads=("capture", "MB", "packets", "exchanges", "rows with wrong terms",
                       "packets per second", "packets per CPU second", "CPU s", "peak memory MB",
                       "at most"),
                rows=tuple(_row(name, seen, mb_max) for name, (seen, mb_max) in bounds.items()),
            ),
        ),
        notes=(
            "Peak memory: VmHWM of the process. Its rows are read and checked meanwhile.",
            f"Never closed: a connection each {FLOOD_EVERY_MS} ms with one exchange and no end.",
        ),
    )  # fmt: skip


def _row(name: str, seen: Seen, mb_max: int) -> tuple[str, ...]:
    return (
        name,
        f"{seen.size / 1e6:,.0f}",
        f"{seen.packets:,}",
        f"{seen.rows:,}",
        f"{seen.wrong:,}",
        f"{seen.packets / seen.took_s:,.0f}",
        f"{seen.packets / seen.cpu_s:,.0f}",
        f"{seen.cpu_s:,.0f}",
        f"{seen.peak_mb:,.0f}",
        f"{mb_max:,}",
    )


def write(path: Path, bytes_min: int) -> tuple[int, int]:
    """Write rounds of connections, each with client addresses of its own."""
    frames = wire.frames(*(_talk(number) for number in range(CONNECTIONS)))
    packets = rounds = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(wire.pcap([]))
        while file.tell() < bytes_min:
            for record in _records(frames, rounds):
                file.write(record)
            rounds += 1
            packets += len(frames)
    return packets, rounds * CONNECTIONS * len(KINDS) * 5


def _talk(number: int) -> Talk:
    talk = Talk(client=(f"10.0.0.{100 + number}", 40_000 + number))
    at = number * 3.0
    talk.shake(at)
    at += 40
    for turn in range(5 * len(KINDS)):
        question, told = KINDS[turn % len(KINDS)]
        last = talk.pieces(at, CLIENT, question, size=1400, every=0.2)
        server_ms = 1 + turn % len(KINDS)
        last = talk.pieces(last + server_ms, SERVER, told, size=1400, every=0.1)
        talk.send(last + 20, CLIENT)
        at = last + 60
    talk.bye(at)
    return talk


def _records(frames: list[wire.Frame], turn: int) -> Iterator[bytes]:
    """Give the frames of a round: later, and the clients in another network."""
    network = struct.pack("!BBB", 10, 1 + turn // 256, turn % 256)
    server = b"\x0a\x00\x00\x02"
    for frame in frames:
        seconds, rest_ns = divmod(wire.EPOCH_NS + turn * ROUND_NS + frame.at, 1_000_000_000)
        data = frame.data
        at = 26 if data[30:34] == server else 30  # source or target address
        data = data[:at] + network + data[at + 3 :]
        yield struct.pack("<IIII", seconds, rest_ns, len(data), len(data)) + data


def write_flood(path: Path, connections: int) -> tuple[int, int]:
    """Write connections of one exchange each, of which none ends."""
    talk = Talk()
    talk.shake(client_ms=2)
    talk.send(4, CLIENT, wire.request("/txg/accounting/requests"))
    talk.send(4 + SERVER_MS, SERVER, wire.answer(b"x" * 200))
    frames = wire.frames(talk)
    with path.open("wb", buffering=1 << 20) as file:
        file.write(wire.pcap([]))
        for number in range(connections):
            # 10.0.0.1:40000 is nobody else: the client's address and port are its number.
            network = struct.pack("!I", (11 << 24) + number)
            for frame in frames:
                at_ns = frame.at + wire.ms(number * FLOOD_EVERY_MS)
                seconds, rest_ns = divmod(wire.EPOCH_NS + at_ns, 1_000_000_000)
                data = frame.data
                at = 26 if data[30:34] == b"\x0a\x00\x00\x02" else 30
                data = data[:at] + network + data[at + 4 :]
                file.write(struct.pack("<IIII", seconds, rest_ns, len(data), len(data)) + data)
    return connections * len(frames), connections


def analyse(path: Path, packets: int, exchanges: int) -> Seen:
    """Run the command, check each row as it comes, and tell what the process used."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [ZHUJI, "observe", "pcap", path, "--json"], stdout=subprocess.PIPE, text=True
    )
    rows = wrong = 0
    assert process.stdout is not None, "asked for"
    with _memory_of(process.pid) as peaks_mb:
        for line in process.stdout:
            if line[0] == "{":
                row = json.loads(line.rstrip(",\n"))
                rows += 1
                wrong += not _is_right(row)
    _, _, used = os.wait4(process.pid, 0)
    return Seen(
        packets=packets,
        size=path.stat().st_size,
        expected=exchanges,
        rows=rows,
        wrong=wrong,
        took_s=time.perf_counter() - started,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=max(peaks_mb, default=0.0),
    )


def _is_right(row: dict[str, object]) -> bool:
    index, server_ms = row["index"], row["server_ms"]
    assert isinstance(index, int)
    assert isinstance(server_ms, float)
    flood = row["response_bytes"] == len(wire.answer(b"x" * 200))
    expected_ms = SERVER_MS if flood else 1 + (index - 1) % len(KINDS)
    return abs(server_ms - expected_ms) < 1e-6 and row["retransmits"] == 0


@contextlib.contextmanager
def _memory_of(pid: int) -> Iterator[list[float]]:
    """Sample the most that a process ever had, which the kernel forgets with it."""
    peaks_mb: list[float] = []
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLED_EVERY_S):
            with contextlib.suppress(OSError):
                told = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2]
                if told:  # none of what has ended
                    peaks_mb.append(int(told.split()[0]) / 1024)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peaks_mb
    finally:
        stop.set()
        thread.join()
