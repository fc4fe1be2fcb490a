"""Memory does not grow with the capture, and nothing of a body or a person is kept or printed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from tests.observability.pcap import wire
from tests.observability.pcap.wire import CLIENT, SERVER, Talk
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.conversations import Conversation
from zhuji_observability.pcap.segments import Segment
from zhuji_observability.pcap.streams import CLOSED_NS, IDLE_NS, Streams

PRIVATE = ("王小明", "A123456789", "AB-12345678", "012-345-678901", "canary")


def connections(count: int, *, every_ms: float, body: bytes) -> Iterator[wire.Frame]:
    for number in range(count):
        talk = Talk(client=(f"10.1.{number // 250}.{number % 250}", 40000))
        at = number * every_ms
        talk.shake(at)
        talk.send(at + 30, CLIENT, wire.request("/a", method="POST", body=body))
        talk.send(at + 40, SERVER, wire.answer(body))
        talk.bye(at + 70)
        yield from wire.frames(talk)


def peak(folder: Path, frames: Iterator[wire.Frame]) -> int:
    path = folder / "capture"
    path.write_bytes(wire.pcap(frames))
    tracemalloc.start()
    assert sum(1 for _ in Analysis(path).rows()) > 0
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_capture(tmp_path: Path) -> None:
    """Closed connections are forgotten; what stays is bounded by the time they are kept."""
    body = b"b" * 1200
    some = peak(tmp_path, connections(100, every_ms=1000, body=body))
    many = peak(tmp_path, connections(1000, every_ms=1000, body=body))
    assert many < some * 1.2 + 100_000


def test_a_body_that_waits_for_a_lost_segment_is_not_kept(tmp_path: Path) -> None:
    talk = Talk()
    talk.shake()
    talk.send(30, CLIENT, wire.request())
    talk.pieces(40, SERVER, wire.answer(b"x" * 500_000), size=1000, every=0.001)
    lost = talk.sent.pop(10)
    talk.sent.append(wire.Sent(wire.ms(300), SERVER, lost.seq, lost.ack, lost.flags, lost.data))
    path = tmp_path / "capture"
    path.write_bytes(wire.pcap(wire.frames(talk)))
    most = peak(tmp_path, iter(wire.frames(talk)))
    # The file is read in blocks of 1 MiB; beside that there is little.
    assert most < (1 << 20) + 300_000


def segment(talk: Talk, one: wire.Sent) -> Segment:
    ends = (bytes([10, 0, 0, 1]) + talk.client[1].to_bytes(2), bytes([10, 0, 0, 2, 0, 80]))
    source, target = ends if one.side == CLIENT else ends[::-1]
    return Segment(source, target, one.seq, one.ack, one.flags, 9, len(one.data), one.data)


def test_connections_expire_when_closed_idle_or_too_many() -> None:
    forgotten: list[Conversation] = []
    streams = Streams(lambda _conversation, _exchange: None, forgotten.append, open_max=20)

    def play(port: int, at_ms: float, *, bye: bool) -> None:
        talk = Talk(client=("10.0.0.1", port))
        talk.shake(at_ms)
        if bye:
            talk.bye(at_ms + 30)
        for one in talk.sent:
            streams.packet(segment(talk, one), one.at)

    def ticks(at_ns: int) -> None:
        talk = Talk(client=("10.0.0.1", 9))
        for _ in range(300):
            streams.packet(segment(talk, wire.Sent(0, CLIENT, 1, 1, wire.ACK)), at_ns)

    play(1, 0, bye=True)
    play(2, 0, bye=False)
    ticks(CLOSED_NS // 2)
    assert forgotten == []
    ticks(CLOSED_NS + wire.ms(100))
    assert [one.number for one in forgotten] == [0]
    ticks(IDLE_NS + wire.ms(100))
    assert [one.number for one in forgotten] == [0, 1]
    for port in range(100, 130):
        play(port, IDLE_NS / 1e6 + port, bye=False)
    ticks(IDLE_NS + wire.ms(500))
    assert streams.expelled == 31 - 20


def test_closed_connections_do_not_pile_up_where_no_time_passes() -> None:
    """A capture without times: every packet is of the same moment."""
    forgotten: list[Conversation] = []
    streams = Streams(lambda _conversation, _exchange: None, forgotten.append, open_max=20)
    packets = 0
    for port in range(1, 301):
        talk = Talk(client=("10.0.0.1", port))
        talk.shake(0)
        talk.bye(30)
        for one in talk.sent:
            streams.packet(segment(talk, one), 0)
        packets += len(talk.sent)
    assert [one.number for one in forgotten] == list(range(len(forgotten)))
    assert len(forgotten) > 300 - 20 - 256
    # No more than the one that was open whenever the bounds were looked at.
    assert streams.expelled <= packets // 256


def test_interfaces_without_end_are_not_kept(tmp_path: Path) -> None:
    many = wire.interface("<", unit=9) * 65_537
    frames = wire.frames(wire.simple_talk())
    for number, ended in ((65_535, "whole"), (65_536, "damaged")):
        blocks = [wire.packet_block("<", one, number=number, units_per_s=10**9) for one in frames]
        _, summary = wire.analysed(tmp_path, wire.section("<") + many + b"".join(blocks))
        assert summary.ended == ended


def test_nothing_personal_is_in_a_row(tmp_path: Path) -> None:
    """Planted in every field that a request and an answer have."""
    for canary in PRIVATE:
        escaped = "".join(f"%{byte:02X}" for byte in canary.encode())
        talk = Talk()
        talk.shake()
        hexed = canary.encode().hex()
        more = f"Cookie: {escaped}\r\ntraceparent: {hexed}\r\nUser-Agent: {escaped}\r\n"
        for number, path in enumerate(
            (f"/a/{escaped}?q={escaped}", f"/{escaped}/x", f"/a;{escaped}")
        ):
            asked = wire.request(path, method="POST", body=canary.encode(), more=more)
            talk.send(30 + number * 30, CLIENT, asked)
            talk.send(40 + number * 30, SERVER, wire.answer(canary.encode(), more=more))
        rows, _ = wire.analysed(tmp_path, wire.pcap(wire.frames(talk)))
        assert len(rows) == 3
        for row in rows:
            for secret in (canary, escaped, hexed, "10.0.0.1", "zhuji.example"):
                assert secret not in repr(row)
