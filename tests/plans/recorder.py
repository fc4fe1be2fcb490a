"""The plan of every statement that a piece of the product executes, as the product plans it.

Each statement is prepared once more in its own transaction, with the driver's own types, and
explained with its own values: under the plan mode and the settings that hold at that moment.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg._queries import PostgresQuery
from psycopg.pq import TransactionStatus

# What reads and locks nothing is run once more, and says how many rows it read.
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|FOR NO KEY UPDATE|FOR UPDATE|FOR SHARE)\b")
PLANNED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")
NAMED = re.compile(r"%\((\w+)\)s")
# VERBOSE says the schemas of tables.
EXPLAIN = "EXPLAIN (FORMAT JSON, VERBOSE, COSTS OFF{more}) EXECUTE explained {given}"
MEASURED = ", ANALYZE, TIMING OFF, SUMMARY OFF"
OPEN = (TransactionStatus.IDLE, TransactionStatus.INTRANS)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A statement as it was sent, and the root of its plan; ``measured``: with rows as read."""

    text: str
    plan: Mapping[str, Any]
    measured: bool


@dataclass(kw_only=True)
class Recorder:
    """What was planned so far, each text once."""

    planned: list[Planned] = field(default_factory=list)

    def saw(
        self, cursor: psycopg.Cursor[Any], sent: PostgresQuery, query: object, params: object
    ) -> None:
        text = query if isinstance(query, str) else ""
        known = any(one.text == text for one in self.planned)
        if (
            known
            or not PLANNED.match(text)
            or cursor.connection.info.transaction_status not in OPEN
        ):
            return
        values = params if isinstance(params, Mapping) else {}
        names = list(dict.fromkeys(NAMED.findall(text)))
        measured = not WRITES.search(text)
        plan = _explained(
            cursor.connection,
            sent.query.decode(),
            types=[_type(cursor.connection, oid) for oid in sent.types],
            values=[values[name] for name in names],
            measured=measured,
        )
        self.planned.append(Planned(text=text, plan=plan, measured=measured))


def _type(connection: psycopg.Connection[Any], oid: int) -> str:
    found = connection.adapters.types.get(oid)
    if found is None:
        return "unknown"
    return f"{found.name}[]" if found.array_oid == oid else found.name


def _explained(
    connection: psycopg.Connection[Any],
    statement: str,
    *,
    types: list[str],
    values: list[object],
    measured: bool,
) -> Mapping[str, Any]:
    with psycopg.Cursor(connection) as cursor:
        listed = f" ({', '.join(types)})" if types else ""
        cursor.execute(f"PREPARE explained{listed} AS {statement}".encode())
        given = [sql.Literal(value).as_string(connection) for value in values]
        called = f"({', '.join(given)})" if given else ""
        explain = EXPLAIN.format(more=MEASURED if measured else "", given=called)
        cursor.execute(explain.encode())
        row = cursor.fetchone()
        cursor.execute("DEALLOCATE explained")
    assert row is not None
    plan: Mapping[str, Any] = row[0][0]["Plan"]
    return plan


@contextlib.contextmanager
def recording(engine: sa.Engine) -> Iterator[Recorder]:
    """Record what connections of the pool execute while the block lasts."""
    recorder = Recorder()

    class Seen(psycopg.Cursor[Any]):
        def _convert_query(self, query: Any, params: Any = None) -> PostgresQuery:
            # The types that the driver chose are said nowhere else.
            self.sent = super()._convert_query(query, params)
            return self.sent

        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            done = super().execute(query, params, **more)
            recorder.saw(self, self.sent, query, params)
            return done

    def checked_out(connection: Any, *_: object) -> None:
        connection.cursor_factory = Seen

    def checked_in(connection: Any, *_: object) -> None:
        if connection is not None:
            connection.cursor_factory = psycopg.Cursor

    sa.event.listen(engine, "checkout", checked_out)
    sa.event.listen(engine, "checkin", checked_in)
    try:
        yield recorder
    finally:
        sa.event.remove(engine, "checkout", checked_out)
        sa.event.remove(engine, "checkin", checked_in)
