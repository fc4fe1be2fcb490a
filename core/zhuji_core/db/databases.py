"""Make zhuji's databases on a server: the platform's, a template, and one per county."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

from zhuji_core.db.engines import Engines
from zhuji_core.db.migrate import migrate
from zhuji_core.db.migrations import KERNEL, PLATFORM, Migrations
from zhuji_core.db.roles import close_door, ensure_role
from zhuji_core.db.server import ServerAddress, scalar

# Creating databases and roles is rare and quick: one process at a time on a whole server.
LOCK = "SELECT pg_advisory_lock(2026112302)"
EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
OWN_LOCALE_SINCE = 170000

# Templates are the same for every installation on a server, so the prefix is not part of it.
TEMPLATE_PREFIX = "zhuji_template_"
OTHER_TEMPLATES = """
    SELECT datname FROM pg_database
     WHERE starts_with(datname, %s) AND datname <> %s AND pg_has_role(datdba, 'USAGE')
     ORDER BY datname
"""
# What the server came with, open to all of its roles.
SHARED_DATABASES = ("postgres", "template1")


@contextlib.contextmanager
def server_lock(server: ServerAddress) -> Iterator[psycopg.Connection[Any]]:
    """Give an administrator's connection that alone may make databases and roles."""
    with server.connect() as connection:
        connection.execute(LOCK)
        yield connection


def prepare_platform(connection: psycopg.Connection[Any], engines: Engines) -> None:
    """Make or upgrade the platform's database and role; close the doors of the server's own.

    ``connection`` comes from ``server_lock``.
    """
    name = engines.server.platform_name
    ensure_role(connection, name, engines.password(name))
    for shared in SHARED_DATABASES:
        close_door(connection, shared, role=None)
    if not scalar(connection, EXISTS, name):
        create_database(connection, name)
    close_door(connection, name, role=name)
    migrate(engines.server, name, [PLATFORM], role=name)


def prepare_county(
    connection: psycopg.Connection[Any],
    engines: Engines,
    code: str,
    migrations: Sequence[Migrations],
) -> list[str]:
    """Make or upgrade a county's database and role; return the revisions applied.

    ``connection`` comes from ``server_lock``. Each step may be done already: what a crash left
    is taken up, and data is never dropped. Raises WrongDatabase.
    """
    server, name = engines.server, engines.server.county_name(code)
    ensure_role(connection, name, engines.password(name))
    if not scalar(connection, EXISTS, name):
        create_database(connection, name, template=ensure_template(connection, server, migrations))
    close_door(connection, name, role=name)
    return migrate(server, name, [KERNEL, *migrations], role=name, county=code)


def ensure_template(
    connection: psycopg.Connection[Any], server: ServerAddress, migrations: Sequence[Migrations]
) -> str:
    """Return a database with the present tables of all modules, made once, without data.

    It is migrated under another name, so that a template of the right name is always whole.
    """
    wanted = [KERNEL, *migrations]
    name = TEMPLATE_PREFIX + _fingerprint(wanted)
    if not scalar(connection, EXISTS, name):
        making = f"{TEMPLATE_PREFIX}making"
        _drop(connection, making)
        create_database(connection, making)
        close_door(connection, making, role=None)
        migrate(server, making, wanted)
        for change in ("RENAME TO {name}", "WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"):
            source = making if change.startswith("RENAME") else name
            connection.execute(
                sql.SQL("ALTER DATABASE {source} " + change).format(
                    source=sql.Identifier(source), name=sql.Identifier(name)
                )
            )
        _drop_others(connection, name)
    return name


def create_database(
    connection: psycopg.Connection[Any], name: str, *, template: str = "template0"
) -> None:
    """Make a database that sorts by code point, as ``initdb`` may have been told otherwise."""
    options = ""
    if template == "template0":
        own = connection.info.server_version >= OWN_LOCALE_SINCE
        options = (
            "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            if own
            else "ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        )
    connection.execute(
        sql.SQL("CREATE DATABASE {name} TEMPLATE {template} {options}").format(
            name=sql.Identifier(name), template=sql.Identifier(template), options=sql.SQL(options)
        )
    )


def _fingerprint(migrations: Sequence[Migrations]) -> str:
    """Change with the heads, and with the text of a migration (while it is being written)."""
    digest = hashlib.sha256()
    for module in migrations:
        for file in sorted((module.path / "versions").glob("*.py")):
            digest.update(f"{module.schema}/{file.name}/".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _drop_others(connection: psycopg.Connection[Any], name: str) -> None:
    others = connection.execute(OTHER_TEMPLATES, (TEMPLATE_PREFIX, name)).fetchall()
    for (other,) in others:
        _drop(connection, other)


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a template; none is ever connected to, apart from the one being made."""
    if scalar(connection, EXISTS, name):
        database = sql.Identifier(name)
        connection.execute(sql.SQL("ALTER DATABASE {} WITH IS_TEMPLATE false").format(database))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
