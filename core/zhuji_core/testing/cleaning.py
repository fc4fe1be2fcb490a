"""Bring a database back to what it was when it was made, between two tests.

TRUNCATE makes new files for a table and each of its indexes, and whoever is connected plans anew
what was prepared: some milliseconds for each table. A test leaves a few rows, which DELETE takes
away in microseconds; only tables that have grown (by dead rows too) are made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from zhuji_core.db.migrations import OLD_VERSION_TABLE, VERSION_TABLE

# Up to this size a table with its long texts is emptied row by row: some 30 pages to look through.
ROW_BY_ROW_BYTES_MAX = 256 * 1024
# Of one name: what is begun after something that each test does otherwise is soon forgotten.
REMEMBERED_MAX = 8

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
COUNTED = "SELECT last_value, is_called FROM {}"
COUNT_ON = "SELECT setval({sequence}::oid, {last}, {called})"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    name: sql.Identifier
    oid: int
    sequences: Mapping[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Beginning:
    """Rows by table that a test's beginning left, the numbers that it gave, what it returned."""

    changed: Mapping[int, bytes]
    counted: Mapping[int, tuple[int, bool]]
    returned: Any


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
        self._seeds = self._contents()
        self._beginnings: dict[Hashable, dict[bytes, _Beginning]] = {}

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
                self._write(number, self._seeds[number])

    def begun(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returns, and leave the rows that it leaves.

        Many tests begin with the same; it is made once. Whenever it finds just the rows that it
        found then, those that it left are put in again as they were, with ids and times of then.
        """
        found = _in_order(self._contents())
        remembered = self._beginnings.setdefault(name, {})
        known = remembered.pop(_digest(found), None)
        if known is None:
            known = self._made(found, make)
        else:
            self._put(known, found)
        if len(remembered) >= REMEMBERED_MAX:
            remembered.pop(next(iter(remembered)))  # the one that was not met for longest
        remembered[_digest(found)] = known
        returned: T = known.returned
        return returned

    def _made(self, found: Mapping[int, bytes], make: Callable[[], Any]) -> _Beginning:
        returned = make()
        after = self._contents()
        ordered = _in_order(after)
        changed = {
            number: after.get(number, b"")
            for number in found.keys() | after.keys()
            if found.get(number) != ordered.get(number)
        }
        sequences = [one for number in changed for one in self._tables[number].sequences]
        return _Beginning(
            changed=changed,
            counted={one: self._counted(one) for one in sequences},
            returned=returned,
        )

    def _put(self, known: _Beginning, found: Mapping[int, bytes]) -> None:
        counted = [
            sql.SQL(COUNT_ON).format(sequence=sequence, last=last, called=called)
            for sequence, (last, called) in known.counted.items()
        ]
        with self.connection.transaction():
            self._empty([one for one in known.changed if one in found], {}, then=counted)
            for number, rows in known.changed.items():
                self._write(number, rows)

    def _counted(self, sequence: int) -> tuple[int, bool]:
        (name,) = self.connection.execute("SELECT %s::regclass::text", (sequence,)).fetchall()[0]
        last, called = self.connection.execute(COUNTED.format(name)).fetchall()[0]
        return last, called

    def _contents(self) -> dict[int, bytes]:
        return {number: self._read(number) for number in self._filled_tables()}

    def _write(self, number: int, rows: bytes) -> None:
        copy = sql.SQL("COPY {} FROM STDIN").format(self._tables[number].name)
        with self.connection.cursor().copy(copy) as target:
            target.write(rows)

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
        statements.extend(then)
        if statements:
            self.connection.execute(sql.SQL("; ").join(statements))

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


def _in_order(contents: Mapping[int, bytes]) -> dict[int, bytes]:
    """Return the rows of each table in an order of their own: a table gives them as they lie."""
    return {
        number: b"".join(sorted(rows.splitlines(keepends=True)))
        for number, rows in contents.items()
    }


def _digest(contents: Mapping[int, bytes]) -> bytes:
    told = hashlib.blake2b(digest_size=32)
    for number in sorted(contents):
        told.update(b"%d %d\n" % (number, len(contents[number])))
        told.update(contents[number])
    return told.digest()
