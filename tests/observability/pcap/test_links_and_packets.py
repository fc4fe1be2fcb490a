"""Every kind of link, IPv4 and IPv6, and packets that are counted instead of analysed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.observability.pcap import wire
from tests.observability.pcap.wire import Frame, Talk

V6 = {"client": ("2001:db8::1", 40000), "server": ("2001:db8::2", 8000)}


@pytest.mark.parametrize("ends", [{}, V6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("link", wire.LINKS)
def test_every_link(tmp_path: Path, link: str, ends: dict[str, tuple[str, int]]) -> None:
    talk = wire.simple_talk(**ends)
    number, frame_of = wire.LINKS[link]
    found = [Frame(one.at, frame_of(talk.packet(one))) for one in talk.sent]
    (row,), summary = wire.analysed(tmp_path, wire.pcap(found, link=number))
    assert (row.request_ms, row.server_ms, row.response_ms) == (5.0, 30.0, 8.0)
    assert summary.tcp == summary.packets


def test_padding_is_no_payload_and_a_sender_offload_has_no_length(tmp_path: Path) -> None:
    talk = wire.simple_talk()
    padded = [Frame(one.at, wire.ethernet(talk.packet(one)) + b"\x00" * 6) for one in talk.sent]
    (row,), _ = wire.analysed(tmp_path, wire.pcap(padded))
    assert (row.server_ms, row.retransmits) == (30.0, 0)
    offloaded = []
    for one in talk.sent:
        packet = bytearray(talk.packet(one))
        packet[2:4] = b"\x00\x00"
        offloaded.append(Frame(one.at, wire.ethernet(bytes(packet))))
    (row,), _ = wire.analysed(tmp_path, wire.pcap(offloaded))
    assert (row.server_ms, row.response_ms) == (30.0, 8.0)


def test_extension_headers_are_passed_and_fragments_counted(tmp_path: Path) -> None:
    talk = wire.simple_talk(**V6)
    hop_by_hop = b"\x3c\x00" + b"\x00" * 6  # then destination options, 16 bytes
    options = b"\x2c\x01" + b"\x00" * 14  # then a fragment header that is the whole packet
    atomic = b"\x06\x00\x00\x00" + b"\x00" * 4
    found = [
        Frame(one.at, wire.ethernet(talk.packet(one, extra=hop_by_hop + options + atomic, kind=0)))
        for one in talk.sent
    ]
    (row,), _ = wire.analysed(tmp_path, wire.pcap(found))
    assert row.server_ms == 30.0
    fragment = b"\x06\x00\x00\x01" + b"\x00" * 4
    found.append(
        Frame(wire.ms(200), wire.ethernet(talk.packet(talk.sent[0], extra=fragment, kind=44)))
    )
    v4 = bytearray(Talk().packet(talk.sent[0]))
    v4[6] = 0x20
    found.append(Frame(wire.ms(201), wire.ethernet(bytes(v4))))
    rows, summary = wire.analysed(tmp_path, wire.pcap(found))
    assert (len(rows), summary.fragments) == (1, 2)


def test_what_is_not_tcp_is_counted(tmp_path: Path) -> None:
    talk = wire.simple_talk()
    udp = bytearray(talk.packet(talk.sent[0]))
    udp[9] = 17
    short = bytearray(talk.packet(talk.sent[0]))
    short[32] = 0x10  # a TCP header of four bytes
    more = [
        wire.ethernet(bytes(udp)),
        b"\x02" * 12 + b"\x08\x06" + b"\x00" * 28,  # ARP
        wire.ethernet(bytes(short)),
        wire.ethernet(talk.packet(talk.sent[0]))[:30],
        b"",
    ]
    found = [*wire.frames(talk), *(Frame(wire.ms(300), one) for one in more)]
    rows, summary = wire.analysed(tmp_path, wire.pcap(found))
    assert len(rows) == 1
    assert (summary.other, summary.malformed, summary.cut) == (3, 1, 1)
    assert summary.packets == summary.tcp + 5
