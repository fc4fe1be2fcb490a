"""Entries and seals as the database shows them, byte for byte, for whoever checks them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from psycopg.adapt import Loader

from zhuji_core.audit.canonical import PARTS_1, Part, Seal
from zhuji_core.values import Value

# So many entries are some megabytes; a verification holds one page at a time.
PAGE_ROWS = 5_000
SEALS_PAGE = 200

# The parts of every form, each as the text that is hashed; the columns after them are what the
# database keeps of the hash.
ENTRIES = """
    SELECT e.audit_id, e.audit_id::text, EXTRACT(epoch FROM e.recorded_at)::text,
           EXTRACT(epoch FROM e.business_date)::text, e.actor_id::text, e.actor_account, e.action,
           e.document_kind, e.document_id::text, e.document_label, e.agency_code,
           e.before::text, e.after::text, e.trace_id, e.context::text,
           e.form::text, encode(e.leaf, 'hex')
      FROM kernel.audit_entry AS e
     WHERE e.audit_id BETWEEN %(first)s AND %(last)s
     ORDER BY e.audit_id
"""
SEALS = """
    SELECT batch_no, form, first_audit_id, last_audit_id, entries, entry_ids::text AS entry_ids,
           {leaves} AS leaves, root, previous_hash, entries_total,
           EXTRACT(epoch FROM sealed_at)::text AS sealed_at, seal_hash
      FROM kernel.audit_seal
     WHERE batch_no > :after
     ORDER BY batch_no
     LIMIT :page
"""
WHOLE = sa.text(SEALS.format(leaves="leaves"))
LINKS = sa.text(SEALS.format(leaves="''::bytea"))
TRIGGER = sa.text("""
    SELECT count(*)
      FROM pg_trigger
     WHERE tgrelid = 'kernel.audit_entry'::regclass AND tgname = 'audit_entry_hashed'
       AND tgenabled IN ('O', 'A')
""")

RANGE = re.compile(r"\[(-?\d+),(-?\d+)\)")
RANGES = re.compile(r"\{(?:\[-?\d+,-?\d+\),?)*\}")
# Names of cursors within one connection.
_numbers = itertools.count()

# Below and above every number that an entry can have.
LOWEST, HIGHEST = -(2**63), 2**63 - 1


class Entry(Value, frozen=True, kw_only=True):
    """An entry as read: ``parts`` as bytes, in the order of ``PARTS_1``."""

    audit_id: int
    parts: tuple[Part, ...]
    form: Part
    leaf: Part

    def part(self, name: str) -> Part:
        return self.parts[PARTS_1.index(name)]


class _AsSent(Loader):
    """Leaves a text as the bytes that came: wrong UTF-8 is a finding, not an exception."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


def entries(
    connection: sa.Connection, *, first: int = LOWEST, last: int = HIGHEST
) -> Iterator[Entry]:
    """Give the entries from ``first`` to ``last`` in order; the transaction must stay open.

    By a cursor of the server, page by page, so that nothing is left out between two pages even
    where somebody has taken the key from the table.
    """
    driver: Any = connection.connection.driver_connection
    with driver.cursor(name=f"audit_entries_{next(_numbers)}") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.adapters.register_loader("text", _AsSent)
        cursor.execute(ENTRIES, {"first": first, "last": last})
        for audit_id, *parts, form, leaf in cursor:
            yield Entry(audit_id=audit_id, parts=tuple(parts), form=form, leaf=leaf)


def seals(connection: sa.Connection, *, after: int = 0, whole: bool = True) -> Iterator[Seal]:
    """Give the seals of batches after ``after``, in order; not ``whole``: without their leaves."""
    statement = WHOLE if whole else LINKS
    while True:
        found = connection.execute(statement, {"after": after, "page": SEALS_PAGE})
        rows = found.mappings().all()
        for row in rows:
            yield Seal(**{**row, "entry_ids": _ranges(row["entry_ids"])})
        if len(rows) < SEALS_PAGE:
            return
        after = rows[-1]["batch_no"]


def trigger_is_on(connection: sa.Connection) -> bool:
    """Tell whether the database hashes new entries."""
    return bool(connection.execute(TRIGGER).scalar_one())


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Read ``{[1,5),[7,8)}``; what has another form covers no id, which is then found."""
    if not RANGES.fullmatch(text):
        return ()
    return tuple((int(first), int(after) - 1) for first, after in RANGE.findall(text))
