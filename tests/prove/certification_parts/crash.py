"""The application is killed again and again under load: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.invariants import Invariants, check
from tests.prove.certification_parts.load import Load, Tally
from tests.prove.certification_parts.races import CERTIFIED, REPLAYED, verify
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Application, Site
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.testing.ports import free_port

CLIENTS = 32
SEED = 50
# The moment of a kill lies anywhere in the first two seconds of work.
WAIT_S_MIN, WAIT_S_MAX = 0.1, 2.0

KEPT = "SELECT request_id, fiscal_year, certification_no FROM accounting.certification"


@dataclass(kw_only=True)
class Kills:
    """How often the application was killed, and what was under way each time."""

    in_flight: list[int] = field(default_factory=list)
    starts_s: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.in_flight)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the clients hold beside what the database holds."""

    lost: int
    renumbered: int
    unacknowledged: int
    deadlocks: int
    invariants: Invariants
    verified: dict[str, object]


def crash(*, quick: bool) -> PartResult:
    """Kill -9 under load; clients send what was not answered again with the same key."""
    kills_wanted, requests = (5, 8_000) if quick else (50, 64_000)
    scenario = Scenario(requests=requests, funded=requests, rows=8, lines=2, agencies=2, seed=SEED)
    with site.opened("crash") as opened:
        seeded = seed.fill(opened.admin, scenario)
        before = opened.deadlocks()
        kills = Kills()
        application = site.start(opened, port=free_port())
        target = site.sign_in(application.port)
        load = Load(target, seeded.request_ids, retry=True)
        asyncio.run(_under_fire(opened, application, load, kills, wanted=kills_wanted))
        found = _compare(opened, load.tally, deadlocks=opened.deadlocks() - before)
    return PartResult(
        part="crash",
        title=f"kill -9 of the application {kills_wanted} times under load of {CLIENTS} clients",
        checked=len(load.tally.certified),
        failures=tuple(_failures(load.tally, kills, found, wanted=kills_wanted, quick=quick)),
        tables=(_counts(load.tally, kills, found), _faults(found)),
        seed=SEED,
        notes=(
            (
                "A request under way at a kill is sent again with its key until it is answered; "
                "replayed: its first attempt had been committed, and its first answer was given."
            ),
        ),
    )


async def _under_fire(
    opened: Site, application: Application, load: Load, kills: Kills, *, wanted: int
) -> None:
    """Run the load while killing; ends when every request that was sent has its answer."""
    drawn = random.Random(SEED)  # noqa: S311 (repeatable moments, no secret)
    working = asyncio.create_task(load.run(clients=CLIENTS))
    try:
        while kills.count < wanted and not working.done():
            await asyncio.sleep(drawn.uniform(WAIT_S_MIN, WAIT_S_MAX))
            kills.in_flight.append(load.tally.in_flight)
            application.kill()
            if kills.count % 10 == 0:
                print(f"  crash: {kills.count} kills, {load.tally.answered:,} answers")
            application = await asyncio.to_thread(site.start, opened, port=application.port)
            kills.starts_s.append(application.started_s)
        load.stopping = True
        await working
    finally:
        site.stop(application)


def _compare(opened: Site, tally: Tally, *, deadlocks: int) -> Found:
    with opened.admin.connect() as connection:
        kept = {
            row.request_id: f"{row.fiscal_year}簽{row.certification_no:05}"
            for row in connection.execute(sa.text(KEPT))
        }
        invariants = check(connection)
    acknowledged = tally.certified
    return Found(
        lost=len(acknowledged.keys() - kept.keys()),
        renumbered=sum(
            kept[request_id] != number
            for request_id, number in acknowledged.items()
            if request_id in kept
        ),
        unacknowledged=len(kept.keys() - acknowledged.keys()),
        deadlocks=deadlocks,
        invariants=invariants,
        verified={name: verify(opened, name) for name in ("accounting", "budget")},
    )


def _failures(tally: Tally, kills: Kills, found: Found, *, wanted: int, quick: bool) -> list[str]:
    failures: list[str] = []
    faults = {
        "acknowledged certifications lost": found.lost,
        "acknowledged with another number": found.renumbered + len(tally.contradictions),
        "certified without an answer": found.unacknowledged,
        "deadlocks": found.deadlocks,
        "unexpected answers": len(tally.unexpected),
    }
    for name, count in faults.items():
        must(failures, holds=count == 0, say=f"{name}: {count:,} {tally.unexpected[:2]}")
    must(failures, holds=kills.count == wanted, say=f"only {kills.count} kills: the load ended")
    must(failures, holds=sum(kills.in_flight) > 0, say="nothing was under way at any kill")
    must(failures, holds=quick or tally.replayed > 0, say="no committed answer was lost by a kill")
    must(
        failures,
        holds=set(tally.answers) <= {CERTIFIED, REPLAYED},
        say=f"money is enough for all, yet: {dict(tally.answers)}",
    )
    must(
        failures,
        holds=found.invariants.hold,
        say=f"invariants broken: {found.invariants.broken}",
    )
    for name, verdict in found.verified.items():
        passed = isinstance(verdict, dict) and verdict["checked"] and not verdict["errors"]
        must(failures, holds=bool(passed), say=f"`zhuji {name} verify`: {str(verdict)[:500]}")
    return failures


def _counts(tally: Tally, kills: Kills, found: Found) -> Table:
    answers = [(f"answers: {kind}", count) for kind, count in sorted(tally.answers.items())]
    return counted(
        "counts",
        [
            ("kills", kills.count),
            ("requests under way at the kills", sum(kills.in_flight)),
            ("kills with requests under way", sum(count > 0 for count in kills.in_flight)),
            ("requests sent", tally.sent),
            ("attempts without an answer, sent again", tally.unanswered),
            *answers,
            ("certified", found.invariants.certified),
            ("start until the first answer, s (longest)", max(kills.starts_s)),
        ],
    )


def _faults(found: Found) -> Table:
    return counted(
        "faults found",
        [
            ("acknowledged certifications lost", found.lost),
            ("acknowledged with another number", found.renumbered),
            ("certified without an answer", found.unacknowledged),
            ("deadlocks", found.deadlocks),
            *((name.replace("_", " "), n) for name, n in found.invariants.faults.items()),
        ],
    )
