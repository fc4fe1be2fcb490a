"""The eight days of a made-up city, and an hour of one: ``make prove WHAT=load``.

    uv run python -m tests.prove.load [--only PART …] [--quick] [--again]

A part is a scenario of ``loadtests`` at a twentieth of a Taichung, five minutes of it. Filled
counties are kept below load-work/; parts that have passed on the same commit are not run again
(``--again``). ``--quick`` plays two minutes, five times as busily.
"""

from __future__ import annotations

import sys
from functools import partial

from loadtests import report
from loadtests.outcome import CERTIFY, Outcome
from loadtests.run import Asked, play
from loadtests.scenarios import SCENARIOS
from tests.prove.tools.program import Parts, run
from tests.prove.tools.results import PartResult, Table

TWENTIETH = 0.05
# The shape of a day is a share of its time; who comes for one thing does it so much faster.
DAY_MINUTES, HOUR_MINUTES = 5.0, 60.0
QUICK_MINUTES, QUICK_THINK = 2.0, 0.2
# Parts of the think times of people: as they are, twice as fast, …
KNEE_THINK = (1.0, 0.5, 0.25, 0.125, 0.0625)
KNEE = ("think times", "requests/s", "certifications/s", "certify p50 ms", "p95 ms",
        "failed", "operations beyond a limit", "application CPU", "PostgreSQL CPU")  # fmt: skip


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


def knee(*, quick: bool) -> PartResult:
    """Play the ordinary day ever more busily; nothing may be lost at any pace."""
    paces = KNEE_THINK[:2] if quick else KNEE_THINK
    played = [
        play(SCENARIOS["A"], Asked(county="TXG", scale=TWENTIETH, minutes=QUICK_MINUTES, think=at))
        for at in paces
    ]
    lost = [f"think times {one.plan.think:g}: {fault}" for one in played for fault in one.wrong]
    return PartResult(
        part="knee", title="the ordinary day, ever more busily",
        checked=sum(each.answers for one in played for each in one.kept),
        failures=(*played[0].faults, *lost),
        tables=(Table(heads=KNEE, rows=tuple(_pace(one) for one in played)),),
        notes=("Server times are of answers of all operations; limits are those of slo.toml.",),
    )  # fmt: skip


def _pace(one: Outcome) -> tuple[str, ...]:
    reached = {rate.name: rate.reached for rate in one.rates}
    certify = [each for each in one.kept if each.operation in CERTIFY]
    return (
        f"{one.plan.think:g}", f"{reached['requests per second']:,.1f}",
        f"{reached['certifications decided per second']:,.2f}",
        f"{max((each.server_p50_ms for each in certify), default=0):,.0f}",
        f"{max((each.server_p95_ms for each in certify), default=0):,.0f}",
        f"{sum(each.failures for each in one.kept):,}",
        f"{sum(bool(each.broken) for each in one.kept):,} of {len(one.kept):,}",
        *(f"{used.cpu_s / one.took_s:.0%}" for used in one.used),
    )  # fmt: skip


def _part(part: str, name: str, minutes: float) -> tuple[str, partial[PartResult]]:
    title = SCENARIOS[name].title
    return f"{name}, {title}", partial(day, part=part, name=name, minutes=minutes)


PARTS: Parts = {
    **{name: _part(name, name, min(one.minutes, DAY_MINUTES)) for name, one in SCENARIOS.items()},
    "knee": ("the ordinary day, ever more busily", knee),
    "hour": _part("hour", "A", HOUR_MINUTES),
}

if __name__ == "__main__":
    sys.exit(run("load", PARTS, about="The eight days of a made-up city"))
