"""A batch of three hundred beside as many single certifications; and how often a disk is asked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from loadtests import figures, processes
from loadtests.http_client import Client, Reply
from tests.apart import run_apart
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.load import Target, send
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Application, Site
from tests.prove.tools.results import PartResult, Table, must
from zhuji_core.values import Value

SEED = 300
SIZE = 300
PAIRS, QUICK_PAIRS = 15, 2
CLIENTS = 8
# Clients, and certifications of the one round in which flushes are counted.
FLUSHED: dict[int, int] = {1: 200, 8: 800, 32: 1_024, 128: 1_024}
# An idle connection tells what it did within ten seconds.
TOLD_S = 11.0
FLUSHES = sa.text("""
    SELECT sum(fsyncs) FILTER (WHERE backend_type = 'client backend') AS connections,
           sum(fsyncs) AS everybody
      FROM pg_stat_io WHERE object = 'wal'
""")
KEPT = sa.text("SELECT count(*) FROM accounting.certification")
NOTES = (
    "Client, application and database share the processors; one warming round is not counted.",
    "A request has 3 lines on 3 of its agency's 20 rows; 20 agencies in turns.",
    "Flushes: fsyncs of the WAL by pg_stat_io in one round, the followers of events included.",
)


class Sample(Value, frozen=True, kw_only=True):
    """One way to certify ``SIZE`` requests, once."""

    certified: int
    seconds: float
    application_us: float
    postgresql_us: float


class Flushed(Value, frozen=True, kw_only=True):
    """How often the log was flushed for so many certifications."""

    clients: int
    certified: int
    connections: int
    everybody: int


def batch(*, quick: bool) -> PartResult:
    """Rounds of a batch and of singles in turns; then one round of each number of clients."""
    pairs = QUICK_PAIRS if quick else PAIRS
    failures: list[str] = []
    with site.opened("batch") as opened, site.serving(opened) as application:
        bench = _Bench(opened, application, rounds=pairs + 1)
        rounds = [bench.round(number) for number in range(pairs + 1)][1:]
        flushed = [bench.flushed(clients, count) for clients, count in FLUSHED.items()]
        kept = bench.kept()
    must(failures, holds=kept == bench.sent, say=f"{kept:,} certified of {bench.sent:,} sent")
    return PartResult(
        part="batch",
        title=f"{SIZE} at once beside {SIZE} one by one, {pairs} pairs; flushes of the log",
        checked=kept,
        failures=tuple(failures),
        tables=(_medians(rounds), _ratios(rounds), _flushes(flushed)),
        seed=SEED,
        notes=NOTES,
    )


class _Bench:
    """One application, and requests enough for all rounds."""

    def __init__(self, opened: Site, application: Application, *, rounds: int) -> None:
        self._site, self._application = opened, application
        self._postmaster = int((opened.home.database / "postmaster.pid").read_text().split()[0])
        self._ways: dict[str, Callable[[Sequence[uuid.UUID]], int]] = {
            f"batch of {SIZE}": self._at_once,
            "single, one client": lambda ids: self._singly(ids, clients=1),
            f"single, {CLIENTS} clients": lambda ids: self._singly(ids, clients=CLIENTS),
        }
        wanted = rounds * len(self._ways) * SIZE + sum(FLUSHED.values())
        scenario = Scenario(
            requests=wanted, funded=wanted, rows=400, lines=3, agencies=20, seed=SEED
        )
        self._ids = iter(seed.fill(opened.admin, scenario).request_ids)
        self._target: Target = site.sign_in(application.port)
        self.sent = 0

    def round(self, number: int) -> dict[str, Sample]:
        order = list(self._ways) if number % 2 else list(reversed(self._ways))
        found = {name: self._one(self._ways[name]) for name in order}
        said = ", ".join(f"{name} {found[name].seconds:.2f} s" for name in self._ways)
        print(f"  batch: {number}: {said}", flush=True)
        return {name: found[name] for name in self._ways}

    def flushed(self, clients: int, count: int) -> Flushed:
        """Certify, and count the flushes when everybody has told theirs."""
        time.sleep(TOLD_S)
        before = self._flushes()
        certified = self._singly(self._next(count), clients=clients)
        time.sleep(TOLD_S)
        after = self._flushes()
        return Flushed(
            clients=clients,
            certified=certified,
            connections=after[0] - before[0],
            everybody=after[1] - before[1],
        )

    def kept(self) -> int:
        with self._site.admin.connect() as connection:
            return int(connection.execute(KEPT).scalar_one())

    def _one(self, way: Callable[[Sequence[uuid.UUID]], int]) -> Sample:
        ids, before, started = self._next(SIZE), self._cpu(), time.perf_counter()
        certified = way(ids)
        seconds = time.perf_counter() - started
        application_s, postgresql_s = (
            after - first for after, first in zip(self._cpu(), before, strict=True)
        )
        return Sample(
            certified=certified,
            seconds=seconds,
            application_us=application_s / SIZE * 1e6,
            postgresql_us=postgresql_s / SIZE * 1e6,
        )

    def _at_once(self, ids: Sequence[uuid.UUID]) -> int:
        reply = run_apart(self._post(ids))
        return sum(bool(one["certification"]) for one in msgspec.json.decode(reply.body))

    async def _post(self, ids: Sequence[uuid.UUID]) -> Reply:
        target = self._target
        path = f"/{target.county}/api/v1/accounting/certifications"
        headers = {**target.accounts[0].headers, "Content-Type": "application/json"}
        async with Client(host=target.host, port=target.port, headers=headers) as client:
            body = msgspec.json.encode({"request_ids": ids})
            return await client.post(path, body, key=str(uuid.uuid4()))

    def _singly(self, ids: Sequence[uuid.UUID], *, clients: int) -> int:
        return len(send(self._target, ids, clients=clients).certified)

    def _next(self, count: int) -> Sequence[uuid.UUID]:
        self.sent += count
        return list(_first(self._ids, count))

    def _flushes(self) -> tuple[int, int]:
        with self._site.admin.connect() as connection:
            found = connection.execute(FLUSHES).one()
        return int(found.connections), int(found.everybody)

    def _cpu(self) -> tuple[float, float]:
        return (
            processes.cpu_s(processes.tree(self._application.process.pid)),
            processes.cpu_s(processes.tree(self._postmaster)),
        )


def _first(ids: Iterator[uuid.UUID], count: int) -> Iterator[uuid.UUID]:
    return (next(ids) for _ in range(count))


def _medians(rounds: Sequence[dict[str, Sample]]) -> Table:
    def row(name: str) -> tuple[str, ...]:
        samples = [one[name] for one in rounds]
        return (
            name,
            f"{figures.median([one.seconds for one in samples]):.2f}",
            f"{figures.median([one.application_us for one in samples]):,.0f}",
            f"{figures.median([one.postgresql_us for one in samples]):,.0f}",
        )

    heads = ("median of rounds", f"seconds for {SIZE}", "application CPU µs", "PostgreSQL CPU µs")
    return Table(heads=heads, rows=tuple(row(name) for name in rounds[0]))


def _ratios(rounds: Sequence[dict[str, Sample]]) -> Table:
    whole, *others = rounds[0]

    def ratio(other: str, field: str) -> str:
        values = [getattr(one[other], field) / getattr(one[whole], field) for one in rounds]
        return figures.interval(values).text(1)

    fields = ("seconds", "application_us", "postgresql_us")
    return Table(
        heads=(f"of each / in a batch of {SIZE}", "seconds", "application CPU", "PostgreSQL CPU"),
        rows=tuple((other, *(ratio(other, field) for field in fields)) for other in others),
    )


def _flushes(flushed: Sequence[Flushed]) -> Table:
    return Table(
        heads=("clients", "certified", "flushes by connections", "by everybody",
               "flushes for each certification"),
        rows=tuple(
            (str(one.clients), f"{one.certified:,}", f"{one.connections:,}",
             f"{one.everybody:,}", f"{one.connections / one.certified:.2f}")
            for one in flushed
        ),
    )  # fmt: skip
