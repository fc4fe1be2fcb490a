"""Scenarios A to H as values: which day, which people, how many when, and what must be reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from zhuji_core.values import Value

# One Taichung of fiscal year 102: sessions at the peak hour, and certifications a second that it
# must sustain (eight times the true peak hour) and take in a burst. Thirteen counties are four.
SESSIONS, AGENCIES = 820, 480
SUSTAINED_PER_S, BURST_PER_S = 3.0, 10.0
FISCAL_YEAR = 115


class Step(Value, frozen=True, kw_only=True):
    """Until which part of the time (0 to 1) which part of the people is there, growing evenly."""

    until: float
    people: float


class Required(Value, frozen=True, kw_only=True):
    """What a run of scale 1 must reach, of tasks named as in ``mix``; 0: nothing of the kind.

    ``granted``: exactly so many certifications, at any scale; -1: as many as there are.
    """

    certifications_per_s: float = 0.0
    sign_ins_per_s: float = 0.0
    granted: int = -1


class Scenario(Value, frozen=True, kw_only=True):
    """One of the design's eight. ``factors``: how much more often a task is done than usual.

    ``sessions`` at scale 1; ``fixed``: as many at every scale. ``crowd``: who comes beside or in
    place of the ordinary people (a class of ``loadtests.users``); ``beside``: the ordinary
    people's share of the sessions. ``short``: which part of what is certified finds no money.
    """

    name: str
    title: str
    day: dt.date
    minutes: float
    steps: tuple[Step, ...]
    required: Required
    sessions: int = SESSIONS
    fixed: bool = False
    factors: Mapping[str, float] = {}
    crowd: str = ""
    beside: float = 1.0
    short: float = 0.0
    rtt_ms: tuple[float, float] = (0.0, 0.0)
    loss: float = 0.0

    def people_at(self, share: float, *, sessions: int) -> int:
        """Return how many of ``sessions`` are there at this part of the time; from 1 on: none."""
        since, before = 0.0, 0.0
        for step in self.steps:
            if share < step.until:
                grown = (share - since) / (step.until - since)
                return max(1, round(sessions * (before + (step.people - before) * grown)))
            since, before = step.until, step.people
        return 0


# People come within a tenth of the time and stay.
COME_AND_STAY = (Step(until=0.1, people=1.0), Step(until=1.0, people=1.0))
# The peak hour, with a burst of two and a half times in its middle.
BURST = (
    Step(until=0.1, people=0.4),
    Step(until=0.4, people=0.4),
    Step(until=0.45, people=1.0),
    Step(until=0.8, people=1.0),
    Step(until=1.0, people=0.4),
)
MARCH, MONTH_END = dt.date(2026, 3, 17), dt.date(2026, 3, 31)
DECEMBER, JANUARY = dt.date(2026, 12, 29), dt.date(2027, 1, 12)

SCENARIOS: Mapping[str, Scenario] = {
    one.name: one
    for one in (
        Scenario(
            name="A", title="ordinary Tuesday", day=MARCH, minutes=10, steps=COME_AND_STAY,
            required=Required(certifications_per_s=SUSTAINED_PER_S),
        ),
        Scenario(
            name="B", title="month end: reports six times while certifying", day=MONTH_END,
            minutes=10, steps=COME_AND_STAY, factors={"report": 6, "ledger": 6},
            required=Required(certifications_per_s=SUSTAINED_PER_S),
        ),
        Scenario(
            name="C", title="year end: six times the certifications, a quarter without money",
            day=DECEMBER, minutes=10, steps=BURST, factors={"certify": 6}, short=0.25,
            required=Required(certifications_per_s=BURST_PER_S),
        ),
        Scenario(
            name="D", title="carry-over: what is held of the year before is divided",
            day=JANUARY, minutes=10, steps=COME_AND_STAY, crowd="carrier", beside=0.5,
            required=Required(),
        ),
        Scenario(
            name="E", title="payroll day: 480 of three lines, one of them of all", day=MARCH,
            minutes=30, steps=COME_AND_STAY, sessions=AGENCIES, crowd="payroll", beside=0.0,
            required=Required(certifications_per_s=AGENCIES / 1_800),
        ),
        Scenario(
            name="F", title="hot line: fifty at once, money for twenty", day=MARCH, minutes=0.5,
            steps=(Step(until=0.1, people=1.0), Step(until=1.0, people=1.0)), sessions=50,
            fixed=True, crowd="rusher", beside=0.0, required=Required(granted=20),
        ),
        Scenario(
            name="G", title="half past eight: 800 sign in within ten minutes", day=MARCH,
            minutes=10, steps=(Step(until=1.0, people=1.0),), sessions=800, crowd="arriver",
            beside=0.0, required=Required(sign_ins_per_s=800 / 600 * 0.9),
        ),
        Scenario(
            name="H", title="slow lines: islands, 40 to 80 ms, one packet of a hundred lost",
            day=MARCH, minutes=10, steps=COME_AND_STAY, rtt_ms=(40.0, 80.0), loss=0.01,
            required=Required(certifications_per_s=SUSTAINED_PER_S),
        ),
    )
}  # fmt: skip
