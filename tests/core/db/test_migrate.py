"""Tables go up, down and up again; templates are made once and follow the code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from zhuji_core.db.databases import create_database, ensure_template, server_lock
from zhuji_core.db.migrate import downgrade, migrate, pending
from zhuji_core.db.migrations import KERNEL, PLATFORM, Migrations
from zhuji_core.db.server import ServerAddress, scalar
from zhuji_core.testing.cluster import TestHost

TABLES = """
    SELECT count(*) FROM pg_tables
     WHERE schemaname = %s AND tablename NOT IN ('alembic_version', 'schema_revision')
"""
TEMPLATES = "SELECT datname FROM pg_database WHERE starts_with(datname, 'zhuji_template_')"
STAMPS = """
from alembic import op
revision, down_revision = "stamps_{number}", {before}
def upgrade() -> None:
    op.execute("{statement}")
def downgrade() -> None:
    op.execute("DROP TABLE stamps.stamp_{number}")
"""


@pytest.fixture
def database(pg_server: ServerAddress) -> Iterator[str]:
    """Give an empty database."""
    name = f"{pg_server.prefix}_migrate"
    with server_lock(pg_server) as admin:
        create_database(admin, name)
    yield name
    with server_lock(pg_server) as admin:
        admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def stamps(folder: Path, *statements: str) -> Migrations:
    """Write the migrations of a module that does not exist."""
    versions = folder / "100% mine" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for number, statement in enumerate(statements, start=1):
        before = f'"stamps_{number - 1}"' if number > 1 else None
        text = STAMPS.format(number=number, before=before, statement=statement)
        (versions / f"{number:04}.py").write_text(text, encoding="utf-8")
    return Migrations(path=versions.parent, schema="stamps", append_only=("stamp_1",))


def tables(server: ServerAddress, database: str, schema: str) -> int:
    with server.connect(database) as connection:
        return int(scalar(connection, TABLES, schema))


def test_every_schema_goes_up_and_down_and_up(host: TestHost, database: str) -> None:
    modules = [PLATFORM, KERNEL, *host.migrations]
    ahead = pending(host.server, database, modules)
    assert len(ahead) >= len(modules)
    assert migrate(host.server, database, modules) == ahead
    assert migrate(host.server, database, modules) == []
    for module in reversed(modules):
        made = tables(host.server, database, module.schema)
        assert made > 0
        downgrade(host.server, database, module, revision="base")
        assert tables(host.server, database, module.schema) == 0
        assert migrate(host.server, database, modules) != []
        assert tables(host.server, database, module.schema) == made


def test_others_upgrade_where_a_module_has_no_code(
    pg_server: ServerAddress, database: str, tmp_path: Path
) -> None:
    first = stamps(tmp_path / "a", "CREATE TABLE stamps.stamp_1 (x int)")
    migrate(pg_server, database, [KERNEL, first])
    downgrade(pg_server, database, KERNEL, revision="base")
    assert migrate(pg_server, database, [KERNEL]) != []
    assert tables(pg_server, database, "stamps") == 1
    second = stamps(tmp_path / "a", *(f"CREATE TABLE stamps.stamp_{n} (x int)" for n in (1, 2)))
    assert migrate(pg_server, database, [KERNEL, second]) == ["stamps_2"]


def test_a_migration_that_fails_keeps_nothing(
    pg_server: ServerAddress, database: str, tmp_path: Path
) -> None:
    broken = stamps(tmp_path, "CREATE TABLE stamps.stamp_1 (x int)", "CREATE TABLE nowhere.x ()")
    with pytest.raises(Exception, match="nowhere"):
        migrate(pg_server, database, [PLATFORM, broken])
    assert tables(pg_server, database, "platform") == 0
    assert tables(pg_server, database, "stamps") == 0


def test_a_template_is_made_once_and_anew_when_migrations_change(
    host: TestHost, tmp_path: Path
) -> None:
    path = tmp_path / "own"
    shutil.copytree(KERNEL.path, path)
    own = [Migrations(path=path, schema="stamps_kernel")]
    for text in sorted((path / "versions").glob("*.py")):
        text.write_text(text.read_text("utf-8").replace("kernel.", "stamps_kernel."), "utf-8")
    text = min((path / "versions").glob("*.py"))
    with server_lock(host.server) as admin:
        before = {row[0] for row in admin.execute(TEMPLATES).fetchall()}
        first = ensure_template(admin, host.server, own)
        assert ensure_template(admin, host.server, own) == first
        text.write_text(text.read_text("utf-8") + "\n# changed\n", "utf-8")
        second = ensure_template(admin, host.server, own)
        after = {row[0] for row in admin.execute(TEMPLATES).fetchall()}
        assert second != first
        assert first not in before
        assert after == {second}
        # As other tests of this run left it.
        ensure_template(admin, host.server, host.migrations)
