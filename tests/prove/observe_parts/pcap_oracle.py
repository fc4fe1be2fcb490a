"""Random captures, read by us and by Wireshark: every figure that both define."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.observability.pcap import tshark, wire
from tests.observability.pcap.wire import ACK, CLIENT, SERVER, WRAP, Sent, Talk
from tests.prove.tools.results import PartResult, Table, must
from zhuji_observability.pcap.terms import Row

SEED = 20261127
CAPTURES, CAPTURES_QUICK = 60, 5
BOUND_MS = 0.01
EXCHANGES_MAX = 8
RTT_MS = 20.0
Shape = Callable[[random.Random], Talk]


def pcap_oracle(*, quick: bool) -> PartResult:
    """Compare captures of each shape; the largest difference of each figure is told."""
    count = CAPTURES_QUICK if quick else CAPTURES
    failures: list[str] = []
    rows: list[tuple[str, ...]] = []
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in SHAPES.items():
            figures, worst_ms, exchanges, again = 0, 0.0, 0, 0
            for number in range(count):
                chance = random.Random(f"{SEED} {name} {number}")  # noqa: S311 (of a seed)
                found = _compare(Path(folder), shape(chance), failures, f"{name} {number}")
                figures, exchanges = figures + found[0], exchanges + found[2]
                worst_ms, again = max(worst_ms, found[1]), again + found[3]
            must(failures, holds=worst_ms <= BOUND_MS, say=f"{name}: {worst_ms} ms")
            checked += figures
            rows.append((name, f"{exchanges:,}", f"{figures:,}", f"{worst_ms:.6f}", f"{again:,}"))
    return PartResult(
        part="pcap-oracle",
        title="random captures, every figure against Wireshark's",
        checked=checked,
        failures=tuple(failures[:20]),
        seed=SEED,
        tables=(
            Table(
                heads=("capture", "exchanges", "figures", "largest difference, ms", "sent again"),
                rows=tuple(rows),
            ),
        ),
    )


def _compare(
    folder: Path, talk: Talk, failures: list[str], name: str
) -> tuple[int, float, int, int]:
    """Return figures compared, the largest difference, exchanges, and segments sent again."""
    ours, _ = wire.analysed(folder, wire.pcap(wire.frames(talk)))
    told = tshark.streams(folder / "capture")[0]
    again = sum(row.retransmits for row in ours)
    must(failures, holds=[row.status for row in ours] == told.statuses, say=f"{name}: statuses")
    must(failures, holds=again == told.retransmits,
         say=f"{name}: {again} sent again, Wireshark {told.retransmits}")  # fmt: skip
    differences = [
        abs(_whole(row) - http_ms) for row, http_ms in zip(ours, told.http_ms, strict=False)
    ]
    must(failures, holds=len(differences) == len(ours), say=f"{name}: times of exchanges")
    if told.rtt_ms is not None:
        differences += [abs((row.rtt_ms or 0) - told.rtt_ms) for row in ours]
    return len(differences) + 1, max(differences, default=0.0), len(ours), again


def _whole(row: Row) -> float:
    return (row.server_ms or 0) + (row.response_ms or 0)


def _plain(chance: random.Random, **ends: tuple[str, int]) -> Talk:
    """A connection of a few exchanges of any method, framing, size and pace."""
    talk = Talk(first=(chance.randrange(WRAP), chance.randrange(WRAP)))
    talk.client, talk.server = ends.get("client", talk.client), ends.get("server", talk.server)
    talk.shake(client_ms=RTT_MS)
    at = 50.0
    for _ in range(chance.randint(1, EXCHANGES_MAX)):
        question, told = _exchange(chance)
        every = chance.uniform(0.1, 3)
        last = talk.pieces(at, CLIENT, question, size=chance.randint(200, 1460), every=every)
        told_at = last + chance.uniform(0.5, 80)
        last = talk.pieces(told_at, SERVER, told, size=chance.randint(200, 1460), every=every)
        talk.send(last + RTT_MS, CLIENT)
        at = last + RTT_MS + chance.uniform(5, 50)
    talk.bye(at)
    return talk


def _exchange(chance: random.Random) -> tuple[bytes, bytes]:
    size = chance.choice((0, 20, 3000, 20_000))
    body = b"x" * size
    kind = chance.choice(("length", "chunked", "head", "none", "same", "upload"))
    if kind == "chunked":
        return wire.request("/c"), wire.chunked(b"a" * (size + 1), b"b" * 30)
    if kind == "head":
        told = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()
        return wire.request("/h", method="HEAD"), told
    if kind in ("none", "same"):
        status = "204 No Content" if kind == "none" else "304 Not Modified"
        return wire.request("/n"), f"HTTP/1.1 {status}\r\n\r\n".encode()
    if kind == "upload":
        return wire.request("/u", method="POST", body=body), wire.answer()
    return wire.request("/l"), wire.answer(body or b"1")


def _moved(one: Sent, at: int) -> Sent:
    return Sent(at, one.side, one.seq, one.ack, one.flags, one.data)


def _overtaken(chance: random.Random) -> Talk:
    """Some segments of a burst come up to 3 ms late, after those behind them."""
    talk = _plain(chance)
    talk.sent = [
        _moved(one, one.at + chance.randrange(wire.ms(3)))
        if one.data and one.side == SERVER and chance.random() < 0.3
        and not one.data.startswith(b"HTTP")
        else one
        for one in talk.sent
    ]  # fmt: skip
    return talk


def _repeated(chance: random.Random) -> Talk:
    """Some segments stand in the capture twice: lost behind the capture point, sent again."""
    talk = _plain(chance)
    ends = {side: [one.at for one in talk.sent if one.side == side] for side in (CLIENT, SERVER)}
    for one in list(talk.sent):
        quiet = one.at + wire.ms(RTT_MS)
        alone = all(not one.at < at < quiet + wire.ms(15) for at in ends[one.side])
        if one.data and alone and chance.random() < 0.5:
            talk.sent.append(_moved(one, quiet + wire.ms(chance.uniform(1, 4))))
    return talk


def _no_handshake(chance: random.Random) -> Talk:
    talk = _plain(chance)
    talk.sent = talk.sent[3:]
    return talk


def _ipv6(chance: random.Random) -> Talk:
    return _plain(chance, client=("2001:db8::1", 40000), server=("2001:db8::2", 8000))


def _lost(chance: random.Random) -> Talk:
    """One segment in the middle of a long answer is lost before the capture point."""
    talk = Talk()
    talk.shake(client_ms=RTT_MS)
    talk.send(50, CLIENT, wire.request("/l"))
    told = wire.answer(b"x" * chance.randint(8000, 30_000))
    last = talk.pieces(60, SERVER, told, size=1400, every=chance.uniform(0.1, 2))
    middle = [one for one in talk.sent if len(one.data) == 1400][1:]
    lost = chance.choice(middle)
    talk.sent.remove(lost)
    talk.sent.append(_moved(lost, wire.ms(last + chance.uniform(25, 400))))
    talk.sent.append(Sent(wire.ms(last + 500), CLIENT, talk.seqs[0], talk.seqs[1], ACK))
    return talk


SHAPES: Mapping[str, Shape] = {
    "keep-alive, every framing": _plain,
    "segments overtake each other": _overtaken,
    "segments sent again": _repeated,
    "segments lost": _lost,
    "no handshake": _no_handshake,
    "IPv6": _ipv6,
}
