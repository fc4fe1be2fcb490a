"""Two counties with the same ids, codes and accounts behind the served application.

They differ in one thing: a mark in every text that people typed. The second county is a copy of
the first, with its own mark in place of the other's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from psycopg import sql

from tests.boundaries.world import World
from tests.core.probe import NAME, ProbeModule
from tests.core.site import Site
from tests.prove.certification_parts import site as served
from tests.prove.tools.results import ROOT
from tests.prove.tools.trees import THIS
from zhuji_core import hooks
from zhuji_core.county import County
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import Engines
from zhuji_core.db.server import ServerAddress
from zhuji_core.home import Home
from zhuji_core.testing.cluster import QUICK, admin_engine
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.testing.ports import free_port

MARKS = {"TXG": "TXG-SECRET-4c1f90", "MLI": "MLI-SECRET-b27e05"}
NAMES = {"TXG": "臺中市", "MLI": "苗栗縣"}
# Of each county itself, or true only where it was written: sessions, seals, what is hashed.
OWN = frozenset({
    ("kernel", "this_county"), ("kernel", "web_session"), ("kernel", "audit_entry"),
    ("kernel", "audit_seal"), ("kernel", "idempotency_key"), ("kernel", "module_set"),
    ("kernel", "event"), ("kernel", "event_cursor"),
})  # fmt: skip
TABLES = """
    SELECT n.nspname, c.relname
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
       AND c.relname NOT LIKE 'alembic%' AND c.relname NOT LIKE 'procrastinate%'
     ORDER BY 1, 2
"""
SEQUENCES = """
    SELECT schemaname, sequencename, last_value
      FROM pg_sequences
     WHERE last_value IS NOT NULL AND sequencename NOT LIKE 'procrastinate%'
     ORDER BY 1, 2
"""


@dataclass(kw_only=True)
class Twins:
    """Both worlds, and the places on this host where an application leaves traces."""

    worlds: dict[str, World]
    home: Home
    address: ServerAddress
    environment: dict[str, str]
    trace_file: Path
    serve_log: Path

    def command(self, *arguments: str) -> bytes:
        """Run ``zhuji …`` in this home; return all that it printed, whatever its exit code."""
        done = subprocess.run(
            [*THIS.zhuji, *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        return done.stdout + done.stderr


@contextmanager
def opened_twins(folder: Path) -> Iterator[Twins]:
    """Make the home with both counties, empty, and the place for one of them to be filled."""
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    environment = {
        **THIS.environment,
        "ZHUJI_HOME": str(home.path),
        "ZHUJI_PASSWORD_PROFILE": "testing",
        "ZHUJI_TRACE_FILE": str(home.traces / "trace.jsonl"),
    }
    with ExitStack() as stack:
        address = stack.enter_context(Cluster(home, options=QUICK))
        twins = Twins(
            worlds={}, home=home, address=address, environment=environment,
            trace_file=home.traces / "trace.jsonl", serve_log=home.log / "serve.log",
        )  # fmt: skip
        for code, name in NAMES.items():
            said = twins.command("county", "add", code, "--name", name)
            assert b"E-" not in said, said.decode()
        engines = Engines(address, home)
        stack.callback(engines.dispose)
        site = Site(module=ProbeModule(), manager=hooks.load())
        admins = {code: admin_engine(address, code) for code in NAMES}
        for admin in admins.values():
            stack.callback(admin.dispose)
        site.begin_test(*(_county(site, engines, code, admins[code]) for code in NAMES))
        for code, mark in MARKS.items():
            twins.worlds[code] = World(site=site, code=code, mark=mark)
            stack.callback(twins.worlds[code].close)
        yield twins
    shutil.rmtree(folder, ignore_errors=True)


def _county(site: Site, engines: Engines, code: str, admin: sa.Engine) -> CountyUnderTest:
    modules = tuple(sorted(hooks.installed_names(site.manager) - {NAME}))
    return CountyUnderTest(
        county=County(code=code, name=NAMES[code], modules=modules, state="open", epoch=1),
        engine=engines.county(code),
        admin=admin,
        manager=site.manager,
    )


@contextmanager
def serving(twins: Twins) -> Iterator[None]:
    """Serve both counties as an operator does, with traces and a log."""
    port = free_port()
    with twins.serve_log.open("ab") as log:
        process = subprocess.Popen(
            [*THIS.zhuji, "serve", "--port", str(port)],
            env={**twins.environment, "OTEL_BSP_SCHEDULE_DELAY": "200"},
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        served.wait_until_answering(process, port, log=twins.serve_log)
        for world in twins.worlds.values():
            world.site.address = f"http://{served.HOST}:{port}"
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def copy_county(twins: Twins, source: str, target: str) -> int:
    """Make ``target`` the twin of ``source``; return how many rows it was given."""
    marks = MARKS[source].encode(), MARKS[target].encode()
    with ExitStack() as stack:
        ends: list[Any] = []
        for code in (source, target):
            name = twins.address.county_name(code)
            ends.append(stack.enter_context(contextlib.closing(twins.address.connect(name))))
        here, there = ends
        there.execute("SET session_replication_role = replica")
        tables = [tuple(row) for row in here.execute(TABLES) if tuple(row) not in OWN]
        quoted = [sql.Identifier(*table) for table in tables]
        with there.transaction():
            for schema, name, last in here.execute(SEQUENCES).fetchall():
                place = sql.Literal(f"{schema}.{name}")
                there.execute(sql.SQL("SELECT setval({}, {})").format(place, last))
            there.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(quoted)))
            return sum(_copy(here, there, table, marks) for table in quoted)


def _copy(here: Any, there: Any, table: sql.Identifier, marks: tuple[bytes, bytes]) -> int:
    with here.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(table)) as out:
        content = b"".join(bytes(block) for block in out).replace(*marks)
    # What is kept as bytes (the file of a job, an upload) comes out in hexadecimal digits.
    own, other = (mark.hex().encode() for mark in marks)
    content = content.replace(own, other)
    with there.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as into:
        into.write(content)
    return content.count(b"\n")


def everything_in(twins: Twins, database: str) -> Iterator[tuple[str, bytes]]:
    """Give every table of a database as PostgreSQL writes it out."""
    with contextlib.closing(twins.address.connect(database)) as connection:
        for schema, name in connection.execute(
            TABLES.replace("AND c.relname NOT LIKE 'alembic%'", "")
        ).fetchall():
            copy = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, name))
            with connection.cursor().copy(copy) as out:
                yield f"{database}: {schema}.{name}", b"".join(bytes(block) for block in out)


def files_of(twins: Twins) -> Iterator[tuple[str, bytes]]:
    """Give every file that the application left in its home, the database's own left out."""
    for folder, _, names in os.walk(twins.home.path):
        if Path(folder).is_relative_to(twins.home.database):
            continue
        for name in names:
            path = Path(folder) / name
            if path.is_file():
                yield str(path.relative_to(twins.home.path)), path.read_bytes()
