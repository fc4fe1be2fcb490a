"""Cursors and connections of psycopg that note how long the database took.

Put under SQLAlchemy and under the kernel's hot statements alike: both send by the driver.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import psycopg

from zhuji_observability.recorder.record import marked
from zhuji_observability.recorder.terms import Term

# A statement that locks rows waits for whoever has them; its own work is a fraction of a
# millisecond beside that. Text between quotes and comments is looked into too: harmless here.
_LOCKS = re.compile(
    r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b|\bFOR\s+(?:KEY\s+)?SHARE\b|\bLOCK\s+TABLE\b"
    r"|\bpg_advisory_(?:xact_)?lock\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def term_of(text: str) -> Term:
    """Return what a statement's time is: a lock's, or the database's own."""
    return Term.LOCK if _LOCKS.search(text) else Term.SQL


class TimedCursor(psycopg.Cursor[Any]):
    """Notes every statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        with marked(term_of(query) if isinstance(query, str) else Term.SQL):
            return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
        with marked(term_of(query) if isinstance(query, str) else Term.SQL):
            return super().executemany(query, params_seq, **options)


class TimedConnection(psycopg.Connection[Any]):
    """Notes what ends a transaction: a commit waits for the disk."""

    cursor_factory: Any = TimedCursor

    def commit(self) -> None:
        with marked(Term.SQL):
            super().commit()

    def rollback(self) -> None:
        with marked(Term.SQL):
            super().rollback()
