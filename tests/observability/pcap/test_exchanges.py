"""HTTP over one connection: what belongs to which exchange, and what is said of the odd ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.observability.pcap import wire
from tests.observability.pcap.wire import ACK, CLIENT, FIN, RST, SERVER, SYN, Talk
from zhuji_observability.pcap.terms import NOTES, Row


def rows_of(folder: Path, *talks: Talk) -> list[Row]:
    rows, _ = wire.analysed(folder, wire.pcap(wire.frames(*talks)))
    assert all(set(row.notes) <= set(NOTES) for row in rows)
    return rows


def opened(at: float = 0) -> Talk:
    talk = Talk()
    talk.shake(at)
    return talk


def test_keep_alive_chunks_and_answers_without_body(tmp_path: Path) -> None:
    talk = opened()
    asked = [
        (wire.request("/chunks"), wire.chunked(b"a" * 40, b"b" * 3, trailer=b"x: y\r\n")),
        (wire.request("/head", method="HEAD"), b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
        (wire.request("/none", method="DELETE"), b"HTTP/1.1 204 No Content\r\n\r\n"),
        (wire.request("/same"), b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
        (wire.request("/last"), wire.answer()),
    ]
    for number, (question, told) in enumerate(asked):
        at = 100 * (number + 1)
        talk.pieces(at, CLIENT, question, size=20, every=1)
        talk.pieces(at + 50, SERVER, told, size=30, every=2)
    rows = rows_of(tmp_path, talk)
    assert [row.path for row in rows] == ["/chunks", "/head", "/none", "/same", "/last"]
    assert [row.status for row in rows] == [200, 200, 204, 304, 200]
    assert [row.index for row in rows] == [1, 2, 3, 4, 5]
    for row, (question, told) in zip(rows, asked, strict=True):
        assert row.request_ms == (len(question) - 1) // 20
        assert row.server_ms == 50 - (len(question) - 1) // 20
        assert row.response_ms == (len(told) - 1) // 30 * 2
        assert (row.request_bytes, row.response_bytes) == (len(question), len(told))
        assert row.notes == ()


def test_a_chunked_request(tmp_path: Path) -> None:
    talk = opened()
    head = b"POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    talk.pieces(30, CLIENT, head + b"4\r\nabcd\r\n0\r\n\r\n", size=9, every=1)
    talk.send(60, SERVER, wire.answer())
    (row,) = rows_of(tmp_path, talk)
    assert (row.request_ms, row.server_ms) == (6.0, 24.0)


def test_an_answer_that_ends_with_the_connection(tmp_path: Path) -> None:
    talk = opened()
    talk.send(30, CLIENT, wire.request())
    talk.send(40, SERVER, b"HTTP/1.0 200 OK\r\n\r\nsome")
    talk.send(55, SERVER, b" more")
    talk.send(70, SERVER, flags=FIN | ACK)
    (row,) = rows_of(tmp_path, talk)
    assert (row.server_ms, row.response_ms, row.notes) == (10.0, 15.0, ())


def test_the_wait_for_100_continue_is_upload(tmp_path: Path) -> None:
    talk = opened()
    body = b"b" * 50
    question = wire.request("/up", method="PUT", body=body, more="Expect: 100-continue\r\n")
    talk.send(30, CLIENT, question[:-50])
    talk.send(35, SERVER, b"HTTP/1.1 100 Continue\r\n\r\n")
    talk.send(55, CLIENT, body)
    talk.send(75, SERVER, wire.answer(status="201 Created"))
    (row,) = rows_of(tmp_path, talk)
    assert (row.status, row.request_ms, row.server_ms) == (201, 25.0, 20.0)
    assert row.notes == ("continued",)


def test_a_body_refused_before_it_was_sent(tmp_path: Path) -> None:
    """417 instead of 100: no body follows, the next request does."""
    talk = opened()
    question = wire.request("/up", method="PUT", body=b"b" * 50, more="Expect: 100-continue\r\n")
    talk.send(30, CLIENT, question[:-50])
    talk.send(35, SERVER, wire.answer(status="417 Expectation Failed"))
    talk.send(60, CLIENT, wire.request("/next"))
    talk.send(70, SERVER, wire.answer())
    first, second = rows_of(tmp_path, talk)
    assert (first.status, first.server_ms) == (417, 5.0)
    assert (second.path, second.status, second.server_ms) == ("/next", 200, 10.0)


def test_an_answer_before_the_request_was_whole(tmp_path: Path) -> None:
    talk = opened()
    question = wire.request("/up", method="POST", body=b"b" * 100)
    talk.send(30, CLIENT, question[:-40])
    talk.send(32, SERVER, wire.answer(status="413 Content Too Large"))
    talk.send(40, CLIENT, question[-40:])
    talk.send(60, CLIENT, wire.request("/next"))
    talk.send(64, SERVER, wire.answer())
    first, second = rows_of(tmp_path, talk)
    assert (first.server_ms, first.request_ms, first.notes) == (None, 10.0, ("early_answer",))
    assert (second.path, second.server_ms) == ("/next", 4.0)


def test_after_an_upgrade_nothing_is_read(tmp_path: Path) -> None:
    talk = opened()
    talk.send(30, CLIENT, wire.request("/socket", more="Upgrade: websocket\r\n"))
    talk.send(40, SERVER, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
    talk.send(50, SERVER, b"\x81\x05hello")
    talk.send(60, CLIENT, b"GET /not-a-request HTTP/1.1\r\n\r\n")
    (row,) = rows_of(tmp_path, talk)
    assert (row.status, row.server_ms, row.notes) == (101, 10.0, ("upgraded",))


def test_pipelined_requests_have_no_server_time(tmp_path: Path) -> None:
    talk = opened()
    talk.send(30, CLIENT, wire.request("/one") + wire.request("/two"))
    talk.send(40, SERVER, wire.answer())
    talk.send(55, SERVER, wire.answer(b"22"))
    first, second = rows_of(tmp_path, talk)
    assert (first.path, first.server_ms, first.notes) == ("/one", 10.0, ())
    assert (second.path, second.server_ms, second.notes) == ("/two", None, ("pipelined",))
    assert (second.status, second.response_ms) == (200, 0.0)


def test_without_handshake_there_is_no_round_trip(tmp_path: Path) -> None:
    """Begun in the middle of an answer that nobody saw asked for."""
    talk = Talk(server=("10.0.0.2", 80))
    talk.send(0, SERVER, b"the rest of a body")
    talk.send(30, CLIENT, wire.request())
    talk.send(40, SERVER, wire.answer())
    (row,) = rows_of(tmp_path, talk)
    assert (row.index, row.rtt_ms, row.server_ms) == (1, None, 10.0)
    talk = Talk()
    talk.send(0, SERVER, wire.answer())
    talk.send(30, CLIENT, wire.request())
    talk.send(40, SERVER, wire.answer())
    rows, summary = wire.analysed(tmp_path, wire.pcap(wire.frames(talk)))
    assert ([row.server_ms for row in rows], summary.unasked_answers) == ([10.0], 1)


def test_begun_in_the_middle_of_a_request(tmp_path: Path) -> None:
    """The client's first bytes are the rest of a body; its answer was not asked for here."""
    talk = Talk()
    talk.send(0, CLIENT, b"the rest of an upload")
    talk.send(10, SERVER, wire.answer())
    talk.send(30, CLIENT, wire.request("/whole"))
    talk.send(45, SERVER, wire.answer())
    (row,) = rows_of(tmp_path, talk)
    assert (row.path, row.server_ms) == ("/whole", 15.0)


