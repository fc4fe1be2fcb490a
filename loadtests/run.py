"""``python -m loadtests.run --scenario A``: fill a county, serve it, load it, and judge."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import click

from loadtests import checks, desk, line, people, report, site, slo
from loadtests.data.copying import Size
from loadtests.line import Ends
from loadtests.machine import load_average, watching
from loadtests.notes import read_acts, read_seen
from loadtests.operator import begin_of, home_of
from loadtests.outcome import Outcome, rates_of, slowest_of
from loadtests.people import PLAN, Plan
from loadtests.scenarios import AGENCIES, DECEMBER, FISCAL_YEAR, SCENARIOS, Scenario
from loadtests.site import ROOT, WORK, Site
from zhuji_core.values import Value

LOCUST = (sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--headless")
STARTED_S = 120.0
# What lies on the desks: so many times what the scenario must certify.
PLENTY, WAITING_MIN = 3.0, 200


@click.command(help="Run a load scenario (A to H) over a made-up county, and judge it.")
@click.option("--scenario", "name", required=True, type=click.Choice(sorted(SCENARIOS)))
@click.option("--county", default="TXG", show_default=True, help="code of the made-up county")
@click.option("--scale", default=0.05, show_default=True, help="1 is a Taichung, 4 are 13 counties")
@click.option("--minutes", type=float, help="how long; without it, as the scenario says")
@click.option("--think", default=1.0, show_default=True, help="0.5: people think half as long")
@click.option("--processes", default=1, show_default=True, help="processes of Locust")
@click.option("--fresh", is_flag=True, help="fill the county anew")
@click.option(
    "--history",
    default=0,
    show_default=True,
    type=click.IntRange(0, 9),
    help="years before it, worked and ended; a scale of 1 at most",
)
@click.option("--home", default="", help="folder of load-work; a second county comes beside")
def main(  # noqa: PLR0913 (each is an option)
    *, name: str, county: str, scale: float, minutes: float | None, think: float, processes: int,
    fresh: bool, history: int, home: str,
) -> None:  # fmt: skip
    scenario = SCENARIOS[name]
    asked = Asked(
        county=county.upper(), scale=scale, minutes=minutes or scenario.minutes, think=think,
        processes=processes, history=history, home=home,
    )  # fmt: skip
    outcome = play(scenario, asked, fresh=fresh)
    click.echo(report.text(outcome))
    click.echo(f"report: {outcome.plan.folder}/{report.PAGE}")
    sys.exit(0 if outcome.passed else 1)


class Asked(Value, frozen=True, kw_only=True):
    """The options that shape a run."""

    county: str
    scale: float
    minutes: float
    think: float
    processes: int = 1
    history: int = 0
    home: str = ""

    @property
    def agencies(self) -> int:
        return max(2, round(AGENCIES * self.scale))

    def sessions(self, scenario: Scenario) -> int:
        scale = 1 if scenario.fixed else self.scale
        return max(1, round(scenario.sessions * scale))


def play(scenario: Scenario, asked: Asked, *, fresh: bool = False) -> Outcome:
    """Fill a county, serve and load it; write the run's page beside what the people saw."""
    run = WORK / "runs" / f"{scenario.name}-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}"
    run.mkdir(parents=True)
    history = f"-{asked.history}y" if asked.history else ""
    folder = WORK / (asked.home or f"{asked.county.lower()}-{asked.scale:g}{history}")
    with site.opened(folder, code=asked.county, fresh=fresh) as opened, home_of(opened):
        size = Size(fiscal_year=FISCAL_YEAR, agencies=asked.agencies, requests=0)
        click.echo(f"filling {opened.code}: {size.agencies} agencies")
        if asked.history:
            opened.make_city(scale=asked.scale, history=asked.history, fiscal_year=FISCAL_YEAR)
        else:
            opened.fill(fiscal_year=FISCAL_YEAR, agencies=size.agencies, requests=0)
        plan = plan_of(opened, scenario, size, asked, run)
        outcome = _play(opened, scenario, plan, asked)
    report.write(outcome, run)
    return outcome


