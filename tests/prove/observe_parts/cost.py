"""What watching costs a certification over HTTP: without it, with spans, with all times kept."""

from __future__ import annotations

import contextlib
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from loadtests import figures, processes
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.load import Target, send
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Application, Site
from tests.prove.tools.results import WORK, PartResult, Table, commit, must
from zhuji_core.values import Value

SEED = 63
ROUNDS, QUICK_ROUNDS = 15, 2
# Clients, and requests of one round: some seconds on the machine that this was written on.
CLIENTS: Mapping[int, int] = {1: 80, 8: 400, 32: 640}
QUICK_CLIENTS: Mapping[int, int] = {1: 10, 8: 40}
BARE, SPANS, TIMES = "without", "spans", "times"
SETTINGS = (BARE, SPANS, TIMES)
BARE_SERVE = (sys.executable, "-m", "tests.prove.observe_parts.bare_serve")
# Issue 6: throughput with everything recorded, against observability off.
GOAL = 0.97
FIELDS = ("per_s", "p50_ms", "p99_ms", "application_us", "postgresql_us")
NOTES = (
    "without: the package is not found, as on a host without it.",
    "spans: trace ids, spans and metrics, no exporter. times: also ZHUJI_WATCH_WAITS=1, all kept.",
    "The three applications run at once over one database and take turns, each first in turn.",
    "One warming round is not counted. Client and database share the processors.",
    "The goal of throughput (times / without at least 0.97) is told, and fails nothing.",
)


class Sample(Value, frozen=True, kw_only=True):
    """A round of one setting: how fast, and at which cost for each certification."""

    setting: str
    clients: int
    number: int
    per_s: float
    p50_ms: float
    p99_ms: float
    application_us: float
    postgresql_us: float


class _Kept(Value, frozen=True, kw_only=True):
    commit: str
    samples: tuple[Sample, ...]


class _Setting(Site):
    """The same home, served with other circumstances."""

    watches = "0"

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "ZHUJI_WATCH_WAITS": self.watches}


class _Watching(_Setting):
    watches = "1"


def cost(*, quick: bool) -> PartResult:
    """Rounds of three settings, interleaved; what was measured is kept after each round."""
    rounds, clients = (QUICK_ROUNDS, QUICK_CLIENTS) if quick else (ROUNDS, CLIENTS)
    rows = _Rows(WORK / ("observe-quick" if quick else "observe") / "cost-rounds.json")
    failures: list[str] = []
    with site.opened("cost") as opened, contextlib.ExitStack() as stack:
        bench = _Bench(opened, stack, rows, rounds=rounds + 1, clients=clients)
        for count in clients:
            bench.measure(count, rounds)
        stored = bench.bytes_stored()
    must(failures, holds=not bench.faults, say=f"{bench.faults:,} answers were no certification")
    measured = [one for one in rows.samples if one.number]
    return PartResult(
        part="cost",
        title=f"watching beside not watching, {rounds} rounds",
        checked=len(measured),
        failures=tuple(failures),
        tables=(_medians(measured), *_ratios(measured), stored),
        seed=SEED,
        notes=NOTES,
    )


