"""The check of ERPNext, OCA budget_control and Odoo: add up what was posted, then post.

Those cannot be installed from a registry, so their statement is posed here bare: no framework, no
number, no audit. ``safe``: with the lock on the line that they do not take.
"""

from __future__ import annotations

import os

import psycopg

from loadtests.peers.peer import Wanted

SAFE = "ZHUJI_PEER_SAFE"
SCHEMA = """
    DROP TABLE IF EXISTS entry, voucher, budget;
    CREATE TABLE budget (line int PRIMARY KEY, allotted numeric NOT NULL);
    CREATE TABLE voucher (voucher_id bigserial PRIMARY KEY);
    CREATE TABLE entry (entry_id bigserial PRIMARY KEY, voucher_id bigint NOT NULL,
                        line int NOT NULL, amount numeric NOT NULL);
    CREATE INDEX ON entry (line);
"""
FILL = "INSERT INTO budget SELECT g, %s FROM generate_series(0, %s) AS g"
ALLOTTED = "SELECT allotted FROM budget WHERE line = %s"
SPENT = "SELECT COALESCE(sum(amount), 0) FROM entry WHERE line = %s"
ENTRY = "INSERT INTO entry (voucher_id, line, amount) VALUES (%s, %s, %s)"
OVERSPENT = """
    SELECT COALESCE(sum(greatest(s.spent - b.allotted, 0)), 0)::bigint
      FROM budget AS b
      JOIN (SELECT line, sum(amount) AS spent FROM entry GROUP BY line) AS s USING (line)
"""


def setup(wanted: Wanted) -> None:
    """Make the tables anew in the database of the environment (``PGDATABASE``…)."""
    with psycopg.connect("") as connection:
        connection.execute(SCHEMA)
        connection.execute(FILL, (wanted.allotted_ntd, wanted.lines - 1))


def overspent_ntd(_wanted: Wanted) -> int:
    with psycopg.connect("") as connection:
        row = connection.execute(OVERSPENT).fetchone()
    assert row is not None, "a sum has a row"
    return int(row[0])


class _Poster:
    def __init__(self) -> None:
        self._connection = psycopg.connect("")
        self._lock = " FOR UPDATE" if os.environ.get(SAFE) else ""

    def post(self, lines: list[int], amount_ntd: int) -> bool:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for line in sorted(lines):
                cursor.execute((ALLOTTED + self._lock).encode(), (line,))
                allotted = cursor.fetchone()
                cursor.execute(SPENT, (line,))
                spent = cursor.fetchone()
                assert allotted is not None, "every line has a budget"
                assert spent is not None, "a sum has a row"
                if spent[0] + amount_ntd > allotted[0]:
                    return False
            cursor.execute("INSERT INTO voucher DEFAULT VALUES RETURNING voucher_id")
            voucher = cursor.fetchone()
            assert voucher is not None, "it was inserted"
            for line in lines:
                cursor.execute(ENTRY, (voucher[0], line, amount_ntd))
            cursor.execute(ENTRY, (voucher[0], -1, -amount_ntd * len(lines)))
        return True


def poster(_wanted: Wanted) -> _Poster:
    return _Poster()
