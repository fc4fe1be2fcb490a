"""``zhuji demo`` as a newcomer meets it: started, used, stopped, started again, thrown away."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from zhuji_core.cli import group
from zhuji_core.db.embedded import Cluster
from zhuji_core.demo.client import DemoSession
from zhuji_core.demo.start import StillRunning, is_locked, reset
from zhuji_core.home import Home
from zhuji_core.modules import DemoAccount
from zhuji_core.settings import demo_accounts, keep_demo_accounts, read_settings
from zhuji_core.testing.counties import CountyUnderTest

ZHUJI = str(Path(sys.executable).parent / "zhuji")
START_S = 120.0
STOP_S = 30.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")
SIGN_IN = re.compile(r"│ (.+?) /(\w{3})/ +│ (\w+)[^│]*│ (\S+) +│ (\S+) +│")


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a newcomer whose current folder is ``folder``."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ZHUJI_")}
    return {
        **kept,
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
        "ZHUJI_PASSWORD_PROFILE": "testing",
        "PWD": str(folder),
    }


@dataclass
class Running:
    """A demo that serves; ``accounts``: (county, role, account, password)."""

    process: subprocess.Popen[str]
    port: int
    accounts: list[tuple[str, str, str, str]]
    output: str
    took_s: float

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_S)


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[Running]:
    """Start ``zhuji demo`` in ``folder`` and wait until it has printed its address."""
    began = time.monotonic()
    with subprocess.Popen(
        [ZHUJI, "demo", *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "Ctrl-C" in line:
                    break
            output = "".join(lines)
            found = ADDRESS.search(output)
            assert found, output
            yield Running(
                process=process,
                port=int(found[1]),
                accounts=[
                    (county, role, account, password)
                    for _, county, role, account, password in SIGN_IN.findall(output)
                ],
                output=output,
                took_s=time.monotonic() - began,
            )
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_S)


def sign_in(running: Running, county: str, account: str, password: str) -> int:
    session = DemoSession(host="127.0.0.1", port=running.port, county=county)
    try:
        return session.sign_in(account=account, password=password).status
    finally:
        session.close()


def is_stopped(folder: Path) -> bool:
    return not is_locked(folder / ".zhuji" / "run" / "cluster")


def test_the_demo_checks_itself_and_leaves_nothing_running(tmp_path: Path) -> None:
    result = subprocess.run(
        [ZHUJI, "demo", "--check", "--json"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr + result.stdout
    told = json.loads(result.stdout)
    assert told["passed"] is True
    assert len(told["steps"]["kernel"]) >= 2
    assert is_stopped(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [".zhuji"]


@pytest.mark.slow
def test_the_demo_stops_keeps_its_data_and_is_thrown_away(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        assert {county for county, *_ in first.accounts} == {"txg", "mli"}
        for county, _, account, password in first.accounts:
            assert sign_in(first, county, account, password) == 303
        assert first.stop() == 0
    assert is_stopped(tmp_path)
    with started(tmp_path) as second:
        # Ten seconds on a quiet machine; here the other tests run beside it.
        assert second.took_s < max(10, first.took_s), second.output
        assert "載入" not in second.output
        assert second.accounts == first.accounts
        assert second.stop(signal.SIGTERM) == 0
    assert is_stopped(tmp_path)
    (tmp_path / ".zhuji" / "mine.txt").write_text("kept")
    with started(tmp_path, "--reset") as third:
        assert "載入" in third.output
        assert third.accounts != first.accounts
        assert third.stop() == 0
    assert (tmp_path / ".zhuji" / "mine.txt").read_text() == "kept"


@pytest.mark.slow
def test_two_demos_run_side_by_side(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with started(folders[0]) as one, started(folders[1]) as two:
        assert one.port != two.port
        county, _, account, password = one.accounts[0]
        assert sign_in(one, county, account, password) == 303
        assert sign_in(two, county, account, password) == 401
        assert one.stop() == 0
        assert sign_in(two, *_first(two)) == 303
        with pytest.raises(StillRunning):
            reset(Home(folders[1] / ".zhuji"))
        assert two.stop() == 0
    assert all(is_stopped(folder) for folder in folders)


def _first(running: Running) -> tuple[str, str, str]:
    county, _, account, password = running.accounts[0]
    return county, account, password


def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run the command in this process in an empty folder; return what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("ZHUJI_HOME", raising=False)
    result = CliRunner().invoke(group, ["demo", *arguments], catch_exceptions=False)
    assert result.exit_code == 1, result.output
    assert list(tmp_path.iterdir()) == []
    return result.output


def test_a_port_in_use_is_said_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "E-PORT-TAKEN" in refused(tmp_path, monkeypatch, "--port", port)


def test_the_demo_keeps_away_from_a_server_with_real_counties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHUJI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x")
    for arguments in (["--check"], ["--reset"]):
        assert "E-DEMO-SERVER" in refused(tmp_path, monkeypatch, *arguments)


def test_resetting_a_folder_without_a_demo_deletes_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "mine.txt").write_text("kept")
    reset(Home(tmp_path))
    assert (tmp_path / "log" / "mine.txt").read_text() == "kept"


@pytest.mark.slow
def test_resetting_after_a_kill_stops_what_was_left(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    cluster = Cluster(home)
    cluster.start()
    with pytest.raises(StillRunning):
        reset(home)
    assert (home.path / "database" / "PG_VERSION").exists()
    cluster.stop()
    reset(home)
    assert not (home.path / "database").exists()


def test_accounts_are_kept_as_earlier_releases_read_them(txg: CountyUnderTest) -> None:
    """Part 1 reads these fields and no others; what an account can do stands apart."""
    account = DemoAccount(
        account="req",
        name="經辦",
        roles=("REQ",),
        agency_code="A1",
        agency_name="機關",
        does=("填寫動支申請",),
    )
    with txg.uow() as uow:
        keep_demo_accounts(uow, module="accounting", accounts=[account])
    with txg.uow(read_only=True) as uow:
        settings = read_settings(uow.connection)
    assert demo_accounts(settings) == (account,)
    (kept,) = settings["demo"]["accounting"]
    assert set(kept) == {"account", "name", "roles", "agency_code", "county_wide"}