class _Rows:
    """The samples so far, in a file; those of another commit are not taken up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.samples: list[Sample] = []
        if path.exists():
            kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
            self.samples = list(kept.samples) if kept.commit == commit() else []

    def has(self, clients: int, number: int) -> bool:
        found = {
            one.setting for one in self.samples if (one.clients, one.number) == (clients, number)
        }
        return found == set(SETTINGS)

    def add(self, samples: Sequence[Sample]) -> None:
        self.samples += samples
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kept = _Kept(commit=commit(), samples=tuple(self.samples))
        draft = self._path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(kept))
        draft.replace(self._path)


class _Bench:
    """Three applications over one county, and requests enough for all rounds."""

    def __init__(
        self, opened: Site, stack: contextlib.ExitStack, rows: _Rows, *, rounds: int,
        clients: Mapping[int, int],
    ) -> None:  # fmt: skip
        self._rows, self._clients = rows, clients
        self._home = opened.home
        self._postmaster = int((opened.home.database / "postmaster.pid").read_text().split()[0])
        wanted = rounds * len(SETTINGS) * sum(clients.values())
        scenario = Scenario(
            requests=wanted, funded=wanted, rows=400, lines=3, agencies=20, seed=SEED, group="A"
        )
        self._ids: Iterator[uuid.UUID] = iter(seed.fill(opened.admin, scenario).request_ids)
        self._served: dict[str, tuple[Application, Target]] = {}
        for setting, kind in ((BARE, _Setting), (SPANS, _Setting), (TIMES, _Watching)):
            served = kind(opened.home, opened.address)
            stack.callback(served.admin.dispose)
            program = BARE_SERVE if setting == BARE else ()
            application = stack.enter_context(site.serving(served, program=program))
            self._served[setting] = application, site.sign_in(application.port)
        self.sent = self.faults = self._recorded = 0

    def measure(self, clients: int, rounds: int) -> None:
        """Measure the rounds that are not there yet; number 0 only warms."""
        warm = any(one.clients == clients for one in self._rows.samples)
        for number in range(rounds + 1):
            if self._rows.has(clients, number) and (number or not warm):
                continue
            turned = SETTINGS[number % 3 :] + SETTINGS[: number % 3]
            order = turned if number % 2 else tuple(reversed(turned))
            found = [self._round(setting, clients, number) for setting in order]
            self._rows.add(found)
            told = ", ".join(f"{one.setting} {one.per_s:,.0f}/s" for one in found)
            print(f"  cost: {clients} clients: {number} of {rounds}: {told}", flush=True)

    def _round(self, setting: str, clients: int, number: int) -> Sample:
        application, target = self._served[setting]
        ids = [next(self._ids) for _ in range(self._clients[clients])]
        before = self._cpu(application)
        tally = send(target, ids, clients=clients)
        application_s, postgresql_s = (
            after - first for after, first in zip(self._cpu(application), before, strict=True)
        )
        self.sent += len(ids)
        self.faults += len(ids) - len(tally.certified)
        self._recorded += len(ids) if setting == TIMES else 0
        return Sample(
            setting=setting,
            clients=clients,
            number=number,
            per_s=len(tally.certified) / tally.took_s,
            p50_ms=figures.quantile(tally.latencies_ms, 0.50),
            p99_ms=figures.quantile(tally.latencies_ms, 0.99),
            application_us=application_s / len(ids) * 1e6,
            postgresql_us=postgresql_s / len(ids) * 1e6,
        )

    def _cpu(self, application: Application) -> tuple[float, float]:
        return (
            processes.cpu_s(processes.tree(application.process.pid)),
            processes.cpu_s(processes.tree(self._postmaster)),
        )

    def bytes_stored(self) -> Table:
        """Return what the store took on the disk for each certification that was recorded."""
        size = sum(path.stat().st_size for path in self._home.times.glob("*") if path.is_file())
        each = f"{size / self._recorded:,.0f}" if self._recorded else "nothing was recorded now"
        return Table(
            heads=("store of times", ""),
            rows=(
                ("certifications recorded in this run", f"{self._recorded:,}"),
                ("bytes on the disk", f"{size:,}"),
                ("bytes for each", each),
            ),
        )


def _of(samples: Sequence[Sample], setting: str, clients: int) -> dict[int, Sample]:
    return {one.number: one for one in samples if (one.setting, one.clients) == (setting, clients)}


def _medians(samples: Sequence[Sample]) -> Table:
    def row(setting: str, clients: int) -> tuple[str, ...]:
        found = _of(samples, setting, clients).values()
        cells = (figures.median([getattr(one, field) for one in found]) for field in FIELDS)
        return (str(clients), setting, *(f"{cell:,.1f}" for cell in cells))

    counts = sorted({one.clients for one in samples})
    return Table(
        heads=("clients", "median of rounds", "per second", "p50 ms", "p99 ms",
               "application CPU µs", "PostgreSQL CPU µs"),
        rows=tuple(row(setting, clients) for clients in counts for setting in SETTINGS),
    )  # fmt: skip


def _ratios(samples: Sequence[Sample]) -> Iterator[Table]:
    for one, other in ((TIMES, BARE), (TIMES, SPANS), (SPANS, BARE)):
        rows = []
        for clients in sorted({sample.clients for sample in samples}):
            mine, theirs = _of(samples, one, clients), _of(samples, other, clients)
            pairs = [(mine[number], theirs[number]) for number in mine if number in theirs]
            cells = [
                figures.interval([getattr(a, field) / getattr(b, field) for a, b in pairs])
                for field in FIELDS
            ]
            reached = figures.median([a.per_s / b.per_s for a, b in pairs]) >= GOAL
            goal = ("yes" if reached else "no") if (one, other) == (TIMES, BARE) else ""
            rows.append((str(clients), *(cell.text() for cell in cells), goal))
        yield Table(
            heads=(f"{one} / {other}, clients", "per second", "p50", "p99", "application CPU",
                   "PostgreSQL CPU", f"≥ {GOAL}"),
            rows=tuple(rows),
        )  # fmt: skip
