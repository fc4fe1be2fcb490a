"""Everybody of the load does each task once, against a small county that is really served."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests import checks, site
from loadtests.data.copying import Size
from loadtests.notes import read_acts
from loadtests.operator import home_of
from loadtests.people import PLAN, Person, Plan, read_plan
from loadtests.run import Asked, plan_of
from loadtests.scenarios import FISCAL_YEAR, SCENARIOS

SMALL = Size(fiscal_year=FISCAL_YEAR, agencies=6, requests=0)
ASKED = Asked(county="TXG", scale=0.02, minutes=1, think=0.01, processes=1)


@pytest.mark.slow
def test_every_task_of_everybody_is_answered_and_stored(tmp_path: Path) -> None:
    with site.opened(tmp_path / "home", code="TXG") as opened, home_of(opened):
        opened.fill(fiscal_year=FISCAL_YEAR, agencies=SMALL.agencies, requests=0)
        run = tmp_path / "run"
        run.mkdir()
        plan = plan_of(opened, SCENARIOS["A"], SMALL, ASKED, run)
        assert set(plan.people) == {
            "requester", "accounting", "approver", "cashier", "treasury", "executive",
        }  # fmt: skip
        with site.serving(opened) as served:
            done = subprocess.run(
                [sys.executable, "-m", "loadtests.rehearsal", f"http://127.0.0.1:{served.port}"],
                env={**os.environ, PLAN: str(run / "plan.json")}, cwd=site.ROOT, check=False,
                capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
            checks.wait_until_followed(opened)
        acts = read_acts(run)
        told = {act.what for act in acts}
        assert {"sign-in", "request", "certification", "return", "voucher", "approval"} <= told
        with opened.connected() as connection:
            compared = checks.compare(connection, acts, since_s=0)
        assert all(one.equal for one in compared), compared
        assert [one.errors for one in checks.verify(opened)] == [(), ()]


def test_the_plan_is_written_as_the_processes_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(
        scenario="A", county="txg", folder=str(tmp_path), minutes=1, sessions=1, think=1,
        fiscal_year=115, day="2026-03-17",
        people={"requester": (Person(account="a", agency_code="0001", roles=("REQ",)),)},
    )  # fmt: skip
    monkeypatch.setenv(PLAN, str(plan.write()))
    assert read_plan() == plan
