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

import psycopg
from psycopg import sql

from zhuji_core import hooks
from zhuji_core.county import County
from zhuji_core.db.counties import add_county
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.db.migrations import OLD_VERSION_TABLE, VERSION_TABLE, Migrations
from zhuji_core.db.server import ServerAddress
from zhuji_core.home import Home
from zhuji_core.modules import ModuleInfo

# Many workers, and tests that fill their pools; see above for the rest.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
}

# The second county differs, so that a test may show what a disabled module means.
COUNTIES = (("TXG", "臺中市", None), ("MLI", "苗栗縣", ("budget",)))

TABLES = """
    SELECT n.nspname, c.relname
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relname <> ALL (%s)
       AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
     ORDER BY 1, 2
"""
IS_FILLED = "SELECT {label} WHERE EXISTS (SELECT FROM {table})"

Table = tuple[str, str]


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
        yield installed_host(Engines(server, home))
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
        installed = set(host.modules)
        self.counties: tuple[County, ...] = tuple(
            host.add_county(
                code=code,
                name=name,
                modules=sorted(installed if modules is None else installed & set(modules)),
            )
            for code, name, modules in COUNTIES
        )
        names = [host.server.county_name(county.code) for county in self.counties]
        self._databases = [
            _Database(host.server.connect(name)) for name in (*names, host.server.platform_name)
        ]

    def clean(self) -> None:
        for database in self._databases:
            database.clean()

    def close(self) -> None:
        self.engines.dispose()
        for database in self._databases:
            database.connection.close()


class _Database:
    """A database whose rows are remembered as the migrations and the county's making left them."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        connection.execute("SET lock_timeout = '5s'")  # a test left a transaction open: say so
        # Foreign keys are not checked while remembered rows return.
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute(TABLES, ([VERSION_TABLE, OLD_VERSION_TABLE],)).fetchall()
        self._filled = sql.SQL(" UNION ALL ").join(
            sql.SQL(IS_FILLED).format(label=number, table=sql.Identifier(*table))
            for number, table in enumerate(tables)
        )
        self._tables: list[Table] = tables
        self._seeds = {table: self._read(table) for table in self._filled_tables()}

    def clean(self) -> None:
        """Empty what is filled, in one statement, and put the remembered rows back."""
        dirty = [table for table in self._filled_tables() if table not in self._seeds]
        with self.connection.transaction():
            if dirty:
                self._truncate(dirty, "RESTART")
            # Numbers given to remembered rows are not given again.
            self._truncate([*self._seeds], "CONTINUE")
            for table, rows in self._seeds.items():
                copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(*table))
                with self.connection.cursor().copy(copy) as target:
                    target.write(rows)

    def _filled_tables(self) -> list[Table]:
        return [self._tables[number] for (number,) in self.connection.execute(self._filled)]

    def _truncate(self, tables: Sequence[Table], identity: str) -> None:
        self.connection.execute(
            sql.SQL("TRUNCATE {} {} IDENTITY CASCADE").format(
                sql.SQL(", ").join(sql.Identifier(*table) for table in tables), sql.SQL(identity)
            )
        )

    def _read(self, table: Table) -> bytes:
        copy = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(*table))
        with self.connection.cursor().copy(copy) as source:
            return b"".join(bytes(block) for block in source)
