"""Bring a database back to what it was when it was made, between two tests.

TRUNCATE makes new files for a table and each of its indexes, and whoever is connected plans anew
what was prepared: some milliseconds for each table. A test leaves a few rows, which DELETE takes
away in microseconds; only tables that have grown (by dead rows too) are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from zhuji_core.db.migrations import OLD_VERSION_TABLE, VERSION_TABLE

# Up to this size a table with its long texts is emptied row by row: some 30 pages to look through.
ROW_BY_ROW_BYTES_MAX = 256 * 1024

TABLES = """
    SELECT n.nspname, c.relname, c.oid,
           array_remove(array_agg(s.seqrelid), NULL), array_remove(array_agg(s.seqstart), NULL)
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_depend AS d
             ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
            AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
      LEFT JOIN pg_sequence AS s ON s.seqrelid = d.objid
     WHERE c.relkind = 'r' AND c.relname <> ALL (%s)
       AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
     GROUP BY n.nspname, c.relname, c.oid
     ORDER BY 1, 2
"""
IS_FILLED = "SELECT {label}, pg_table_size({oid}::oid) WHERE EXISTS (SELECT FROM {table})"
SET_BACK = "SELECT setval({sequence}::oid, {start}, false)"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    name: sql.Identifier
    oid: int
    sequences: Mapping[int, int]


class CleanDatabase:
    """A database whose rows are remembered as the migrations and the county's making left them."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        connection.execute("SET lock_timeout = '5s'")  # a test left a transaction open: say so
        # No foreign key is checked and no trigger runs while rows go and remembered ones return.
        connection.execute("SET session_replication_role = replica")
        found = connection.execute(TABLES, ([VERSION_TABLE, OLD_VERSION_TABLE],)).fetchall()
        self._tables = [
            _Table(
                name=sql.Identifier(schema, name),
                oid=oid,
                sequences=dict(zip(sequences, starts, strict=True)),
            )
            for schema, name, oid, sequences, starts in found
        ]
        # Written out once: quoting some hundred names takes longer than the server's answer.
        # Who still holds a transaction open, even on an empty table, is waited for.
        self._lock = self._written(
            sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(
                sql.SQL(", ").join(table.name for table in self._tables)
            )
        )
        self._filled = self._written(
            sql.SQL(" UNION ALL ").join(
                sql.SQL(IS_FILLED).format(label=number, oid=table.oid, table=table.name)
                for number, table in enumerate(self._tables)
            )
        )
        self._seeds = {number: self._read(number) for number in self._filled_tables()}

    def clean(self) -> None:
        """Empty what is filled; put remembered rows back where they are not as they were."""
        with self.connection.transaction():
            self.connection.execute(self._lock)
            sizes = self._filled_tables()
            dirty = [number for number in sizes if number not in self._seeds]
            # Numbers given to remembered rows are not given again.
            self._empty(dirty, sizes, then=self._sequences_set_back(dirty))
            changed = [number for number, rows in self._seeds.items() if self._read(number) != rows]
            self._empty(changed, sizes)
            for number in changed:
                copy = sql.SQL("COPY {} FROM STDIN").format(self._tables[number].name)
                with self.connection.cursor().copy(copy) as target:
                    target.write(self._seeds[number])

    def _written(self, statement: sql.Composable) -> bytes:
        return statement.as_bytes(self.connection)

    def _filled_tables(self) -> dict[int, int]:
        """Return the size of each table that holds a row, by its number."""
        return dict(self.connection.execute(self._filled).fetchall())

    def _empty(
        self,
        numbers: Sequence[int],
        sizes: Mapping[int, int],
        *,
        then: Sequence[sql.Composable] = (),
    ) -> None:
        small = [one for one in numbers if sizes.get(one, 0) <= ROW_BY_ROW_BYTES_MAX]
        large = [one for one in numbers if one not in small]
        statements: list[sql.Composable] = [
            sql.SQL("DELETE FROM {}").format(self._tables[one].name) for one in small
        ]
        if large:
            names = sql.SQL(", ").join(self._tables[one].name for one in large)
            statements.append(sql.SQL("TRUNCATE {} CASCADE").format(names))
        if statements:
            self.connection.execute(sql.SQL("; ").join([*statements, *then]))

    def _sequences_set_back(self, numbers: Sequence[int]) -> list[sql.Composable]:
        return [
            sql.SQL(SET_BACK).format(sequence=sequence, start=start)
            for one in numbers
            for sequence, start in self._tables[one].sequences.items()
        ]

    def _read(self, number: int) -> bytes:
        copy = sql.SQL("COPY {} TO STDOUT").format(self._tables[number].name)
        with self.connection.cursor().copy(copy) as source:
            return b"".join(bytes(block) for block in source)
