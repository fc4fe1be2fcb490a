"""A slow line passes every byte on, later and never sooner."""

from __future__ import annotations

import random
import socket
import time

import msgspec
import pytest

from loadtests.line import Delayed, Ends, between, laid
from loadtests.scenarios import SCENARIOS
from zhuji_observability.proving import places


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 (repeatable, no secret)


def test_a_chunk_arrives_half_a_round_trip_later_and_a_lost_one_later_still() -> None:
    whole = Delayed(half_s=0.03, loss=0.0, drawn=drawn(1))
    assert whole.due_s(1.0, 100) == 1.03
    lossy = Delayed(half_s=0.03, loss=1.0, drawn=drawn(1))
    assert lossy.due_s(1.0, 100) == 1.0 + 0.03 + 0.2 + 0.06


def test_chunks_keep_their_order() -> None:
    line = Delayed(half_s=0.03, loss=0.3, drawn=drawn(105))
    due = [line.due_s(at / 100, 1_400) for at in range(200)]
    assert due == sorted(due)
    assert all(later - at / 100 >= 0.03 - 1e-9 for at, later in enumerate(due))


def connected_ms(ends: Ends, port: int) -> float:
    began_s = time.monotonic()
    with places.inside(ends.people), socket.create_connection((ends.host, port), timeout=60):
        return (time.monotonic() - began_s) * 1000


def test_islands_are_behind_a_real_line_of_their_round_trip() -> None:
    if places.what_is_missing():
        pytest.skip("a real line needs root and /dev/net/tun")
    lossless = msgspec.structs.replace(SCENARIOS["H"], loss=0.0)
    with laid(lossless) as ends:
        with places.inside(ends.server):
            listening = socket.create_server((ends.host, 0))
        with listening:
            port = listening.getsockname()[1]
            assert min(connected_ms(ends, port) for _ in range(3)) >= 40
            with between(port, lossless, ends) as own:
                assert own == port, "no second line before a real one"
    with laid(SCENARIOS["A"]) as ends:
        assert ends == Ends()
