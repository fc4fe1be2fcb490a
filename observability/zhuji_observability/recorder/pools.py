"""A pool of database connections that notes how long a request waited for one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.pool import QueuePool

from zhuji_observability.recorder.record import marked
from zhuji_observability.recorder.terms import Term


class TimedPool(QueuePool):
    """SQLAlchemy tells when a connection was given, but not since when it was wanted."""

    def _do_get(self) -> Any:
        with marked(Term.POOL):
            return super()._do_get()
