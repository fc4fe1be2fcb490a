"""Files of both kinds, every byte order and unit of time, whole, broken off, and none at all."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.observability.pcap import wire
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.refusals import CaptureUnreadable, LinkTypeUnknown, NotACapture

FRAMES = wire.frames(wire.simple_talk())


def test_the_terms_of_an_exchange(tmp_path: Path) -> None:
    (row,), summary = wire.analysed(tmp_path, wire.pcap(FRAMES))
    assert (row.stream, row.index, row.method, row.status) == (0, 1, "POST", 200)
    assert row.path == "/txg/api/v1/claims/{id}"
    assert row.traceparent == wire.TRACE
    assert (row.request_ms, row.server_ms, row.response_ms) == (5.0, 30.0, 8.0)
    assert row.rtt_ms == pytest.approx(20.1)
    assert (row.retransmits, row.notes) == (0, ())
    assert row.started_ns == wire.EPOCH_NS + wire.ms(30)
    assert (summary.ended, summary.packets, summary.tcp) == ("whole", 11, 11)
    assert summary.read_bytes == summary.size_bytes


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [True, False])
def test_pcap_of_either_byte_order_and_unit(
    tmp_path: Path, order: str, *, nanoseconds: bool
) -> None:
    whole, _ = wire.analysed(tmp_path, wire.pcap(FRAMES))
    other, _ = wire.analysed(tmp_path, wire.pcap(FRAMES, order=order, nanoseconds=nanoseconds))
    assert other == whole


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("unit", "units_per_s"), [(None, 10**6), (9, 10**9), (3, 10**3), (0x80 | 20, 2**20)]
)
def test_pcapng_of_either_byte_order_and_any_unit(
    tmp_path: Path, order: str, unit: int | None, units_per_s: int
) -> None:
    blocks = [wire.packet_block(order, frame, units_per_s=units_per_s) for frame in FRAMES]
    content = wire.section(order) + wire.interface(order, unit=unit) + b"".join(blocks)
    (row,), _ = wire.analysed(tmp_path, content)
    assert row.server_ms == pytest.approx(30.0, abs=2000 / units_per_s)


def test_pcapng_with_sections_interfaces_and_blocks_of_every_kind(tmp_path: Path) -> None:
    """Two sections of different byte order; the second counts its interfaces anew."""
    early, late = FRAMES[:5], FRAMES[5:]
    epoch_s = wire.EPOCH_NS // 10**9
    statistics = struct.pack("<III", 0, 0, 0) + struct.pack("<HHQ", 5, 8, 17)
    content = b"".join((
        wire.section("<"),
        wire.interface("<", 147),
        wire.interface("<", unit=9, offset_s=epoch_s),
        *(wire.packet_block("<", one, number=1, units_per_s=10**9, epoch_ns=0) for one in early),
        wire.block("<", 0x0BAD, b"something of somebody"),
        wire.block("<", 3, struct.pack("<I", 60) + b"\x00" * 60),
        wire.block("<", 5, statistics),
        wire.section(">"),
        wire.interface(">"),
        *(wire.packet_block(">", one, old=True) for one in late),
    ))  # fmt: skip
    (row,), summary = wire.analysed(tmp_path, content)
    assert (row.request_ms, row.server_ms, row.response_ms) == (5.0, 30.0, 8.0)
    assert (summary.timeless, summary.dropped_by_capture) == (1, 17)


def test_what_captures_dropped_is_added_up_where_one_stands_behind_another(tmp_path: Path) -> None:
    """The last count of an interface holds for its section; no interface, no count."""
    counts = ((0, 3), (0, 17), (9, 1000))
    blocks = [
        wire.block("<", 5, struct.pack("<III", number, 0, 0) + struct.pack("<HHQ", 5, 8, dropped))
        for number, dropped in counts
    ]
    one = wire.pcapng(FRAMES) + b"".join(blocks)
    _, summary = wire.analysed(tmp_path, one + one)
    assert (summary.ended, summary.dropped_by_capture) == ("whole", 34)


@pytest.mark.parametrize("make", [wire.pcap, wire.pcapng])
def test_a_file_that_broke_off_says_how_much_was_read(
    tmp_path: Path, make: Callable[[Iterable[wire.Frame]], bytes]
) -> None:
    whole = make(FRAMES)
    for missing in (1, 10, len(FRAMES[-1].data) + 10):
        rows, summary = wire.analysed(tmp_path, whole[:-missing])
        assert (summary.ended, summary.packets) == ("cut", 10)
        assert summary.size_bytes == len(whole) - missing
        assert summary.read_bytes < summary.size_bytes
        assert [row.server_ms for row in rows] == [30.0]


def test_a_length_that_cannot_be_ends_the_reading(tmp_path: Path) -> None:
    damage = struct.pack("<IIII", 1, 2, 0xFFFFFFF0, 0xFFFFFFF0) + b"x" * 100
    rows, summary = wire.analysed(tmp_path, wire.pcap(FRAMES) + damage)
    assert (summary.ended, len(rows)) == ("damaged", 1)
    block = struct.pack("<II", 6, 7)
    rows, summary = wire.analysed(tmp_path, wire.pcapng(FRAMES) + block + b"x" * 100)
    assert (summary.ended, len(rows)) == ("damaged", 1)
    stranger = wire.packet_block("<", FRAMES[0], number=9)
    rows, summary = wire.analysed(tmp_path, wire.pcapng(FRAMES) + stranger)
    assert (summary.ended, len(rows)) == ("damaged", 1)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "檔案是空的"),
        (b"hello, world, this is no capture", "檔頭不符"),
        (b"\x1f\x8b\x08" + b"\x00" * 40, "這是 gzip 壓縮檔，請先解壓縮"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "檔頭不完整"),
    ],
)
def test_what_is_no_capture_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    with pytest.raises(NotACapture) as refused:
        wire.analysed(tmp_path, content)
    assert refused.value.detail["found"] == found


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "nothing", "檔案不存在"), (tmp_path, "這是資料夾")):
        with pytest.raises(CaptureUnreadable) as refused:
            list(Analysis(path).rows())
        assert refused.value.detail["reason"] == reason


def test_an_unknown_link_type_is_refused_unless_others_are_known(tmp_path: Path) -> None:
    for content in (wire.pcap(FRAMES, link=147), wire.pcapng(FRAMES, link=147)):
        with pytest.raises(LinkTypeUnknown) as refused:
            wire.analysed(tmp_path, content)
        assert refused.value.detail["link_type"] == "147"
    mixed = wire.pcapng(FRAMES) + wire.interface("<", 147)
    mixed += wire.packet_block("<", FRAMES[0], number=1)
    rows, summary = wire.analysed(tmp_path, mixed)
    assert (len(rows), summary.unknown_link) == (1, 1)


def test_a_capture_without_packets_has_no_rows(tmp_path: Path) -> None:
    rows, summary = wire.analysed(tmp_path, wire.pcap([]))
    assert (rows, summary.packets, summary.ended) == ([], 0, "whole")
