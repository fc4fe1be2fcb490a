"""Certification over HTTP beside the same statements in pgbench, and beside TPC-B."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from loadtests import figures, processes
from tests.prove.certification_parts import seed, site, statements
from tests.prove.certification_parts.load import Target, send
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Application, Site
from tests.prove.tools.results import PartResult, Table, must
from zhuji_core.identity.sessions import cookie_name, digest
from zhuji_core.values import Value

PGBENCH = Path("/usr/bin/pgbench")
# As many as the application has connections on two cores, so that nobody queues on one side only.
CLIENTS = 8
SEED = 15
# Rounds of some seconds each on the machine that this was written on.
PAIRS, HTTP_REQUESTS, PGBENCH_RUNS, TPCB_RUNS = 16, 800, 4_000, 8_000
QUICK = (3, 80, 400, 800)
TPCB_SCALE = 10
TPCB_DATABASE = "prove_tpcb"
ACTOR = "SELECT user_id FROM kernel.user_account WHERE account = 'reviewer0'"
CERTIFIED = "SELECT count(*) FROM accounting.certification"

NOTES = (
    "One warming round before is not counted. A request has 3 lines on 3 of its agency's 20 rows.",
    "PostgreSQL 18 with fsync; client, application and database share the CPU.",
    "pgbench sends one statement more than the application: it fetches what Python computes.",
    "CPU per request is from /proc, in ticks of 10 ms over a whole round.",
)


class Sample(Value, frozen=True, kw_only=True):
    """One round of one kind: how much, how fast, at which cost per request."""

    done: int
    per_s: float
    p50_ms: float
    p99_ms: float
    postgresql_us: float
    application_us: float = 0.0
    client_us: float = 0.0
    faults: int = 0


Kinds = dict[str, Callable[[], Sample]]


def pgbench(*, quick: bool) -> PartResult:
    """Interleaved rounds of the three kinds; the order turns around every round."""
    if not PGBENCH.exists():
        return PartResult(
            part="pgbench", title="beside pgbench", checked=0, tables=(),
            failures=(f"no {PGBENCH} on this machine",),
        )  # fmt: skip
    pairs, http, runs, tpcb = QUICK if quick else (PAIRS, HTTP_REQUESTS, PGBENCH_RUNS, TPCB_RUNS)
    with site.opened("pgbench") as opened, site.serving(opened) as application:
        bench = _Bench(opened, application, rounds=pairs + 1, http=http, runs=runs)
        kinds: Kinds = {
            "HTTP": bench.over_http,
            "same statements": lambda: bench.statements(runs),
            "TPC-B": lambda: bench.tpcb(tpcb),
        }
        rounds = _interleave(kinds, pairs)
        kept = bench.certified()
    samples = {kind: [one[kind] for one in rounds[1:]] for kind in kinds}
    done = sum(one[kind].done for one in rounds for kind in ("HTTP", "same statements"))
    failures: list[str] = []
    must(failures, holds=kept == done, say=f"{kept:,} certified of {done:,} answered")
    faults = sum(one["HTTP"].faults for one in rounds)
    must(failures, holds=faults == 0, say=f"{faults:,} answers were no certification")
    must(failures, holds=quick or pairs >= 15, say=f"only {pairs} pairs")
    return PartResult(
        part="pgbench",
        title=f"beside the same statements and TPC-B, {pairs} rounds, {CLIENTS} clients",
        checked=done,
        failures=tuple(failures),
        tables=(_medians(samples), _ratios(samples)),
        seed=SEED,
        notes=NOTES,
    )


def _interleave(kinds: Kinds, pairs: int) -> list[dict[str, Sample]]:
    rounds = []
    for number in range(pairs + 1):
        order = list(kinds) if number % 2 else list(reversed(kinds))
        rounds.append({kind: kinds[kind]() for kind in order})
        said = ", ".join(f"{kind} {rounds[-1][kind].per_s:,.0f}/s" for kind in kinds)
        print(f"  pgbench: round {number} of {pairs}: {said}")
    return rounds


class _Bench:
    """The three kinds of rounds on one cluster."""

    def __init__(
        self, opened: Site, application: Application, *, rounds: int, http: int, runs: int
    ) -> None:
        self._site = opened
        self._application = application
        self._http = http
        self._postmaster = int((opened.home.database / "postmaster.pid").read_text().split()[0])
        scenario = Scenario(
            requests=rounds * (http + runs), funded=rounds * (http + runs), rows=400, lines=3,
            agencies=20, seed=SEED,
        )  # fmt: skip
        seeded = seed.fill(opened.admin, scenario)
        self._over_http = _portions(seeded.request_ids[: rounds * http], http)
        self._target: Target = site.sign_in(application.port)
        self._script = opened.home.path / "certify.sql"
        self._prepare(seeded.request_ids[rounds * http :])
        self._run("-i", "-q", "-s", str(TPCB_SCALE), database=self._tpcb_database())

    def over_http(self) -> Sample:
        before, own = self._cpu(), time.process_time()
        tally = send(self._target, next(self._over_http), clients=CLIENTS)
        after, own = self._cpu(), time.process_time() - own
        certified = len(tally.certified)
        return Sample(
            done=certified,
            per_s=certified / tally.took_s,
            p50_ms=figures.quantile(tally.latencies_ms, 0.50),
            p99_ms=figures.quantile(tally.latencies_ms, 0.99),
            postgresql_us=(after[0] - before[0]) / self._http * 1e6,
            application_us=(after[1] - before[1]) / self._http * 1e6,
            client_us=own / self._http * 1e6,
            faults=self._http - certified,
        )

    def statements(self, runs: int) -> Sample:
        database = self._site.address.county_name(site.COUNTY)
        return self._measure(runs, "-f", str(self._script), database=database)

    def tpcb(self, runs: int) -> Sample:
        return self._measure(runs, "-b", "tpcb-like", database=TPCB_DATABASE)

    def certified(self) -> int:
        with self._site.admin.connect() as connection:
            return int(connection.execute(sa.text(CERTIFIED)).scalar_one())

    def _measure(self, runs: int, *arguments: str, database: str) -> Sample:
        logs = self._site.home.path / "pgbench"
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir()
        before = self._cpu()[0]
        output = self._run(
            *("-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2"),
            *("-t", str(runs // CLIENTS), "-l", f"--log-prefix={logs / 'run'}", *arguments),
            database=database,
        )
        cpu_s = self._cpu()[0] - before
        # Third column: microseconds of the transaction.
        latencies_ms = [
            int(line.split()[2]) / 1000
            for file in logs.iterdir()
            for line in file.read_text().splitlines()
        ]
        found = re.search(r"tps = ([\d.]+)", output)
        assert found, f"pgbench said: {output}"
        return Sample(
            done=len(latencies_ms),
            per_s=float(found[1]),
            p50_ms=figures.quantile(latencies_ms, 0.50),
            p99_ms=figures.quantile(latencies_ms, 0.99),
            postgresql_us=cpu_s / len(latencies_ms) * 1e6,
        )

    def _cpu(self) -> tuple[float, float]:
        return (
            processes.cpu_s(processes.tree(self._postmaster)),
            processes.cpu_s(processes.tree(self._application.process.pid)),
        )

    def _prepare(self, request_ids: Sequence[uuid.UUID]) -> None:
        with self._site.admin.connect() as connection:
            actor_id = connection.execute(sa.text(ACTOR)).scalar_one()
        statements.prepare(self._site.admin, list(request_ids), actor_id=actor_id)
        cookies = self._target.accounts[0].headers["Cookie"].split("; ")
        name = f"{cookie_name(site.COUNTY)}="
        token = next(cookie for cookie in cookies if cookie.startswith(name)).removeprefix(name)
        statements.write_script(self._script, token_digest=digest(token), actor_id=actor_id)

    def _tpcb_database(self) -> str:
        with self._site.address.connect() as connection:
            connection.execute(f'CREATE DATABASE "{TPCB_DATABASE}"')
        return TPCB_DATABASE

    def _run(self, *arguments: str, database: str) -> str:
        address = self._site.address
        done = subprocess.run(
            [PGBENCH, "-h", address.host, "-p", str(address.port), "-U", address.user,
             *arguments, database],
            env={**os.environ, "PGPASSWORD": address.password},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise site.CommandFailed(f"pgbench {arguments}: {done.stderr[-2000:]}")
        return done.stdout


def _portions(request_ids: Sequence[uuid.UUID], size: int) -> Iterator[Sequence[uuid.UUID]]:
    return (request_ids[at : at + size] for at in range(0, len(request_ids), size))


def _medians(samples: dict[str, list[Sample]]) -> Table:
    def row(kind: str) -> tuple[str, ...]:
        def middle(field: str, digits: int = 0) -> str:
            value = figures.median([getattr(one, field) for one in samples[kind]])
            return f"{value:,.{digits}f}" if value else ""

        return (
            kind, middle("per_s"), middle("p50_ms", 1), middle("p99_ms", 1),
            middle("application_us"), middle("postgresql_us"), middle("client_us"),
        )  # fmt: skip

    heads = (
        "median of rounds", "per second", "p50 ms", "p99 ms", "application CPU µs",
        "PostgreSQL CPU µs", "client CPU µs",
    )  # fmt: skip
    return Table(heads=heads, rows=tuple(row(kind) for kind in samples))


def _ratios(samples: dict[str, list[Sample]]) -> Table:
    http = samples["HTTP"]
    rows = []
    for other in ("same statements", "TPC-B"):
        pairs = list(zip(http, samples[other], strict=True))
        ratios = {
            "per second": [a.per_s / b.per_s for a, b in pairs],
            "p50": [a.p50_ms / b.p50_ms for a, b in pairs],
            "p99": [a.p99_ms / b.p99_ms for a, b in pairs],
            "CPU of server and database": [
                (a.application_us + a.postgresql_us) / b.postgresql_us for a, b in pairs
            ],
            "CPU of the database alone": [a.postgresql_us / b.postgresql_us for a, b in pairs],
        }
        rows += [
            (f"HTTP / {other}: {name}", figures.interval(values).text())
            for name, values in ratios.items()
        ]
    return Table(
        heads=("ratio of pairs", "median (95 % interval; under 6 pairs: the range)"),
        rows=tuple(rows),
    )
