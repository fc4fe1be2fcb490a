"""Certification over HTTP before and after: this tree beside the last commit of part 1.

Both have a home, a PostgreSQL and an application of their own, made by their own commands, and
certify the same scenario in turns. While one works, the other's application is stopped, so that
what a tree does in the background (sealing, relaying) is paid for in its own rounds.

    uv run --no-sync python -m tests.prove.kernel_parts.throughput [BEFORE [AFTER [PAIRS]]]
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from loadtests import figures, processes
from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.load import Target, send
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Application, Site
from tests.prove.tools.results import WORK, PartResult, Table, must
from tests.prove.tools.trees import THIS, Tree, of_commit
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.values import Value

PART_1 = "ed095f5"
CLIENTS = 8
SEED = 16
# Rounds of one to two seconds: short enough for a pair to meet the same neighbours.
PAIRS, REQUESTS = 31, 400
QUICK_PAIRS, QUICK_REQUESTS = 3, 80
# Of the issue: no worse than this.
RATIO_MIN = 0.95
CERTIFIED = "SELECT count(*) FROM accounting.certification"

# Run by a tree's own Python: its own settings of PostgreSQL are part of what is compared.
KEEP_CLUSTER = """
import pathlib, sys
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
with Cluster(Home(pathlib.Path(sys.argv[1]))):
    print("running", flush=True)
    sys.stdin.read()
"""

NOTES = (
    "One warming round of each before is not counted; the order turns around every pair.",
    "A request has 3 lines on 3 of its agency's 20 rows; PostgreSQL 18 with fsync.",
    (
        "CPU per request is of the application and PostgreSQL together, from /proc, background "
        "work included; client, application and database share the CPU."
    ),
)


class Sample(Value, frozen=True, kw_only=True):
    """One round of one tree."""

    per_s: float
    p50_ms: float
    p99_ms: float
    application_us: float
    postgresql_us: float
    faults: int

    @property
    def cpu_us(self) -> float:
        return self.application_us + self.postgresql_us


Pair = tuple[Sample, Sample]


def throughput(*, quick: bool) -> PartResult:
    """Interleaved pairs of part 1's last commit and this tree."""
    pairs, requests = (QUICK_PAIRS, QUICK_REQUESTS) if quick else (PAIRS, REQUESTS)
    return compare(of_commit(PART_1), THIS, pairs=pairs, requests=requests, quick=quick)


def compare(
    before: Tree, after: Tree, *, pairs: int, requests: int = REQUESTS, quick: bool = False
) -> PartResult:
    """Certify in turns with both trees; ratios are ``after`` to ``before``, pair by pair."""
    with contextlib.ExitStack() as stack:
        lanes = [
            stack.enter_context(_lane(tree, rounds=pairs + 1, requests=requests))
            for tree in (before, after)
        ]
        found = _interleave(lanes, pairs)
        kept = sum(lane.certified() for lane in lanes)
    measured = found[1:]
    failures: list[str] = []
    sent = 2 * (pairs + 1) * requests
    must(failures, holds=kept == sent, say=f"{kept:,} certified of {sent:,} sent")
    faults = sum(sample.faults for pair in found for sample in pair)
    must(failures, holds=faults == 0, say=f"{faults:,} answers were no certification")
    must(failures, holds=quick or pairs >= 15, say=f"only {pairs} pairs")
    ratio = figures.interval([new.per_s / old.per_s for old, new in measured])
    must(
        failures,
        holds=quick or ratio.median >= RATIO_MIN,
        say=f"throughput {ratio.text(3)} of before is less than {RATIO_MIN}",
    )
    return PartResult(
        part="throughput",
        title=f"certification over HTTP beside {before.name}, {pairs} pairs, {CLIENTS} clients",
        checked=kept,
        failures=tuple(failures),
        tables=(_medians(before, after, measured), _ratios(measured)),
        seed=SEED,
        notes=NOTES,
    )


class _Lane:
    """One tree at work: its site, its running application, its share of the requests."""

    def __init__(
        self, opened: Site, application: Application, *, rounds: int, requests: int
    ) -> None:
        self._site = opened
        self._requests = requests
        self._application = application
        self._postmaster = int((opened.home.database / "postmaster.pid").read_text().split()[0])
        self._target: Target = site.sign_in(application.port)
        total = rounds * requests
        scenario = Scenario(requests=total, funded=total, rows=400, lines=3, agencies=20, seed=SEED)
        ids = seed.fill(opened.admin, scenario).request_ids
        self._portions = (ids[at : at + requests] for at in range(0, total, requests))

    def round(self) -> Sample:
        """Certify the next portion, awake for as long as that takes."""
        self.signal(signal.SIGCONT)
        before = self._cpu()
        tally = send(self._target, next(self._portions), clients=CLIENTS)
        after = self._cpu()
        self.signal(signal.SIGSTOP)
        certified = len(tally.certified)
        assert certified, f"{self._site.tree.name} certified nothing: {tally.unexpected[:2]}"
        return Sample(
            per_s=certified / tally.took_s,
            p50_ms=figures.quantile(tally.latencies_ms, 0.50),
            p99_ms=figures.quantile(tally.latencies_ms, 0.99),
            postgresql_us=(after[0] - before[0]) / self._requests * 1e6,
            application_us=(after[1] - before[1]) / self._requests * 1e6,
            faults=self._requests - certified,
        )

    def certified(self) -> int:
        with self._site.admin.connect() as connection:
            return int(connection.execute(sa.text(CERTIFIED)).scalar_one())

    def signal(self, order: signal.Signals) -> None:
        for pid in processes.tree(self._application.process.pid):
            os.kill(pid, order)

    def _cpu(self) -> tuple[float, float]:
        return (
            processes.cpu_s(processes.tree(self._postmaster)),
            processes.cpu_s(processes.tree(self._application.process.pid)),
        )


