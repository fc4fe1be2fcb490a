"""22 counties are made and upgraded; the upgrade is killed at random moments and run again."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.prove.tools import catalog, third_party
from tests.prove.tools.results import WORK, PartResult, Table, counted, must
from tests.prove.tools.trees import THIS
from zhuji_core import hooks
from zhuji_core.compose import Host, add_county
from zhuji_core.db import counties as register
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.home import Home

SEED = 22
# Codes of ISO 3166-2:TW: every county and city of Taiwan.
CODES = (
    "TPE", "NWT", "TAO", "TXG", "TNN", "KHH", "KEE", "HSZ", "HSQ", "MIA", "CHA",
    "NAN", "YUN", "CYI", "CYQ", "PIF", "ILA", "HUA", "TTT", "PEN", "KIN", "LIE",
)  # fmt: skip
SMALL = ("KIN", "LIE", "PEN")
KILLS, SMALL_KILLS = 50, 3
PLAIN_REVISIONS = 5
MIGRATING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zhuji-migrate'"
NOTES = (
    (
        "Upgrade: five further migrations of a module that nobody enabled, each with a table of "
        "2,000 rows, an index, a column with default, a check and a function; PostgreSQL 18 with "
        "fsync; by `zhuji db upgrade`, process start included."
    ),
    (
        "Killed: SIGKILL of `zhuji db upgrade` at a drawn moment, four of five after it has "
        "reached the server; before each run one more migration is written, so there is always "
        "something to do."
    ),
    (
        "None half done: after every kill each county's catalog (columns, defaults, constraints, "
        "indexes, functions, triggers, rights of the role) is read together with its revisions; "
        "the same revisions must always come with the same catalog, in every county."
    ),
)


@dataclass(kw_only=True)
class Kills:
    """What each kill interrupted, and what it left."""

    count: int = 0
    finished_before: int = 0
    in_migration: int = 0
    uneven: int = 0
    looked_at: int = 0
    half_done: list[str] = field(default_factory=list)
    catalogs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the counties live: a home with a running server, and the growing module."""

    host: Host
    codes: tuple[str, ...]
    module: Path
    environment: Mapping[str, str]

    def upgrade(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*THIS.zhuji, "db", "upgrade", "--json", *options],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def start_upgrade(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*THIS.zhuji, "db", "upgrade"],
            env=dict(self.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def county(self, code: str) -> psycopg.Connection[tuple[object, ...]]:
        server = self.host.engines.server
        return server.connect(server.county_name(code))


@contextlib.contextmanager
def placed(folder: Path, *, codes: tuple[str, ...]) -> Iterator[Place]:
    """Give an empty home of its own; nothing of an earlier run is left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    module = folder / "module"
    third_party.write(module)
    home = Home(folder / "home")
    with Cluster(home) as server:
        engines = Engines(server, home)
        try:
            register.ensure_platform(engines)
            host = Host(home=home, engines=engines, manager=hooks.load())
            yield Place(
                host=host,
                codes=codes,
                module=module,
                environment=third_party.environment(module, home.path),
            )
        finally:
            engines.dispose()
    shutil.rmtree(folder, ignore_errors=True)


def counties(*, quick: bool) -> PartResult:
    """Make, upgrade, kill, run again, compare."""
    codes, kills = (SMALL, SMALL_KILLS) if quick else (CODES, KILLS)
    failures: list[str] = []
    with placed(WORK / "counties", codes=codes) as place:
        creation_s = create(place)
        upgrade_s, per_county = _plain_upgrade(place, failures)
        killed = kill(place, wanted=kills, work_s=sum(per_county) / 2, failures=failures)
        last_s = finish(place, killed, failures)
    return PartResult(
        part="counties",
        title=f"{len(codes)} counties; upgrade killed {kills} times",
        checked=killed.looked_at,
        failures=tuple(failures),
        tables=(
            _seconds(creation_s, upgrade_s, per_county, last_s),
            _killed(killed),
        ),
        notes=NOTES,
        seed=SEED,
    )


def create(place: Place) -> list[float]:
    took_s = []
    for code in place.codes:
        started = time.perf_counter()
        add_county(place.host, code=code, name=f"縣市{code}")
        took_s.append(time.perf_counter() - started)
        # Pools of counties that nobody uses any more would fill the server.
        place.host.engines.dispose()
    return took_s


def _plain_upgrade(place: Place, failures: list[str]) -> tuple[float, list[float]]:
    third_party.grow(place.module, by=PLAIN_REVISIONS)
    started = time.perf_counter()
    done = place.upgrade()
    took_s = time.perf_counter() - started
    must(failures, holds=done.returncode == 0, say=lambda: f"upgrade: {done.stderr[-500:]}")
    told = json.loads(done.stdout or '{"counties": []}')["counties"]
    must(
        failures,
        holds=[len(one["revisions"]) for one in told] == [PLAIN_REVISIONS] * len(place.codes),
        say="some county did not get all revisions",
    )
    return took_s, [one["took_s"] for one in told]


def kill(place: Place, *, wanted: int, work_s: float, failures: list[str]) -> Kills:
    drawn = random.Random(SEED)  # noqa: S311 (repeatable moments, no secret)
    kills = Kills()
    while kills.count < wanted and kills.finished_before < 10 * wanted:
        third_party.grow(place.module)
        running = place.start_upgrade()
        # Every fifth anywhere in its life, the others after it has first reached the server: the
        # start of a process takes longer than the upgrade of a county, and has nothing to break.
        if kills.count % 5:
            _reached(place, running)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(timeout=drawn.uniform(0.0, work_s))
        if running.poll() is None:
            kills.in_migration += _migrating(place)
            running.kill()
            running.wait()
            kills.count += 1
        else:
            kills.finished_before += 1
            work_s *= 0.9
        look(place, kills)
        if kills.count % 10 == 0:
            print(f"  counties: {kills.count} kills, {kills.looked_at:,} catalogs read")
    must(failures, holds=kills.count == wanted, say=f"only {kills.count} kills")
    many = wanted >= KILLS
    must(failures, holds=not many or kills.in_migration > 0, say="no kill met a migration")
    must(failures, holds=not many or kills.uneven > 0, say="no kill came between two counties")
    return kills


def _reached(place: Place, running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None and not _migrating(place):
        time.sleep(0.02)


def _migrating(place: Place) -> bool:
    with place.host.engines.server.connect() as admin:
        row = admin.execute(MIGRATING).fetchone()
    return row is not None and row[0] > 0


def look(place: Place, kills: Kills) -> None:
    """Compare every county's catalog with what its revisions had before, anywhere."""
    heads = Counter[str]()
    for code in place.codes:
        with place.county(code) as connection:
            role = place.host.engines.server.county_name(code)
            revisions, digest, _ = catalog.standing(connection, role=role)
        heads[revisions] += 1
        kills.looked_at += 1
        known = kills.catalogs.setdefault(revisions, digest)
        if known != digest:
            kills.half_done.append(f"{code} at {revisions}")
    kills.uneven += len(heads) > 1


def finish(place: Place, kills: Kills, failures: list[str]) -> float:
    """Run until done, and compare with a county that was made at once from the newest tables."""
    started = time.perf_counter()
    done = place.upgrade()
    took_s = time.perf_counter() - started
    must(failures, holds=done.returncode == 0, say=lambda: f"at the end: {done.stderr[-500:]}")
    look(place, kills)
    made = subprocess.run(
        [*THIS.zhuji, "county", "add", "NEW", "--name", "新縣", "--modules", ""],
        env=dict(place.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    must(failures, holds=made.returncode == 0, say=lambda: f"a new county: {made.stderr[-500:]}")
    found = {code: whole(place, code) for code in (*place.codes, "NEW")}
    must(
        failures,
        holds=len(set(found.values())) == 1,
        say=lambda: f"counties differ at the end: {found}",
    )
    must(failures, holds=not kills.half_done, say=lambda: f"half done: {kills.half_done[:3]}")
    status = subprocess.run(
        [*THIS.zhuji, "db", "status", "--json"],
        env=dict(place.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    behind = sum(one["behind"] for one in json.loads(status.stdout))
    must(failures, holds=(behind, status.returncode) == (0, 0), say=f"{behind} revisions behind")
    return took_s


def whole(place: Place, code: str) -> tuple[object, ...]:
    with place.county(code) as connection:
        role = place.host.engines.server.county_name(code)
        return (*catalog.standing(connection, role=role), *catalog.rights(connection))


def _seconds(
    creation_s: list[float], upgrade_s: float, per_county: list[float], last_s: float
) -> Table:
    return Table(
        heads=("seconds", "all", "median of a county", "slowest"),
        rows=(
            ("creation", *_spread(creation_s)),
            ("upgrade by five migrations", f"{upgrade_s:.1f}", *_spread(per_county)[1:]),
            ("run to the end after the last kill", f"{last_s:.1f}", "", ""),
        ),
    )


def _spread(took_s: list[float]) -> tuple[str, str, str]:
    ordered = sorted(took_s) or [0.0]
    return f"{sum(ordered):.1f}", f"{ordered[len(ordered) // 2]:.2f}", f"{ordered[-1]:.2f}"


def _killed(kills: Kills) -> Table:
    return counted(
        "killed and run again",
        [
            ("kills", kills.count),
            ("of them while a migration was in the database", kills.in_migration),
            ("of them that left counties at different revisions", kills.uneven),
            ("runs that ended before their kill", kills.finished_before),
            ("catalogs read", kills.looked_at),
            ("different revisions met", len(kills.catalogs)),
            ("half done", len(kills.half_done)),
        ],
    )
