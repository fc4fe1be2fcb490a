"""Counts are of all requests: sums exact, quantiles within 0.8 %."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.observability.store.conftest import exchange, spent
from zhuji_observability.store.counts import (
    Sketch,
    bucket_of,
    merged,
    middle_us,
    packed,
    unpacked,
)
from zhuji_observability.store.exchange import LATER, STORED

LENGTHS = st.integers(min_value=0, max_value=3_600_000_000)


def sketch_of(lengths: list[int]) -> Sketch:
    sketch = Sketch()
    for length in lengths:
        sketch.add(exchange(total_us=length, terms_us=spent(length, sql=length // 2)))
    return sketch


@given(LENGTHS)
def test_a_bucket_is_at_most_a_hundredth_off(length: int) -> None:
    assert abs(middle_us(bucket_of(length)) - length) <= 0.008 * length


@given(LENGTHS, LENGTHS)
def test_longer_is_never_in_an_earlier_bucket(one: int, other: int) -> None:
    assert (bucket_of(one) <= bucket_of(other)) or one > other


@given(st.lists(LENGTHS, min_size=1, max_size=60), st.sampled_from((0.5, 0.95, 0.99)))
def test_quantiles_are_those_of_the_list(lengths: list[int], share: float) -> None:
    exact = sorted(lengths)[math.ceil(share * len(lengths)) - 1]
    assert sketch_of(lengths).quantile_us(share) == pytest.approx(exact, rel=0.008)


@given(st.lists(LENGTHS, max_size=20), st.lists(LENGTHS, max_size=20))
def test_counts_of_two_processes_add_up_to_those_of_one(here: list[int], there: list[int]) -> None:
    together = merged([unpacked(packed(sketch_of(here))), unpacked(packed(sketch_of(there)))])
    assert together == sketch_of(here + there)


def test_what_the_slowest_lost_their_time_to_is_exact() -> None:
    sketch = Sketch()
    for number in range(95):
        sketch.add(exchange(number))
    for number in range(5):
        slow = spent(900_000, lock=800_000, sql=1_000)
        sketch.add(exchange(number, total_us=900_000, terms_us=slow))
    slowest = sketch.slowest_us(0.96)
    assert slowest["lock"] == 5 * 800_000
    assert sum(slowest.values()) == 5 * 900_000
    assert sum(sketch.slowest_us(0.0).values()) == 95 * 10_000 + 5 * 900_000
    assert sketch.term_quantile_us("lock", 0.5) == 0
    assert sketch.term_quantile_us("lock", 0.99) == pytest.approx(800_000, rel=0.008)


def test_without_requests_everything_is_nothing() -> None:
    assert Sketch().quantile_us(0.95) == 0
    assert set(Sketch().slowest_us(0.95).values()) == {0}


def test_counts_of_a_release_that_knew_fewer_terms_are_read() -> None:
    older = Sketch()
    older.add(exchange(1))
    for row in older.totals.values():
        del row[2 + len(STORED) - len(LATER) :]
    whole = Sketch()
    whole.add(exchange(2, terms_us=spent(10_000, group=4_000)))
    whole.merge(unpacked(packed(older)))
    assert whole.slowest_us(0.0)["group"] == 4_000
    assert whole.slowest_us(0.0)["sql"] == 1_000
