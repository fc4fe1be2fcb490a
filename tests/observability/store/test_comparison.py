"""Before against after: which term, by how much, and whether that can be told at all."""

from __future__ import annotations

import math
import random

import pytest

from tests.observability.store.conftest import exchange, spent
from zhuji_observability.store.comparison import PERIODS_MIN, TOTAL, by_side, compare, mean_of
from zhuji_observability.store.counts import Sketch, merged, middle_us
from zhuji_observability.store.verdict import Side

PERIODS = 24
PAIRS = 20


def days_of(
    drawn: random.Random, *, sql_us: int, requests: int = 30, weather: float = 0.0
) -> dict[int, Sketch]:
    """Periods of some requests; ``weather``: how much a whole period differs from the next."""
    found: dict[int, Sketch] = {}
    for period in range(PERIODS):
        slower = 1 + drawn.gauss(0, weather)
        sketch = found[period] = Sketch()
        for number in range(requests):
            sql = max(0, round(sql_us * slower * drawn.uniform(0.8, 1.2)))
            network = round(40_000 * drawn.uniform(0.8, 1.2))
            terms = spent(sql + network + 5_000, sql=sql, network=network)
            sketch.add(exchange(number, total_us=sum(terms.values()), terms_us=terms))
    return found


def test_the_term_that_became_slower_is_named_and_is_certain() -> None:
    drawn = random.Random(1)  # noqa: S311 (repeatable)
    found = compare(days_of(drawn, sql_us=10_000), days_of(drawn, sql_us=14_000))
    sql = found.terms[0]
    assert sql.term == "sql"
    assert sql.change_us == pytest.approx(4_000, rel=0.1)
    assert sql.low_us is not None
    assert sql.high_us is not None
    assert sql.low_us < 4_000 < sql.high_us
    assert sql.certain
    assert [one.term for one in found.terms if one.certain] == ["sql"]
    assert found.total.certain
    assert found.before.requests == found.after.requests == PERIODS * 30


def test_what_only_the_weather_of_the_periods_did_is_not_called_a_difference() -> None:
    """Pairs without a difference: taking requests for independent would name many of them."""
    named = by_requests = 0
    for seed in range(PAIRS):
        drawn = random.Random(seed)  # noqa: S311 (repeatable)
        before, after = (days_of(drawn, sql_us=50_000, requests=20, weather=0.3) for _ in range(2))
        found = compare(before, after).total
        named += found.certain
        error_us = math.hypot(_error_of_requests(before), _error_of_requests(after))
        by_requests += abs(found.change_us) > 1.96 * error_us
    assert named <= PAIRS // 20
    assert by_requests > PAIRS // 4


def _error_of_requests(periods: dict[int, Sketch]) -> float:
    whole = merged(periods.values())
    rows = [(middle_us(bucket), row[0]) for bucket, row in whole.totals.items()]
    mean = sum(length * count for length, count in rows) / whole.requests
    variance = sum(count * (length - mean) ** 2 for length, count in rows) / whole.requests
    return math.sqrt(variance / whole.requests)


def test_sums_are_exact_and_the_terms_make_the_total() -> None:
    drawn = random.Random(2)  # noqa: S311 (repeatable)
    periods = days_of(drawn, sql_us=10_000)
    whole = merged(periods.values())
    terms = sum(mean_of(name, periods).mean_us for name in whole.slowest_us(0.0))
    assert mean_of(TOTAL, periods).mean_us == pytest.approx(terms)
    sides = by_side(whole)
    assert sides[Side.CODE] == pytest.approx(5_000)
    assert sum(sides.values()) == pytest.approx(terms)


def test_few_periods_tell_a_difference_and_nothing_of_its_certainty() -> None:
    drawn = random.Random(3)  # noqa: S311 (repeatable)
    before = days_of(drawn, sql_us=10_000)
    short = dict(list(days_of(drawn, sql_us=90_000).items())[: PERIODS_MIN - 1])
    found = compare(before, short)
    assert found.total.change_us == pytest.approx(80_000, rel=0.1)
    assert (found.total.low_us, found.total.certain) == (None, False)


def test_nothing_against_something_is_unknown() -> None:
    drawn = random.Random(4)  # noqa: S311 (repeatable)
    found = compare({}, days_of(drawn, sql_us=10_000))
    assert (found.before.requests, found.total.certain) == (0, False)
