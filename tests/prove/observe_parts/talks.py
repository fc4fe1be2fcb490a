"""Connections of chance, of each kind that a capture may hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.observability.pcap import wire
from tests.observability.pcap.wire import ACK, CLIENT, SERVER, WRAP, Sent, Talk

EXCHANGES_MAX = 8
RTT_MS = 20.0
_TLS_PORT = 8443
KINDS = ("length", "chunked", "head", "none", "same", "upload")


def _plain(
    chance: random.Random,
    *,
    ends: Sequence[tuple[str, int]] = (),
    first: tuple[int, int] | None = None,
    kinds: Sequence[str] = KINDS,
) -> Talk:
    """A connection of a few exchanges of any method, framing, size and pace."""
    talk = Talk(first=first or (chance.randrange(WRAP), chance.randrange(WRAP)))
    if ends:
        talk.client, talk.server = ends
    talk.shake(client_ms=RTT_MS)
    at = 50.0
    for _ in range(chance.randint(1, EXCHANGES_MAX)):
        question, told = _exchange(chance, kinds)
        every = chance.uniform(0.1, 3)
        last = talk.pieces(at, CLIENT, question, size=chance.randint(200, 1460), every=every)
        told_at = last + chance.uniform(0.5, 80)
        last = talk.pieces(told_at, SERVER, told, size=chance.randint(200, 1460), every=every)
        talk.send(last + RTT_MS, CLIENT)
        at = last + RTT_MS + chance.uniform(5, 50)
    talk.bye(at)
    return talk


def _exchange(chance: random.Random, kinds: Sequence[str] = KINDS) -> tuple[bytes, bytes]:
    size = chance.choice((0, 20, 3000, 20_000))
    body = b"x" * size
    kind = chance.choice(kinds)
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
    return _again(_plain(chance), chance)


def _again(talk: Talk, chance: random.Random) -> Talk:
    """Some segments stand in the capture twice: lost behind the capture point, sent again."""
    ends = {side: [one.at for one in talk.sent if one.side == side] for side in (CLIENT, SERVER)}
    for one in list(talk.sent):
        quiet = one.at + wire.ms(RTT_MS)
        alone = all(not one.at < at < quiet + wire.ms(15) for at in ends[one.side])
        if one.data and alone and chance.random() < 0.5:
            talk.sent.append(_moved(one, quiet + wire.ms(chance.uniform(1, 4))))
    return talk


def _chunked(chance: random.Random) -> Talk:
    return _plain(chance, kinds=("chunked",))


def _no_handshake(chance: random.Random) -> Talk:
    talk = _plain(chance)
    talk.sent = talk.sent[3:]
    return talk


def _ipv6(chance: random.Random) -> Talk:
    return _plain(chance, ends=(("2001:db8::1", 40000), ("2001:db8::2", 8000)))


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


def _wrapped(chance: random.Random) -> Talk:
    """Sequence numbers of both sides pass 2^32 within the first exchanges."""
    firsts = (WRAP - chance.randint(1, 400), WRAP - chance.randint(1, 400))
    return _plain(chance, first=firsts)


def _pipelined(chance: random.Random) -> Talk:
    """All requests at once, before the first answer."""
    talk = Talk(first=(chance.randrange(WRAP), chance.randrange(WRAP)))
    talk.shake(client_ms=chance.uniform(1, 90))
    exchanges = [_exchange(chance) for _ in range(chance.randint(2, EXCHANGES_MAX))]
    asked = b"".join(question for question, _ in exchanges)
    told = b"".join(answered for _, answered in exchanges)
    last = talk.pieces(120, CLIENT, asked, size=1400, every=0.5)
    last = talk.pieces(last + 30, SERVER, told, size=1400, every=0.5)
    talk.bye(last + 30)
    return talk


def _tls(chance: random.Random) -> Talk:
    """Records into which nobody can look."""
    talk = Talk(first=(chance.randrange(WRAP), chance.randrange(WRAP)))
    talk.server = (talk.server[0], _TLS_PORT)
    talk.shake(client_ms=chance.uniform(1, 90))
    at = 120.0
    for number in range(chance.randint(3, 10)):
        side = CLIENT if number % 2 == 0 else SERVER
        kind = b"\x16\x03\x01" if number < 2 else b"\x17\x03\x03"
        size = chance.randint(40, 9000)
        record = kind + size.to_bytes(2) + chance.randbytes(size)
        last = talk.pieces(at, side, record, size=1400, every=0.4)
        at = last + chance.uniform(25, 60)
    talk.bye(at + 60)
    return talk


@dataclass(frozen=True)
class Shape:
    """``terms``: exchange by exchange; else what TCP alone tells. ``link``: see ``wire.LINKS``."""

    make: Callable[[random.Random], Talk]
    terms: bool = True
    link: str = "ethernet"
    pcapng: bool = False
    microseconds: bool = False


SHAPES: Mapping[str, Shape] = {
    "keep-alive, every framing": Shape(_plain),
    "chunked bodies": Shape(_chunked),
    "segments overtake each other": Shape(_overtaken),
    "segments sent again": Shape(_repeated),
    "segments lost": Shape(_lost),
    "no handshake": Shape(_no_handshake),
    "sequence numbers wrap": Shape(_wrapped),
    "IPv6": Shape(_ipv6),
    "VLAN": Shape(_plain, link="vlan"),
    "two VLAN tags, IPv6": Shape(_ipv6, link="double vlan"),
    "Linux cooked": Shape(_plain, link="cooked"),
    "Linux cooked 2": Shape(_overtaken, link="cooked 2"),
    "raw IP": Shape(_plain, link="raw"),
    "loopback": Shape(_plain, link="null"),
    "pcapng": Shape(_plain, pcapng=True),
    "pcapng, raw IPv6": Shape(_ipv6, link="raw", pcapng=True),
    "microseconds": Shape(_repeated, microseconds=True),
    "pipelined (TCP)": Shape(_pipelined, terms=False),
    "TLS (TCP)": Shape(_tls, terms=False),
    "TLS, sent again (TCP)": Shape(lambda chance: _again(_tls(chance), chance), terms=False),
}
