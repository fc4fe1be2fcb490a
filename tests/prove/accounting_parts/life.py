"""Whole lives of agencies' years against a model, in both governments; planted faults are found."""

from __future__ import annotations

from collections import Counter

from tests.plugins.accounting.given import ALPHA, BETA
from tests.plugins.accounting.life.faults import PLANTED, Planted
from tests.plugins.accounting.life.running import FINDS, Life, found_by, prove
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
    found = {name: _found(planted, steps) for name, planted in PLANTED.items()}
    for name, by in found.items():
        must(failures, holds=bool(by), say=f"planted and not found: {name}")
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
                    ("planted faults found", sum(bool(by) for by in found.values())),
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
                rows=tuple((name, by or "never") for name, by in found.items()),
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


def _found(planted: Planted, steps: int) -> str:
    """Return the life in which the planted fault was found, and the check; empty: in none."""
    with opened_county() as county, planted.put():
        for seed in range(TRIES):
            government = (ALPHA, BETA)[seed % 2]
            try:
                Life(county, government, seed=SEED + seed, happened=Counter()).live(steps)
                prove(county)
            except FINDS as error:
                return f"{seed + 1}, by {found_by(error)}"
    return ""
