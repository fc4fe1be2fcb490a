"""Entries older than leaves get theirs by the migration, and say so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from psycopg import sql

from tests.core.audit import changes
from zhuji_core.audit.canonical import ADOPTED_FORM
from zhuji_core.audit.sealing import seal_once
from zhuji_core.audit.trail import snapshot
from zhuji_core.db.databases import create_database, server_lock
from zhuji_core.db.migrate import downgrade, migrate
from zhuji_core.db.migrations import KERNEL
from zhuji_core.db.server import ServerAddress


@pytest.fixture
def database(pg_server: ServerAddress) -> Iterator[str]:
    name = f"{pg_server.prefix}_audit"
    with server_lock(pg_server) as admin:
        create_database(admin, name)
    migrate(pg_server, name, [KERNEL], county="TXG")
    yield name
    with server_lock(pg_server) as admin:
        admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def test_old_entries_are_adopted_and_sealed(pg_server: ServerAddress, database: str) -> None:
    downgrade(pg_server, database, KERNEL, revision="kernel_0005")
    with pg_server.connect(database) as admin:
        for _ in range(5):
            admin.execute(changes.LOST)
        admin.execute("UPDATE kernel.audit_entry SET after = '{\"元\": 1.50}' WHERE audit_id = 2")
    migrate(pg_server, database, [KERNEL])
    with pg_server.connect(database) as admin:
        admin.execute(changes.LOST)
        forms = admin.execute("SELECT form FROM kernel.audit_entry ORDER BY audit_id").fetchall()
    assert [form for (form,) in forms] == [int(ADOPTED_FORM)] * 5 + [1]
    engine = sa.create_engine(pg_server.url(database), poolclass=sa.NullPool)
    seal = seal_once(engine, county="TXG", now=dt.datetime.now(dt.UTC))
    assert seal is not None
    with snapshot(engine) as connection:
        found = changes.verified(connection, "TXG")
    assert found.passed, found.findings
    assert (found.checked, found.sealed) == (6, 6)
