"""What the proofs measure with: a client that counts bytes, intervals that are not too narrow."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from loadtests import figures
from loadtests.http_client import Client, Malformed, Reply, Unanswered
from tests.apart import run_apart
from tests.prove.tools import report
from tests.prove.tools.measuring import spent
from tests.prove.tools.results import PartResult, Table, finish

LENGTH = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def ask(*answers: Sequence[bytes]) -> list[Reply]:
    """Send as many requests as there are answers; each answer leaves in the given pieces."""
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for pieces in answers:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.001)
        writer.close()
        served.set()

    async def run() -> list[Reply]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Client(host="127.0.0.1", port=port, headers={}) as client:
            try:
                return [await client.post("/", b"", key="a-key-of-one") for _ in answers]
            finally:
                await served.wait()

    return run_apart(run())


def test_two_answers_on_one_connection_are_told_apart_wherever_they_are_cut() -> None:
    replies = ask([LENGTH[:20], LENGTH[20:] + b"he", b"llo"], [LENGTH + b"again"])

    assert [(reply.status, reply.body) for reply in replies] == [(201, b"hello"), (201, b"again")]


def test_chunks_are_joined_and_the_next_answer_begins_after_them() -> None:
    replies = ask([CHUNKED, b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n", b"\r\n"], [LENGTH + b"again"])

    assert [reply.body for reply in replies] == [b"abcde", b"again"]


@pytest.mark.parametrize("whole", [LENGTH + b"hello", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"])
def test_an_answer_that_lacks_one_byte_is_no_answer(whole: bytes) -> None:
    with pytest.raises(Unanswered) as raised:
        ask([whole[:-1]])

    assert raised.value.sent


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(Malformed):
        ask([b"HTTP/1.1 200 OK\r\n\r\nhello"])


def test_nobody_listening_means_nothing_was_sent() -> None:
    client = Client(host="127.0.0.1", port=1, headers={})

    with pytest.raises(Unanswered) as raised:
        run_apart(client.post("/", b"", key="a-key-of-one"))

    assert not raised.value.sent


@pytest.mark.parametrize(
    ("count", "low", "high"), [(5, 1, 5), (6, 1, 6), (15, 4, 12), (16, 4, 13), (30, 10, 21)]
)
def test_the_interval_of_a_median_is_that_of_the_tables(count: int, low: int, high: int) -> None:
    found = figures.interval(list(range(1, count + 1)))

    assert (found.low, found.high) == (low, high)


def test_a_quantile_is_a_sample_that_was_measured() -> None:
    assert figures.quantile(range(1, 101), 0.99) == 99
    assert figures.quantile([7.0], 0.5) == 7.0


def test_a_part_that_checked_nothing_has_failed() -> None:
    empty = PartResult(part="p", title="t", checked=0, failures=(), tables=())

    assert not empty.passed
    assert finish(empty, took_s=1).failures == ("nothing was checked",)


def test_a_page_keeps_of_a_part_what_was_found_of_it_in_another_place(tmp_path: Path) -> None:
    def written(*results: PartResult) -> str:
        page = tmp_path / "page.md"
        parts = {"first": "what is first", "second": "what is second"}
        report.write(page, title="Evidence", command="make prove", by_hand="python -m",
                     parts=parts, results=results)  # fmt: skip
        return page.read_text("utf-8")

    def found(part: str, figure: str) -> PartResult:
        table = Table(heads=("what", ""), rows=((part, figure),))
        return PartResult(part=part, title=part, checked=3, failures=(), tables=(table,))

    assert "| second | what is second | not run |  |  |" in written(found("first", "11"))
    assert written(found("second", "22")) == written(found("first", "11"), found("second", "22"))
    assert "| first | 12 |" in written(found("first", "12"))


def test_a_command_is_not_taken_for_as_large_as_what_measures_it() -> None:
    large = b"x" * (100 << 20)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        command = (sys.executable, "-IS", "-c", "print(1); raise SystemExit(3)")
        done = spent(command, environment=os.environ, output=output, errors=errors)
        output.seek(0)
        assert output.read() == b"1\n"
    assert done.code == 3
    assert 0 < done.memory_kib * 1024 < len(large) // 2
    assert 0 < done.cpu_s < 5
