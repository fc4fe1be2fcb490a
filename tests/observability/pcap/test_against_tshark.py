"""The same captures read by Wireshark: every figure that both define differs by ≤ 0.01 ms."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.observability.pcap import tshark, wire
from tests.observability.pcap.wire import ACK, CLIENT, SERVER, Sent, Talk
from zhuji_observability.pcap.terms import Row

pytestmark = pytest.mark.needs("tshark")

BOUND_MS = 0.01
Links = Callable[[], list[Talk]]


def keep_alive(
    client: tuple[str, int] = ("10.0.0.1", 40000), server: tuple[str, int] = ("10.0.0.2", 8000)
) -> Talk:
    """Seven exchanges of every framing on one connection."""
    talk = Talk(client=client, server=server)
    talk.shake(client_ms=21.5)
    questions = [
        (wire.request("/small"), wire.answer()),
        (wire.request("/big"), wire.answer(b"x" * 40_000)),
        (wire.request("/up", method="POST", body=b"u" * 20_000), wire.answer()),
        (wire.request("/chunks"), wire.chunked(b"a" * 3000, b"b" * 40)),
        (wire.request("/head", method="HEAD"), b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"),
        (wire.request("/none"), b"HTTP/1.1 204 No Content\r\n\r\n"),
        (wire.request("/same"), b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    ]
    at = 40.0
    for number, (question, told) in enumerate(questions):
        last = talk.pieces(at, CLIENT, question, size=1400, every=1.7)
        last = talk.pieces(last + 11.3 + number, SERVER, told, size=1400, every=0.9)
        talk.send(last + 21.5, CLIENT)
        at = last + 60
    talk.bye(at)
    return talk


def overtaken() -> Talk:
    """Segments of a long answer stand in the file in another order, within a round trip."""
    talk = keep_alive()
    shuffled = random.Random(7)  # noqa: S311 (a fixed order)
    talk.sent = [
        Sent(
            one.at + shuffled.randrange(wire.ms(4)), one.side, one.seq, one.ack, one.flags, one.data
        )
        if one.side == SERVER and len(one.data) == 1400
        else one
        for one in talk.sent
    ]
    return talk


def lossy() -> Talk:
    """A segment of the answer and one of the upload are lost, and sent again after 300 ms."""
    talk = Talk()
    talk.shake(client_ms=21.5)
    question, told = wire.request("/up", method="POST", body=b"u" * 9000), wire.answer(b"x" * 9000)
    talk.pieces(40, CLIENT, question, size=1400, every=1.7)
    lost = talk.sent.pop(5)
    talk.sent.append(Sent(wire.ms(350), CLIENT, lost.seq, lost.ack, ACK, lost.data))
    first = len(talk.sent)
    talk.pieces(380, SERVER, told, size=1400, every=0.9)
    lost = talk.sent.pop(first + 3)
    talk.sent.append(Sent(wire.ms(690), SERVER, lost.seq, lost.ack, ACK, lost.data))
    talk.sent.append(Sent(wire.ms(1000), SERVER, lost.seq, lost.ack, ACK, lost.data))
    talk.send(1100, CLIENT, wire.request("/next"))
    talk.send(1110, SERVER, wire.answer())
    return talk


def no_handshake() -> Talk:
    talk = keep_alive()
    talk.sent = talk.sent[3:]
    return talk


def wrapped() -> Talk:
    talk = Talk(first=(wire.WRAP - 9000, wire.WRAP - 20_000))
    talk.shake(client_ms=21.5)
    talk.pieces(
        40, CLIENT, wire.request("/w", method="PUT", body=b"u" * 20_000), size=1400, every=1
    )
    talk.pieces(90, SERVER, wire.answer(b"x" * 40_000), size=1400, every=1)
    return talk


CAPTURES: dict[str, Links] = {
    "keep-alive": lambda: [keep_alive()],
    "overtaken": lambda: [overtaken()],
    "loss": lambda: [lossy()],
    "no handshake": lambda: [no_handshake()],
    "IPv6": lambda: [keep_alive(("2001:db8::1", 40000), ("2001:db8::2", 8000))],
    "wrapped": lambda: [wrapped()],
    "several": lambda: [
        keep_alive((f"10.0.0.{number}", 40000 + number)) for number in range(5)
    ],
}  # fmt: skip


# Of each exchange its three terms and ``http.time``, and where there is a handshake the round trip.
FIGURES = {"keep-alive": 35, "overtaken": 35, "loss": 10, "no handshake": 28, "IPv6": 35,
           "wrapped": 5, "several": 175}  # fmt: skip


def compare(folder: Path, content: bytes, *, ports: Iterable[int] = (8000,)) -> tuple[int, float]:
    """Compare a capture; return how many figures, and the largest difference in ms."""
    rows, _ = wire.analysed(folder, content)
    by_stream: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_stream[row.stream].append(row)
    oracle = tshark.streams(folder / "capture", ports=ports)
    differences: list[float] = []
    for number, told in oracle.items():
        ours = by_stream[number]
        assert [row.status for row in ours] == told.statuses
        assert sum(row.retransmits for row in ours) == told.retransmits
        assert len(ours) == len(told.http_ms)
        for row, terms_ms, http_ms in zip(ours, told.terms_ms(), told.http_ms, strict=True):
            mine = (row.request_ms, row.server_ms, row.response_ms)
            differences += [
                abs(one - other)
                for one, other in zip(mine, terms_ms, strict=True)
                if one is not None
            ]
            differences.append(abs((row.server_ms or 0) + (row.response_ms or 0) - http_ms))
        assert {row.rtt_ms is None for row in ours} == {told.rtt_ms is None}
        if told.rtt_ms is not None:
            differences += [abs((row.rtt_ms or 0) - told.rtt_ms) for row in ours]
    return len(differences), max(differences)


@pytest.mark.parametrize("name", CAPTURES)
def test_wireshark_says_the_same(tmp_path: Path, name: str) -> None:
    figures, worst_ms = compare(tmp_path, wire.pcap(wire.frames(*CAPTURES[name]())))
    assert figures == FIGURES[name]
    assert worst_ms <= BOUND_MS
