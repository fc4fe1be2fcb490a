"""Heads of packets: what a capture tool needs of an exchange, and nothing of what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.observability.pcap import tshark, wire
from tests.observability.pcap.wire import CLIENT, SERVER, Sent, Talk
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.heads import SETTING, Addresses
from zhuji_observability.pcap.terms import CapturedRow

Ends = tuple[tuple[str, int], tuple[str, int]]

V4 = (("10.1.2.3", 40000), ("10.9.8.7", 8000))
V6 = (("2001:db8:7:8::1", 40000), ("2001:db8:7:9::2", 8000))


def captured(
    folder: Path, talk: Talk, *, addresses: Addresses = Addresses.NONE, link: str = "ethernet"
) -> list[CapturedRow]:
    number, frame_of = wire.LINKS[link]
    sent = sorted(talk.sent, key=lambda one: one.at)
    frames = [wire.Frame(one.at, frame_of(talk.packet(one))) for one in sent]
    path = folder / "capture"
    path.write_bytes(wire.pcap(frames, link=number))
    rows = list(Analysis(path, packets=True, addresses=addresses).rows())
    assert all(isinstance(row, CapturedRow) for row in rows)
    return rows  # type: ignore[return-value]


def two_exchanges(ends: Ends) -> Talk:
    """The answer of the second one loses a segment, which comes again after 300 ms."""
    talk = Talk(*ends)
    talk.shake()
    talk.send(30, CLIENT, wire.request("/first?payee=A123456789"))
    talk.send(40, SERVER, wire.answer(b"first answer"))
    talk.send(60, CLIENT)
    talk.send(80, CLIENT, wire.request("/second", method="POST", body=b"A123456789"))
    talk.pieces(95, SERVER, wire.answer(b"second answer " * 100), size=500, every=1)
    last = talk.sent[-1]
    talk.sent.append(Sent(wire.ms(400), SERVER, last.seq, last.ack, last.flags, last.data))
    talk.send(420, CLIENT)
    return talk


@pytest.mark.parametrize("link", ["ethernet", "cooked 2", "raw"])
@pytest.mark.parametrize("ends", [V4, V6], ids=["IPv4", "IPv6"])
def test_heads_have_every_packet_and_no_byte_of_what_was_sent(
    tmp_path: Path, ends: Ends, link: str
) -> None:
    talk = two_exchanges(ends)
    first, second = captured(tmp_path, talk, link=link)
    assert len(first.packets) + len(second.packets) == len(talk.sent)
    for row, packets in ((first, first.packets), (second, (*first.packets[:3], *second.packets))):
        for said in (b"A123456789", b"answer", b"HTTP", b"zhuji.example"):
            assert said not in row.heads
        each = 16 + (60 if ends is V6 else 40)
        assert len(row.heads) == 24 + each * len(packets), "the handshake is in both"


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("ends", [V4, V6], ids=["IPv4", "IPv6"])
def test_wireshark_finds_the_same_round_trip_and_loss_in_the_heads(
    tmp_path: Path, ends: Ends
) -> None:
    talk = two_exchanges(ends)
    _, second = captured(tmp_path, talk)
    path = tmp_path / "heads.pcap"
    path.write_bytes(second.heads)
    (stream,) = tshark.streams(path).values()
    assert stream.rtt_ms == pytest.approx(second.rtt_ms)
    assert stream.retransmits == second.retransmits == 1


@pytest.mark.parametrize("ends", [V4, V6], ids=["IPv4", "IPv6"])
def test_of_addresses_nothing_is_kept_or_their_network(tmp_path: Path, ends: Ends) -> None:
    talk = two_exchanges(ends)
    whole = [wire.packed(end) for end in (talk.client, talk.server)]
    (row, _) = captured(tmp_path, talk)
    network = 6 if ends is V6 else 3
    assert not any(one[:network] in row.heads for one in whole)
    (row, _) = captured(tmp_path, talk, addresses=Addresses.NETWORK)
    assert not any(one in row.heads for one in whole)
    assert all(one[:network] + b"\x00" in row.heads for one in whole)


def test_a_checksum_would_tell_of_the_payload_and_is_left_out(tmp_path: Path) -> None:
    (row,) = captured(tmp_path, wire.simple_talk())
    at = 24 + 16 + 20 + 16
    assert row.heads[at : at + 2] == b"\x00\x00"


def test_addresses_are_kept_only_where_the_host_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert Addresses.from_environment() is Addresses.NONE
    for value, meant in (("network", Addresses.NETWORK), ("yes", Addresses.NONE)):
        monkeypatch.setenv(SETTING, value)
        assert Addresses.from_environment() is meant
