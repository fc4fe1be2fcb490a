"""The eight days of a made-up city, and an hour of one: ``make prove WHAT=load``.

    uv run python -m tests.prove.load [--only PART …] [--quick] [--again]

A part is a scenario of ``loadtests`` at a twentieth of a Taichung. Filled counties are kept below
load-work/; parts that have passed on the same commit are not run again (``--again``). ``--quick``
plays two minutes, five times as busily.
"""

from __future__ import annotations

import sys
from functools import partial

from loadtests import report
from loadtests.run import Asked, play
from loadtests.scenarios import SCENARIOS
from tests.prove.tools.program import Parts, run
from tests.prove.tools.results import PartResult, Table

TWENTIETH = 0.05
HOUR_MINUTES = 60.0
QUICK_MINUTES, QUICK_THINK = 2.0, 0.2


def day(*, part: str, name: str, minutes: float, county: str = "TXG", quick: bool) -> PartResult:
    """Play a scenario; everything that fails the run fails the part."""
    scenario = SCENARIOS[name]
    asked = Asked(
        county=county, scale=TWENTIETH, minutes=min(minutes, QUICK_MINUTES) if quick else minutes,
        think=QUICK_THINK if quick else 1.0,
    )  # fmt: skip
    outcome = play(scenario, asked)
    return PartResult(
        part=part, title=scenario.title, checked=sum(one.answers for one in outcome.kept),
        failures=tuple(outcome.faults),
        tables=tuple(
            Table(heads=(f"{title}: {heads[0]}", *heads[1:]), rows=tuple(map(tuple, rows)))
            for title, heads, rows in report.tables(outcome)
        ),
        notes=(report.circumstances(outcome),),
    )  # fmt: skip


def _part(part: str, name: str, minutes: float = 0.0) -> tuple[str, partial[PartResult]]:
    scenario = SCENARIOS[name]
    play_it = partial(day, part=part, name=name, minutes=minutes or scenario.minutes)
    return f"{name}, {scenario.title}", play_it


PARTS: Parts = {
    **{name: _part(name, name) for name in SCENARIOS},
    "hour": _part("hour", "A", HOUR_MINUTES),
}

if __name__ == "__main__":
    sys.exit(run("load", PARTS, about="The eight days of a made-up city"))
