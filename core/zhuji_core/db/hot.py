"""SQL of the hot path (簽證), sent by the driver itself inside of SQLAlchemy's transaction.

SQLAlchemy makes a context and a description of the result anew each time that it executes a
text, which costs as much as the driver's own work on a short statement: a tenth of what a
certification costs the application (``core/docs/evidence/kernel.md``). Everything else goes
through SQLAlchemy: where a statement does not run with each certification, that tenth is not
worth a second way.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.exc import DBAPIError

Row = dict[str, Any]

_DIALECT: sa.Dialect = sa.make_url("postgresql+psycopg://").get_dialect()()


class HotStatement:
    """One statement with ``:named`` parameters, compiled when its module is read."""

    __slots__ = ("_sql", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._sql = str(sa.text(text).compile(dialect=_DIALECT))

    def rows(self, connection: sa.Connection, parameters: Mapping[str, object]) -> list[Row]:
        """Execute it; return its rows, by the names of the columns.

        Raises what SQLAlchemy would raise: a DBAPIError of the driver's error.
        """
        cursor: Any = connection.connection.cursor(row_factory=dict_row)
        self._execute(connection, cursor, parameters)
        rows: list[Row] = cursor.fetchall()
        cursor.close()
        return rows

    def row(self, connection: sa.Connection, parameters: Mapping[str, object]) -> Row:
        """Execute it; return its only row."""
        (only,) = self.rows(connection, parameters)
        return only

    def count(self, connection: sa.Connection, parameters: Mapping[str, object]) -> int:
        """Execute it; return how many rows it wrote."""
        cursor: Any = connection.connection.cursor()
        self._execute(connection, cursor, parameters)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def _execute(
        self, connection: sa.Connection, cursor: Any, parameters: Mapping[str, object]
    ) -> None:
        told = {
            name: array(value) if type(value) is list else value
            for name, value in parameters.items()
        }
        try:
            cursor.execute(self._sql, told)
        except psycopg.Error as error:
            raise self._told(connection, cursor, error) from error

    def _told(self, connection: sa.Connection, cursor: Any, error: Any) -> Exception:
        """Return SQLAlchemy's error of the driver's; the pool learns of a lost connection."""
        lost = connection.dialect.is_disconnect(error, connection.connection, cursor)
        if lost:
            connection.invalidate(error)
        told: Exception = DBAPIError.instance(
            self._sql,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        )
        return told


def array(values: Sequence[object]) -> object:
    """Write whole numbers, ids and texts (or None) as PostgreSQL reads an array of them.

    The driver asks each element for its type and looks for what must be quoted in it, which took
    as much as all else that it does for a certification. What holds anything else is left to it.
    """
    if all(type(one) in _PLAIN for one in values):
        return f"{{{','.join(map(str, values))}}}"
    if all(one is None or type(one) in _WRITTEN for one in values):
        return f"{{{','.join(map(_element, values))}}}"
    return values


# Digits and dashes alone: an array holds them without quotes.
_PLAIN = frozenset({int, uuid.UUID})
_WRITTEN = _PLAIN | {str}


def _element(one: object) -> str:
    if one is None:
        return "NULL"
    return '"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"'
