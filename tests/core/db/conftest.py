"""Clusters and installations of a test's own, beside the one that the run shares."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg import sql

from zhuji_core.db.databases import server_lock
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.home import Home
from zhuji_core.testing.cluster import TestHost

QUICK = {"fsync": "off"}
OWN = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname"
ROLES = "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s) ORDER BY rolname"

_numbers = itertools.count(1)


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that any account may enter, unlike pytest's own under root."""
    with tempfile.TemporaryDirectory(prefix="test-zhuji-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def _made_once() -> Iterator[Path]:
    """Making the data costs half a second of CPU: it is done once and copied."""
    with tempfile.TemporaryDirectory(prefix="test-zhuji-") as folder:
        home = Home(Path(folder))
        with Cluster(home, options=QUICK):
            pass
        yield home.path


@pytest.fixture
def made_home(_made_once: Path) -> Iterator[Callable[[Path], Home]]:
    """Give the maker of homes with data; clusters that the test left running are stopped."""
    made: list[Home] = []

    def make(path: Path) -> Home:
        subprocess.run(["cp", "-a", _made_once, path], check=True)
        made.append(Home(path))
        return made[-1]

    yield make
    for home in made:
        if (home.database / "postmaster.pid").exists():
            cluster = Cluster(home, options=QUICK)
            cluster.start()
            cluster.stop()


@pytest.fixture
def home(made_home: Callable[[Path], Home], place: Path) -> Home:
    """Give a home with data whose cluster is not running."""
    return made_home(place / "home")


@pytest.fixture
def fresh(host: TestHost) -> Iterator[TestHost]:
    """Give an installation on the run's server without platform or counties."""
    prefix = f"{host.server.prefix}_{next(_numbers)}"
    server = dataclasses.replace(host.server, prefix=prefix)
    engines = Engines(server, host.engines.home)
    yield dataclasses.replace(host, engines=engines)
    engines.dispose()
    with server_lock(server) as admin:
        for kind, query in (("DATABASE", OWN), ("ROLE", ROLES)):
            for (name,) in admin.execute(query, (prefix,)).fetchall():
                drop = sql.SQL("DROP {} {}").format(sql.SQL(kind), sql.Identifier(name))
                admin.execute(drop)


@pytest.fixture
def closed_folder(place: Path) -> Iterator[Path]:
    """Give a folder that only its owner may enter."""
    folder = place / "closed 深"
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
