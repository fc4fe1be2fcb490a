"""Run by Alembic for each schema: ``migrate.py`` gives the connection and the schema."""  # noqa: INP001 (loaded by path)

from __future__ import annotations

from alembic import context

from zhuji_core.db.migrations import VERSION_TABLE

given = context.config.attributes
context.configure(
    connection=given["connection"],
    # In the module's own schema: a host without the module's code still upgrades the others.
    version_table=VERSION_TABLE,
    version_table_schema=given["schema"],
)
with context.begin_transaction():
    context.run_migrations()
