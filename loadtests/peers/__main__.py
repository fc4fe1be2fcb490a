"""``python -m loadtests.peers``: every system in turns, on one line and on forty, in processes.

    uv run --group peers python -m loadtests.peers --rounds 5 --processes 4

A round gives every system a fresh database of one PostgreSQL, in an order that turns around.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import click
import msgspec

from loadtests import site
from loadtests.figures import interval, median, quantile
from loadtests.machine import load_average
from loadtests.operator import home_of
from loadtests.peers.peer import AMOUNT_NTD, Done, Wanted
from loadtests.peers.zhuji_peer import AGENCIES, CODE
from loadtests.scenarios import FISCAL_YEAR, MARCH
from loadtests.site import ROOT, WORK, Site
from zhuji_core.values import Value

SPREAD, ONE = 20, 1
HEADS = ("system", "accepted / right", "overspent", "posts/s", "p50 ms", "p99 ms",
         "CPU ms a post", "retries", "posts/s of zhuji to it")  # fmt: skip
START_S, TIMEOUT_S = 10.0, 1_800.0


class System(Value, frozen=True, kw_only=True):
    """One that is measured: its module here, what it needs installed, how many posts a process.

    ``creates``: it makes its database itself. ``own_database``: it has one, for all rounds.
    """

    name: str
    module: str
    needs: str = "zhuji_core"
    posts: int = 60
    creates: bool = False
    own_database: bool = False
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def database(self) -> str:
        return f"peer_{self.module}"


SYSTEMS = (
    System(name="zhuji (with all it has)", module="zhuji_peer", posts=120, own_database=True),
    System(name="SUM check, as ERPNext, OCA, Odoo", module="pattern", posts=200),
    System(name="SUM check, with a lock", module="pattern", posts=200,
           environment=(("ZHUJI_PEER_SAFE", "1"),)),
    System(name="django-hordak", module="hordak", needs="hordak", posts=120),
    System(name="django-ledger", module="django_ledger_peer", needs="django_ledger", posts=60),
    System(name="Tryton", module="tryton_peer", needs="trytond", posts=30, creates=True),
)  # fmt: skip


class Sample(Value, frozen=True, kw_only=True):
    """One system in one round; ``over_ntd``: spent beyond the budget."""

    accepted: int
    right: int
    over_ntd: int
    retries: int
    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


@click.command(help="Post the same in zhuji and in other systems, in turns.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--processes", default=4, show_default=True, type=click.IntRange(1))
@click.option("--of-lines", default=1, show_default=True, help="budget lines of a document")
@click.option("--only", multiple=True, help="modules of loadtests.peers; without it, all")
def main(*, rounds: int, processes: int, of_lines: int, only: tuple[str, ...]) -> None:
    systems = [
        one for one in SYSTEMS
        if importlib.util.find_spec(one.needs) and (not only or one.module in only)
    ]  # fmt: skip
    folder = WORK / "peers"
    with site.opened(folder, code=CODE) as opened, home_of(opened):
        opened.fill(fiscal_year=FISCAL_YEAR, agencies=AGENCIES, requests=0)
        opened.stand_at(MARCH)
        for lines in (ONE, SPREAD):
            found = _rounds(opened, systems, rounds=rounds, processes=processes, lines=lines,
                            of_lines=min(of_lines, lines))  # fmt: skip
            click.echo(_told(systems, found, lines=lines, processes=processes))


def _rounds(
    opened: Site, systems: Sequence[System], *, rounds: int, processes: int, lines: int,
    of_lines: int,
) -> list[list[Sample]]:  # fmt: skip
    found = []
    for number in range(rounds):
        order = list(range(len(systems)))
        samples: dict[int, Sample] = {}
        for at in order if number % 2 == 0 else reversed(order):
            samples[at] = _one(opened, systems[at], processes, lines, of_lines)
            click.echo(f"  {number + 1}: {lines} lines: {systems[at].name}: "
                       f"{samples[at].per_s:,.1f}/s", err=True)  # fmt: skip
        found.append([samples[at] for at in order])
    return found


def _one(opened: Site, system: System, processes: int, lines: int, of_lines: int) -> Sample:
    """Set up, post in ``processes`` at once, count what was overspent."""
    # On one line there is money for half of what is tried; spread there is enough.
    tried = system.posts * processes
    right = tried // 2 if lines == ONE else tried
    wanted = Wanted(
        system=system.module, processes=processes, posts=system.posts, lines=lines,
        of_lines=of_lines, allotted_ntd=right * AMOUNT_NTD, seed=0,
    )  # fmt: skip
    environment = _environment(opened, system)
    _set_up(opened, system, wanted, environment)
    starting_s = time.time() + START_S
    running = [
        subprocess.Popen(
            _command(msgspec.structs.replace(wanted, seed=seed, start_at_s=starting_s)),
            env=environment, cwd=ROOT, stdout=subprocess.PIPE,
        )
        for seed in range(processes)
    ]  # fmt: skip
    done = [msgspec.json.decode(one.communicate(timeout=TIMEOUT_S)[0], type=Done)
            for one in running]  # fmt: skip
    latencies = [length for one in done for length in one.latencies_ms]
    return Sample(
        accepted=sum(one.accepted for one in done), right=right,
        over_ntd=int(_ask(wanted, environment, "overspent_ntd")),
        retries=sum(one.retries for one in done),
        per_s=len(latencies) / max(one.took_s for one in done),
        p50_ms=quantile(latencies, 0.5), p99_ms=quantile(latencies, 0.99),
        cpu_ms=sum(one.cpu_s for one in done) / len(latencies) * 1000,
    )  # fmt: skip


def _set_up(opened: Site, system: System, wanted: Wanted, environment: dict[str, str]) -> None:
    """Let the system make its database once, and give each round a fresh copy of it."""
    if system.own_database:
        _ask(wanted, environment, "setup")
        return
    made = f"{system.database}_{wanted.lines}_{wanted.allotted_ntd}"
    with opened.address.connect() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {system.database} WITH (FORCE)".encode())
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (made,)).fetchone()
        if known is None and not system.creates:
            connection.execute(f"CREATE DATABASE {made}".encode())
    if known is None:
        _ask(wanted, {**environment, "PGDATABASE": made}, "setup")
    with opened.address.connect() as connection:
        connection.execute(f"CREATE DATABASE {system.database} TEMPLATE {made}".encode())


def _environment(opened: Site, system: System) -> dict[str, str]:
    """Return what a system's processes are told."""
    address = opened.address
    return {
        **os.environ, **dict(system.environment), "PGHOST": address.host,
        "PGPORT": str(address.port), "PGUSER": address.user, "PGPASSWORD": address.password,
        "PGDATABASE": system.database, "ZHUJI_PEER_FOLDER": str(opened.home.run),
    }  # fmt: skip


