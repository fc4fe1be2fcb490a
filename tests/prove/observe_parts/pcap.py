"""Captures of chance, read by ``zhuji observe pcap`` and by Wireshark: all that both define.

Of each exchange upload, server, download and Wireshark's ``http.time``; of each connection the
handshake's round trip, statuses and segments sent again. Then errors are planted: one packet's time
is moved for our reader alone, and the comparison must find it.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from tests.observability.pcap import tshark, wire
from tests.observability.pcap.wire import ACK, CLIENT, SERVER, SYN, WRAP, Frame, Sent, Talk
from tests.prove.observe_parts.talks import SHAPES, Shape
from tests.prove.tools.results import PartResult, Table, must
from zhuji_core.cli import group

SEED = 20261127
CAPTURES, CAPTURES_QUICK = 12, 1
# Connections of one capture, their packets in the order of time.
TALKS = 10
PLANTED = 8
BOUND_MS = 0.01
# A planted error, in ms: five times the bound, and up to what a slow line would do.
SHIFT_MS = (0.05, 3.0)
# Connections that Wireshark cannot read: one of so many may be.
UNREAD_OF = 50
TERMS = ("request_ms", "server_ms", "response_ms")
Row = dict[str, Any]


@dataclass
class Found:
    """What the captures of one shape came to."""

    connections: int = 0
    exchanges: int = 0
    figures: int = 0
    worst_ms: float = 0.0
    again: int = 0
    unread: int = 0
    planted: int = 0
    seen: int = 0
    apart: list[str] = field(default_factory=list)


class Compared(NamedTuple):
    """How many figures, the largest difference, and what does not agree at all."""

    figures: int
    worst_ms: float
    apart: list[str]


def pcap(*, quick: bool) -> PartResult:
    """Compare captures of each shape; the largest difference of each is told."""
    count = CAPTURES_QUICK if quick else CAPTURES
    failures: list[str] = []
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in SHAPES.items():
            one = found[name] = Found()
            for number in range(count):
                chance = random.Random(f"{SEED} {name} {number}")  # noqa: S311 (of a seed)
                _capture(Path(folder) / "capture", shape, chance, one)
            failures += [f"{name}: {words}" for words in one.apart]
            must(failures, holds=one.worst_ms <= BOUND_MS, say=f"{name}: {one.worst_ms} ms")
            must(failures, holds=one.seen == one.planted > 0,
                 say=f"{name}: {one.seen} of {one.planted} planted errors were found")  # fmt: skip
            must(failures, holds=one.unread * UNREAD_OF <= max(one.connections, UNREAD_OF),
                 say=f"{name}: Wireshark cannot read {one.unread} connections")  # fmt: skip
            print(f"  pcap: {name}: {one.figures:,} figures, {one.worst_ms:.6f} ms", flush=True)
    return PartResult(
        part="pcap",
        title="random captures, every figure against Wireshark's",
        checked=sum(one.figures for one in found.values()),
        failures=tuple(failures[:20]),
        seed=SEED,
        tables=(_table(found),),
        notes=(
            f"Oracle: {tshark.version()}, through its own reassembly of messages.",
            f"Bound: {BOUND_MS} ms. (TCP): only what both define of such a connection.",
            "Not read by Wireshark: the last byte of a chunked body came alone (malformed to it).",
            f"Of such a connection TCP's figures are compared; at most one in {UNREAD_OF} may be.",
            f"Planted: a packet {SHIFT_MS[0]} to {SHIFT_MS[1]} ms earlier or later, for us alone.",
        ),
    )


def _table(found: Mapping[str, Found]) -> Table:
    sums = {
        name: sum(getattr(one, name) for one in found.values())
        for name in ("connections", "exchanges", "figures", "again", "unread", "planted", "seen")
    }
    whole = Found(**sums, worst_ms=max(one.worst_ms for one in found.values()))
    return Table(
        heads=("captures", "connections", "exchanges", "figures", "largest difference, ms",
               "sent again", "not read by Wireshark", "errors planted", "found"),
        rows=tuple(_row(name, one) for name, one in {**found, "all": whole}.items()),
    )  # fmt: skip


def _row(name: str, one: Found) -> tuple[str, ...]:
    before = (one.connections, one.exchanges, one.figures)
    behind = (one.again, one.unread, one.planted, one.seen)
    return (
        name,
        *(f"{count:,}" for count in before),
        f"{one.worst_ms:.9f}",
        *(f"{count:,}" for count in behind),
    )


def _capture(path: Path, shape: Shape, chance: random.Random, found: Found) -> None:
    """Make a capture, compare it, and compare it again with each planted error."""
    pairs = sorted(_sent(shape, chance), key=lambda pair: pair[1].at)
    frames = [Frame(one.at, wire.LINKS[shape.link][1](talk.packet(one))) for talk, one in pairs]
    _write(path, shape, frames)
    told = tshark.streams(path)
    ours = _rows(path)
    compared = _compare(ours, told, terms=shape.terms)
    found.connections += len(told)
    found.exchanges += sum(len(stream.statuses) for stream in told.values())
    found.figures += compared.figures
    found.worst_ms = max(found.worst_ms, compared.worst_ms)
    found.again += sum(stream.retransmits for stream in told.values())
    found.unread += sum(bool(stream.malformed) for stream in told.values())
    found.apart += compared.apart
    unread = {number for number, stream in told.items() if stream.malformed}
    places = _places(pairs, terms=shape.terms, unread=unread)
    for place in chance.sample(places, min(PLANTED, len(places))):
        shift = wire.ms(chance.uniform(*SHIFT_MS)) * chance.choice((-1, 1))
        moved = [*frames]
        moved[place] = replace(frames[place], at=frames[place].at + shift)
        _write(path, shape, moved)
        compared = _compare(_rows(path), told, terms=shape.terms)
        found.planted += 1
        found.seen += bool(compared.apart) or compared.worst_ms > BOUND_MS


def _sent(shape: Shape, chance: random.Random) -> Iterator[tuple[Talk, Sent]]:
    for number in range(TALKS):
        talk = shape.make(chance)
        talk.client = (talk.client[0], talk.client[1] + number)
        late = wire.ms(chance.uniform(0, 300))
        for one in talk.sent:
            yield talk, replace(one, at=one.at + late)


def _write(path: Path, shape: Shape, frames: Sequence[Frame]) -> None:
    link = wire.LINKS[shape.link][0]
    if shape.pcapng:
        path.write_bytes(wire.pcapng(frames, link=link))
    else:
        path.write_bytes(wire.pcap(frames, link=link, nanoseconds=not shape.microseconds))


def _rows(path: Path) -> dict[int, list[Row]]:
    """Return what the command prints, by connection."""
    told = CliRunner().invoke(
        group, ["observe", "pcap", str(path), "--json"], catch_exceptions=False
    )
    assert told.exit_code == 0, told.output
    found: dict[int, list[Row]] = defaultdict(list)
    for row in json.loads(told.stdout):
        found[row["stream"]].append(row)
    return found


def _compare(
    ours: Mapping[int, list[Row]], told: Mapping[int, tshark.Stream], *, terms: bool
) -> Compared:
    differences: list[float] = []
    apart: list[str] = []
    counts = 0
    for number, stream in told.items():
        rows = ours.get(number, [])
        again = sum(row["retransmits"] for row in rows)
        counts += 1
        must(apart, holds=again == stream.retransmits,
             say=f"{number}: {again} sent again, Wireshark {stream.retransmits}")  # fmt: skip
        for row in rows:
            if stream.rtt_ms is None or row["rtt_ms"] is None:
                must(
                    apart, holds=stream.rtt_ms is row["rtt_ms"] is None, say=f"{number}: round trip"
                )
            else:
                differences.append(abs(row["rtt_ms"] - stream.rtt_ms))
        if not terms or stream.malformed:
            continue
        statuses = [row["status"] for row in rows]
        counts += len(statuses)
        if statuses == stream.statuses and len(rows) == len(stream.requests):
            differences += _of_exchanges(rows, stream)
        else:
            apart.append(f"{number}: {statuses}, Wireshark {stream.statuses}")
    return Compared(len(differences) + counts, max(differences, default=0.0), apart)


def _of_exchanges(rows: Sequence[Row], stream: tshark.Stream) -> Iterator[float]:
    for row, terms, http_ms in zip(rows, stream.terms_ms(), stream.http_ms, strict=True):
        if any(row[name] is None for name in TERMS):
            yield float("inf")
            continue
        mine = [row[name] for name in TERMS]
        yield from (abs(one - other) for one, other in zip(mine, terms, strict=True))
        yield abs(row["server_ms"] + row["response_ms"] - http_ms)


def _places(
    pairs: Sequence[tuple[Talk, Sent]], *, terms: bool, unread: Collection[int]
) -> list[int]:
    """Return the packets whose time decides a figure: first of an answer, last of a handshake."""
    found: list[int] = []
    numbers: dict[int, int] = {}  # of the connections, as both count them
    known: set[tuple[int, int]] = set()
    for place, (talk, one) in enumerate(pairs):
        number = numbers.setdefault(id(talk), len(numbers))
        shaken = talk.sent[0].flags & SYN and one.seq == (talk.first[CLIENT] + 1) % WRAP
        decides = (
            terms and number not in unread and one.data.startswith(b"HTTP/")
            if one.side == SERVER
            else shaken and one.flags == ACK and not one.data
        )
        if decides and (number, one.seq) not in known:
            known.add((number, one.seq))
            found.append(place)
    return found
