"""What a slow exchange lost its time to."""

from __future__ import annotations

import pytest

from zhuji_observability.joined.diagnosis import diagnose, usual

USUALLY = {"network": 40_000, "own": 20_000, "sql": 15_000, "lock": 1_000, "unattributed": 500}


@pytest.mark.parametrize("term", ["network", "own", "sql", "lock", "pool", "kernel"])
def test_what_grew_is_named(term: str) -> None:
    slow = USUALLY | {term: USUALLY.get(term, 0) + 120_000, "sql": USUALLY["sql"] + 3_000}
    if term == "sql":
        slow["sql"] += 120_000
    found = diagnose(slow, USUALLY)
    assert (found.slow, found.term) == (True, term)
    assert found.share > 0.9


def test_what_is_as_usual_is_not_slow() -> None:
    noise = {term: round(length * 1.2) for term, length in USUALLY.items()}
    assert not diagnose(noise, USUALLY).slow
    assert not diagnose(USUALLY, USUALLY).slow
    assert diagnose({}, {}).term is None


def test_many_small_losses_are_nobodys() -> None:
    slow = {term: length + 30_000 for term, length in USUALLY.items()}
    found = diagnose(slow, USUALLY)
    assert (found.slow, found.term) == (True, None)
    assert found.lost_us == 150_000


def test_usual_is_the_median_of_each_term() -> None:
    seen = [{"own": 10, "lock": 900_000}, {"own": 20}, {"own": 30}]
    assert usual(seen) == {"own": 20, "lock": 0}
