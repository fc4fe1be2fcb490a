"""``python -m loadtests.compare``: what each change of the path brought, on the same load.

From the habits of other systems to today's path, one habit fewer at a time; all are served beside
one another over one county, and take turns, round by round, in an order that turns around.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click
import sqlalchemy as sa

from loadtests import checks, clients, desk, people, processes, site
from loadtests.baseline.naive import CHOSEN, TABLES, Shape
from loadtests.data.copying import Size
from loadtests.figures import interval, median
from loadtests.machine import load_average
from loadtests.operator import begin_of, home_of
from loadtests.scenarios import AGENCIES, FISCAL_YEAR, MARCH
from loadtests.site import WORK, Site
from zhuji_core.values import Value

SERVE = (sys.executable, "-m", "loadtests.baseline.serve")
CERTIFIERS = 4
ALL = frozenset(Shape)
# How many of a round's requests each client has; a round is some seconds.
EACH, ROUND_MIN = 20, 400


class Variant(Value, frozen=True, kw_only=True):
    """One way of the path: with which habits of others, and whether acts share a transaction."""

    name: str
    shapes: frozenset[Shape]
    together: bool = False

    @property
    def served_as(self) -> str:
        return ",".join(sorted(self.shapes))


VARIANTS = (
    Variant(name="as others: sum, row by row, chain, number first", shapes=ALL),
    Variant(name="the number last", shapes=ALL - {Shape.NUMBER}),
    Variant(name="hashed off the path", shapes=ALL - {Shape.NUMBER, Shape.CHAIN}),
    Variant(name="all rows at once", shapes=frozenset({Shape.SUM})),
    Variant(name="balances kept", shapes=frozenset()),
    Variant(name="together (today)", shapes=frozenset(), together=True),
)


class Sample(Value, frozen=True, kw_only=True):
    """One round of one variant; CPU and terms of each certification."""

    per_s: float
    p50_ms: float
    p99_ms: float
    application_us: float
    postgresql_us: float
    terms_ms: Mapping[str, float]


Round = Sequence[Sample]  # in the order of VARIANTS
Cells = tuple[str, ...]
MEDIANS: Cells = (
    "path", "per second", "p50 ms", "p99 ms", "application CPU µs", "PostgreSQL CPU µs"
)  # fmt: skip
STEPS: Cells = (
    "step", "per second to the step before", "to others", "database's CPU to others"
)  # fmt: skip


@click.command(help="Compare the path of others with today's, change by change, in pairs.")
@click.option("--county", default="TXG", show_default=True)
@click.option("--scale", default=0.05, show_default=True)
@click.option("--clients", "count", default=8, show_default=True)
@click.option("--pairs", default=15, show_default=True, type=click.IntRange(1))
@click.option("--hot", is_flag=True, help="all on one line of one agency")
def main(*, county: str, scale: float, count: int, pairs: int, hot: bool) -> None:
    load = Load(county=county.upper(), scale=scale, clients=count, hot=hot)
    rounds, faults = compare(load, pairs=pairs, tell=lambda text: click.echo(text, err=True))
    click.echo(f"{load.name}, {pairs} rounds in turns; {os.cpu_count()} processors, "
               f"load average {load_average():.1f}")  # fmt: skip
    for heads, rows in tables(rounds):
        click.echo(f"\n| {' | '.join(heads)} |\n| --- |" + " --- |" * (len(heads) - 1))
        for row in rows:
            click.echo(f"| {' | '.join(row)} |")
    for fault in faults[:5]:
        click.echo(f"FAULT {fault}")
    sys.exit(bool(faults))


class Load(Value, frozen=True, kw_only=True):
    """How many clients certify at once, and where: spread, or all on one line of one agency."""

    county: str = "TXG"
    scale: float = 0.05
    clients: int
    hot: bool = False

    @property
    def name(self) -> str:
        where = "all on one line of one agency" if self.hot else "spread over the agencies"
        return f"{self.clients} clients, {where}"

    @property
    def folder(self) -> Path:
        """Where its county is kept, and the times of its requests."""
        return WORK / f"{self.county.lower()}-{self.scale:g}"


def compare(
    load: Load, *, pairs: int, tell: Callable[[str], None]
) -> tuple[list[Round], list[str]]:
    """Let every variant certify in turns; return the rounds, and what was no certification.

    One more round warms up and is not counted.
    """
    agencies = max(2, round(AGENCIES * load.scale))
    size = Size(fiscal_year=FISCAL_YEAR, agencies=agencies, requests=0)
    with site.opened(load.folder, code=load.county) as opened, home_of(opened):
        opened.fill(fiscal_year=size.fiscal_year, agencies=size.agencies, requests=0)
        bench = _Bench(opened, size, count=load.clients, tell=tell)
        with bench.prepared(rounds=pairs + 1, hot=load.hot):
            rounds = [bench.round(at) for at in range(pairs + 1)][1:]
        verified = checks.verify(opened)
    return rounds, [*bench.faults, *(error for one in verified for error in one.errors)]


class _Bench:
    """All variants served over one county, and requests enough for all rounds."""

    def __init__(
        self, opened: Site, size: Size, *, count: int, tell: Callable[[str], None]
    ) -> None:
        self._site, self._size, self._tell = opened, size, tell
        self._clients, self._requests = count, max(ROUND_MIN, count * EACH)
        self._served: dict[str, site.Served] = {}
        self._ids: Iterator[str] = iter(())
        self._headers: list[clients.Headers] = []
        self.faults: list[str] = []

    @contextlib.contextmanager
    def prepared(self, *, rounds: int, hot: bool) -> Iterator[None]:
        """Put requests on the desk, serve every variant, sign in once for all of them."""
        opened = self._site
        opened.stand_at(MARCH)
        with opened.connected() as connection:
            connection.execute(sa.text(TABLES))
        wanted = rounds * len(VARIANTS) * self._requests
        with begin_of(opened.code) as begin:
            write = desk.on_one_line if hot else desk.spread
            found = write(begin, self._size, count=wanted)
        self._ids = iter(found)
        certifiers = people.make_people(opened.code, {"rusher": CERTIFIERS})["rusher"]
        with contextlib.ExitStack() as stack:
            for served_as in dict.fromkeys(one.served_as for one in VARIANTS):
                self._served[served_as] = stack.enter_context(
                    site.serving(opened, program=SERVE, more={CHOSEN: served_as}, background=False)
                )
            port = next(iter(self._served.values())).port
            self._headers = clients.sign_in(port, county=opened.code.lower(), people=certifiers)
            yield

    def round(self, number: int) -> Round:
        """Let every variant certify as many; the first round warms up and is not counted."""
        order = list(range(len(VARIANTS)))
        found: dict[int, Sample] = {}
        for at in order if number % 2 else reversed(order):
            found[at] = self._one(VARIANTS[at])
            self._tell(f"  {number}: {VARIANTS[at].name}: {found[at].per_s:,.0f}/s")
        return [found[at] for at in order]

    def _one(self, variant: Variant) -> Sample:
        self._site.set("accounting", "certified_together", str(variant.together).lower())
        served = self._served[variant.served_as]
        ids = list(itertools.islice(self._ids, self._requests))
        before = self._cpu_s(served)
        tally = clients.certify_all(
            served.port, county=self._site.code.lower(), headers=self._headers, ids=ids,
            clients=self._clients,
        )  # fmt: skip
        application_s, postgresql_s = (
            after - first for after, first in zip(self._cpu_s(served), before, strict=True)
        )
        self.faults += [f"{variant.name}: {fault}" for fault in tally.faults]
        if tally.granted != len(ids):
            self.faults.append(f"{variant.name}: {tally.granted} certified of {len(ids)}")
        return Sample(
            per_s=tally.per_s, p50_ms=tally.at_ms(0.5), p99_ms=tally.at_ms(0.99),
            application_us=application_s / len(ids) * 1e6,
            postgresql_us=postgresql_s / len(ids) * 1e6,
            terms_ms={name: length / len(ids) for name, length in tally.terms_ms.items()},
        )  # fmt: skip

    def _cpu_s(self, served: site.Served) -> tuple[float, float]:
        trees = (processes.tree(pid) for pid in (served.process.pid, self._site.postmaster))
        application_s, postgresql_s = (processes.cpu_s(pids) for pids in trees)
        return application_s, postgresql_s


def tables(rounds: Sequence[Round]) -> Iterator[tuple[Cells, list[Cells]]]:
    """Yield heads and rows: medians, what each step brought, and its terms."""
    yield MEDIANS, [_medians(rounds, at) for at in range(len(VARIANTS))]
    yield STEPS, [_step(rounds, at) for at in range(1, len(VARIANTS))]
    names = list(dict.fromkeys(name for one in rounds for part in one for name in part.terms_ms))
    yield ("mean ms by the server's clock", *names), [
        (
            variant.name,
            *(f"{median([one[at].terms_ms.get(name, 0.0) for one in rounds]):,.2f}"
              for name in names),
        )
        for at, variant in enumerate(VARIANTS)
    ]  # fmt: skip


def _medians(rounds: Sequence[Round], at: int) -> Cells:
    fields = (("per_s", 0), ("p50_ms", 1), ("p99_ms", 1), ("application_us", 0),
              ("postgresql_us", 0))  # fmt: skip
    return (
        VARIANTS[at].name,
        *(f"{median([getattr(one[at], name) for one in rounds]):,.{digits}f}"
          for name, digits in fields),
    )  # fmt: skip


def _step(rounds: Sequence[Round], at: int) -> Cells:
    before = interval([one[at].per_s / one[at - 1].per_s for one in rounds])
    whole = interval([one[at].per_s / one[0].per_s for one in rounds])
    database = interval([one[at].postgresql_us / one[0].postgresql_us for one in rounds])
    return VARIANTS[at].name, before.text(), whole.text(), database.text()


if __name__ == "__main__":
    main()