def _command(wanted: Wanted, act: str = "") -> list[str]:
    text = msgspec.json.encode(wanted).decode()
    return [sys.executable, "-m", "loadtests.peers.peer", text, *filter(None, [act])]


def _ask(wanted: Wanted, environment: dict[str, str], act: str) -> str:
    done = subprocess.run(
        _command(wanted, act), env=environment, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    if done.returncode:
        raise click.ClickException(f"{wanted.system}: {act}: {done.stderr[-3000:]}")
    return done.stdout.strip().rpartition("\n")[2]


def _told(
    systems: Sequence[System], found: Sequence[Sequence[Sample]], *, lines: int, processes: int
) -> str:
    """Return the table: medians of the rounds, and zhuji's ratio to each with its interval."""
    head = (
        f"{processes} processes, {lines} budget lines, {len(found)} rounds in turns; "
        f"{os.cpu_count()} processors, load average {load_average():.1f}"
    )
    rows = [f"| {' | '.join(HEADS)} |", "| --- |" + " --- |" * (len(HEADS) - 1)]
    for at, system in enumerate(systems):
        own = [one[at] for one in found]
        ratio = interval([one[0].per_s / one[at].per_s for one in found]).text()
        cells = (
            system.name, f"{median([s.accepted for s in own]):,.0f} / {own[0].right:,}",
            f"{max(s.over_ntd for s in own):,}", f"{median([s.per_s for s in own]):,.1f}",
            f"{median([s.p50_ms for s in own]):,.1f}", f"{median([s.p99_ms for s in own]):,.1f}",
            f"{median([s.cpu_ms for s in own]):,.2f}", f"{median([s.retries for s in own]):,.0f}",
            ratio if at else "1",
        )  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(["", head, "", *rows])


if __name__ == "__main__":
    main()
