"""What a request did to a county's database: which tables have how many new or changed rows.

Rows are told by the transaction that wrote them, so updates count too, and nothing has to know
what a command is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tests.boundaries.world import World

# Written beside the work: that a key was used, that somebody was seen, how often they asked.
BESIDE = frozenset({
    ("kernel", "idempotency_key"), ("kernel", "web_session"), ("kernel", "rate_limit"),
    ("kernel", "audit_seal"),
})  # fmt: skip
TABLES = """
    SELECT n.nspname, c.relname
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
     ORDER BY 1, 2
"""
# Not older than the mark: by the distance from now, which needs no text of each row's number.
TOUCHED = "age(xmin) <= age(CAST(CAST(:mark AS text) AS xid))"
MARK = "SELECT pg_current_xact_id()::text::bigint"

Touched = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A moment in the database: the next transaction's number, and how many rows there were."""

    transaction: int
    rows: Mapping[str, int]


class Effects:
    """Looks at one county's tables, as its administrator."""

    def __init__(self, world: World) -> None:
        self._world = world
        found = [tuple(row) for row in world.county.rows(TABLES)]
        self._tables = [f'"{s}"."{t}"' for s, t in found if (s, t) not in BESIDE]
        assert len(self._tables) > 10, "a county has tables"
        # Names from the catalogue, quoted.
        counts = [f"(SELECT count(*) FROM {table})" for table in self._tables]  # noqa: S608
        touched = [
            f"SELECT {number}, count(*) FILTER (WHERE {TOUCHED}), count(*) FROM {table}"  # noqa: S608
            for number, table in enumerate(self._tables)
        ]
        self._count = sa.text("SELECT " + ", ".join(counts))
        self._touched = sa.text(" UNION ALL ".join(touched))
        # Kept open and asked the same again and again: it prepares what the shared ones do not.
        self._engine = sa.create_engine(world.county.admin.url, poolclass=sa.NullPool)
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def mark(self) -> Mark:
        transaction = int(self._connection.execute(sa.text(MARK)).scalar_one())
        counted = self._connection.execute(self._count).one()
        return Mark(transaction=transaction, rows=dict(zip(self._tables, counted, strict=True)))

    def since(self, mark: Mark) -> Touched:
        """Return table → (rows written, rows more than before), where there is anything."""
        found = self._connection.execute(self._touched, {"mark": str(mark.transaction)}).all()
        assert len(found) == len(self._tables), "each table is counted"
        return {
            (table := self._tables[number]): (touched, count - mark.rows[table])
            for number, touched, count in found
            if touched or count != mark.rows[self._tables[number]]
        }

    def close(self) -> None:
        self._connection.close()
