"""Any life of an agency's year keeps to the model; a planted fault is found."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.plugins.accounting.given import ALPHA, BETA, Government
from tests.plugins.accounting.life.faults import PLANTED
from tests.plugins.accounting.life.running import FINDS, Life, found_by, prove
from zhuji_core.testing.counties import CountyUnderTest

STEPS = 50
# What a life is about: each must have happened in it.
MUST = {
    ("certify", ""),
    ("claim", ""),
    ("advance", ""),
    ("settle", ""),
    ("pay_back", ""),
    ("carry", ""),
    ("close", ""),
    ("end", ""),
    ("end", "kept"),
    ("end_again", ""),
}


@pytest.mark.parametrize(
    ("government", "seed"), [(ALPHA, 6), (BETA, 7)], ids=["alpha-allotted", "beta-annual"]
)
def test_any_life_keeps_to_the_model(
    txg: CountyUnderTest, government: Government, seed: int
) -> None:
    happened: Counter[tuple[str, str]] = Counter()
    Life(txg, government, seed=seed, happened=happened).live(STEPS)
    prove(txg)
    assert happened.keys() >= MUST, MUST - happened.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(txg: CountyUnderTest, name: str) -> None:
    """The same life without it passes; what it is about finds it, not whatever breaks first."""
    planted = PLANTED[name]
    lived_and_proved(txg, planted.seed)
    with planted.put(), pytest.raises(FINDS) as error:
        lived_and_proved(txg, planted.seed)
    assert found_by(error.value) == planted.found_by


def lived_and_proved(county: CountyUnderTest, seed: int) -> None:
    Life(county, (ALPHA, BETA)[seed % 2], seed=seed, happened=Counter()).live(60)
    prove(county)