def plan_of(opened: Site, scenario: Scenario, size: Size, asked: Asked, run: Path) -> Plan:
    """Stand at the day, make the accounts, put on the desks what the scenario needs."""
    sessions = asked.sessions(scenario)
    wanted = people.seats(sessions, crowd=scenario.crowd, beside=scenario.beside)
    opened.stand_at(DECEMBER if scenario.crowd == "carrier" else scenario.day)
    with begin_of(opened.code) as begin:
        of_one_purpose: tuple[str, ...] = ()
        if scenario.crowd == "payroll":
            of_one_purpose = desk.payroll(begin, size, count=sessions)
        elif scenario.crowd == "rusher":
            of_one_purpose = desk.rush(begin, size)
        elif scenario.crowd == "carrier":
            of_one_purpose = desk.held(begin, size, count=wanted["carrier"])
        if scenario.beside:
            needed = scenario.required.certifications_per_s * asked.scale * asked.minutes * 60
            enough = max(WAITING_MIN, round(needed * PLENTY / asked.think))
            waiting = desk.top_up(begin, size, wanted=enough, short=scenario.short)
            click.echo(f"{waiting:,} requests wait for certification")
    opened.stand_at(scenario.day)
    plan = Plan(
        scenario=scenario.name, county=opened.code.lower(), folder=str(run),
        minutes=asked.minutes, sessions=sessions, think=asked.think,
        fiscal_year=size.fiscal_year, day=str(scenario.day),
        people=people.make_people(opened.code, wanted), desk=of_one_purpose,
    )  # fmt: skip
    plan.write()
    return plan


def _play(opened: Site, scenario: Scenario, plan: Plan, asked: Asked) -> Outcome:
    """Serve, let Locust's people come, and look at what became of it."""
    run = Path(plan.folder)
    with (
        line.laid(scenario) as ends,
        site.serving(opened, namespace=ends.server, host=ends.host) as served,
        line.between(served.port, scenario, ends) as port,
    ):
        pids = {"application": served.process.pid, "PostgreSQL": opened.postmaster}
        since_s, before = time.time(), load_average()
        with watching(pids) as used:
            code = _locust(plan, run, ends, port=port, processes=asked.processes)
        took_s = time.time() - since_s
        followed_s = checks.wait_until_followed(opened)
    seen, acts = list(read_seen(run)), read_acts(run)
    rates = rates_of(scenario, seen, acts, scale=asked.scale, minutes=plan.minutes)
    with opened.connected() as connection:
        compared = checks.compare(connection, acts, since_s=since_s)
    return Outcome(
        scenario=scenario, scale=asked.scale, plan=plan, processes=asked.processes, took_s=took_s,
        locust_code=code, rates=rates,
        kept=tuple(slo.judge(seen, slo.read_promise(), scenario=scenario.name)),
        compared=tuple(compared), verified=tuple(checks.verify(opened)), used=tuple(used),
        followed_s=followed_s, load_before=before, since_s=since_s, slowest=slowest_of(seen),
        breakdown=report.breakdown(opened.home.times, since_s=since_s, county=opened.code),
    )  # fmt: skip


def _locust(plan: Plan, run: Path, ends: Ends, *, port: int, processes: int) -> int:
    """Run Locust to its end; return its exit code (1: an answer was a fault)."""
    inside = ("ip", "netns", "exec", ends.people) if ends.people else ()
    command = [*inside, *LOCUST, "--host", f"http://{ends.host}:{port}"]
    command += ["--html", str(run / "locust.html"), "--only-summary", "--exit-code-on-error", "1"]
    command += ["--stop-timeout", "30"]
    command += ["--processes", str(processes)] if processes > 1 else []
    with (run / "locust.log").open("wb") as told:
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, PLAN: str(run / "plan.json")}, check=False,
            stdin=subprocess.DEVNULL, stdout=told, stderr=told,
            timeout=plan.minutes * 60 + STARTED_S,
        )  # fmt: skip
    return done.returncode


if __name__ == "__main__":
    main()
