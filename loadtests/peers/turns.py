"""Every system in turns: a fresh database of one PostgreSQL each, in an order that turns around."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from loadtests import site
from loadtests.figures import interval, median, quantile
from loadtests.operator import home_of
from loadtests.peers.peer import AMOUNT_NTD, READY, Done, Wanted
from loadtests.peers.zhuji_peer import AGENCIES, CODE
from loadtests.scenarios import FISCAL_YEAR, MARCH
from loadtests.site import ROOT, WORK, Site
from zhuji_core.values import Value

SPREAD, ONE = 20, 1
HEADS = ("system", "accepted / right", "overspent NT$", "posts/s", "p50 ms", "p99 ms",
         "CPU ms a post", "retries", "posts/s of zhuji to it")  # fmt: skip
TIMEOUT_S = 1_800.0
# Not -m: what runs as __main__ has another Busy than the one that posters raise.
PROGRAM = "from loadtests.peers.peer import main; main()"
# Room for the longest name of a database, below PostgreSQL's 63.
DIGEST_LETTERS = 8


class PeerFailed(Exception):
    """A system's process ended with an error; its last words follow."""


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

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.needs) is not None


SYSTEMS = (
    System(name="zhuji (with all it has)", module="zhuji_peer", posts=120, own_database=True),
    System(name="SUM check, as ERPNext, OCA, Odoo", module="pattern", posts=200),
    System(name="SUM check, with a lock", module="pattern", posts=200,
           environment=(("ZHUJI_PEER_SAFE", "1"),)),
    System(name="django-hordak", module="hordak", needs="hordak", posts=120),
    System(name="django-ledger", module="django_ledger_peer", needs="django_ledger", posts=60),
    System(name="Tryton", module="tryton_peer", needs="trytond", posts=30, creates=True),
)  # fmt: skip


class Shape(Value, frozen=True, kw_only=True):
    """What is posted: ``of_lines`` of ``lines`` budget lines a document, by ``processes``."""

    processes: int
    lines: int
    of_lines: int


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


Round = Sequence[Sample]  # in the order of the systems


@contextmanager
def opened() -> Iterator[Site]:
    """Start the one PostgreSQL and fill zhuji's county in it; it is kept."""
    with site.opened(WORK / "peers", code=CODE) as found, home_of(found):
        found.fill(fiscal_year=FISCAL_YEAR, agencies=AGENCIES, requests=0)
        found.stand_at(MARCH)
        yield found


def take(
    place: Site, systems: Sequence[System], shape: Shape, *, rounds: int,
    tell: Callable[[str], None],
) -> list[Round]:  # fmt: skip
    """Let every system post, round by round; raise PeerFailed."""
    found: list[Round] = []
    for number in range(rounds):
        order = list(range(len(systems)))
        samples: dict[int, Sample] = {}
        for at in order if number % 2 == 0 else reversed(order):
            samples[at] = _one(place, systems[at], shape)
            tell(f"  {number + 1} of {rounds}: {shape.lines} lines: {systems[at].name}: "
                 f"{samples[at].per_s:,.1f}/s")  # fmt: skip
        found.append([samples[at] for at in order])
    return found


def _one(place: Site, system: System, shape: Shape) -> Sample:
    """Set up, post in processes at once, count what was overspent."""
    # On one line there is money for half of what is tried; spread there is enough.
    tried = system.posts * shape.processes
    right = tried // 2 if shape.lines == ONE else tried
    wanted = Wanted(
        system=system.module, processes=shape.processes, posts=system.posts, lines=shape.lines,
        of_lines=shape.of_lines, allotted_ntd=right * AMOUNT_NTD, seed=0,
    )  # fmt: skip
    environment = _environment(place, system)
    _set_up(place, system, wanted, environment)
    done = _post(wanted, environment)
    latencies = [length for one in done for length in one.latencies_ms]
    return Sample(
        accepted=sum(one.accepted for one in done), right=right,
        over_ntd=int(_ask(wanted, environment, "overspent_ntd")),
        retries=sum(one.retries for one in done),
        per_s=len(latencies) / max(one.took_s for one in done),
        p50_ms=quantile(latencies, 0.5), p99_ms=quantile(latencies, 0.99),
        cpu_ms=sum(one.cpu_s for one in done) / len(latencies) * 1000,
    )  # fmt: skip


