"""``zhuji events`` and ``zhuji jobs`` as an operator types them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from tests.boundaries.recipes.work import PARK
from zhuji_core.cli import group
from zhuji_core.compose import Host, open_host
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.ids import new_id
from zhuji_core.testing.cluster import QUICK

Run = Callable[..., Result]
WAIT = """
    INSERT INTO kernel.job (job_id, name, module, label, owner_id, owner, arguments, state,
                            queued_at)
    VALUES (:job_id, 'accounting.register.export', 'accounting', '匯出', :owner, '{"name": "某甲"}',
            '{}', 'waiting', now())
"""
MODULE = ("--county", "KLU", "--module", "budget")


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quick_home: Callable[[Path], Home]
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("events") / "home"
    with Cluster(quick_home(folder), options=QUICK), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHUJI_HOME", str(folder))
        made = CliRunner().invoke(group, ["county", "add", "KLU", "--name", "基隆市"])
        assert made.exit_code == 0, made.output
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)
    return lambda *arguments: CliRunner().invoke(group, arguments, catch_exceptions=False)


@pytest.fixture
def opened(home: Path, run: Run) -> Iterator[Host]:
    with open_host(Home(home)) as host:
        yield host


def execute(host: Host, statement: str, **parameters: Any) -> None:
    with host.county("KLU").statements.connect() as connection:
        connection.execute(sa.text(statement), parameters)


def parked(host: Host) -> int:
    """Leave an event that budget could not take; return its place in the log."""
    document_id = uuid.uuid4()
    execute(host, PARK, event_id=new_id(), document_id=document_id, error="無法解讀")
    with host.county("KLU").statements.connect() as connection:
        found = connection.exec_driver_sql("SELECT max(sequence) FROM kernel.event_waiting")
        return int(found.scalar_one())


def last_audit(host: Host) -> tuple[int, str]:
    """Return number and action of the newest entry."""
    with host.county("KLU").statements.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT audit_id, action FROM kernel.audit_entry ORDER BY audit_id DESC LIMIT 1"
        ).one()
    return row.audit_id, row.action


def waiting(run: Run) -> Any:
    return json.loads(run("events", "status", "--county", "klu", "--json").stdout)["waiting"]


def test_a_dead_letter_ends_in_failure_until_it_is_replayed_or_skipped(
    run: Run, opened: Host
) -> None:
    assert run("events", "status", "--county", "KLU").exit_code == 0
    first, second = parked(opened), parked(opened)
    told = run("events", "status", "--county", "KLU")
    assert told.exit_code == 1
    assert "E-PROBE 無法解讀" in told.stdout
    assert {one["sequence"] for one in waiting(run)} == {first, second}

    assert "已略過" in run("events", "skip", str(first), *MODULE, "--reason", "人工補正").stdout
    assert last_audit(opened)[1] == "kernel.event.skip"
    assert [one["sequence"] for one in waiting(run)] == [second]
    assert "重送 1 件" in run("events", "replay", *MODULE).stdout
    assert [one["state"] for one in waiting(run)] == ["retrying"]
    assert run("events", "status", "--county", "KLU").exit_code == 0


def test_an_event_that_does_not_wait_is_neither_replayed_nor_skipped(
    run: Run, opened: Host
) -> None:
    before = last_audit(opened)
    for arguments in (("replay", "987654"), ("skip", "987654", "--reason", "x")):
        refused = run("events", arguments[0], arguments[1], *MODULE, *arguments[2:])
        assert refused.exit_code == 1
        assert "E-EVENT-NOT-WAITING" in refused.stderr
    assert "Missing option '--reason'" in run("events", "skip", "1", *MODULE).stderr
    unsaid = run("events", "skip", "1", *MODULE, "--reason", "")
    assert unsaid.exit_code
    assert unsaid.stderr.count("最多 500 字") == 2, "the sentence, and what to mend, with figures"
    assert "E-COUNTY" in run("events", "status", "--county", "XXX").stderr
    assert last_audit(opened) == before


def test_a_job_is_listed_shown_and_cancelled_once(run: Run, opened: Host) -> None:
    job_id = str(new_id())
    execute(opened, WAIT, job_id=job_id, owner=uuid.uuid4())
    listed = json.loads(run("jobs", "list", "--county", "KLU", "--json").stdout)
    assert [one["job_id"] for one in listed] == [job_id]
    assert "匯出" in run("jobs", "list", "--county", "KLU").stdout
    shown = run("jobs", "show", job_id, "--county", "KLU", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)["state"]) == (0, "waiting")
    assert "已要求取消" in run("jobs", "cancel", job_id, "--county", "KLU").stdout
    assert last_audit(opened)[1] == "kernel.job.cancel"
    asked = json.loads(run("jobs", "show", job_id, "--county", "KLU", "--json").stdout)
    assert asked["cancel_requested_at"]
    unknown = run("jobs", "cancel", str(uuid.uuid4()), "--county", "KLU")
    assert (unknown.exit_code, "E-JOB-NOT-FOUND" in unknown.stderr) == (1, True)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("C.UTF-8", ("等候中", "取消中", "死信（等候人工處理）")),
        ("en_US.UTF-8", ("Waiting", "Cancelling", "Dead letter (waits for a person)")),
    ],
)
def test_states_are_told_in_the_words_of_the_pages(
    run: Run,
    opened: Host,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    expected: tuple[str, str, str],
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    monkeypatch.setenv("COLUMNS", "200")
    waits, cancelling, dead = expected
    job_id, county = str(new_id()), ("--county", "KLU")
    looks = (("list", *county, "--limit", "1"), ("show", job_id, *county))
    execute(opened, WAIT, job_id=job_id, owner=uuid.uuid4())
    assert [waits in run("jobs", *look).stdout for look in looks] == [True, True]
    run("jobs", "cancel", job_id, *county)
    for look in looks:
        told = run("jobs", *look).stdout
        assert (cancelling in told, "│ waiting" in told) == (True, False), told
        assert '"waiting"' in run("jobs", *look, "--json").stdout, "programs read the value"
    sequence = parked(opened)
    told = run("events", "status", *county).stdout
    assert (dead in told, "（dead" in told) == (True, False), told
    assert "dead" in {one["state"] for one in waiting(run)}
    run("events", "skip", str(sequence), *MODULE, "--reason", "x")


def test_a_schedule_is_run_at_once_and_another_name_is_refused(run: Run) -> None:
    schedules = json.loads(run("jobs", "list", "--county", "KLU", "--schedules", "--json").stdout)
    assert schedules
    assert all(one["schedule"] and one["next"] for one in schedules)
    done = run("jobs", "run", schedules[0]["name"], "--county", "KLU", "--json")
    assert (done.exit_code, json.loads(done.stdout)["state"]) == (0, "done"), done.output
    refused = run("jobs", "run", "kernel.nothing", "--county", "KLU")
    assert (refused.exit_code, "E-JOB-UNKNOWN" in refused.stderr) == (1, True)
