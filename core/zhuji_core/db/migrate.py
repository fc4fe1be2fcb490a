"""Bring a database to the present tables by Alembic, with a version table in each schema."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from zhuji_core.db.migrations import OLD_VERSION_TABLE, VERSION_TABLE, Migrations
from zhuji_core.db.roles import grants
from zhuji_core.db.server import CONNECT_TIMEOUT_S, ServerAddress, WrongDatabase
from zhuji_core.values import Value

# Two processes never migrate one database at once; the second waits this long, then finds
# nothing left to do. A table that is in use may be waited for only as long as a clerk would wait.
ONE_AT_A_TIME = sa.text("""
    SELECT set_config('lock_timeout', '120s', true), pg_advisory_xact_lock(2026112301),
           set_config('lock_timeout', '3s', true)
""")
SET_COUNTY = sa.text("""
    INSERT INTO kernel.this_county (code) VALUES (:code) ON CONFLICT DO NOTHING
""")
THIS_COUNTY = sa.text("SELECT code FROM kernel.this_county")

# The first release looks for its own newest revision in a table of this name, and would not start
# where it finds one that it cannot place. Ours is another one; that one stays as it was.
REVISION_TABLE = """
    CREATE TABLE IF NOT EXISTS {schema}.{table} (version_num varchar(32) PRIMARY KEY)
"""
ADOPT = "INSERT INTO {schema}.schema_revision SELECT version_num FROM {schema}.alembic_version"
LEAVE = """
    INSERT INTO {schema}.alembic_version
    SELECT '{previous}' WHERE NOT EXISTS (SELECT FROM {schema}.alembic_version)
