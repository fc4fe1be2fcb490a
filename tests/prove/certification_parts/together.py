"""Certifications done together beside each in a transaction of its own, over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from loadtests import figures, processes
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.load import Target, send
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Application, Site
from tests.prove.tools.results import PartResult, Table, must
from zhuji_core.values import Value

SEED = 60
PAIRS, QUICK_PAIRS = 15, 2
# Clients, and requests of one round: some seconds on the machine that this was written on.
ROUNDS: dict[int, int] = {1: 80, 8: 400, 32: 640, 128: 1_024}
HOT = "32, one agency"
SET = sa.text("""
    INSERT INTO kernel.setting (module, key, value)
    VALUES ('accounting', 'certified_together', to_jsonb(CAST(:together AS boolean)))
        ON CONFLICT (module, key) DO UPDATE SET value = excluded.value
""")
# What one transaction wrote bears its number; ``after`` is the last number of the round before.
WRITTEN = sa.text("""
    SELECT count(*) AS certified, count(DISTINCT xmin::text) AS transactions
      FROM accounting.certification WHERE request_id = ANY (CAST(:request_ids AS uuid[]))
""")
NOTES = (
    "Client, application and database share the processors; one warming round is not counted.",
    "A request has 3 lines on 3 of its agency's 20 rows; 20 agencies, but for one that is hot.",
    "Session, CSRF, permission, receipt, number, audit, event and key are each request's own.",
)


class Sample(Value, frozen=True, kw_only=True):
    """One round: how much, how fast, at which cost for each certification."""

    certified: int
    transactions: int
    per_s: float
    p50_ms: float
    p99_ms: float
    application_us: float
    postgresql_us: float


Pair = dict[bool, Sample]


def together(*, quick: bool) -> PartResult:
    """Interleaved rounds with the setting on and off; the order turns around every round."""
    pairs = QUICK_PAIRS if quick else PAIRS
    failures: list[str] = []
    with site.opened("together") as opened, site.serving(opened) as application:
        bench = _Bench(opened, application, rounds=2 * (pairs + 1))
        kinds = {str(clients): clients for clients in ROUNDS} | {HOT: 32}
        measured = {name: bench.pairs(name, clients, pairs) for name, clients in kinds.items()}
    must(failures, holds=not bench.faults, say=f"{bench.faults:,} answers were no certification")
    must(
        failures, holds=bench.sent == bench.kept,
        say=f"{bench.kept:,} certified of {bench.sent:,} sent",
    )  # fmt: skip
    return PartResult(
        part="together",
        title=f"done together beside each alone, {pairs} pairs",
        checked=bench.kept,
        failures=tuple(failures),
        tables=(_medians(measured), _ratios(measured)),
        seed=SEED,
        notes=NOTES,
    )


class _Bench:
    """One application and requests enough for all rounds."""

    def __init__(self, opened: Site, application: Application, *, rounds: int) -> None:
        self._site, self._application = opened, application
        self._postmaster = int((opened.home.database / "postmaster.pid").read_text().split()[0])
        wanted = rounds * sum(ROUNDS.values())
        self._spread = iter(self._seed("A", wanted, agencies=20, rows=400))
        self._hot = iter(self._seed("B", rounds * ROUNDS[32], agencies=1, rows=20))
        self._target: Target = site.sign_in(application.port)
        self.sent = self.kept = self.faults = 0

    def _seed(self, group: str, requests: int, *, agencies: int, rows: int) -> Sequence[uuid.UUID]:
        scenario = Scenario(
            requests=requests, funded=requests, rows=rows, lines=3, agencies=agencies,
            seed=SEED, group=group,
        )  # fmt: skip
        return seed.fill(self._site.admin, scenario).request_ids

    def pairs(self, name: str, clients: int, count: int) -> list[Pair]:
        found = []
        for number in range(count + 1):
            order = (True, False) if number % 2 else (False, True)
            found.append({setting: self._round(name, clients, setting) for setting in order})
            on, off = found[-1][True], found[-1][False]
            print(
                f"  together: {name}: {number} of {count}: {on.per_s:,.0f}/s in "
                f"{on.transactions} transactions, {off.per_s:,.0f}/s each alone",
                flush=True,
            )
        return found[1:]

    def _round(self, name: str, clients: int, setting: bool) -> Sample:  # noqa: FBT001 (one of two)
        with self._site.admin.begin() as connection:
            connection.execute(SET, {"together": setting})
        ids = list(_next(self._hot if name == HOT else self._spread, ROUNDS[clients]))
        before = self._cpu()
        tally = send(self._target, ids, clients=clients)
        application_s, postgresql_s = (
            after - first for after, first in zip(self._cpu(), before, strict=True)
        )
        with self._site.admin.connect() as connection:
            written = connection.execute(WRITTEN, {"request_ids": ids}).one()
        self.sent += len(ids)
        self.kept += written.certified
        self.faults += len(ids) - len(tally.certified)
        return Sample(
            certified=written.certified,
            transactions=written.transactions,
            per_s=len(tally.certified) / tally.took_s,
            p50_ms=figures.quantile(tally.latencies_ms, 0.50),
            p99_ms=figures.quantile(tally.latencies_ms, 0.99),
            application_us=application_s / len(ids) * 1e6,
            postgresql_us=postgresql_s / len(ids) * 1e6,
        )

    def _cpu(self) -> tuple[float, float]:
        return (
            processes.cpu_s(processes.tree(self._application.process.pid)),
            processes.cpu_s(processes.tree(self._postmaster)),
        )


def _next(ids: Iterator[uuid.UUID], count: int) -> Iterator[uuid.UUID]:
    return (next(ids) for _ in range(count))


def _medians(measured: dict[str, list[Pair]]) -> Table:
    def row(name: str, setting: bool) -> tuple[str, ...]:  # noqa: FBT001 (one of two)
        def middle(field: str, digits: int = 0) -> str:
            values = [getattr(pair[setting], field) for pair in measured[name]]
            return f"{figures.median(values):,.{digits}f}"

        each = [pair[setting].certified / pair[setting].transactions for pair in measured[name]]
        return (
            name, "together" if setting else "alone", middle("per_s"), middle("p50_ms", 1),
            middle("p99_ms", 1), middle("application_us"), middle("postgresql_us"),
            f"{figures.median(each):,.1f}",
        )  # fmt: skip

    heads = (
        "clients", "median of rounds", "per second", "p50 ms", "p99 ms", "application CPU µs",
        "PostgreSQL CPU µs", "certifications in a transaction",
    )  # fmt: skip
    return Table(
        heads=heads,
        rows=tuple(row(name, setting) for name in measured for setting in (False, True)),
    )


def _ratios(measured: dict[str, list[Pair]]) -> Table:
    def ratio(name: str, field: str) -> str:
        values = [
            getattr(pair[True], field) / getattr(pair[False], field) for pair in measured[name]
        ]
        return figures.interval(values).text()

    fields = ("per_s", "p50_ms", "p99_ms", "application_us", "postgresql_us")
    return Table(
        heads=("together / alone, clients", "per second", "p50", "p99", "application CPU",
               "PostgreSQL CPU"),
        rows=tuple((name, *(ratio(name, field) for field in fields)) for name in measured),
    )  # fmt: skip
