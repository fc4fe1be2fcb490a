"""However an exchange is cut into segments, reordered and repeated: the same exchange.

Each byte has the time at which it was first seen.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.observability.pcap import wire
from tests.observability.pcap.wire import ACK, CLIENT, SERVER, WRAP, Sent, Talk

QUESTION = wire.request(
    "/up/31", method="POST", body=b"u" * 90, more=f"traceparent: {wire.TRACE}\r\n"
)
ANSWERS = {
    "length": wire.answer(b"x" * 120),
    "chunked": wire.chunked(b"a" * 33, b"b", b"c" * 50, trailer=b"t: 1\r\n"),
}
SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[tuple[int, int]]:
    """Return parts of ``data`` that cover it, some twice or overlapping, in any order."""
    marks = draw(st.lists(st.integers(1, len(data) - 1), max_size=12, unique=True))
    edges = [0, *sorted(marks), len(data)]
    parts = list(itertools.pairwise(edges))
    again = draw(
        st.lists(
            st.tuples(st.integers(0, len(data) - 1), st.integers(1, 60)).map(
                lambda pair: (pair[0], min(len(data), sum(pair)))
            ),
            max_size=4,
        )
    )
    return draw(st.permutations(parts + again))


def first_seen(parts: list[tuple[int, int]], times: list[int], length: int) -> tuple[int, int]:
    """Return when the first and the last of all bytes were there (the plain way)."""
    seen = [
        min(at for (start, end), at in zip(parts, times, strict=True) if start <= byte < end)
        for byte in range(length)
    ]
    return min(seen), max(seen)


@SETTINGS
@given(
    question=cuts(QUESTION),
    told=st.sampled_from(sorted(ANSWERS)).flatmap(
        lambda name: st.tuples(st.just(name), cuts(ANSWERS[name]))
    ),
    first=st.tuples(
        st.sampled_from((7, WRAP - 60, WRAP - 1)), st.sampled_from((7, WRAP - 90, WRAP - 1))
    ),
    every=st.integers(1_000, 40_000_000),
)
def test_any_segmentation_order_and_repetition_is_the_same_exchange(
    question: list[tuple[int, int]],
    told: tuple[str, list[tuple[int, int]]],
    first: tuple[int, int],
    every: int,
) -> None:
    name, answer_parts = told
    data = ANSWERS[name]
    talk = Talk(first=first)
    talk.shake()
    begin = wire.ms(30)
    asked_ns = [begin + number * every for number in range(len(question))]
    turn = asked_ns[-1] + wire.ms(50)
    told_ns = [turn + number * every for number in range(len(answer_parts))]
    client, server = talk.seqs
    for side, parts, times, bytes_, seq, ack in (
        (CLIENT, question, asked_ns, QUESTION, client, server),
        (SERVER, answer_parts, told_ns, data, server, client + len(QUESTION)),
    ):
        talk.sent += [
            Sent(at, side, (seq + start) % WRAP, ack % WRAP, ACK, bytes_[start:end])
            for (start, end), at in zip(parts, times, strict=True)
        ]
    with tempfile.TemporaryDirectory() as folder:
        (row,), summary = wire.analysed(Path(folder), wire.pcap(wire.frames(talk)))
    request_first, request_last = first_seen(question, asked_ns, len(QUESTION))
    answer_first, answer_last = first_seen(answer_parts, told_ns, len(data))
    assert (row.method, row.path, row.status) == ("POST", "/up/{id}", 200)
    assert row.traceparent == wire.TRACE
    assert row.request_ms == (request_last - request_first) / 1e6
    assert row.server_ms == (answer_first - request_last) / 1e6
    assert row.response_ms == (answer_last - answer_first) / 1e6
    assert (row.request_bytes, row.response_bytes) == (len(QUESTION), len(data))
    assert (row.notes, summary.gaps) == ((), 0)


@SETTINGS
@given(content=st.binary(max_size=400), kind=st.sampled_from((wire.pcap, wire.pcapng)))
def test_no_bytes_break_the_analysis(
    content: bytes, kind: Callable[[Iterable[wire.Frame]], bytes]
) -> None:
    """Whatever follows the head of a file: rows, or a refusal, or what was read; never a crash."""
    with tempfile.TemporaryDirectory() as folder:
        rows, summary = wire.analysed(Path(folder), kind([]) + content)
    assert rows == []
    assert summary.ended in {"whole", "cut", "damaged"}


@SETTINGS
@given(
    payloads=st.lists(
        st.tuples(st.sampled_from((CLIENT, SERVER)), st.binary(min_size=1, max_size=80)),
        max_size=12,
    ),
    kept=st.integers(14, 200),
)
def test_no_payload_breaks_the_analysis(payloads: list[tuple[int, bytes]], kept: int) -> None:
    talk = Talk()
    talk.shake()
    talk.send(30, CLIENT, wire.request())
    for number, (side, data) in enumerate(payloads):
        talk.send(40 + number, side, data)
    found = [frame.cut(kept) for frame in wire.frames(talk)]
    with tempfile.TemporaryDirectory() as folder:
        _, summary = wire.analysed(Path(folder), wire.pcap(found))
    assert summary.packets == len(found)
