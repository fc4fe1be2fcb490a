"""What Wireshark says of the same capture: the independent oracle."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_FIELDS = (
    "frame.time_epoch", "tcp.stream", "tcp.analysis.initial_rtt", "http.time", "http.request_in",
    "http.response.code", "frame.number", "http.request.method", "tcp.segment", "_ws.malformed",
    "tcp.analysis.retransmission", "tcp.analysis.fast_retransmission",
    "tcp.analysis.spurious_retransmission",
)  # fmt: skip
_AGAIN = _FIELDS[-3:]
# Out of order is put in order, as the receiver does it.
_OPTIONS = ("tcp.reassemble_out_of_order:TRUE", "tcp.desegment_tcp_streams:TRUE")
_NS_IN_MS = 1_000_000


class Span(NamedTuple):
    """When the first and the last segment passed that Wireshark put a message together from."""

    first_ns: int
    last_ns: int

    @property
    def length_ms(self) -> float:
        return (self.last_ns - self.first_ns) / _NS_IN_MS


@dataclass
class Stream:
    """What Wireshark tells of one connection."""

    rtt_ms: float | None = None
    retransmits: int = 0
    # Packets that it could not read: its chunked bodies are, where the last byte comes alone.
    malformed: int = 0
    # Of each answered request, in order: from where it was whole to where its answer was.
    http_ms: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    requests: list[Span] = field(default_factory=list)
    answers: list[Span] = field(default_factory=list)

    def terms_ms(self) -> list[tuple[float, float, float]]:
        """Return upload, server and download of each exchange; means nothing where pipelined."""
        return [
            (asked.length_ms, (told.first_ns - asked.last_ns) / _NS_IN_MS, told.length_ms)
            for asked, told in zip(self.requests, self.answers, strict=True)
        ]


def streams(path: Path, *, ports: Iterable[int] = (8000,)) -> dict[int, Stream]:
    """Return what Wireshark says of each connection of a capture, by ``tcp.stream``."""
    found: dict[int, Stream] = {}
    times_ns: dict[str, int] = {}
    for line in _lines(path, ports):
        told = dict(zip(_FIELDS, line, strict=True))
        times_ns[told["frame.number"]] = _ns(told["frame.time_epoch"])
        if not told["tcp.stream"]:
            continue
        stream = found.setdefault(int(told["tcp.stream"]), Stream())
        if told["tcp.analysis.initial_rtt"]:
            stream.rtt_ms = float(told["tcp.analysis.initial_rtt"]) * 1000
        stream.malformed += bool(told["_ws.malformed"])
        stream.retransmits += any(told[name] for name in _AGAIN)
        # Several answers of one packet stand in one line.
        stream.http_ms += [float(text) * 1000 for text in _several(told["http.time"])]
        stream.statuses += [int(text) for text in _several(told["http.response.code"])]
        if told["http.request.method"]:
            stream.requests.append(_span(told, times_ns))
        elif told["http.response.code"]:
            stream.answers.append(_span(told, times_ns))
    return found


def _span(told: Mapping[str, str], times_ns: Mapping[str, int]) -> Span:
    """A message is told of where its last segment stands; the others stood before."""
    numbers = _several(told["tcp.segment"]) or (told["frame.number"],)
    passed_ns = [times_ns[number] for number in numbers]
    return Span(min(passed_ns), max(passed_ns))


def _ns(seconds: str) -> int:
    whole, _, rest = seconds.partition(".")
    return int(whole) * 1_000_000_000 + int(rest.ljust(9, "0"))


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


def version() -> str:
    """Return the first line of what it says of itself."""
    done = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].partition(" (Git")[0]
