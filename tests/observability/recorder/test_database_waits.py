"""A real PostgreSQL: a held connection is a wait for the pool, a held row a wait for a lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from zhuji_core.db.hot import HotStatement
from zhuji_core.db.server import ServerAddress
from zhuji_observability.recorder import statements
from zhuji_observability.recorder.attribution import attribute
from zhuji_observability.recorder.put_on import Clocks
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.recorder.statements import term_of
from zhuji_observability.recorder.terms import Term

HOLD_S = 0.1
HOLD_MS, LESS_MS, MORE_MS = HOLD_S * 1000, 5, 60


@pytest.fixture
def engine(pg_server: ServerAddress) -> Iterator[sa.Engine]:
    clocks, take_off = Clocks(), statements.watch()
    engine = sa.create_engine(
        pg_server.url("postgres"),
        poolclass=sa.QueuePool, pool_size=1, max_overflow=1, pool_timeout=5,
    )  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS public.held (id int PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO public.held VALUES (1) ON CONFLICT DO NOTHING"))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE public.held"))
    engine.dispose()
    take_off()
    clocks.take_off()


@contextmanager
def recorded() -> Iterator[dict[Term, float]]:
    first_ns = now_ns()
    record = Record(first_ns)
    token = CURRENT.set(record)
    spent: dict[Term, float] = {}
    try:
        yield spent
    finally:
        CURRENT.reset(token)
        last_ns = now_ns()
        found = attribute(record.marks, started_ns=first_ns, ended_ns=last_ns)
        assert sum(found.values()) == last_ns - first_ns
        spent.update({term: length / 1e6 for term, length in found.items()})


@contextmanager
def somebody(engine: sa.Engine, statement: str) -> Iterator[None]:
    """Another thread holds a connection, and what the statement locks, for ``HOLD_S``."""
    holds = threading.Event()

    def hold() -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
            holds.set()
            time.sleep(HOLD_S)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(5)
    yield
    thread.join()


def assert_held(spent: Mapping[Term, float], term: Term) -> None:
    """Tell that the wait is in its term, and that no other has it too.

    All terms together are exactly the time that passed: on a busy machine it is longer, and
    nothing is found twice.
    """
    assert spent[term] >= HOLD_MS - LESS_MS, spent
    marked = {other: length for other, length in spent.items() if other is not Term.OWN}
    assert sum(length for other, length in marked.items() if other is not term) < MORE_MS, spent


def test_a_held_connection_is_a_wait_for_the_pool(engine: sa.Engine) -> None:
    with engine.connect(), somebody(engine, "SELECT 1"), recorded() as spent:  # noqa: SIM117
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    assert_held(spent, Term.POOL)
    assert spent[Term.SQL] > 0


@pytest.mark.parametrize("hot", [False, True], ids=["SQLAlchemy", "hot statement"])
def test_a_held_row_is_a_wait_for_a_lock(engine: sa.Engine, *, hot: bool) -> None:
    text = "SELECT id FROM public.held WHERE id = :id FOR UPDATE"
    with engine.begin() as own, somebody(engine, text.replace(":id", "1")), recorded() as spent:
        if hot:
            HotStatement(text).rows(own, {"id": 1})
        else:
            own.execute(sa.text(text), {"id": 1})
    assert_held(spent, Term.LOCK)


def test_a_slow_statement_and_its_commit_are_the_databases(engine: sa.Engine) -> None:
    with recorded() as spent, engine.begin() as connection:
        connection.execute(sa.text(f"SELECT pg_sleep({HOLD_S})"))
    assert_held(spent, Term.SQL)


def test_outside_of_a_request_nothing_is_noted(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    assert CURRENT.get() is None


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("SELECT 1", Term.SQL),
        ("UPDATE budget.control_row SET budget_ntd = 1", Term.SQL),
        ("SELECT id FROM x ORDER BY id FOR UPDATE", Term.LOCK),
        ("SELECT id FROM x FOR NO KEY UPDATE SKIP LOCKED", Term.LOCK),
        ("select id from x for share", Term.LOCK),
        ("SELECT pg_advisory_xact_lock(1)", Term.LOCK),
        ("SELECT format_updates FROM x", Term.SQL),
    ],
)
def test_which_statements_wait_for_locks(text: str, term: Term) -> None:
    assert term_of(text) is term