def test_a_wrapped_sequence_number_changes_nothing(tmp_path: Path) -> None:
    plain = rows_of(tmp_path, wire.simple_talk())
    for first in ((wire.WRAP - 100, wire.WRAP - 50), (wire.WRAP - 1, wire.WRAP - 1)):
        talk = Talk(first=first)
        talk.shake()
        for one in wire.simple_talk().sent[3:]:
            talk.send(one.at / 1e6, one.side, one.data, one.flags)
        assert rows_of(tmp_path, talk) == plain


def test_what_is_sent_again_is_counted_once_and_changes_no_term(tmp_path: Path) -> None:
    talk = opened()
    talk.send(30, CLIENT, wire.request())
    told = wire.answer(b"x" * 400)
    first = talk.send(50, SERVER, told[:200])
    second = talk.send(51, SERVER, told[200:])
    for at, one in ((90, first), (300, second)):
        talk.sent.append(wire.Sent(wire.ms(at), SERVER, one.seq, one.ack, one.flags, one.data))
    talk.send(400, CLIENT, wire.request("/next"))
    talk.send(410, SERVER, wire.answer())
    first_row, second_row = rows_of(tmp_path, talk)
    assert (first_row.retransmits, first_row.response_ms) == (2, 1.0)
    assert (second_row.retransmits, second_row.server_ms) == (0, 10.0)