"""

# Alembic keeps the running migration in a global of its own.
_alembic = threading.Lock()


def migrate(
    server: ServerAddress,
    database: str,
    migrations: Sequence[Migrations],
    *,
    role: str = "",
    county: str = "",
) -> list[str]:
    """Upgrade to the newest tables; return the revisions applied, in their order.

    All in one transaction: schemas in the order given, the rights of ``role`` on their tables,
    and the mark of the ``county`` that the database belongs to. Schemas whose code is missing
    here are left as they are. Raises WrongDatabase, and whatever a migration raises.
    """
    applied: list[str] = []
    with _transaction(server, database) as connection:
        for module in migrations:
            _adopt(connection, module)
            if steps := _pending(connection, module):
                connection.execute(sa.schema.CreateSchema(module.schema, if_not_exists=True))
                with _alembic:
                    command.upgrade(_config(module, connection), "heads")
                _leave(connection, module)
                applied += steps
        if county:
            connection.execute(SET_COUNTY, {"code": county})
            found = connection.execute(THIS_COUNTY).scalar_one()
            if found != county:
                raise WrongDatabase(expected=county, found=found)
        if role:
            driver = connection.connection.driver_connection
            assert driver is not None, "the transaction is open"
            for grant in grants(role, migrations):
                driver.execute(grant)
    return applied


def downgrade(
    server: ServerAddress, database: str, migrations: Migrations, *, revision: str
) -> None:
    """Take one schema back to ``revision``, or to nothing by ``base``; its data is lost."""
    with _transaction(server, database) as connection, _alembic:
        command.downgrade(_config(migrations, connection), revision)


class Standing(Value, frozen=True, kw_only=True):
    """Where one schema of a database stands, and how far the installed code is ahead of it.

    ``ahead``: the database was migrated by a newer release than this code.
    """

    schema: str
    revision: str
    behind: tuple[str, ...]
    ahead: bool


def pending(server: ServerAddress, database: str, migrations: Sequence[Migrations]) -> list[str]:
    """Return the revisions not yet applied, in the order in which they would be."""
    found = standings(server, database, migrations)
    return [revision for standing in found for revision in standing.behind]


def standings(
    server: ServerAddress, database: str, migrations: Sequence[Migrations]
) -> list[Standing]:
    """Read where each schema stands; takes no lock, so an upgrade may be on its way."""
    with _engine(server, database).connect() as connection:
        return [_standing(connection, module) for module in migrations]


def _pending(connection: sa.Connection, migrations: Migrations) -> list[str]:
    return list(_standing(connection, migrations).behind)


def _standing(connection: sa.Connection, migrations: Migrations) -> Standing:
    script = _script(migrations.path, _state_of(migrations.path))
    known = {one.revision for one in script.walk_revisions()}
    heads = _heads(connection, migrations.schema)
    ahead = bool(set(heads) - known)
    # What a newer release has done is left alone: its tables still serve this code (decision 12).
    steps = () if ahead else script.iterate_revisions("heads", heads or "base")
    return Standing(
        schema=migrations.schema,
        revision=", ".join(heads),
        behind=tuple(step.revision for step in steps)[::-1],
        ahead=ahead,
    )


def _heads(connection: sa.Connection, schema: str) -> tuple[str, ...]:
    """Return the newest revisions applied, also where only the first release has been."""
    for table in (VERSION_TABLE, OLD_VERSION_TABLE):
        if sa.inspect(connection).has_table(table, schema=schema):
            context = MigrationContext.configure(
                connection, opts={"version_table": table, "version_table_schema": schema}
            )
            return context.get_current_heads()
    return ()


def _adopt(connection: sa.Connection, migrations: Migrations) -> None:
    """Take over what the first release noted of its revisions, once."""
    has = sa.inspect(connection).has_table
    schema = migrations.schema
    if has(VERSION_TABLE, schema=schema) or not has(OLD_VERSION_TABLE, schema=schema):
        return
    for statement in (REVISION_TABLE.format(schema=schema, table=VERSION_TABLE), ADOPT):
        connection.exec_driver_sql(statement.format(schema=schema))


def _leave(connection: sa.Connection, migrations: Migrations) -> None:
    """Show the first release the newest revision that it knows."""
    if migrations.previous:
        told = {"schema": migrations.schema, "previous": migrations.previous}
        for statement in (REVISION_TABLE, LEAVE):
            connection.exec_driver_sql(statement.format(table=OLD_VERSION_TABLE, **told))


@lru_cache(maxsize=16)
def _script(path: Path, _state: tuple[tuple[str, int], ...]) -> ScriptDirectory:
    """Read a module's migrations once for all counties: each is a file of Python to be run."""
    script = ScriptDirectory.from_config(_places(path))
    script.revision_map.heads  # noqa: B018 (read now: afterwards it is only looked at)
    return script


def _state_of(path: Path) -> tuple[tuple[str, int], ...]:
    """Return what differs once a migration is written or changed."""
    found = (path / "versions").glob("*.py")
    return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in found))


def _config(migrations: Migrations, connection: sa.Connection) -> Config:
    config = _places(migrations.path)
    config.attributes["connection"] = connection
    config.attributes["schema"] = migrations.schema
    return config


def _places(path: Path) -> Config:
    config = Config()
    # The settings are read by configparser, to which a percent sign is special.
    environment = str(files("zhuji_core.db") / "alembic").replace("%", "%%")
    versions = str(path / "versions").replace("%", "%%")
    config.set_main_option("script_location", environment)
    config.set_main_option("path_separator", "newline")  # a colon may stand in a folder's name
    config.set_main_option("version_locations", versions)
    return config


@contextlib.contextmanager
def _transaction(server: ServerAddress, database: str) -> Iterator[sa.Connection]:
    with _engine(server, database).begin() as connection:
        connection.execute(ONE_AT_A_TIME)
        yield connection


def _engine(server: ServerAddress, database: str) -> sa.Engine:
    return sa.create_engine(
        server.url(database),
        poolclass=sa.NullPool,
        connect_args={"application_name": "zhuji-migrate", "connect_timeout": CONNECT_TIMEOUT_S},
    )
