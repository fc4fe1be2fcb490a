"""Packets of a capture find the request that they belong to, and are drawn under its steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.observability.pcap import wire as made
from tests.observability.pcap.wire import CLIENT, SERVER, TRACE, Talk
from tests.observability.store.conftest import NOON_MS, SPANS, exchange, spent
from zhuji_core.cli import group
from zhuji_observability.pcap.analysis import Analysis
from zhuji_observability.pcap.terms import PacketRow
from zhuji_observability.store import files, writing
from zhuji_observability.store.exchange import Exchange
from zhuji_observability.store.reading import Store
from zhuji_observability.store.refusals import PacketsNotKept
from zhuji_observability.store.wires import Wires
from zhuji_observability.web.waterfall import LABELS, waterfall

ONE = TRACE[3:35]


def lossy_talk() -> Talk:
    """5 ms up, 40 at the server; of its answer a segment comes again 90 ms later."""
    talk = Talk()
    talk.shake()
    sent = made.request("/txg/api/v1/claims", method="POST", body=b"b" * 300,
                        more=f"traceparent: {TRACE}\r\n")  # fmt: skip
    talk.send(30, CLIENT, sent[:200])
    talk.send(35, CLIENT, sent[200:])
    told = made.answer(b"x" * 400)
    talk.send(75, SERVER, told[:200])
    again = talk.send(76, SERVER, told[200:])
    talk.sent.append(made.Sent(made.ms(166), SERVER, again.seq, again.ack, again.flags, again.data))
    talk.send(170, CLIENT)
    return talk


def kept(folder: Path) -> Exchange:
    terms = spent(46_000, upload=5_000, sql=30_000, network=20_000)
    one = exchange(
        1, trace=ONE, began_ms=NOON_MS, total_us=46_000, terms_us=terms, spans=SPANS, kept="slow",
        rtt_us=19_000,
    )  # fmt: skip
    connection = files.opened(files.path_of(folder, files.day_of(NOON_MS)))
    writing.write(connection, [one], {}, process="1")
    connection.close()
    return one


def captured(folder: Path, talk: Talk) -> Path:
    path = folder / "heads.pcap"
    path.write_bytes(made.pcap(made.frames(talk)))
    return path


def test_packets_are_told_one_by_one_with_those_of_the_handshake(tmp_path: Path) -> None:
    (row,) = Analysis(captured(tmp_path, lossy_talk()), packets=True).rows()
    assert isinstance(row, PacketRow)
    assert [one.kind for one in row.packets][:4] == ["syn", "syn", "ack", "data"]
    assert row.packets[0].at_us == -30_000
    assert [(one.at_us, one.from_client) for one in row.packets if one.again] == [(136_000, False)]
    assert row.retransmits == 1


def test_what_a_capture_saw_is_joined_to_what_was_kept_of_the_request(tmp_path: Path) -> None:
    one = kept(tmp_path)
    wires = Wires(tmp_path)
    for row in Analysis(captured(tmp_path, lossy_talk()), packets=True).rows():
        wires.take(row)
    wires.join()
    assert (wires.traced, wires.joined) == (1, 1)
    found = Store(folder=tmp_path, on=True).wire(one.trace)
    assert found is not None
    assert (found.request_ms, found.server_ms, found.retransmits) == (5.0, 40.0, 1)
    store = Store(folder=tmp_path, on=True)
    assert store.wire("f" * 32) is None
    assert (store.require_heads(one.trace)[:4], store.heads("f" * 32)) == (b"M<\xb2\xa1", None)
    with pytest.raises(PacketsNotKept, match=r"E-PACKETS.*f{32}"):
        store.require_heads("f" * 32)


def test_what_nobody_kept_is_not_kept_either(tmp_path: Path) -> None:
    kept(tmp_path / "times")
    talk = made.simple_talk()
    other = TRACE.replace("0123456789abcdef0123456789abcdef", "f" * 32)
    for sent in list(talk.sent):
        if TRACE.encode() in sent.data:
            index = talk.sent.index(sent)
            data = sent.data.replace(TRACE.encode(), other.encode())
            talk.sent[index] = made.Sent(sent.at, sent.side, sent.seq, sent.ack, sent.flags, data)
    wires = Wires(tmp_path / "times")
    for row in Analysis(captured(tmp_path, talk), packets=True).rows():
        wires.take(row)
    wires.join()
    assert wires.joined == 0


def test_a_page_is_found_by_the_trace_that_its_answer_told_the_browser(tmp_path: Path) -> None:
    talk = Talk()
    talk.shake()
    talk.send(30, CLIENT, made.request("/txg/budget/lines"))
    timing = f'Server-Timing: app;dur=3.10, traceparent;desc="{TRACE}"\r\n'
    talk.send(35, SERVER, made.answer(more=timing))
    (row,) = Analysis(captured(tmp_path, talk)).rows()
    assert row.traceparent == TRACE


def test_the_command_keeps_them_and_prints_the_rows_as_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHUJI_HOME", str(tmp_path))
    one = kept(tmp_path / "times")
    path = captured(tmp_path, lossy_talk())
    told = CliRunner().invoke(
        group, ["--lang", "zh", "observe", "pcap", str(path), "--json", "--keep"]
    )
    (row,) = json.loads(told.stdout)
    assert "packets" not in row
    assert "其中 1 次併入留存的請求" in told.stderr
    assert Store(folder=tmp_path / "times", on=False).wire(one.trace) is not None


def test_packets_and_steps_meet_at_the_last_byte_of_the_request(tmp_path: Path) -> None:
    one = kept(tmp_path)
    (row,) = Analysis(captured(tmp_path, lossy_talk()), packets=True).rows()
    assert isinstance(row, PacketRow)
    drawn = waterfall(str, one, row)
    assert drawn is not None
    upload, server, _download = drawn.bars[:3]
    assert server.x == pytest.approx(upload.x + upload.width, abs=0.2)
    assert server.width == pytest.approx(8 * upload.width, rel=0.02), "40 ms and 5 ms"
    assert min(mark.x for mark in drawn.marks) == LABELS, "the handshake is before the request"
    assert [mark.sign for mark in drawn.marks].count("▲") == 1
    alone = waterfall(str, one, None)
    assert alone is not None
    assert len(alone.bars) == len(SPANS)
    assert waterfall(str, exchange(2), None) is None


def test_what_a_browser_did_before_it_sent_is_no_part_of_the_drawing() -> None:
    own = waterfall(str, exchange(1, spans=SPANS), None)
    before = spent(2_010_000, redirect=1_990_000, queue=10_000)
    seen = waterfall(str, exchange(1, total_us=2_010_000, terms_us=before, spans=SPANS), None)
    assert own is not None
    assert seen is not None
    assert (seen.bars, seen.ticks) == (own.bars, own.ticks)
