"""Which request has which connection to the database in its hands, and since when.

A request pays for one look into a dictionary with each statement. Who waits for whom is asked of
PostgreSQL by ``holders``, and only while a transaction is open for longer than is usual.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from zhuji_observability.recorder.record import Record


class Open(NamedTuple):
    """A transaction of a request, since its first statement."""

    record: Record
    since_ns: int
    connection: Any

    @property
    def backend(self) -> int:
        """The process of PostgreSQL that serves it."""
        return int(self.connection.pgconn.backend_pid)


_open: dict[Any, Open] = {}


def used(connection: Any, record: Record, at_ns: int) -> None:
    """Note that a statement of ``record`` is sent by ``connection``."""
    found = _open.get(connection)
    if found is None or found.record is not record:
        _open[connection] = Open(record, at_ns, connection)


def ended(connection: Any) -> None:
    """Note that it is committed or rolled back."""
    _open.pop(connection, None)


def going_on() -> list[Open]:
    """Return the open transactions of this process; those of lost connections are forgotten."""
    found = list(_open.values())
    for one in found:
        if one.connection.closed:
            ended(one.connection)
    return [one for one in found if not one.connection.closed]