def test_a_lost_segment_that_comes_late_was_sent_again(tmp_path: Path) -> None:
    """Lost before the capture point: the gap is filled after a round trip, not by overtaking."""
    for late, counted in ((5.0, 0), (250.0, 1)):
        talk = opened()
        talk.send(30, CLIENT, wire.request())
        told = wire.answer(b"x" * 600)
        lost = talk.send(50, SERVER, told[:200])
        talk.sent.remove(lost)
        talk.send(51, SERVER, told[200:400])
        talk.send(52, SERVER, told[400:])
        talk.sent.append(wire.Sent(wire.ms(52 + late), SERVER, lost.seq, lost.ack, ACK, lost.data))
        (row,) = rows_of(tmp_path, talk)
        assert (row.retransmits, row.server_ms, row.response_ms) == (counted, 21.0, 1.0 + late)


@pytest.mark.parametrize(("after_ms", "counted"), [(20.5, 1), (17.0, 1), (4.0, 0)])
def test_a_gap_that_is_filled_while_the_stream_flows_on(
    tmp_path: Path, after_ms: float, counted: int
) -> None:
    """A fast retransmission comes a round trip after the gap, whatever has come since."""
    talk = opened()
    talk.send(30, CLIENT, wire.request())
    talk.pieces(50, SERVER, wire.answer(b"x" * 60_000), size=1000, every=1)
    lost = next(one for one in talk.sent if one.at == wire.ms(55))
    talk.sent.remove(lost)
    late = wire.ms(56 + after_ms)  # the gap is seen with the segment behind it
    talk.sent.append(wire.Sent(late, SERVER, lost.seq, lost.ack, ACK, lost.data))
    (row,) = rows_of(tmp_path, talk)
    assert (row.retransmits, row.response_ms, row.notes) == (counted, 60.0, ())


def test_a_syn_sent_again_and_the_round_trip_after_it(tmp_path: Path) -> None:
    talk = Talk()
    lost = talk.send(0, CLIENT, flags=SYN)
    talk.sent.append(wire.Sent(wire.ms(1000), CLIENT, lost.seq, 0, SYN))
    talk.send(1000.2, SERVER, flags=SYN | ACK)
    talk.send(1010, CLIENT)
    talk.send(1011, CLIENT, wire.request())
    talk.send(1020, SERVER, wire.answer())
    (row,) = rows_of(tmp_path, talk)
    assert (row.retransmits, row.rtt_ms) == (1, 10.0)


def test_what_the_capture_missed_is_a_gap_and_the_next_exchange_is_whole(tmp_path: Path) -> None:
    for missed in ("head", "body", "end"):
        talk = opened()
        talk.send(30, CLIENT, wire.request("/one"))
        told = wire.answer(b"x" * 600)
        parts = [talk.send(50, SERVER, told[:200]), talk.send(51, SERVER, told[200:400]),
                 talk.send(52, SERVER, told[400:])]  # fmt: skip
        talk.sent.remove(parts[("head", "body", "end").index(missed)])
        talk.send(70, CLIENT)
        talk.send(100, CLIENT, wire.request("/two"))
        talk.send(110, SERVER, wire.answer())
        first, second = rows_of(tmp_path, talk)
        assert "gap" in first.notes
        assert (first.path, second.path) == ("/one", "/two")
        assert (second.status, second.server_ms, second.notes) == (200, 10.0, ())
        if missed == "head":
            assert (first.status, first.server_ms, first.response_ms) == (None, None, None)
        if missed == "body":
            assert (first.server_ms, first.response_ms) == (20.0, 2.0)
        if missed == "end":
            assert (first.server_ms, first.response_ms) == (20.0, None)


def test_a_missed_request_leaves_an_answer_that_nobody_asked_for(tmp_path: Path) -> None:
    talk = opened()
    missed = talk.send(30, CLIENT, wire.request("/one"))
    talk.sent.remove(missed)
    talk.send(50, SERVER, wire.answer())
    talk.send(100, CLIENT, wire.request("/two"))
    talk.send(110, SERVER, wire.answer())
    rows, summary = wire.analysed(tmp_path, wire.pcap(wire.frames(talk)))
    assert [(row.path, row.server_ms) for row in rows] == [("/two", 10.0)]
    assert (summary.unasked_answers, summary.gaps) == (1, 1)


