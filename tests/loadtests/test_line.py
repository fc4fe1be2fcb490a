"""A slow line passes every byte on, later and never sooner."""

from __future__ import annotations

import random

from loadtests.line import Delayed


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
