"""One Taichung year and a tenth of it: worked, verified, closed; pages of the largest books."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import CommandFailed, Site
from tests.prove.tools.measuring import Measured, measured, open_pages
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_core.values import Value

SEED, YEAR = 105, "105"
AFTER_THE_YEAR = "2017-01-20"  # when a December is closed
OPENED, OPENED_QUICK = 100, 5
FOLLOW_TIMEOUT_S = 300.0
MONTHS = 12

LARGEST = """
    SELECT agency_code, account_code FROM accounting.account_balance
     WHERE fiscal_year = 105 AND period BETWEEN 1 AND 12
     GROUP BY agency_code, account_code
     ORDER BY (SELECT count(*) FROM accounting.ledger_entry AS e
                WHERE e.agency_code = account_balance.agency_code AND e.fiscal_year = 105
                  AND e.account_code = account_balance.account_code) DESC
     LIMIT 1
"""
SET_DATE = (
    "UPDATE kernel.setting SET value = to_jsonb(CAST(:date AS text)) WHERE key = 'business_date'"
)


class City(Value, frozen=True, kw_only=True):
    """How much of a city: the whole, a tenth of it, or a handful for a try."""

    name: str
    agencies: int
    requests: int
    vouchers: int


# Requests beyond the 230,000 of a year: some find no money (loadtests/README.md).
TENTH = City(name="a tenth", agencies=48, requests=26_500, vouchers=32_000)
WHOLE = City(name="one Taichung year", agencies=480, requests=265_000, vouchers=320_000)
QUICK = City(name="a handful", agencies=4, requests=400, vouchers=200)


class Worked(Value, frozen=True, kw_only=True):
    """What one city took: commands, closed months, pages."""

    city: City
    commands: dict[str, Measured]
    pages: tuple[tuple[str, ...], ...]


def scale(*, quick: bool) -> PartResult:
    """Make each city, do its year by the public commands, and open its largest books."""
    failures: list[str] = []
    cities = [QUICK] if quick else [TENTH, WHOLE]
    worked = [_worked(city, OPENED_QUICK if quick else OPENED, failures) for city in cities]
    checked = sum(
        sum(one.commands["accounting verify"].printed["ledger"]["checked"].values())
        for one in worked
    )
    return PartResult(
        part="scale",
        title="a year of certified lines and entries: closed, verified, opened",
        checked=checked,
        failures=tuple(failures),
        tables=(
            *(counted(one.city.name, list(one.commands["work"].printed.items()))
              for one in worked),
            _commands_table(worked),
            *(Table(heads=(f"page over HTTP, {one.city.name}", "opened", "bytes", "p50 ms",
                           "p95 ms"), rows=one.pages) for one in worked),
        ),
        notes=(
            "Seconds include the start of the command; PostgreSQL's memory is not the command's.",
            "Closing is of all agencies, each in a transaction of its own.",
        ),
        seed=SEED,
    )  # fmt: skip


def _worked(city: City, opened_pages: int, failures: list[str]) -> Worked:
    with site.opened(f"accounting-scale-{city.agencies}") as opened:
        found = filled(opened, city)
        _closed(opened, found, failures)
        for what in ("budget", "accounting"):
            name = f"{what} verify"
            found[name] = _run(opened, name, what, "verify", "--county", site.COUNTY, "--json")
            printed = found[name].printed
            must(failures, holds=not printed["errors"], say=f"{name}: {printed['errors'][:3]}")
        ledger = found["accounting verify"].printed["ledger"]
        must(failures, holds=all(ledger["checked"].values()), say=f"verified {ledger}")
        must(failures, holds=ledger["drift_ntd"] == 0, say=f"drift {ledger['drift_ntd']}")
        pages = open_pages(opened, _pages(opened), opened_pages, failures)
    return Worked(city=city, commands=found, pages=pages)


def filled(opened: Site, city: City) -> dict[str, Measured]:
    """Fill, enact and allot the city, let the books follow, then do the year's work."""
    county = ("--county", site.COUNTY, "--year", YEAR)
    generate = (
        sys.executable, "-m", "loadtests.data", *county, "--seed", str(SEED),
        "--agencies", str(city.agencies), "--requests", str(city.requests), "--json",
    )  # fmt: skip
    found = {"fill": _timed(opened, "fill", generate)}
    found["enact"] = _run(opened, "enact", "budget", "enact", *county, "--act-no", "示範", "--json")
    found["allot"] = _run(opened, "allot", "budget", "allot", *county, "--json")
    _follow(opened)
    found["work"] = _timed(opened, "work", (*generate, "--work", "--vouchers", str(city.vouchers)))
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


def _closed(opened: Site, found: dict[str, Measured], failures: list[str]) -> None:
    """Close the twelve months of all agencies; keep the longest."""
    with opened.admin.begin() as connection:
        connection.execute(sa.text(SET_DATE), {"date": AFTER_THE_YEAR})
    for month in range(1, MONTHS + 1):
        one = _run(
            opened, f"close month {month}", "accounting", "close", "--county", site.COUNTY,
            "--year", YEAR, "--month", str(month), "--json",
        )  # fmt: skip
        refused = [answer for answer in one.printed if answer["code"]]
        must(failures, holds=not refused, say=f"month {month}: {refused[:2]}")
        name = "close a month, the longest of twelve"
        if name not in found or one.took_s > found[name].took_s:
            found[name] = one


def _run(opened: Site, name: str, *arguments: str) -> Measured:
    return _timed(opened, name, [*site.ZHUJI, *arguments])


def _timed(opened: Site, name: str, command: Sequence[str]) -> Measured:
    one = measured(opened, command)
    print(f"  scale: {name}: {one.took_s:,.1f} s, {one.memory_mib:,.0f} MiB")
    return one


def _pages(opened: Site) -> dict[str, str]:
    with opened.admin.connect() as connection:
        largest = connection.exec_driver_sql(LARGEST).one()
    book = f"fiscal_year={YEAR}&agency_code={largest.agency_code}&period=12"
    return {
        "city-wide execution report": "budget/reports/execution",
        "city-wide 經費累計表": f"accounting/reports/expenditure?fiscal_year={YEAR}&period=12",
        "city-wide trial balance": f"accounting/books/trial-balance?fiscal_year={YEAR}&period=12",
        "trial balance of the largest agency": f"accounting/books/trial-balance?{book}",
        "one page of the largest ledger": (
            f"accounting/books/account?{book}&account_code={largest.account_code}"
        ),
        "one page of its journal": f"accounting/books/journal?{book}",
        "vouchers": f"accounting/vouchers?year={YEAR}",
    }


def _commands_table(worked: Sequence[Worked]) -> Table:
    """Return seconds and memory of each command for each city, and how much they grew."""

    def row(name: str) -> tuple[str, ...]:
        cells: list[Any] = [name]
        for one in worked:
            cells += [f"{one.commands[name].took_s:,.1f}", f"{one.commands[name].memory_mib:,.0f}"]
        if len(worked) > 1:
            first, last = worked[0].commands[name], worked[-1].commands[name]
            cells.append(f"{last.took_s / first.took_s:,.1f}")
        return tuple(cells)

    heads = ["command"]
    for one in worked:
        heads += [f"seconds, {one.city.name}", f"peak MiB, {one.city.name}"]
    if len(worked) > 1:
        heads.append("times as long")
    return Table(heads=tuple(heads), rows=tuple(row(name) for name in worked[0].commands))
