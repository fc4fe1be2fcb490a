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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.prove.accounting_parts import bulk
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
STATE = "SELECT state FROM budget.fiscal_year WHERE fiscal_year = %s"
BEFORE = {"enact": "bill", "allot": "enacted"}  # the year's state before each step
THROWN_AWAY = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "8GB",
    "shared_buffers": "512MB",
}  # fmt: skip


class City(Value, frozen=True, kw_only=True):
    """How much of a city: the whole, a tenth of it, or a handful for a try.

    ``former``: years before this one that are worked too, as busily; their ``contracts`` and
    ``sellers`` are of each (``loadtests.data``).
    """

    name: str
    agencies: int
    requests: int
    vouchers: int
    former: int = 0
    contracts: int = 0
    sellers: int = 0

    @property
    def folder(self) -> Path:
        of_a_year = f"{self.agencies}-{self.requests}-{self.vouchers}"
        return KEPT / (f"{of_a_year}-former-{self.former}" if self.former else of_a_year)

    @property
    def last_year(self) -> City:
        """Return the city of this year alone, on which the former ones are laid."""
        return msgspec.structs.replace(self, former=0)


# Requests beyond the 230,000 of a year: some find no money (loadtests/README.md).
TENTH = City(name="a tenth", agencies=48, requests=26_500, vouchers=32_000)
WHOLE = City(name="one Taichung year", agencies=480, requests=265_000, vouchers=320_000)
QUICK = City(name="a handful", agencies=4, requests=400, vouchers=200)
# The two years before it, with the sellers and contracts of three (design/domain.md §6).
THRICE = City(
    name="three Taichung years", agencies=480, requests=265_000, vouchers=320_000, former=2,
    contracts=30_000, sellers=120_000,
)  # fmt: skip
QUICK_THRICE = City(
    name="three years of a handful", agencies=4, requests=400, vouchers=200, former=2,
    contracts=40, sellers=100,
)  # fmt: skip


class Made(Value, frozen=True, kw_only=True):
    """How a city was made: by the code of which commit, and what each command took and printed."""

    commit: str
    commands: dict[str, Measured]


@contextlib.contextmanager
def opened(city: City, name: str) -> Iterator[tuple[Site, Made]]:
    """Yield a copy of the city, made first where none is kept, in a home that is removed after."""
    made = kept(city)
    home = Home(WORK / "homes" / name)
    _copy(city, home.path)
    with _site(home) as copy:
        copy.command("db", "upgrade")
        yield copy, made
    shutil.rmtree(home.path, ignore_errors=True)


def kept(city: City) -> Made:
    """Return how the city was made; make it first where none is kept."""
    if not (city.folder / "made.json").exists():
        if city.former:
            _make_former(city)
        else:
            _make(city)
    return msgspec.json.decode((city.folder / "made.json").read_bytes(), type=Made)


def _copy(city: City, to: Path) -> None:
    """Copy a kept city's home, with its owners: as root PostgreSQL's files are another's."""
    shutil.rmtree(to, ignore_errors=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(city.folder / "home"), str(to)], check=True)


@contextlib.contextmanager
def _site(home: Home, **options: str) -> Iterator[Site]:
    with Cluster(home, options=options) as address:
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
        commands = _worked(made, city, YEAR)
        _vacuum(made)
    _made(city, commands)


def _make_former(city: City) -> None:
    """Lay former years below a copy of the city of this year, one beside the other.

    What a broken run left is taken up: each agency's year is one transaction. Nothing here has to
    outlive a power cut, so nothing is flushed.
    """
    kept(city.last_year)
    home = city.folder / "home"
    if not home.exists():
        unfinished = city.folder / "copied"
        _copy(city.last_year, unfinished)
        unfinished.rename(home)
    years = [str(int(YEAR) - before) for before in range(1, city.former + 1)]
    with (
        _site(Home(home), **THROWN_AWAY) as made,
        ThreadPoolExecutor(max_workers=city.former) as together,
    ):
        made.command("db", "upgrade")
        with bulk.loading(made.admin, city.folder / "indexes.json"):
            each = list(together.map(lambda year: _filled(made, city, year), years))
            _follow(made)
            each += list(together.map(lambda year: _booked(made, city, year), years))
        _vacuum(made)
    _made(city, {name: took for one in each for name, took in one.items()})


def _made(city: City, commands: dict[str, Measured]) -> None:
    (city.folder / "made.json").write_bytes(
        msgspec.json.encode(Made(commit=commit(), commands=commands))
    )


def _worked(opened: Site, city: City, year: str) -> dict[str, Measured]:
    """Fill, enact and allot the city, let the books follow, then do the year's work."""
    found = _filled(opened, city, year)
    _follow(opened)
    return found | _booked(opened, city, year)


def _filled(opened: Site, city: City, year: str) -> dict[str, Measured]:
    """Fill, enact and allot a year; one that stands already answers with its refusals."""
    county = ("--county", site.COUNTY, "--year", year)
    why = ("--reason", "示範")  # what an operator does alone says why
    of = "" if year == YEAR else f" {year}"
    found = {f"fill{of}": timed(opened, f"fill{of}", _generate(city, year))}
    for step, more in (("enact", ("--act-no", "示範")), ("allot", ())):
        if _state(opened, year) == BEFORE[step]:
            found[step + of] = run(
                opened, step + of, "budget", step, *county, *why, *more, "--json"
            )
    return found


def _booked(opened: Site, city: City, year: str) -> dict[str, Measured]:
    of = "" if year == YEAR else f" {year}"
    work = ("--work", "--vouchers", str(city.vouchers), "--contracts", str(city.contracts))
    return {f"work{of}": timed(opened, f"work{of}", (*_generate(city, year), *work))}


def _generate(city: City, year: str) -> Sequence[str]:
    return (
        sys.executable, "-m", "loadtests.data", "--county", site.COUNTY, "--year", year,
        "--seed", str(SEED), "--agencies", str(city.agencies), "--requests", str(city.requests),
        "--sellers", str(city.sellers), "--json",
    )  # fmt: skip


def _state(opened: Site, year: str) -> str:
    with opened.admin.connect() as connection:
        return str(connection.exec_driver_sql(STATE, (year,)).scalar_one())


def _vacuum(opened: Site) -> None:
    with opened.admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


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
