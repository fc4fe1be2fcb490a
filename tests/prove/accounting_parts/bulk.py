"""A large load into a city: what is kept row by row beside the rows is left out, and made after.

Indexes that only readers need are dropped and built again from their definitions, which a file
keeps, so that a broken load is taken up. References are not looked up: a load writes what it has
written before, and the proofs that follow recompute all of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import sqlalchemy as sa

TABLES = (
    "accounting.spending_request", "accounting.request_line", "accounting.certification",
    "accounting.receipt_line", "accounting.release", "accounting.award", "accounting.award_line",
    "accounting.claim", "accounting.claim_line", "accounting.claim_payee",
    "accounting.claim_signature", "accounting.source_document", "accounting.voucher",
    "accounting.voucher_line", "accounting.ledger_entry", "budget.budget_movement",
)  # fmt: skip
INDEXES = sa.text("""
    SELECT x.indexrelid::regclass::text AS name, pg_get_indexdef(x.indexrelid) AS definition
      FROM pg_index AS x
     WHERE x.indrelid = ANY (CAST(:tables AS regclass[])) AND NOT x.indisunique
     ORDER BY 1
""")
LOOKED_UP = sa.text("""
    SELECT t.tgrelid::regclass::text AS held, t.tgname AS name
      FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
     WHERE t.tgrelid = ANY (CAST(:tables AS regclass[])) AND p.proname = 'RI_FKey_check_ins'
     ORDER BY 1, 2
""")


@contextlib.contextmanager
def loading(admin: sa.Engine, kept: Path) -> Iterator[None]:
    """Leave indexes and references out while the block loads; ``kept`` has the definitions.

    Only a block that ends makes them again: a load that broke goes on without them.
    """
    with admin.begin() as connection:
        if not kept.exists():
            found = connection.execute(INDEXES, {"tables": list(TABLES)}).all()
            kept.write_bytes(msgspec.json.encode([(one.name, one.definition) for one in found]))
        indexes = msgspec.json.decode(kept.read_bytes(), type=list[tuple[str, str]])
        for name, _ in indexes:
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {name}")
        _look_up(connection, "DISABLE")
    yield
    with admin.begin() as connection:
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            connection.exec_driver_sql(definition.replace("%", "%%"))
        _look_up(connection, "ENABLE")
    kept.unlink()


def _look_up(connection: sa.Connection, how: str) -> None:
    """Switch the triggers that look up whether what a new row refers to is there."""
    for held, name in connection.execute(LOOKED_UP, {"tables": list(TABLES)}).all():
        connection.exec_driver_sql(f'ALTER TABLE {held} {how} TRIGGER "{name}"')
