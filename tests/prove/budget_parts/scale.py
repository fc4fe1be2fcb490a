"""A city of 480 agencies and 21,600 control rows: filled, enacted, allotted, reported."""

from __future__ import annotations

import sys

from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import Site
from tests.prove.tools.measuring import Measured, measured, open_pages
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_budget.domain.reports.catalogue import REPORTS as CATALOGUE

AGENCIES, AGENCIES_QUICK = 480, 16
REQUESTS, REQUESTS_QUICK = 20_000, 200
OPENED, OPENED_QUICK = 200, 10
ROWS_PER_AGENCY = 45
SEED = 105
YEAR = "105"
WHY = ("--reason", "示範")  # what an operator does alone says why
REPORTS = {
    "city-wide execution report": "budget/reports/execution",
    "the same, to the level of agencies": "budget/reports/execution?depth=2",
    "list of lines": "budget/lines?year=105",
    **{f"report {name}": f"budget/reports/{name}" for name in CATALOGUE if name != "execution"},
    "charts": "budget/reports/charts",
    "council's view": "budget/council/105",
    "schedules of allotment": "budget/allotments",
    "changes": "budget/changes",
}
STATE = """
    SELECT count(*) AS rows, sum(enacted_ntd)::bigint AS enacted_ntd,
           count(*) FILTER (WHERE cardinality(allotment_ntd) = 12) AS allotted,
           sum((SELECT sum(a) FROM unnest(allotment_ntd) AS a))::bigint AS allotted_ntd
      FROM budget.control_row WHERE fiscal_year = 105
"""


def scale(*, quick: bool) -> PartResult:
    """Run the public commands on the generated city, then open the report again and again."""
    agencies = AGENCIES_QUICK if quick else AGENCIES
    requests = REQUESTS_QUICK if quick else REQUESTS
    failures: list[str] = []
    with site.opened("scale") as opened:
        commands = _commands(opened, agencies, requests)
        with opened.admin.connect() as connection:
            found = connection.exec_driver_sql(STATE).one()
        rows = agencies * ROWS_PER_AGENCY
        must(failures, holds=found.rows == rows, say=f"{found.rows} rows of {rows}")
        must(
            failures,
            holds=found.allotted_ntd == found.enacted_ntd > 0,
            say=f"enacted {found.enacted_ntd}, allotted {found.allotted_ntd}",
        )
        verified = commands["verify"].printed
        must(failures, holds=verified["checked"] == rows, say=f"verified {verified['checked']}")
        must(failures, holds=not verified["errors"], say=f"{verified['errors'][:3]}")
        times = open_pages(opened, REPORTS, OPENED_QUICK if quick else OPENED, failures)
    return PartResult(
        part="scale",
        title=f"{agencies} agencies, {rows:,} control rows × 12 months",
        checked=found.rows + found.allotted + len(times),
        failures=tuple(failures),
        tables=(
            Table(
                heads=("command", "seconds", "peak memory of the command, MiB"),
                rows=tuple(
                    (name, f"{one.took_s:,.1f}", f"{one.memory_mib:,.0f}")
                    for name, one in commands.items()
                ),
            ),
            counted(
                "the city",
                [
                    *commands["fill"].printed.items(),
                    ("enacted, NT$", found.enacted_ntd),
                    ("allotted over twelve months, NT$", found.allotted_ntd),
                    ("control rows verified", verified["checked"]),
                ],
            ),
            Table(heads=("page over HTTP", "opened", "bytes", "p50 ms", "p95 ms"), rows=times),
        ),
        notes=(
            "Seconds include the start of the command; PostgreSQL's memory is not the command's.",
        ),
        seed=SEED,
    )  # fmt: skip


def _commands(opened: Site, agencies: int, requests: int) -> dict[str, Measured]:
    county = ("--county", site.COUNTY, "--year", YEAR)
    fill = [sys.executable, "-m", "loadtests.data", *county, "--seed", str(SEED), "--agencies",
            str(agencies), "--requests", str(requests), "--json"]  # fmt: skip
    zhuji = [*site.ZHUJI, "budget"]
    found = {"fill": measured(opened, fill)}
    print(f"  scale: filled in {found['fill'].took_s:.1f} s")
    for name, more in (
        ("enact", [*county, "--act-no", "示範", *WHY, "--json"]),
        ("allot", [*county, *WHY, "--json"]),
        ("verify", [*county[:2], "--json"]),
    ):
        found[name] = measured(opened, [*zhuji, name, *more])
        print(f"  scale: {name} in {found[name].took_s:.1f} s")
    return found
