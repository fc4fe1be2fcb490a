"""The command line: what it prints, what it keeps, how it ends."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from zhuji_core.cli import group
from zhuji_core.commands.opening import open_county
from zhuji_core.commands.output import table_of
from zhuji_core.compose import open_host
from zhuji_core.db import upgrades
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK

ZHUJI = str(Path(sys.executable).parent / "zhuji")
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quick_home: Callable[[Path], Home]
) -> Iterator[Path]:
    """A home of its own, whose PostgreSQL stays up between the commands of this file."""
    folder = tmp_path_factory.mktemp("cli") / "home"
    with Cluster(quick_home(folder), options=QUICK):
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    monkeypatch.setenv("ZHUJI_PASSWORD_PROFILE", "testing")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group, arguments, catch_exceptions=False)

    return invoke


def test_help_names_every_command_without_loading_one() -> None:
    program = (
        "import sys\nfrom zhuji_core.cli import group\n"
        "group.main(['--help'], standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'litestar', 'psycopg', 'alembic', 'opentelemetry', 'msgspec'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.rstrip().endswith("[]"), result.stdout
    for name in ("demo", "serve", "county", "db", "user"):
        assert name in result.stdout


def test_a_wrong_use_ends_in_2(run: Run) -> None:
    assert run("nothing").exit_code == 2
    assert run("county", "add").exit_code == 2
    assert run("demo", "--json").exit_code == 2


def test_a_county_is_made_listed_and_shown(run: Run) -> None:
    made = run("county", "add", "kee", "--name", "基隆市", "--modules", "")
    assert made.exit_code == 0, made.output
    assert "KEE 基隆市" in made.output
    listed = json.loads(run("county", "list", "--json").output)
    kee = {"code": "KEE", "name": "基隆市", "modules": [], "state": "open", "epoch": 1}
    (found,) = (one for one in listed if one["code"] == "KEE")
    assert {**kee, "reason": ""}.items() <= found.items()
    shown = json.loads(run("county", "show", "kee", "--json").output)
    assert shown["settings"] == {}
    assert "基隆市" in run("county", "list").output
    assert "基隆市" in run("county", "show", "KEE").output


def test_a_refusal_ends_in_1_in_the_language_of_the_terminal(run: Run) -> None:
    run("county", "add", "ILA", "--name", "宜蘭縣", "--modules", "")
    refused = run("county", "add", "ILA", "--name", "宜蘭縣", "--modules", "")
    assert refused.exit_code == 1
    assert "E-COUNTY-EXISTS" in refused.output
    assert "已存在" in refused.output
    english = run("--lang", "en", "county", "show", "XXX")
    assert english.exit_code == 1
    assert "E-COUNTY-NOT-FOUND" in english.output
    unknown = run("county", "add", "HUA", "--name", "花蓮縣", "--modules", "nothing")
    assert (unknown.exit_code, "E-MODULE-UNKNOWN" in unknown.output) == (1, True)


def test_upgrading_twice_changes_nothing(run: Run) -> None:
    run("county", "add", "TTT", "--name", "臺東縣", "--modules", "")
    for _ in range(2):
        upgraded = run("db", "upgrade")
        assert upgraded.exit_code == 0, upgraded.output
        assert "升級 無，新增權限 0 項" in upgraded.output
        assert "失敗 0 個" in upgraded.output


def test_a_user_is_made_with_roles(run: Run) -> None:
    run("county", "add", "PEN", "--name", "澎湖縣", "--modules", "")
    words = ["user", "add", "wang", "--county", "PEN", "--name", "王", "--agency", "A1"]
    words += ["--agency-name", "民政處", "--role", "REQ", "--role", "SUP"]
    made = run(*words, "--password", "Correct.Horse-9")
    assert made.exit_code == 0, made.output
    again = run(*words, "--password", "Correct.Horse-9")
    assert (again.exit_code, "E-ACCOUNT-TAKEN" in again.output) == (1, True)
    with open_county("pen", read_only=True) as uow:
        roles = uow.connection.exec_driver_sql("SELECT role_code FROM kernel.role_grant ORDER BY 1")
        assert [row[0] for row in roles] == ["REQ", "SUP"]
        assert uow.actor.account == "system"


def test_the_operator_grants_ends_disables_and_enables(run: Run) -> None:
    run("county", "add", "KIN", "--name", "金門縣", "--modules", "")
    at = ("--county", "KIN")
    for account in ("chen", "lin"):
        words = ["user", "add", account, *at, "--name", account, "--agency", "A1"]
        assert run(*words, "--agency-name", "民政處").exit_code == 0
        granted = run("user", "grant", account, "ADM", *at)
        assert granted.exit_code == 0, granted.output
    listed = json.loads(run("user", "list", *at, "--role", "ADM", "--json").output)
    assert [(one["account"], one["roles"]) for one in listed] == [
        ("chen", ["ADM"]),
        ("lin", ["ADM"]),
    ]
    refused = run("user", "grant", "chen", "REQ", *at)
    assert (refused.exit_code, "E-ROLE-CONFLICT" in refused.output) == (1, True)
    assert run("user", "disable", "lin", *at, "--reason", "離職").exit_code == 0
    last = run("user", "revoke", "chen", "ADM", *at)
    assert (last.exit_code, "E-LAST-ADMINISTRATOR" in last.output) == (1, True)
    assert run("user", "enable", "lin", *at, "--reason", "復職").exit_code == 0
    ended = run("user", "revoke", "chen", "ADM", *at)
    assert ended.exit_code == 0, ended.output
    unknown = run("user", "grant", "nobody", "REQ", *at)
    assert (unknown.exit_code, "E-USER-UNKNOWN" in unknown.output) == (1, True)
    with open_county("kin", read_only=True) as uow:
        by = uow.connection.exec_driver_sql(
            "SELECT DISTINCT after ->> 'approved_by' FROM kernel.audit_entry"
            " WHERE action IN ('kernel.role.grant', 'kernel.role.end')"
        )
        assert [row[0] for row in by] == ["operator"]


def test_who_reads_a_whole_county_may_take_its_time(run: Run) -> None:
    """A proof of a city's year reads millions of rows in a statement: 5 s are not enough."""
    run("county", "add", "LIE", "--name", "連江縣", "--modules", "")
    for patient, most in ((False, "5s"), (True, "10min")):
        with open_county("lie", read_only=True, patient=patient) as uow:
            assert uow.connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == most


