"""Many clients, little money: nobody gets more than there is, and the checks would notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from loadtests import figures
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.invariants import Invariants, check
from tests.prove.certification_parts.load import send
from tests.prove.certification_parts.seed import Scenario, Seeded
from tests.prove.certification_parts.site import Site
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.values import Value

CLIENTS = 64
SEED = 105
CERTIFIED, REPLAYED = "201 certified", "201 replayed"
REFUSED_FOR_FUNDS = ("409 E-ALLOT-INSUFFICIENT", "409 E-ANNUAL-INSUFFICIENT")
# A double click of which the first was refused, or the second came while the first was done.
REFUSED_FOR_STATE = "409 E-REQUEST-STATE"
WHOLE = (
    "A request is certified whole or not at all, so fewer than the money's worth may be; "
    "“refused although funded” counts requests that were refused and would still fit."
)


class Race(Value, frozen=True, kw_only=True):
    """What a race left behind."""

    seeded: Seeded
    sent: int
    answered: int
    answers: dict[str, int]
    numbers: dict[str, str]
    contradictions: tuple[str, ...]
    unexpected: tuple[str, ...]
    took_s: float
    p50_ms: float
    p99_ms: float
    deadlocks: int
    invariants: Invariants
    verified: dict[str, dict[str, object]]


def one_row(*, quick: bool) -> PartResult:
    """64,000 requests on one control row that has money for 500."""
    requests, funded = (1_600, 100) if quick else (64_000, 500)
    scenario = Scenario(requests=requests, funded=funded, seed=SEED)
    race = _race("race-one-row", scenario)
    failures = _failures(race)
    must(
        failures,
        holds=race.invariants.certified == funded,
        say=f"{race.invariants.certified:,} certified, money was for {funded:,}",
    )
    return PartResult(
        part="race-one-row",
        title=f"{CLIENTS} clients, {requests:,} requests, one control row, money for {funded:,}",
        checked=race.answered,
        failures=tuple(failures),
        tables=_tables(race),
        seed=SEED,
    )


def five_of_twenty(*, quick: bool) -> PartResult:
    """The same with requests that name 5 of 20 control rows each."""
    requests, funded = (1_600, 25) if quick else (64_000, 125)
    scenario = Scenario(requests=requests, funded=funded, rows=20, lines=5, seed=SEED)
    race = _race("race-five-of-twenty", scenario)
    failures, most = _failures(race), funded * 20 // 5
    must(
        failures,
        holds=0 < race.invariants.certified <= most,
        say=f"{race.invariants.certified:,} certified, money was for {most:,} at most",
    )
    return PartResult(
        part="race-five-of-twenty",
        title=f"{CLIENTS} clients, {requests:,} requests over 5 of 20 rows, money for {most:,}",
        checked=race.answered,
        failures=tuple(failures),
        tables=_tables(race),
        seed=SEED,
        notes=(WHOLE,),
    )


def naive(*, quick: bool) -> PartResult:
    """The same load against read-check-write: the checks must find that too much was granted."""
    requests, funded = (1_600, 100) if quick else (64_000, 500)
    scenario = Scenario(requests=requests, funded=funded, seed=SEED)
    race = _race("naive", scenario, program=site.NAIVE)
    failures: list[str] = []
    broken = race.invariants.broken
    for name in ("overspent_ntd", "counters_differ_ntd", "receipts_not_recomputable"):
        must(failures, holds=broken.get(name, 0) > 0, say=f"{name} was not found")
    for name, verdict in race.verified.items():
        noticed = verdict["checked"] and verdict["drift_ntd"] and verdict["errors"]
        must(failures, holds=bool(noticed), say=f"`zhuji {name} verify` found nothing: {verdict}")
    must(
        failures,
        holds=race.invariants.certified > funded,
        say="the naive variant granted no more than there was: the load was too weak",
    )
    return PartResult(
        part="naive",
        title="the same load against read-check-write: the checks must find overspending",
        checked=race.answered,
        failures=tuple(failures),
        tables=_tables(race),
        seed=SEED,
        notes=("Here faults are what the part is for: without them it fails.",),
    )


def _race(part: str, scenario: Scenario, *, program: Sequence[str] = site.ZHUJI) -> Race:
    with site.opened(part) as opened:
        seeded = seed.fill(opened.admin, scenario)
        before = opened.deadlocks()
        _say(part, f"seeded {len(seeded.request_ids):,} requests")
        with site.serving(opened, program=program) as application:
            target = site.sign_in(application.port)
            tally = send(target, seeded.request_ids, clients=CLIENTS, double_clicks=True)
        _say(part, f"{tally.answered:,} answers in {tally.took_s:.0f} s: {dict(tally.answers)}")
        with opened.admin.connect() as connection:
            invariants = check(connection, all_tried=True)
        verified = {name: verify(opened, name) for name in ("accounting", "budget")}
        return Race(
            seeded=seeded,
            sent=tally.sent,
            answered=tally.answered,
            answers=dict(tally.answers),
            numbers={str(request_id): number for request_id, number in tally.certified.items()},
            contradictions=tuple(tally.contradictions),
            unexpected=tuple(tally.unexpected),
            took_s=tally.took_s,
            p50_ms=figures.quantile(tally.latencies_ms, 0.50),
            p99_ms=figures.quantile(tally.latencies_ms, 0.99),
            deadlocks=opened.deadlocks() - before,
            invariants=invariants,
            verified=verified,
        )


def verify(opened: Site, module: str) -> dict[str, object]:
    """Ask the product's own proof: ``zhuji <module> verify --json``, which may end with 1."""
    try:
        text = opened.command(*(module, "verify", "--county", site.COUNTY, "--json"), may_fail=True)
    except site.CommandFailed as error:
        return {"checked": 0, "drift_ntd": 0, "errors": [str(error)]}
    found: dict[str, object] = json.loads(text)
    return found


