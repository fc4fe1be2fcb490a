"""What a county's role, and the platform's, may do: its own database, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from zhuji_core.db.migrations import Migrations
from zhuji_core.db.server import scalar

ROLE_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"
GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON {schema}.schema_revision FROM {role}",
)
FIRST_RELEASE = "REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM {role}"
APPEND_ONLY = "REVOKE UPDATE, DELETE ON {schema}.{table} FROM {role}"


def ensure_role(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """Make the role if it is missing, and give it the password that the secret now derives."""
    verb = "ALTER" if scalar(connection, ROLE_EXISTS, role) else "CREATE"
    # Only the verifier travels, so that no log of statements shows the password.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("{verb} ROLE {role} LOGIN PASSWORD {verifier}").format(
            verb=sql.SQL(verb), role=sql.Identifier(role), verifier=sql.Literal(verifier)
        )
    )


def close_door(connection: psycopg.Connection[Any], database: str, *, role: str | None) -> None:
    """Let nobody but ``role`` (and the administrator) connect to ``database``."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    if role is not None:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(role))
        )


def grants(role: str, migrations: Sequence[Migrations]) -> list[sql.Composed]:
    """Return the statements that let ``role`` use the tables of these schemas, without DDL."""
    statements = []
    for module in migrations:
        names = {"schema": sql.Identifier(module.schema), "role": sql.Identifier(role)}
        statements += [sql.SQL(grant).format(**names) for grant in GRANTS]
        if module.previous:
            statements.append(sql.SQL(FIRST_RELEASE).format(**names))
        statements += [
            sql.SQL(APPEND_ONLY).format(table=sql.Identifier(table), **names)
            for table in module.append_only
        ]
    return statements