def test_a_county_is_set_up_from_the_command_line(run: Run) -> None:
    assert run("county", "add", "KLU", "--name", "基隆市", "--modules", "budget").exit_code == 0
    assert run("county", "set", "KLU", "budget.commit_basis", "annual").exit_code == 0
    wrong = run("county", "set", "KLU", "budget.commit_basis", "monthly")
    assert (wrong.exit_code, "budget.commit_basis" in wrong.output) == (1, True)
    assert run("county", "set", "KLU", "nothing.here", "1").exit_code == 1
    shown = json.loads(run("county", "show", "KLU", "--json").output)
    assert shown["modules"] == ["budget"]
    assert shown["settings"]["budget"] == {"commit_basis": "annual"}


def test_a_county_is_suspended_resumed_and_renamed(run: Run) -> None:
    run("county", "add", "HSQ", "--name", "新竹縣", "--modules", "")
    assert run("county", "suspend", "HSQ").exit_code == 2, "a reason is asked for"
    blank = run("county", "suspend", "HSQ", "--reason", " ")
    assert (blank.exit_code, "E-REASON" in blank.output) == (1, True)
    told = run("county", "suspend", "hsq", "--reason", "設備搬遷", "--to", "read_only", "--json")
    closed = json.loads(told.output)
    assert (closed["state"], closed["epoch"], closed["reason"]) == ("read_only", 2, "設備搬遷")
    again = run("county", "suspend", "HSQ", "--reason", "試", "--to", "read_only")
    assert (again.exit_code, "E-COUNTY-STATE" in again.output) == (1, True)
    refused = run("county", "set", "HSQ", "kernel.session_hours", "8")
    assert (refused.exit_code, "E-COUNTY-READ-ONLY" in refused.output) == (1, True)
    assert "設備搬遷" in refused.output
    assert "設備搬遷" in run("county", "show", "HSQ").output
    assert run("county", "resume", "HSQ", "--reason", "完成").exit_code == 0
    assert run("county", "set", "HSQ", "kernel.session_hours", "8").exit_code == 0
    renamed = run("county", "rename", "HSQ", "--name", "大新竹", "--json")
    assert json.loads(renamed.output)["name"] == "大新竹"
    assert run("county", "rename", "XXX", "--name", "某縣").exit_code == 1


