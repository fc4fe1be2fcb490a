"""A statement of the hot path is sent by the driver, in SQLAlchemy's transaction and its errors."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from zhuji_core.db.hot import HotStatement
from zhuji_core.testing.cluster import TestHost

ADD = HotStatement("""
    INSERT INTO beads (name, worth) SELECT n, :worth FROM unnest(CAST(:names AS text[])) AS n
""")
ALL = HotStatement("SELECT name, worth::bigint AS worth FROM beads WHERE worth > :least ORDER BY 1")
READ = HotStatement("""
    SELECT CAST(:texts AS text[]) AS texts, CAST(:ids AS uuid[]) AS ids,
           CAST(:amounts AS bigint[]) AS amounts, CAST(:days AS date[]) AS days
""")
SLEEP = HotStatement("SELECT pg_sleep(:seconds)")


@pytest.fixture
def engine(host: TestHost) -> Iterator[sa.Engine]:
    """One connection with a table of its own, which the statements of this file write."""
    engine = sa.create_engine(host.server.url("postgres"), pool_size=1, max_overflow=0)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TEMP TABLE beads (name text PRIMARY KEY, worth int)")
    yield engine
    engine.dispose()


def test_it_writes_and_reads_in_the_transaction_of_sqlalchemy(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        with connection.begin() as transaction:
            assert ADD.count(connection, {"names": ["甲", "乙"], "worth": 5}) == 2
            assert ALL.rows(connection, {"least": 4}) == [
                {"name": "乙", "worth": 5},
                {"name": "甲", "worth": 5},
            ]
            transaction.rollback()
        assert ALL.rows(connection, {"least": 0}) == [], "gone with SQLAlchemy's rollback"


def test_a_row_is_the_only_one(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        ADD.count(connection, {"names": ["甲"], "worth": 5})
        assert ALL.row(connection, {"least": 0}) == {"name": "甲", "worth": 5}
        ADD.count(connection, {"names": ["乙"], "worth": 5})
        with pytest.raises(ValueError, match="too many"):
            ALL.row(connection, {"least": 0})


def test_arrays_are_read_as_they_were_given(engine: sa.Engine) -> None:
    given = {
        "texts": ["主計", "", "NULL", None, 'a "b"', "c\\d", "{e,f}", " g\n\t", "'h'"],
        "ids": [uuid.uuid4(), None, uuid.uuid4()],
        "amounts": [1, -(2**62), 0],
        "days": [dt.date(2016, 3, 15)],
    }
    with engine.begin() as connection:
        assert READ.row(connection, given) == given
        nothing: dict[str, list[object]] = {name: [] for name in given}
        assert READ.row(connection, nothing) == nothing


def test_its_errors_are_those_of_sqlalchemy(engine: sa.Engine) -> None:
    with engine.connect() as connection, connection.begin():
        ADD.count(connection, {"names": ["甲"], "worth": 5})
        with pytest.raises(sa.exc.IntegrityError) as caught:
            ADD.count(connection, {"names": ["甲"], "worth": 7})
    assert not caught.value.connection_invalidated


def test_a_lost_connection_leaves_the_pool(engine: sa.Engine) -> None:
    with engine.connect() as other_end, contextlib.suppress(sa.exc.DBAPIError):
        pid = other_end.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        killer = sa.create_engine(engine.url)
        with killer.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        killer.dispose()
        with pytest.raises(sa.exc.OperationalError) as caught:
            SLEEP.rows(other_end, {"seconds": 0})
        assert caught.value.connection_invalidated
        assert other_end.invalidated
    with engine.connect() as connection:
        assert SLEEP.rows(connection, {"seconds": 0}), "the pool has made a new connection"
