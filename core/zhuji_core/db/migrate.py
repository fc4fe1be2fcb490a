"""Bring a database to the present tables by Alembic, with a version table in each schema."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from zhuji_core.db.migrations import VERSION_TABLE, Migrations
from zhuji_core.db.roles import grants
from zhuji_core.db.server import ServerAddress, WrongDatabase

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
            if steps := _pending(connection, module):
                connection.execute(sa.schema.CreateSchema(module.schema, if_not_exists=True))
                with _alembic:
                    command.upgrade(_config(module, connection), "heads")
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


def pending(server: ServerAddress, database: str, migrations: Sequence[Migrations]) -> list[str]:
    """Return the revisions not yet applied, in the order in which they would be."""
    with _transaction(server, database) as connection:
        return [step for module in migrations for step in _pending(connection, module)]


def _pending(connection: sa.Connection, migrations: Migrations) -> list[str]:
    script = ScriptDirectory.from_config(_config(migrations))
    context = MigrationContext.configure(
        connection,
        opts={"version_table": VERSION_TABLE, "version_table_schema": migrations.schema},
    )
    current = context.get_current_heads() or "base"
    steps = script.iterate_revisions("heads", current)
    return [step.revision for step in steps][::-1]


def _config(migrations: Migrations, connection: sa.Connection | None = None) -> Config:
    config = Config()
    # The settings are read by configparser, to which a percent sign is special.
    environment = str(files("zhuji_core.db") / "alembic").replace("%", "%%")
    versions = str(migrations.path / "versions").replace("%", "%%")
    config.set_main_option("script_location", environment)
    config.set_main_option("path_separator", "newline")  # a colon may stand in a folder's name
    config.set_main_option("version_locations", versions)
    config.attributes["connection"] = connection
    config.attributes["schema"] = migrations.schema
    return config


@contextlib.contextmanager
def _transaction(server: ServerAddress, database: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(
        server.url(database),
        poolclass=sa.NullPool,
        connect_args={"application_name": "zhuji-migrate"},
    )
    with engine.begin() as connection:
        connection.execute(ONE_AT_A_TIME)
        yield connection
