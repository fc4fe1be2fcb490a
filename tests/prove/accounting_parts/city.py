"""A made-up city's year: filled and worked by the public commands, kept, and opened as a copy.

Filling takes longer than most of what is measured on it, so a filled city stays in ``prove-work``
and each part works on a copy of its own, upgraded to the tables of today.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import CommandFailed, Site
from tests.prove.tools.measuring import Measured, measured
from tests.prove.tools.results import WORK, commit
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.values import Value

SEED, YEAR = 105, "105"
FOLLOW_TIMEOUT_S = 3_600.0
KEPT = WORK / "cities"


class City(Value, frozen=True, kw_only=True):
    """How much of a city: the whole, a tenth of it, or a handful for a try."""

    name: str
    agencies: int
    requests: int
    vouchers: int

    @property
    def folder(self) -> Path:
        return KEPT / f"{self.agencies}-{self.requests}-{self.vouchers}"


# Requests beyond the 230,000 of a year: some find no money (loadtests/README.md).
TENTH = City(name="a tenth", agencies=48, requests=26_500, vouchers=32_000)
WHOLE = City(name="one Taichung year", agencies=480, requests=265_000, vouchers=320_000)
QUICK = City(name="a handful", agencies=4, requests=400, vouchers=200)


class Made(Value, frozen=True, kw_only=True):
    """How a city was made: by the code of which commit, and what each command took and printed."""

    commit: str
    commands: dict[str, Measured]


@contextlib.contextmanager
def opened(city: City, name: str) -> Iterator[tuple[Site, Made]]:
    """Yield a copy of the city, made first where none is kept, in a home that is removed after."""
    if not (city.folder / "made.json").exists():
        _make(city)
    made = msgspec.json.decode((city.folder / "made.json").read_bytes(), type=Made)
    home = Home(WORK / "homes" / name)
    shutil.rmtree(home.path, ignore_errors=True)
    home.path.parent.mkdir(parents=True, exist_ok=True)
    # With its owners: as root PostgreSQL's files belong to a low account.
    subprocess.run(["cp", "-a", str(city.folder / "home"), str(home.path)], check=True)
    with _site(home) as copy:
        copy.command("db", "upgrade")
        yield copy, made
    shutil.rmtree(home.path, ignore_errors=True)


@contextlib.contextmanager
def _site(home: Home) -> Iterator[Site]:
    with Cluster(home) as address:
        found = Site(home, address)
        try:
            yield found
        finally:
            found.admin.dispose()


def _make(city: City) -> None:
    """Make the city; what a broken run left behind is made anew."""
    shutil.rmtree(city.folder, ignore_errors=True)
    city.folder.mkdir(parents=True)
    with _site(Home(city.folder / "home")) as made:
        made.make_county(reviewers=1)
        commands = _filled(made, city)
    (city.folder / "made.json").write_bytes(
        msgspec.json.encode(Made(commit=commit(), commands=commands))
    )


def _filled(opened: Site, city: City) -> dict[str, Measured]:
    """Fill, enact and allot the city, let the books follow, then do the year's work."""
    county = ("--county", site.COUNTY, "--year", YEAR)
    generate = (
        sys.executable, "-m", "loadtests.data", *county, "--seed", str(SEED),
        "--agencies", str(city.agencies), "--requests", str(city.requests), "--json",
    )  # fmt: skip
    found = {"fill": timed(opened, "fill", generate)}
    why = ("--reason", "示範")  # what an operator does alone says why
    found["enact"] = run(
        opened, "enact", "budget", "enact", *county, *why, "--act-no", "示範", "--json"
    )
    found["allot"] = run(opened, "allot", "budget", "allot", *county, *why, "--json")
    _follow(opened)
    found["work"] = timed(opened, "work", (*generate, "--work", "--vouchers", str(city.vouchers)))
    with opened.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    return found


def _follow(opened: Site) -> None:
    """Serve until every module has followed what the others told."""
    started = time.perf_counter()
    with site.serving(opened):
        while not _followed(opened):
            if time.perf_counter() - started > FOLLOW_TIMEOUT_S:
                raise CommandFailed("the books did not follow the budget in time")
            time.sleep(0.5)


def _followed(opened: Site) -> bool:
    found = json.loads(opened.command("events", "status", "--county", site.COUNTY, "--json"))
    modules = found["modules"]
    return bool(modules) and not any(one["lag_events"] for one in modules) and not found["waiting"]


def run(opened: Site, name: str, *arguments: str) -> Measured:
    """Run ``zhuji …``, print and return what it took."""
    return timed(opened, name, [*site.ZHUJI, *arguments])


def timed(opened: Site, name: str, command: Sequence[str]) -> Measured:
    one = measured(opened, command)
    print(f"  {opened.home.path.name}: {name}: {one.took_s:,.1f} s, {one.memory_mib:,.0f} MiB")
    return one
