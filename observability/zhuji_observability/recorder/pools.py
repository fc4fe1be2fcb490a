"""How long a request waits for a connection to the database.

SQLAlchemy tells when a connection was given, but not since when it was wanted.
"""

from __future__ import annotations

from sqlalchemy.pool import QueuePool

from zhuji_observability.recorder.around import Undo, replace, timed
from zhuji_observability.recorder.terms import Term


def watch() -> Undo:
    """Put a clock around taking a connection out of any pool; making a new one is part of it."""
    return replace(QueuePool, "_do_get", timed(Term.POOL))
