"""A span for each statement, and how long a request waits for the database, row locks apart.

Under SQLAlchemy and under the kernel's hot statements alike: both send by psycopg's cursor. The
span is the one that OpenTelemetry's instrumentation of psycopg makes (a test compares them), noted
for a twentieth of its price: values of a statement are nowhere in it.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from psycopg import sql

from zhuji_observability.recorder import transactions
from zhuji_observability.recorder.around import Method, Undo, replace, timed, together
from zhuji_observability.recorder.record import CURRENT, Record, now_ns
from zhuji_observability.recorder.terms import Term
from zhuji_observability.spans.noted import CLIENT, over, put_down

# A statement that locks rows waits for whoever has them; its own work is a fraction of a
# millisecond beside that. Text between quotes and comments is looked into too: harmless here.
_LOCKS = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(?:KEY\s+)?SHARE\b|\bLOCK\s+TABLE\b"
    r"|\bpg_advisory_(?:xact_)?lock\b",
    re.IGNORECASE,
)
ENDINGS = ("commit", "rollback")
SCOPE = InstrumentationScope("zhuji.psycopg")
SYSTEM = {"db.system.name": "postgresql"}


@lru_cache(maxsize=4096)
def term_of(text: str) -> Term:
    """Return what a statement's time is: a lock's, or the database's own."""
    return Term.LOCK if _LOCKS.search(text) else Term.SQL


def watch() -> Undo:
    """Put clocks around every statement, and around what ends a transaction (the disk)."""
    return together(
        replace(psycopg.Cursor, "execute", _by_statement),
        replace(psycopg.Cursor, "executemany", _by_statement),
        *(replace(psycopg.Connection, name, timed(Term.SQL)) for name in ENDINGS),
        *(replace(psycopg.Connection, name, _ending) for name in ENDINGS),
    )


def _by_statement(method: Method) -> Method:
    def noted(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        record, first_ns = CURRENT.get(), now_ns()
        if record is not None:
            transactions.used(cursor.connection, record, first_ns)
        try:
            result = method(cursor, query, *args, **kwargs)
        except BaseException as error:
            _over(cursor, query, record, first_ns, error)
            raise
        _over(cursor, query, record, first_ns)
        return result

    return noted


def _over(
    cursor: Any,
    query: Any,
    record: Record | None,
    first_ns: int,
    error: BaseException | None = None,
) -> None:
    last_ns = now_ns()
    text = query if isinstance(query, str) else _text(query, cursor)
    if record is not None:
        record.add(term_of(text), first_ns, last_ns)
    _note(text, cursor.connection, first_ns, last_ns, error)


def _note(
    text: str, connection: Any, first_ns: int, last_ns: int, error: BaseException | None
) -> None:
    note = over("", first_ns, last_ns)
    note.kind = CLIENT
    note.scope = SCOPE
    note.statement = text
    note.attributes = _of_connection(connection)
    if error is not None:
        note.fail(error)
    put_down(note)


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    return query.as_string(cursor) if isinstance(query, sql.Composable) else ""


_told: weakref.WeakKeyDictionary[Any, Mapping[str, Any]] = weakref.WeakKeyDictionary()


def _of_connection(connection: Any) -> Mapping[str, Any]:
    """Return where statements of a connection go, asked of it once."""
    found = _told.get(connection)
    if found is not None:
        return found
    try:
        info = connection.info
        told = {"db.namespace": info.dbname, "server.address": info.host, "server.port": info.port}
    except psycopg.Error:  # closed: nobody knows any more where it went
        return SYSTEM
    found = _told[connection] = {**SYSTEM, **told}
    return found


def _ending(method: Method) -> Method:
    def ended(connection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(connection, *args, **kwargs)
        finally:
            transactions.ended(connection)

    return ended