@pytest.mark.parametrize("kept", [96, 130])
def test_packets_cut_short_still_tell_the_turns(tmp_path: Path, kept: int) -> None:
    talk = opened()
    questions = [wire.request(path, method="POST", body=b"b" * 900) for path in ("/aa", "/bb")]
    for number, question in enumerate(questions):
        at = 100 * (number + 1)
        talk.pieces(at, CLIENT, question, size=500, every=3)
        talk.pieces(at + 40, SERVER, wire.answer(b"x" * 900), size=500, every=4)
    found = [frame.cut(kept) for frame in wire.frames(talk)]
    rows, _ = wire.analysed(tmp_path, wire.pcap(found))
    assert [row.path for row in rows] == ["/aa", "/bb"]
    for row, question in zip(rows, questions, strict=True):
        assert (row.request_ms, row.server_ms, row.response_ms) == (3.0, 37.0, 4.0)
        assert (row.status, row.request_bytes) == (200, len(question))
        assert row.notes == (("cut",) if kept == 96 else ())


def test_tls_and_http2_have_one_row_of_tcp_alone(tmp_path: Path) -> None:
    secret = Talk(server=("10.0.0.2", 443))
    secret.shake()
    hello = secret.send(30, CLIENT, b"\x16\x03\x01\x02\x00" + b"c" * 100)
    secret.sent.append(wire.Sent(wire.ms(260), CLIENT, hello.seq, hello.ack, ACK, hello.data))
    secret.send(300, SERVER, b"\x16\x03\x03\x00\x7a" + b"s" * 100)
    second = Talk(client=("10.0.0.1", 40001))
    second.shake(400)
    second.send(430, CLIENT, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00" * 30)
    middle = Talk(client=("10.0.0.1", 40002))
    middle.send(500, SERVER, b"\x17\x03\x03\x00\x7a" + b"s" * 100)
    rows = rows_of(tmp_path, secret, second, middle)
    assert [(row.stream, row.index, row.notes) for row in rows] == [
        (0, 0, ("tls",)), (1, 0, ("http2",)), (2, 0, ("tls",)),
    ]  # fmt: skip
    assert rows[0].retransmits == 1
    assert rows[0].rtt_ms == pytest.approx(20.1)
    assert (rows[0].method, rows[0].server_ms) == (None, None)
    assert rows[2].rtt_ms is None


def test_other_protocols_have_no_row(tmp_path: Path) -> None:
    talk = opened()
    talk.send(30, SERVER, b"220 mail.example ESMTP\r\n")
    talk.send(31, CLIENT, b"EHLO example\r\n")
    rows, summary = wire.analysed(tmp_path, wire.pcap(wire.frames(talk)))
    assert (rows, summary.speech["other"]) == ([], 1)


def test_a_reset_or_the_end_of_the_file_leaves_an_exchange_without_answer(tmp_path: Path) -> None:
    for flags in (RST | ACK, ACK):
        talk = opened()
        talk.send(30, CLIENT, wire.request())
        talk.send(40, SERVER, flags=flags)
        (row,) = rows_of(tmp_path, talk)
        assert (row.status, row.server_ms, row.notes) == (None, None, ("no_answer",))
    talk = opened()
    talk.send(30, CLIENT, wire.request())
    talk.send(40, SERVER, wire.answer(b"x" * 500)[:200])
    talk.send(50, SERVER, flags=RST | ACK)
    (row,) = rows_of(tmp_path, talk)
    assert (row.status, row.server_ms, row.response_ms) == (200, 10.0, None)
    assert row.notes == ("unfinished",)


def test_the_same_ports_again_are_another_connection(tmp_path: Path) -> None:
    first = wire.simple_talk()
    second = Talk(first=(9_000_000, 70_000))
    second.shake(200)
    second.send(230, CLIENT, wire.request("/again"))
    second.send(240, SERVER, wire.answer())
    rows = rows_of(tmp_path, first, second)
    assert [(row.stream, row.index) for row in rows] == [(0, 1), (1, 1)]


def test_framing_that_is_wrong_lasts_until_the_next_turn(tmp_path: Path) -> None:
    for told in (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nwhat is this",
    ):
        talk = opened()
        talk.send(30, CLIENT, wire.request("/one"))
        talk.send(40, SERVER, told)
        talk.send(48, SERVER, b"something else")
        talk.send(60, CLIENT, wire.request("/two"))
        talk.send(70, SERVER, wire.answer())
        first, second = rows_of(tmp_path, talk)
        assert (first.server_ms, first.response_ms, first.notes) == (10.0, 8.0, ("framing",))
        assert (second.server_ms, second.notes) == (10.0, ())
