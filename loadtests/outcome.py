"""What a run was and what became of it; whether it passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from loadtests.checks import Compared, Verified
from loadtests.machine import Used
from loadtests.notes import Act, Seen
from loadtests.people import Plan
from loadtests.scenarios import Scenario
from loadtests.slo import Kept
from zhuji_core.values import Value

MINUTE_S = 60.0
SLOWEST = 5
CERTIFY = frozenset({"accounting.requests.certify", "accounting.requests.certify-form"})


class Rate(Value, frozen=True, kw_only=True):
    """Something that a scenario must reach; ``required`` 0: only told."""

    name: str
    reached: float
    required: float
    exactly: bool = False

    @property
    def passed(self) -> bool:
        return self.reached == self.required if self.exactly else self.reached >= self.required


class Outcome(Value, frozen=True, kw_only=True):
    """All of a run, which began ``since_s`` after 1970.

    ``breakdown``: of each operation its terms in milliseconds, of all requests.
    """

    scenario: Scenario
    scale: float
    plan: Plan
    processes: int
    took_s: float
    locust_code: int
    rates: tuple[Rate, ...]
    kept: tuple[Kept, ...]
    compared: tuple[Compared, ...]
    verified: tuple[Verified, ...]
    used: tuple[Used, ...]
    followed_s: float
    since_s: float
    slowest: tuple[Seen, ...]
    load_before: float
    breakdown: Mapping[str, Mapping[str, float]]

    @property
    def faults(self) -> list[str]:
        """Return everything that makes the run fail, in words; a run without answers fails."""
        found = [] if self.kept else ["nobody was answered"]
        if self.locust_code:
            found.append(f"Locust ended with {self.locust_code}: see locust.log")
        found += [f"{one.name}: {one.reached:,.2f} of {one.required:,.2f}"
                  for one in self.rates if not one.passed]  # fmt: skip
        found += [f"{one.operation}: {word}" for one in self.kept for word in one.broken]
        found += self.wrong
        return found

    @property
    def wrong(self) -> list[str]:
        """Return what was lost or does not add up, however slow or fast all of it was."""
        found = [
            f"{one.what}: {one.acknowledged:,} acknowledged, {one.stored:,} stored {one.missing}"
            for one in self.compared
            if not one.equal
        ]
        found += [f"{one.command}: {error}" for one in self.verified for error in one.errors[:3]]
        return found

    @property
    def passed(self) -> bool:
        return not self.faults


def rates_of(
    scenario: Scenario, seen: Sequence[Seen], acts: Sequence[Act], *, scale: float, minutes: float
) -> tuple[Rate, ...]:
    """Return what was reached beside what must be, at this scale."""
    seconds = minutes * MINUTE_S
    required = scenario.required
    tried = sum(one.operation in CERTIFY and not one.failed for one in seen)
    granted = sum(act.what == "certification" for act in acts)
    signed_in = sum(act.what == "sign-in" for act in acts)
    # A payroll's half hour may be played in less: as many, only faster.
    fixed = scenario.crowd == "payroll"
    per_s = required.certifications_per_s * scale * (scenario.minutes / minutes if fixed else 1)
    found = [
        Rate(name="requests per second", reached=len(seen) / seconds, required=0.0),
        Rate(name="certifications decided per second", reached=tried / seconds, required=per_s),
        Rate(name="certifications granted", reached=granted, required=0.0),
        Rate(
            name="sign-ins per second", reached=signed_in / seconds,
            required=required.sign_ins_per_s * scale,
        ),
    ]  # fmt: skip
    if required.granted >= 0:
        found[2] = msgspec.structs.replace(found[2], required=float(required.granted), exactly=True)
    return tuple(found)


def slowest_of(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """Return the answers that the server took longest for, the longest first."""
    return tuple(sorted(seen, key=lambda one: -one.server_ms)[:SLOWEST])
