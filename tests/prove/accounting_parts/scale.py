"""One Taichung year and a tenth of it: verified, closed, ended; pages of the largest books."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from tests.prove.accounting_parts import city as cities
from tests.prove.accounting_parts.city import QUICK, SEED, TENTH, WHOLE, YEAR, City, run
from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import Site
from tests.prove.tools.measuring import Measured, open_pages
from tests.prove.tools.results import PartResult, Table, commit, counted, must
from zhuji_core.values import Value

AFTER_THE_YEAR = "2017-01-20"  # when a December is closed
OPENED, OPENED_QUICK = 100, 5
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
ENDED = ", the year ended"
ENTRIES = "SELECT count(*) FROM accounting.ledger_entry"
SET_DATE = (
    "UPDATE kernel.setting SET value = to_jsonb(CAST(:date AS text)) WHERE key = 'business_date'"
)


class Worked(Value, frozen=True, kw_only=True):
    """What one city took: commands, closed months, pages; by the code of which commit."""

    city: City
    commit: str
    commands: dict[str, Measured]
    pages: tuple[tuple[str, ...], ...]

    @property
    def checked(self) -> int:
        """How many things were recomputed after the year had ended."""
        ledger = self.commands[f"accounting verify{ENDED}"].printed["ledger"]
        return sum(ledger["checked"].values())


def tenth(*, quick: bool) -> PartResult:
    """Live the tenth's year, and keep what it took for the whole to be compared with."""
    failures: list[str] = []
    worked = _worked(QUICK if quick else TENTH, OPENED_QUICK if quick else OPENED, failures)
    _kept(worked.city).write_bytes(msgspec.json.encode(worked))
    return _result("tenth", [worked], failures)


def scale(*, quick: bool) -> PartResult:
    """Live the year of the whole city; say how each thing grew from the tenth of it."""
    failures: list[str] = []
    less = msgspec.json.decode(_kept(QUICK if quick else TENTH).read_bytes(), type=Worked)
    worked = _worked(QUICK if quick else WHOLE, OPENED_QUICK if quick else OPENED, failures)
    return _result("scale", [less, worked], failures)


def _kept(city: City) -> Path:
    return city.folder / "worked.json"


def _result(part: str, worked: Sequence[Worked], failures: Sequence[str]) -> PartResult:
    last = worked[-1]
    return PartResult(
        part=part,
        title=f"{last.city.name}: closed, verified, opened, ended",
        checked=last.checked,
        failures=tuple(failures),
        tables=(
            counted(last.city.name, list(last.commands["work"].printed.items())),
            _commands_table(worked),
            *(Table(heads=(f"page over HTTP, {one.city.name}", "opened", "bytes", "p50 ms",
                           "p95 ms"), rows=one.pages) for one in worked),
        ),
        notes=(
            "Seconds include the start of the command; CPU is its own and PostgreSQL's.",
            "Memory is the command's own, without PostgreSQL's.",
            "Closing and ending are of all agencies, each in a transaction of its own.",
            *(f"{one.city.name}: measured on commit {one.commit}." for one in worked[:-1]),
        ),
        seed=SEED,
    )  # fmt: skip


def _worked(city: City, opened_pages: int, failures: list[str]) -> Worked:
    with cities.opened(city, f"accounting-scale-{city.agencies}") as (opened, made):
        found = dict(made.commands)
        _closed(opened, found, failures)
        _verified(opened, found, failures, when="")
        pages = open_pages(opened, _pages(opened), opened_pages, failures)
        _ended(opened, found, failures)
        _verified(opened, found, failures, when=ENDED)
    return Worked(city=city, commit=commit(), commands=found, pages=pages)


def _verified(opened: Site, found: dict[str, Measured], failures: list[str], *, when: str) -> None:
    """Let both modules recompute all of it; nothing recomputed, or a difference, is a failure."""
    for what in ("budget", "accounting"):
        name = f"{what} verify{when}"
        found[name] = run(opened, name, what, "verify", "--county", site.COUNTY, "--json")
        printed = found[name].printed
        must(failures, holds=not printed["errors"], say=f"{name}: {printed['errors'][:3]}")
    ledger = found[f"accounting verify{when}"].printed["ledger"]
    must(failures, holds=all(ledger["checked"].values()), say=f"verified{when}: {ledger}")
    must(failures, holds=ledger["drift_ntd"] == 0, say=f"drift{when}: {ledger['drift_ntd']}")


def _ended(opened: Site, found: dict[str, Measured], failures: list[str]) -> None:
    """End the year of all agencies: as a preview, of which nothing is kept, then for good."""
    command = ("accounting", "year-end", "--county", site.COUNTY, "--year", YEAR, "--json")
    before = _entries(opened)
    found["year-end, previewed"] = run(opened, "preview", *command, "--preview")
    must(failures, holds=_entries(opened) == before, say="a preview has left entries")
    found["year-end"] = run(opened, "year-end", *command)
    must(failures, holds=_entries(opened) > before, say="the year's end has posted nothing")
    for name in ("year-end, previewed", "year-end"):
        refused = [answer for answer in found[name].printed if answer["code"]]
        must(failures, holds=not refused, say=f"{name}: {refused[:2]}")


def _entries(opened: Site) -> int:
    with opened.admin.connect() as connection:
        return int(connection.exec_driver_sql(ENTRIES).scalar_one())


def _closed(opened: Site, found: dict[str, Measured], failures: list[str]) -> None:
    """Close the twelve months of all agencies; keep the longest."""
    with opened.admin.begin() as connection:
        connection.execute(sa.text(SET_DATE), {"date": AFTER_THE_YEAR})
    for month in range(1, MONTHS + 1):
        one = run(
            opened, f"close month {month}", "accounting", "close", "--county", site.COUNTY,
            "--year", YEAR, "--month", str(month), "--json",
        )  # fmt: skip
        refused = [answer for answer in one.printed if answer["code"]]
        must(failures, holds=not refused, say=f"month {month}: {refused[:2]}")
        name = "close a month, the longest of twelve"
        if name not in found or one.took_s > found[name].took_s:
            found[name] = one


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
        "vouchers": f"accounting/vouchers?fiscal_year={YEAR}",
    }


def _commands_table(worked: Sequence[Worked]) -> Table:
    """Return seconds and memory of each command for each city, and how much they grew."""

    def row(name: str) -> tuple[str, ...]:
        cells = [name]
        for one in worked:
            took = one.commands[name]
            cells += [f"{took.took_s:,.1f}", f"{took.cpu_s:,.1f}", f"{took.memory_mib:,.0f}"]
        if len(worked) > 1:
            first, last = worked[0].commands[name], worked[-1].commands[name]
            cells.append(f"{last.cpu_s / first.cpu_s:,.1f}" if first.cpu_s else "")
        return tuple(cells)

    heads = ["command"]
    for one in worked:
        name = one.city.name
        heads += [f"seconds, {name}", f"CPU seconds, {name}", f"peak MiB, {name}"]
    if len(worked) > 1:
        heads.append("times the CPU")
    return Table(heads=tuple(heads), rows=tuple(row(name) for name in worked[0].commands))