@contextlib.contextmanager
def _lane(tree: Tree, *, rounds: int, requests: int) -> Iterator[_Lane]:
    folder = WORK / "homes" / f"throughput-{tree.root.name}"
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        home = Home(folder)
        stack.enter_context(_cluster(tree, home))
        opened = Site(home, Cluster(home).address, tree=tree)
        stack.callback(opened.admin.dispose)
        opened.make_county()
        application = stack.enter_context(site.serving(opened))
        lane = _Lane(opened, application, rounds=rounds, requests=requests)
        # A stopped process does not hear that it is to end.
        stack.callback(lane.signal, signal.SIGCONT)
        lane.signal(signal.SIGSTOP)
        yield lane
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _cluster(tree: Tree, home: Home) -> Iterator[None]:
    """Keep the PostgreSQL of ``home`` running, as ``tree`` starts it."""
    with subprocess.Popen(
        [tree.python, "-c", KEEP_CLUSTER, str(home.path)],
        cwd=tree.root,
        env=tree.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as keeper:
        assert keeper.stdout is not None, "asked for by PIPE"
        if keeper.stdout.readline().strip() != "running":
            raise site.CommandFailed(f"no PostgreSQL of {tree.name} in {home.path}")
        # Leaving closes its standard input, which is what it waits for.
        yield


def _interleave(lanes: Sequence[_Lane], pairs: int) -> list[Pair]:
    found: list[Pair] = []
    for number in range(pairs + 1):
        if number % 2:
            after = lanes[1].round()
            found.append((lanes[0].round(), after))
        else:
            found.append((lanes[0].round(), lanes[1].round()))
        before, after = found[-1]
        print(
            f"  throughput: pair {number} of {pairs}: {before.per_s:,.0f}/s, {after.per_s:,.0f}/s;"
            f" CPU {before.cpu_us:,.0f} µs, {after.cpu_us:,.0f} µs"
        )
    return found


def _medians(before: Tree, after: Tree, measured: Sequence[Pair]) -> Table:
    heads = ("median of rounds", "per second", "p50 ms", "p99 ms", "application CPU µs",
             "PostgreSQL CPU µs")  # fmt: skip

    def row(name: str, samples: Sequence[Sample]) -> tuple[str, ...]:
        def middle(field: str, digits: int = 0) -> str:
            return f"{figures.median([getattr(one, field) for one in samples]):,.{digits}f}"

        return (name, middle("per_s"), middle("p50_ms", 1), middle("p99_ms", 1),
                middle("application_us"), middle("postgresql_us"))  # fmt: skip

    return Table(
        heads=heads,
        rows=(
            row(before.name, [old for old, _ in measured]),
            row(after.name, [new for _, new in measured]),
        ),
    )


def _ratios(measured: Sequence[Pair]) -> Table:
    fields = {
        "throughput": "per_s",
        "CPU per request, application and PostgreSQL": "cpu_us",
        "CPU per request, application": "application_us",
        "CPU per request, PostgreSQL": "postgresql_us",
        "p50": "p50_ms",
        "p99": "p99_ms",
    }
    rows = [
        (
            name,
            figures.interval([getattr(new, at) / getattr(old, at) for old, new in measured]).text(
                3
            ),
        )
        for name, at in fields.items()
    ]
    return Table(
        heads=("after / before, ratio of pairs", "median (95 % interval)"), rows=tuple(rows)
    )


def _by_hand(arguments: Sequence[str]) -> None:
    before, after, pairs = [*arguments, *("", "", "")[len(arguments) :]]
    result = compare(
        of_commit(before or PART_1),
        of_commit(after) if after else THIS,
        pairs=int(pairs or PAIRS),
    )
    for table in result.tables:
        print(*(" | ".join(row) for row in (table.heads, *table.rows)), sep="\n")
    print(*result.failures, sep="\n")


if __name__ == "__main__":
    _by_hand(sys.argv[1:])
