"""A real PostgreSQL for tests: one per run, databases of its own for every worker.

The cluster lives in the run's temporary folder and is shared by all workers of pytest-xdist
through the locks of ``Cluster``; the first starts it, the last stops it. It runs without fsync:
nothing of it outlives the run, so a power cut may take it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy
import sqlalchemy as sa

from zhuji_core import hooks
from zhuji_core.county import County
from zhuji_core.db.counties import add_county
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.db.migrations import Migrations
from zhuji_core.db.server import ServerAddress
from zhuji_core.home import Home
from zhuji_core.modules import ModuleInfo
from zhuji_core.testing.cleaning import CleanDatabase

# Many workers, and tests that fill their pools; see above for the rest.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    # Nobody follows this server, and tables are emptied before they have grown (``cleaning.py``).
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    # How often a role's password is hashed whenever one connects: ours are keys of 256 bits.
    "scram_iterations": "1",
}

# The second county differs, so that a test may show what a disabled module means.
COUNTIES = (("TXG", "臺中市", None), ("MLI", "苗栗縣", ("budget",)))


@dataclass(frozen=True, kw_only=True, slots=True)
class TestHost:
    """The run's server as one worker sees it, and every installed module."""

    __test__ = False

    engines: Engines
    modules: Mapping[str, ModuleInfo]
    migrations: Sequence[Migrations]

    @property
    def server(self) -> ServerAddress:
        return self.engines.server

    def add_county(self, *, code: str, name: str, modules: Sequence[str] = ()) -> County:
        return add_county(
            self.engines,
            code=code,
            name=name,
            modules=modules,
            installed=self.modules,
            migrations=self.migrations,
        )


@contextlib.contextmanager
def running_host(folder: Path, *, worker: str) -> Iterator[TestHost]:
    """Share the run's cluster; databases and roles of this worker begin with its name."""
    home = Home(folder)
    cluster = Cluster(home, options=QUICK)
    try:
        server = dataclasses.replace(cluster.start(), prefix=f"zhuji_{worker}")
        # No test depends on how quick the machine is.
        yield installed_host(Engines(server, home, statement_timeout="60s"))
    finally:
        if cluster.stop():
            shutil.rmtree(folder, ignore_errors=True)


def installed_host(engines: Engines) -> TestHost:
    manager = hooks.load()
    modules = hooks.module_infos(manager)
    migrations = {one.schema: one for one in manager.hook.register_migrations()}
    return TestHost(
        engines=engines,
        modules=modules,
        migrations=[migrations[name] for name in modules if name in migrations],
    )


class CountyDatabases:
    """The two counties of a worker; ``clean`` brings back what they were when they were made."""

    def __init__(self, host: TestHost) -> None:
        self.host = host
        self.engines = host.engines
        # Loaded once: looking for what is installed reads every distribution of the environment.
        self.manager: pluggy.PluginManager = hooks.load()
        installed = set(host.modules)
        self.counties: tuple[County, ...] = tuple(
            host.add_county(
                code=code,
                name=name,
                modules=sorted(installed if modules is None else installed & set(modules)),
            )
            for code, name, modules in COUNTIES
        )
        self.clean_databases: Mapping[str, CleanDatabase] = {
            county.code: CleanDatabase(host.server.connect(host.server.county_name(county.code)))
            for county in self.counties
        }
        platform = CleanDatabase(host.server.connect(host.server.platform_name))
        self._databases = [*self.clean_databases.values(), platform]
        self.admins: Mapping[str, sa.Engine] = {
            county.code: admin_engine(host.server, county.code) for county in self.counties
        }

    def clean(self) -> None:
        for database in self._databases:
            database.clean()

    def close(self) -> None:
        self.engines.dispose()
        for admin in self.admins.values():
            admin.dispose()
        for database in self._databases:
            database.connection.close()


def admin_engine(server: ServerAddress, code: str) -> sa.Engine:
    """Return a pool of the server's administrator in a county's database.

    A connection comes back as new: nothing that a test set in its session outlives the test.
    """
    engine = sa.create_engine(
        server.url(server.county_name(code)),
        pool_pre_ping=True,  # a test may have ended the connection
        pool_reset_on_return=None,
        connect_args={"prepare_threshold": None},
    )
    sa.event.listen(engine, "reset", _forget_session)
    return engine


def _forget_session(connection: Any, _record: object, _state: object) -> None:
    if connection.closed:
        return
    connection.rollback()
    was, connection.autocommit = connection.autocommit, True
    connection.execute("DISCARD ALL")
    connection.autocommit = was
