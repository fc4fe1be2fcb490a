"""Every writing command with the connection cut at every message, with and without a key."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.boundaries.book import BOOK
from tests.boundaries.cuts import SEED, Cutter, Tally, cut_all
from tests.boundaries.world import World
from tests.boundaries.worlds import PREFIX, cutting, opened_worlds
from tests.prove.tools.lanes import Lane, dealt
from tests.prove.tools.results import WORK, PartResult, Table, counted, must
from zhuji_accounting.queries.verification import Verification, verify_certifications
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home

# Of reliability.md §6, goal 6.
FAULTS_MIN = 1_000
COMMANDS_OF_A_COUNTY = 25
# Module and "checked" or "wrong" → how much of it, over all counties of a lane.
Verified = Counter[tuple[str, str]]


def cuts(*, quick: bool) -> PartResult:
    """Cut, send once more, judge by the database; ``quick`` cuts three times for each command."""
    shares = dealt(_lane, quick=quick)
    tally = sum((share for share, _ in shares), Tally())
    failures = list(tally.said)
    must(failures, holds=quick or tally.count >= FAULTS_MIN, say=f"only {tally.count:,} faults")
    must(failures, holds=bool(tally.count), say="no cut was made")
    for _, verified in shares:
        for name in ("accounting", "budget"):
            must(failures, holds=verified[name, "checked"] > 0, say=f"{name}: nothing verified")
            wrong = verified[name, "wrong"]
            must(failures, holds=not wrong, say=f"`zhuji {name} verify` found {wrong}")
    return PartResult(
        part="cuts",
        title=f"connection cut at every message of {tally.commands} writing commands",
        checked=tally.count,
        failures=tuple(failures),
        tables=(_faults(tally), _found(tally)),
        seed=SEED,
        notes=(
            "What was done is read from the database: rows written of each table, beside those of",
            "one undisturbed request. Harmless twice: signing in, drafts, codes made anew.",
        ),
    )


def _lane(lane: Lane, *, quick: bool) -> tuple[Tally, Verified]:
    """Cut the lane's share of the commands, and verify the counties that they were cut in.

    A county is left after so many commands: each cut asks what it wrote of every table whole.
    """
    tally, verified = Tally(), Verified()
    while True:
        with _cutting(f"cuts-{lane.number}") as (here, cutter):
            share = lane.share(cutter.commands())
            left = share[tally.commands :]
            cut_all(cutter, left if quick else left[:COMMANDS_OF_A_COUNTY], whole=not quick)
            tally += cutter.tally
            verified += _verify(here)
        done = f"{tally.commands} of {len(share)} commands"
        print(f"  cuts: lane {lane.number}: {done}, {tally.count:,} cuts")
        if tally.commands >= len(share):
            return tally, verified


@contextmanager
def _cutting(name: str) -> Iterator[tuple[World, Cutter]]:
    with opened_worlds(name) as (here, _):
        home = Home(WORK / "homes" / name)
        server = dataclasses.replace(Cluster(home).address, prefix=PREFIX)
        with cutting(here, book=BOOK, server=server, home=home) as cutter:
            yield here, cutter


def _verify(world: World) -> Verified:
    """Ask both modules; a county where only the kernel's commands were cut has nothing to ask."""
    found = Verified()
    with world.county.uow(read_only=True) as uow:
        asked: dict[str, Verification | BudgetVerification] = {
            "accounting": verify_certifications(uow),
            "budget": verify_budget(uow),
        }
    for name, one in asked.items():
        found[name, "checked"] += one.checked
        found[name, "wrong"] += len(one.errors) + bool(one.drift_ntd)
    return found


def _faults(tally: Tally) -> Table:
    return counted(
        "faults",
        [
            ("commands", tally.commands),
            ("messages to PostgreSQL of one run of each", tally.messages),
            *sorted(tally.faults.items()),
            ("all", tally.count),
            *((f"outcome: {name}", count) for name, count in sorted(tally.outcomes.items())),
        ],
    )


def _found(tally: Tally) -> Table:
    return counted(
        "found",
        [
            ("double", tally.double),
            ("lost (acknowledged, yet not there)", tally.lost),
            ("torn", tally.torn),
            ("not acknowledged after one more attempt", tally.unanswered),
            ("harmless twice", sum(tally.doubled.values())),
        ],
    )