def _post(wanted: Wanted, environment: dict[str, str]) -> list[Done]:
    """Start the processes, let them begin together when all are ready, and hear what they did."""
    running = [
        subprocess.Popen(
            _command(msgspec.structs.replace(wanted, seed=seed)), env=environment, cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for seed in range(wanted.processes)
    ]  # fmt: skip
    try:
        for one in running:
            if one.stdout is None or one.stdout.readline() != READY:
                raise PeerFailed(f"{wanted.system}: a process did not become ready")
        for one in running:
            assert one.stdin is not None, "it was asked for"
            one.stdin.write(b"go\n")
            one.stdin.flush()
        told = [one.communicate(timeout=TIMEOUT_S)[0] for one in running]
    finally:
        for one in running:
            one.kill()
    if any(one.returncode for one in running):
        raise PeerFailed(f"{wanted.system}: a process ended with an error, see above")
    return [msgspec.json.decode(text, type=Done) for text in told]


def _set_up(place: Site, system: System, wanted: Wanted, environment: dict[str, str]) -> None:
    """Let the system make its database once, and give each round a fresh copy of it."""
    if system.own_database:
        _ask(wanted, environment, "setup")
        return
    made = f"{system.database}_{_digest(system)}_{wanted.lines}_{wanted.allotted_ntd}"
    with place.address.connect() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {system.database} WITH (FORCE)".encode())
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (made,)).fetchone()
        if known is None and not system.creates:
            connection.execute(f"CREATE DATABASE {made}".encode())
    if known is None:
        try:
            _ask(wanted, {**environment, "PGDATABASE": made}, "setup")
        except BaseException:  # half a set-up is none, however it ended
            with place.address.connect() as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {made} WITH (FORCE)".encode())
            raise
    with place.address.connect() as connection:
        connection.execute(f"CREATE DATABASE {system.database} TEMPLATE {made}".encode())


def _digest(system: System) -> str:
    """Tell one set-up from another: a database is kept for as long as its program is the same."""
    program = Path(__file__).with_name(f"{system.module}.py").read_bytes()
    return hashlib.sha256(program).hexdigest()[:DIGEST_LETTERS]


def _environment(place: Site, system: System) -> dict[str, str]:
    """Return what a system's processes are told."""
    address = place.address
    return {
        **os.environ, **dict(system.environment), "PGHOST": address.host,
        "PGPORT": str(address.port), "PGUSER": address.user, "PGPASSWORD": address.password,
        "PGDATABASE": system.database, "ZHUJI_PEER_FOLDER": str(place.home.run),
    }  # fmt: skip


def _command(wanted: Wanted, act: str = "") -> list[str]:
    text = msgspec.json.encode(wanted).decode()
    return [sys.executable, "-c", PROGRAM, text, *filter(None, [act])]


def _ask(wanted: Wanted, environment: dict[str, str], act: str) -> str:
    done = subprocess.run(
        _command(wanted, act), env=environment, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    if done.returncode:
        raise PeerFailed(f"{wanted.system}: {act}: {done.stderr[-3000:]}")
    return done.stdout.strip().rpartition("\n")[2]


def rows(systems: Sequence[System], found: Sequence[Round]) -> list[tuple[str, ...]]:
    """Return the table: medians of the rounds, and zhuji's ratio to each with its interval."""
    told: list[tuple[str, ...]] = []
    for at, system in enumerate(systems):
        own = [one[at] for one in found]
        ratio = interval([one[0].per_s / one[at].per_s for one in found]).text()
        told.append((
            system.name, f"{median([s.accepted for s in own]):,.0f} / {own[0].right:,}",
            f"{max(s.over_ntd for s in own):,}", f"{median([s.per_s for s in own]):,.1f}",
            f"{median([s.p50_ms for s in own]):,.1f}", f"{median([s.p99_ms for s in own]):,.1f}",
            f"{median([s.cpu_ms for s in own]):,.2f}", f"{median([s.retries for s in own]):,.0f}",
            ratio if at else "1",
        ))  # fmt: skip
    return told
