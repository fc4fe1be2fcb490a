"""A capture of 1 GB through ``zhuji observe pcap``: how fast, how much memory, nothing lost."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.observability.pcap import wire
from tests.observability.pcap.wire import CLIENT, SERVER, Talk
from tests.prove.tools.results import PartResult, counted, must

BYTES, BYTES_QUICK = 1_000_000_000, 50_000_000
MEMORY_MB_MAX = 150
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


@dataclass(frozen=True)
class Seen:
    """What a run of the command printed and took."""

    rows: int
    wrong: int
    took_s: float
    cpu_s: float
    peak_mb: float


def pcap_volume(*, quick: bool) -> PartResult:
    """Write a capture of known exchanges, analyse it by the command, count every row."""
    failures: list[str] = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "large.pcap"
        packets, exchanges = write(path, BYTES_QUICK if quick else BYTES)
        size = path.stat().st_size
        seen = analyse(path)
    must(failures, holds=seen.rows == exchanges, say=f"{seen.rows} rows of {exchanges} exchanges")
    must(failures, holds=seen.wrong == 0, say=f"{seen.wrong} rows with wrong terms")
    must(failures, holds=seen.peak_mb <= MEMORY_MB_MAX, say=f"peak memory {seen.peak_mb:.0f} MB")
    return PartResult(
        part="pcap-volume",
        title="a capture of 1 GB: packets per second, memory",
        checked=seen.rows,
        failures=tuple(failures),
        tables=(
            counted(
                "capture",
                [
                    ("bytes", size),
                    ("packets", packets),
                    ("exchanges", exchanges),
                    ("rows with wrong terms", seen.wrong),
                    ("packets per second", round(packets / seen.took_s)),
                    ("MB per second", round(size / seen.took_s / 1e6)),
                    ("CPU s", round(seen.cpu_s)),
                    (f"peak memory, MB (at most {MEMORY_MB_MAX})", round(seen.peak_mb)),
                ],
            ),
        ),
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


def analyse(path: Path) -> Seen:
    """Run the command, read each row as it comes, and what the process used."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [ZHUJI, "observe", "pcap", path, "--json"], stdout=subprocess.PIPE, text=True
    )
    rows = wrong = 0
    assert process.stdout is not None, "asked for"
    for line in process.stdout:
        if line[0] == "{":
            row = json.loads(line.rstrip(",\n"))
            rows += 1
            expected_ms = 1 + (row["index"] - 1) % len(KINDS)
            wrong += abs(row["server_ms"] - expected_ms) > 1e-6 or row["retransmits"] != 0
    _, _, used = os.wait4(process.pid, 0)
    return Seen(
        rows=rows,
        wrong=wrong,
        took_s=time.perf_counter() - started,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
    )