def test_who_is_behind_is_told(run: Run) -> None:
    run("county", "add", "YUN", "--name", "雲林縣", "--modules", "")
    status = run("db", "status", "--json")
    assert status.exit_code == 0, status.output
    found = {one["code"]: one for one in json.loads(status.output)}
    assert found["YUN"]["behind"] == 0
    assert found["YUN"]["size_bytes"] > 1_000_000
    assert {one["schema"] for one in found["YUN"]["schemas"]} >= {"kernel", "budget"}
    assert "雲林縣" in run("db", "status").output


def test_an_upgrade_that_was_killed_is_not_current(run: Run) -> None:
    run("county", "add", "YUN", "--name", "雲林縣", "--modules", "")
    with open_host() as host:
        upgrades.begun(host.engines, "YUN")
    status = run("db", "status")
    assert (status.exit_code, "未完成" in status.output) == (1, True)
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "status").exit_code == 0


def test_operators_are_made_and_disabled(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    password = "Correct-horse-battery-9"  # noqa: S105 (of a test)
    words = ["operator", "add", "chen", "--name", "陳維運", "--role", "OPR"]
    weak = run(*words, "--password", "password")
    assert (weak.exit_code, "E-PASSWORD" in weak.output) == (1, True)
    assert run(*words, "--password", password).exit_code == 0
    twice = run(*words, "--password", password)
    assert (twice.exit_code, "E-ACCOUNT-TAKEN" in twice.output) == (1, True)
    last = run("operator", "disable", "chen")
    assert (last.exit_code, "E-OPERATOR-LAST" in last.output) == (1, True)
    words = ["operator", "add", "lin", "--name", "林維運", "--role", "OPR", "--role", "PERF"]
    assert run(*words, "--password", password).exit_code == 0
    ended = run("operator", "disable", "chen")
    assert (ended.exit_code, "終止緊急調閱 0 項" in ended.output) == (0, True)
    assert run("operator", "grant", "lin", "--role", "OPR").exit_code == 0
    assert run("operator", "password", "lin", "--password", password).exit_code == 1
    listed = {one["account"]: one for one in json.loads(run("operator", "list", "--json").output)}
    assert (listed["chen"]["state"], listed["lin"]["roles"]) == ("disabled", ["OPR"])
    for language, disabled, active in (("C", "停用", "使用中"), ("en", "Disabled", "open")):
        monkeypatch.setenv("LC_ALL", f"{language}.UTF-8")
        told = run("operator", "list").output
        assert (disabled in told, active in told) == (True, True), told
        assert not re.search(r"\b(disabled|active)\b", told), "the database's own words"
    assert run("operator", "enable", "chen").exit_code == 0
    assert run("operator", "grant", "nobody", "--role", "OPR").exit_code == 1


def test_a_table_in_a_narrow_terminal_keeps_every_letter_of_what_is_typed_again() -> None:
    table = table_of("識別碼", "作業")
    job_id = "01a21e05-4bbc-7a4a-8d62-47cc2bdaeeb6"
    table.add_row(job_id, "清除逾期資料（重送識別碼、登入、暫存、作業）")
    console = Console(width=30, file=io.StringIO())
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = [line.split("│") for line in console.file.getvalue().splitlines() if "│" in line]
    assert "".join(cells[1].strip() for cells in lines) == job_id
    assert "".join(cells[2].strip() for cells in lines).endswith("作業）")