def _failures(race: Race) -> list[str]:
    failures: list[str] = []
    add: Callable[[bool, str], None] = lambda holds, say: must(failures, holds=holds, say=say)  # noqa: E731
    add(race.answered == race.sent, f"{race.sent:,} sent, {race.answered:,} answered")
    add(not race.unexpected, f"unexpected answers: {race.unexpected[:3]}")
    add(not race.contradictions, f"one request, two numbers: {race.contradictions[:3]}")
    known = {CERTIFIED, REPLAYED, REFUSED_FOR_STATE, *REFUSED_FOR_FUNDS}
    add(set(race.answers) <= known, f"answers of another kind: {set(race.answers) - known}")
    add(race.deadlocks == 0, f"{race.deadlocks} deadlocks")
    add(not race.invariants.broken, f"invariants broken: {race.invariants.broken}")
    add(
        race.answers.get(CERTIFIED, 0) == race.invariants.certified == len(race.numbers),
        f"{race.answers.get(CERTIFIED, 0):,} answered as certified, "
        f"{race.invariants.certified:,} kept",
    )
    for name, verdict in race.verified.items():
        passed = verdict["checked"] and not verdict["drift_ntd"] and not verdict["errors"]
        add(bool(passed), f"`zhuji {name} verify`: {str(verdict)[:500]}")
    return failures


def _tables(race: Race) -> tuple[Table, ...]:
    faults = race.invariants.faults
    answers = [(f"answers: {kind}", count) for kind, count in sorted(race.answers.items())]
    return (
        counted(
            "counts",
            [
                ("requests sent (double clicks included)", race.sent),
                ("answers", race.answered),
                *answers,
                ("certified", race.invariants.certified),
                ("deadlocks", race.deadlocks),
                ("took, s", race.took_s),
                ("answers per second", race.answered / race.took_s),
                ("p50 / p99, ms", f"{race.p50_ms:.0f} / {race.p99_ms:.0f}"),
            ],
        ),
        counted("faults found", [(name.replace("_", " "), n) for name, n in faults.items()]),
        counted(
            "the product's own proof",
            [
                (f"`zhuji {name} verify`: {key}", _short(verdict[key]))
                for name, verdict in race.verified.items()
                for key in ("checked", "drift_ntd", "errors")
            ],
        ),
    )


def _short(value: object) -> object:
    return len(value) if isinstance(value, list) else value


def _say(part: str, text: str) -> None:
    print(f"  {part}: {text}")
