"""How long a request waits for the database, and for row locks apart.

Under SQLAlchemy and under the kernel's hot statements alike: both send by psycopg's cursor.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import psycopg

from zhuji_observability.recorder import transactions
from zhuji_observability.recorder.around import Method, Undo, replace, timed, together
from zhuji_observability.recorder.record import CURRENT, now_ns
from zhuji_observability.recorder.terms import Term

# A statement that locks rows waits for whoever has them; its own work is a fraction of a
# millisecond beside that. Text between quotes and comments is looked into too: harmless here.
_LOCKS = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(?:KEY\s+)?SHARE\b|\bLOCK\s+TABLE\b"
    r"|\bpg_advisory_(?:xact_)?lock\b",
    re.IGNORECASE,
)
ENDINGS = ("commit", "rollback")


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
        record = CURRENT.get()
        if record is None:
            return method(cursor, query, *args, **kwargs)
        first_ns = now_ns()
        transactions.used(cursor.connection, record, first_ns)
        try:
            return method(cursor, query, *args, **kwargs)
        finally:
            term = term_of(query) if isinstance(query, str) else Term.SQL
            record.add(term, first_ns, now_ns())

    return noted


def _ending(method: Method) -> Method:
    def ended(connection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(connection, *args, **kwargs)
        finally:
            transactions.ended(connection)

    return ended
