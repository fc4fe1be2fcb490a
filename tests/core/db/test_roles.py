"""A county's role may use its own tables, and nothing else on the server."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from zhuji_core.db.engines import Engines
from zhuji_core.db.server import WrongDatabase
from zhuji_core.testing.cluster import CountyDatabases

KERNEL_AUDIT = """
    INSERT INTO kernel.audit_entry
           (recorded_at, business_date, actor_id, actor_account, action, document_kind,
            document_id, document_label, agency_code, trace_id)
    VALUES (now(), current_date, gen_random_uuid(), 'a', 'x', 'x', gen_random_uuid(), 'x', '', '')
"""


def enter(engines: Engines, role: str, database: str) -> psycopg.Connection[Any]:
    server = engines.server
    return psycopg.connect(
        host=server.host,
        port=server.port,
        user=role,
        password=engines.password(role),
        dbname=database,
    )


def refuses(engine: sa.Engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql(statement)
        except sa.exc.ProgrammingError as error:
            return isinstance(error.orig, psycopg.errors.InsufficientPrivilege)
    return False


def test_enters_its_own_database_only(engines: Engines) -> None:
    server = engines.server
    own = server.county_name("TXG")
    enter(engines, own, own).close()
    with server.connect() as admin:
        names = [row[0] for row in admin.execute("SELECT datname FROM pg_database").fetchall()]
    assert {server.platform_name, server.county_name("MLI"), "postgres", "template1"} < set(names)
    for other in sorted(set(names) - {own}):
        with pytest.raises(psycopg.OperationalError, match=r"permission|not.*accept"):
            enter(engines, own, other)
    with pytest.raises(psycopg.OperationalError, match="permission"):
        enter(engines, server.platform_name, own)


def test_another_secret_does_not_open_it(engines: Engines) -> None:
    server, own = engines.server, engines.server.county_name("TXG")
    with pytest.raises(psycopg.OperationalError, match="authentication"):
        psycopg.connect(host=server.host, port=server.port, user=own, password="x" * 64, dbname=own)


def test_adds_to_append_only_tables_and_never_changes_them(engines: Engines) -> None:
    county = engines.county("TXG")
    assert not refuses(county, KERNEL_AUDIT)
    for change in (
        "UPDATE kernel.audit_entry SET action = 'y'",
        "DELETE FROM kernel.audit_entry",
        "TRUNCATE kernel.audit_entry",
        "UPDATE kernel.event SET type = 'y'",
        "UPDATE kernel.this_county SET code = 'MLI'",
        "UPDATE kernel.alembic_version SET version_num = 'x'",
        "UPDATE kernel.schema_revision SET version_num = 'x'",
    ):
        assert refuses(county, change), change
    assert not refuses(county, "UPDATE kernel.agency SET name = name")


def test_append_only_tables_of_every_module_are_so(county_databases: CountyDatabases) -> None:
    county = county_databases.engines.county("TXG")
    tables = [
        f"{module.schema}.{table}"
        for module in county_databases.host.migrations
        for table in module.append_only
    ]
    assert tables
    for table in tables:
        assert refuses(county, f"DELETE FROM {table}"), table  # noqa: S608 (declared names)


def test_changes_no_tables(engines: Engines) -> None:
    for change in (
        "CREATE TABLE kernel.own (x int)",
        "CREATE TABLE public.own (x int)",
        "CREATE SCHEMA own",
        "DROP TABLE kernel.agency",
        "ALTER TABLE kernel.agency ADD COLUMN x int",
        "CREATE TEMPORARY TABLE own (x int)",
        "CREATE ROLE own",
    ):
        assert refuses(engines.county("TXG"), change), change


def test_the_platform_role_keeps_its_audit(engines: Engines) -> None:
    assert refuses(engines.platform, "DELETE FROM platform.audit_entry")
    assert not refuses(engines.platform, "SELECT * FROM platform.audit_entry")


def test_connections_are_bounded_and_in_utc(engines: Engines) -> None:
    expected = {
        "statement_timeout": "5s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "30s",
        "TimeZone": "UTC",
        "search_path": "pg_catalog",
        "application_name": f"zhuji {engines.server.county_name('TXG')}",
    }
    of_product = Engines(engines.server, engines.home)
    with of_product.county("TXG").connect() as connection:
        for name, value in expected.items():
            assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() == value
    of_product.dispose()


def test_refuses_a_database_of_another_county(county_databases: CountyDatabases) -> None:
    engines, server = county_databases.engines, county_databases.host.server
    engines.county("TXG").dispose()
    with server.connect(server.county_name("TXG")) as admin:
        admin.execute("UPDATE kernel.this_county SET code = 'MLI'")
    with pytest.raises(WrongDatabase, match=r"TXG.*MLI"):
        engines.county("TXG").connect()
    county_databases.clean()
    engines.county("TXG").connect().close()
