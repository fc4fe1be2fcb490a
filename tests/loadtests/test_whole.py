"""A whole city made ready: years ended and one that goes on, taken up wherever it was broken."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from loadtests import site
from loadtests.data import whole
from loadtests.data.volumes import Volumes
from loadtests.data.whole import Plan
from tests.plugins.accounting.given import follow
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.report_sets import verify_sets
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.identity.actor import system_actor
from zhuji_core.testing.counties import CountyUnderTest, given_actor
from zhuji_core.uow import UnitOfWork

TODAY = dt.date(2017, 4, 10)
TINY = Volumes(agencies=2, requests=48, free_vouchers=12, contracts=12, sellers=30, waiting=6)
PLAN = Plan(volumes=TINY, fiscal_year=106, former=1, seed=105, today=TODAY)
# The first words of each stage that a run tells of.
STAGES = ("112 budget", "112 enacted", "112 the books", "112 work", "112 months", "113 budget",
          "113 enacted")  # fmt: skip


class Broken(Exception):
    """The break of a run."""


def made(county: CountyUnderTest, plan: Plan = PLAN, *, until: str = "") -> dict[str, int]:
    """Make the city ready as an operator; break where the stage ``until`` has begun."""
    county.business_date = TODAY
    operator = system_actor(given_actor().permissions, reason="示範城市")

    def begin(*, read_only: bool = False) -> AbstractContextManager[UnitOfWork]:
        return county.uow(operator, read_only=read_only)

    def told(stage: str, done: int, of: int) -> None:
        if until and until in stage and done < of:
            raise Broken

    return whole.make(begin, lambda: follow(county), plan, told=told)


def require_proved(county: CountyUnderTest) -> None:
    with county.uow(read_only=True) as uow:
        assert verify_budget(uow).errors == ()
        assert verify_certifications(uow).errors == ()
        books = verify_ledger(uow)
        assert (books.errors, books.drift_ntd) == ((), 0)
        assert verify_sets(uow).errors == ()


@pytest.mark.slow
def test_a_city_broken_at_each_stage_is_the_same_as_an_unbroken_one(
    txg: CountyUnderTest,
) -> None:
    for stage in ("105 budget", "105 enacted", "105 the books", "105 work", "105 months"):
        with pytest.raises(Broken):
            made(txg, until=stage)
    found = made(txg)
    assert made(txg) == found, "what is done is not done twice"
    require_proved(txg)
    assert found["agencies"] == found["years_ended"] == 2
    assert found["requests"] == 48 + 6
    assert found["certifications"] == found["claims"] == 48 - found["returned"]
    assert found["certifications"] > 40
    assert found["released"] > 0
    assert (found["contracts"], found["contracts_open"]) == (12, 0)
    assert found["sellers"] == 30


@pytest.mark.slow
def test_of_the_year_that_goes_on_contracts_are_open_and_later_months_wait(
    txg: CountyUnderTest,
) -> None:
    plan = Plan(volumes=TINY, fiscal_year=106, former=0, seed=105, today=TODAY, work=True)
    found = made(txg, plan)
    require_proved(txg)
    assert found["years_ended"] == 0
    assert found["contracts"] == 12 * 3 // 12
    assert 0 < found["certifications"] - found["claims"] < found["claims"]
    waiting = txg.rows(
        "SELECT count(*) AS many FROM accounting.spending_request WHERE state = 'unit_approved'"
    )
    assert waiting[0].many > 30
    assert made(txg, plan) == found


@pytest.mark.slow
def test_a_fill_that_is_killed_again_and_again_ends_as_it_should(tmp_path: Path) -> None:
    with site.opened(tmp_path / "home", code="TXG") as opened:
        killed = [stage for stage in STAGES if _killed_at(opened, stage, tmp_path / "told")]
        assert len(killed) > len(STAGES) // 2, "most of the breaks are in the midst of it"
        done = subprocess.run(
            [*_command(), "--json"], env=opened.environment, cwd=site.ROOT, check=True,
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        found = json.loads(done.stdout)
        assert (found["agencies"], found["years_ended"]) == (5, 5)
        assert found["requests"] == 2_400 + 200
        assert found["certifications"] == found["claims"] == 2_400 - found["returned"]
        assert found["contracts"] == 200
        assert found["sellers"] == 1_200
        budget = json.loads(opened.command("budget", "verify", "--county", "TXG", "--json"))
        assert budget["errors"] == []
        books = json.loads(opened.command("accounting", "verify", "--county", "TXG", "--json"))
        assert (books["errors"], books["ledger"]["errors"]) == ([], [])
        assert books["months"]["errors"] == []


def _command() -> list[str]:
    county = ("--county", "TXG", "--scale", "0.01", "--years", "1", "--year", "113")
    return [sys.executable, "-m", "loadtests.data", *county]


def _killed_at(opened: site.Site, stage: str, log: Path) -> bool:
    """Run the fill and kill -9 it when it has told of ``stage``; False: it ended before."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            _command(), env={**opened.environment, "PYTHONUNBUFFERED": "1"}, cwd=site.ROOT,
            stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < until:
        if stage in log.read_text("utf-8", errors="replace"):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.02)
    return process.wait(60) == -signal.SIGKILL
