"""Whole lives of agencies' years against a model, in both governments; planted faults are found."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from unittest import mock

from tests.plugins.accounting.given import ALPHA, BETA
from tests.plugins.accounting.life.faults import PLANTED
from tests.plugins.accounting.life.running import Life, prove
from tests.prove.kernel_parts.tampering import opened_county
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.testing.counties import CountyUnderTest

SEED = 105
LIVES, STEPS = 120, 100
LIVES_QUICK, STEPS_QUICK = 4, 40
# A planted fault must be found within so many lives.
TRIES = 8


def life(*, quick: bool) -> PartResult:
    """Live, prove what was lived, then plant one fault after another."""
    failures: list[str] = []
    happened: Counter[tuple[str, str]] = Counter()
    lives, steps = (LIVES_QUICK, STEPS_QUICK) if quick else (LIVES, STEPS)
    with opened_county() as county:
        for seed in range(lives):
            _live(county, seed, steps, happened, failures)
        try:
            prove(county)
        except AssertionError as error:
            failures.append(f"what was lived does not prove itself: {error}")
    found = {name: _found(plant, steps) for name, plant in PLANTED.items()}
    for name, tries in found.items():
        must(failures, holds=tries > 0, say=f"planted and not found: {name}")
    return PartResult(
        part="life",
        title="whole lives of agencies' years against a model; planted faults found",
        checked=sum(happened.values()),
        failures=tuple(failures),
        seed=SEED,
        tables=(
            counted(
                "what",
                [
                    ("lives, each a year ended twice", lives),
                    ("steps of each", steps),
                    ("outcomes compared with the model", sum(happened.values())),
                    ("years ended", happened["end", "kept"]),
                    ("planted faults", len(found)),
                    ("planted faults found", sum(tries > 0 for tries in found.values())),
                ],
            ),
            Table(
                heads=("verb", "answer", "how often"),
                rows=tuple(
                    (verb, code or "done", f"{times:,}")
                    for (verb, code), times in sorted(happened.items())
                ),
            ),
            Table(
                heads=("planted fault", "found in life"),
                rows=tuple((name, str(tries or "never")) for name, tries in found.items()),
            ),
        ),
    )


def _live(
    county: CountyUnderTest,
    seed: int,
    steps: int,
    happened: Counter[tuple[str, str]],
    failures: list[str],
) -> None:
    government = (ALPHA, BETA)[seed % 2]
    try:
        Life(county, government, seed=SEED + seed, happened=happened).live(steps)
    except AssertionError as error:
        failures.append(f"life {seed} of {government.agency_code}: {error!r}")


def _found(plant: Callable[[], mock._patch[object]], steps: int) -> int:
    """Return the life in which the planted fault was found; 0: in none."""
    with opened_county() as county, plant():
        for seed in itertools.islice(itertools.count(), TRIES):
            government = (ALPHA, BETA)[seed % 2]
            try:
                Life(county, government, seed=SEED + seed, happened=Counter()).live(steps)
                prove(county)
            except Exception:  # noqa: BLE001 (however it shows itself, it is found)
                return seed + 1
    return 0
