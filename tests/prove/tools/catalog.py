"""All that migrations make in a database, as one digest: equal digests, equal tables and rights."""

from __future__ import annotations

from typing import Any

import psycopg

# Names of roles differ from county to county; everything else may not.
CATALOG = """
    WITH own AS (
        SELECT oid, nspname FROM pg_namespace
         WHERE nspname NOT LIKE 'pg\\_%%' AND nspname NOT IN ('information_schema', 'public')
    ), told AS (
        SELECT format('schema %%s %%s', nspname, replace(n.nspacl::text, %(role)s, 'ROLE')) AS line
          FROM own JOIN pg_namespace AS n USING (oid, nspname)
        UNION ALL
        SELECT format('relation %%s.%%s %%s %%s', nspname, relname, relkind,
                      replace(relacl::text, %(role)s, 'ROLE'))
          FROM pg_class AS c JOIN own ON own.oid = c.relnamespace
        UNION ALL
        SELECT format('column %%s.%%s %%s %%s %%s %%s %%s', nspname, relname, attnum, attname,
                      format_type(atttypid, atttypmod), attnotnull,
                      pg_get_expr(adbin, adrelid))
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v')
          JOIN own ON own.oid = c.relnamespace
          LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT format('constraint %%s %%s %%s', nspname, conname, pg_get_constraintdef(k.oid))
          FROM pg_constraint AS k JOIN own ON own.oid = k.connamespace
        UNION ALL
        SELECT format('index %%s', pg_get_indexdef(indexrelid))
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
          JOIN own ON own.oid = c.relnamespace
        UNION ALL
        SELECT format('function %%s', pg_get_functiondef(p.oid))
          FROM pg_proc AS p JOIN own ON own.oid = p.pronamespace
        UNION ALL
        SELECT format('trigger %%s', pg_get_triggerdef(t.oid))
          FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
          JOIN own ON own.oid = c.relnamespace
         WHERE NOT t.tgisinternal
    )
    SELECT count(*), md5(string_agg(line, E'\\n' ORDER BY line)) FROM told
"""
SCHEMAS = """
    SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relname = 'schema_revision' ORDER BY 1
"""
RIGHTS = """
    SELECT count(*), md5(COALESCE(string_agg(format('%s %s', role_code, permission), ','
                                             ORDER BY role_code, permission), ''))
      FROM kernel.role_permission
"""


def standing(connection: psycopg.Connection[Any], *, role: str) -> tuple[str, str, int]:
    """Return the revisions of every schema, the digest of the catalog, and how much it told.

    Both as of one moment, whatever happens beside.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        schemas = [row[0] for row in connection.execute(SCHEMAS).fetchall()]
        heads = [
            row[0]
            for schema in schemas
            for row in connection.execute(
                psycopg.sql.SQL("SELECT version_num FROM {} ORDER BY 1").format(
                    psycopg.sql.Identifier(schema, "schema_revision")
                )
            ).fetchall()
        ]
        told = connection.execute(CATALOG, {"role": role}).fetchone()
    assert told is not None, "an aggregate gives a row"
    return " ".join(heads), str(told[1]), int(told[0])


def rights(connection: psycopg.Connection[Any]) -> tuple[int, str]:
    """Return how many rights roles hold, and a digest of them."""
    told = connection.execute(RIGHTS).fetchone()
    assert told is not None, "an aggregate gives a row"
    return int(told[0]), str(told[1])
