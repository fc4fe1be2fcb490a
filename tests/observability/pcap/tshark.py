"""What Wireshark says of the same capture: the independent oracle."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FIELDS = (
    "frame.time_epoch", "tcp.stream", "tcp.analysis.initial_rtt", "http.time", "http.request_in",
    "http.response.code", "frame.number", "http.request.method", "tcp.analysis.retransmission",
    "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission",
)  # fmt: skip
# Out of order is put in order, as the receiver does it.
_OPTIONS = ("tcp.reassemble_out_of_order:TRUE", "tcp.desegment_tcp_streams:TRUE")


@dataclass
class Stream:
    """What Wireshark tells of one connection."""

    rtt_ms: float | None = None
    retransmits: int = 0
    # Of each answered request, in order: from where it was whole to where its answer was.
    http_ms: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


def streams(path: Path, *, ports: Iterable[int] = (8000,)) -> dict[int, Stream]:
    """Return what Wireshark says of each connection of a capture, by ``tcp.stream``."""
    found: dict[int, Stream] = {}
    for line in _lines(path, ports):
        told = dict(zip(_FIELDS, line, strict=True))
        if not told["tcp.stream"]:
            continue
        stream = found.setdefault(int(told["tcp.stream"]), Stream())
        if told["tcp.analysis.initial_rtt"]:
            stream.rtt_ms = float(told["tcp.analysis.initial_rtt"]) * 1000
        stream.retransmits += any(told[name] for name in _FIELDS[8:])
        # Several answers of one packet stand in one line.
        stream.http_ms += [float(text) * 1000 for text in _several(told["http.time"])]
        stream.statuses += [int(text) for text in _several(told["http.response.code"])]
    return found


def _several(text: str) -> Sequence[str]:
    return text.split(",") if text else ()


def _lines(path: Path, ports: Iterable[int]) -> list[list[str]]:
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|"]
    for option in _OPTIONS:
        command += ["-o", option]
    for port in ports:
        command += ["-d", f"tcp.port=={port},http"]
    for name in _FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]
