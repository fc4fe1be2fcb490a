"""SQL that keeps sets of codes: a set whole, in the place of what had its name before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.code_set import CodeSet, Years, sets_from
from zhuji_budget.facts import shipped_codes
from zhuji_budget.queries.codes import stored_sets
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork

# Loading codes waits for loading codes, and for nothing else.
LOCK = sa.text("LOCK TABLE budget.code_set IN SHARE ROW EXCLUSIVE MODE")
YEARS = sa.text("""
    UPDATE budget.code_set
       SET fiscal_year_from = :first, fiscal_year_to = :last
     WHERE kind = :kind AND name = :name
""")
YEARS_OF_OBJECTS = sa.text("""
    UPDATE budget.object_code
       SET fiscal_year_from = :first, fiscal_year_to = :last
     WHERE pack = :name AND :kind = 'object'
""")
DROP = (
    sa.text("DELETE FROM budget.object_code WHERE :kind = 'object' AND pack = :name"),
    sa.text("DELETE FROM budget.code_segment WHERE :kind = 'scheme' AND scheme = :name"),
    sa.text("DELETE FROM budget.class_code WHERE kind = :kind AND set_name = :name"),
    sa.text("DELETE FROM budget.code_set WHERE kind = :kind AND name = :name"),
)
KEEP = sa.text("""
    INSERT INTO budget.code_set
           (kind, name, fiscal_year_from, fiscal_year_to, source, shipped, document_id, loaded_at)
    VALUES (:kind, :name, :first, :last, :source, :shipped, :document_id, :now)
""")
KEEP_CODES: Mapping[str, sa.TextClause] = {
    "object": sa.text("""
        INSERT INTO budget.object_code
               (pack, code, level, parent_code, name, account, role, fiscal_year_from,
                fiscal_year_to)
        SELECT :name, w.code, w.level, w.parent, w.name, w.account, w.role, :first, :last
          FROM jsonb_to_recordset(CAST(:codes AS jsonb))
               AS w (code text, level integer, parent text, name text, account text, role text)
    """),
    "scheme": sa.text("""
        INSERT INTO budget.code_segment (scheme, position, segment, length)
        SELECT :name, w.position, w.code, w.length
          FROM jsonb_to_recordset(CAST(:codes AS jsonb))
               AS w (position integer, code text, length integer)
    """),
}
KEEP_CLASSES = sa.text("""
    INSERT INTO budget.class_code (kind, set_name, code, level, parent_code, name, role)
    SELECT :kind, :name, w.code, w.level, w.parent, w.name, w.role
      FROM jsonb_to_recordset(CAST(:codes AS jsonb))
           AS w (code text, level integer, parent text, name text, role text)
""")

# Codes that lines of these years use, and the new set would not have.
USED: Mapping[str, sa.TextClause] = {
    "object": sa.text("""
        SELECT r.object_code AS code, min(r.fiscal_year) AS fiscal_year
          FROM budget.control_row AS r
         WHERE r.fiscal_year BETWEEN :first AND :last AND r.object_code <> ''
           AND r.object_code <> ALL (CAST(:codes AS text[]))
         GROUP BY r.object_code
         ORDER BY r.object_code
         LIMIT 1000
    """),
    "function": sa.text("""
        SELECT b.function_code AS code, min(b.fiscal_year) AS fiscal_year
          FROM budget.budget_line AS b
         WHERE b.fiscal_year BETWEEN :first AND :last AND b.function_code <> ''
           AND b.function_code <> ALL (CAST(:codes AS text[]))
         GROUP BY b.function_code
         ORDER BY b.function_code
         LIMIT 1000
    """),
    "source": sa.text("""
        SELECT v.source_code AS code, min(v.fiscal_year) AS fiscal_year
          FROM budget.revenue_row AS v
         WHERE v.fiscal_year BETWEEN :first AND :last AND v.source_code <> ''
           AND v.source_code <> ALL (CAST(:codes AS text[]))
         GROUP BY v.source_code
         ORDER BY v.source_code
         LIMIT 1000
    """),
}
# Rows of budgets and of estimates that are written with a set's codes in its years.
ROWS_USING: Mapping[str, sa.TextClause] = {
    kind: sa.text(f"""
        SELECT count(*) AS rows, COALESCE(min(u.fiscal_year), 0) AS fiscal_year
          FROM ({sql}) AS u
         WHERE u.fiscal_year BETWEEN :first AND :last AND u.code = ANY(CAST(:codes AS text[]))
    """)
    for kind, sql in {
        "object": """
            SELECT r.fiscal_year, r.object_code AS code FROM budget.control_row AS r
             UNION ALL
            SELECT e.fiscal_year, i.object_code
              FROM budget.estimate_item AS i
              JOIN budget.estimate_line AS l USING (estimate_line_id)
              JOIN budget.estimate AS e USING (estimate_id)
        """,
        "function": "SELECT b.fiscal_year, b.function_code AS code FROM budget.budget_line AS b",
        "source": """
            SELECT v.fiscal_year, v.source_code AS code FROM budget.revenue_row AS v
             UNION ALL
            SELECT e.fiscal_year, l.group_code
              FROM budget.estimate_line AS l
              JOIN budget.estimate AS e USING (estimate_id)
             WHERE l.side = 'revenue'
        """,
    }.items()
}
LINES_CUT = sa.text("""
    SELECT count(*) AS rows, COALESCE(min(b.fiscal_year), 0) AS fiscal_year
      FROM budget.budget_line AS b
     WHERE b.fiscal_year BETWEEN :first AND :last AND length(b.code) = :digits
""")


def lock(uow: UnitOfWork) -> list[CodeSet]:
    """Let nobody else load codes until the end of the transaction; return what is kept."""
    uow.connection.execute(LOCK)
    return stored_sets(uow)


def ensure_shipped(uow: UnitOfWork) -> None:
    """Write the module's codes of each kind of which the county keeps none."""
    kept = {one.kind for one in stored_sets(uow)}
    missing = [one for one in sets_from(shipped_codes()) if one.kind not in kept]
    if not missing:
        return
    kept = {one.kind for one in lock(uow)}
    for one in missing:
        if one.kind not in kept:
            keep(uow, one)


def keep(uow: UnitOfWork, codes: CodeSet) -> CodeSet:
    """Write a set in the place of the one of its kind and name; its document stays the same."""
    kept = codes
    if not codes.document_id.int:
        kept = msgspec.structs.replace(codes, document_id=new_id())
    named = {"kind": kept.kind, "name": kept.name}
    drop(uow, **named)
    years = {"first": kept.first_year, "last": kept.last}
    head = {"source": kept.source, "shipped": kept.shipped, "document_id": kept.document_id}
    uow.connection.execute(KEEP, {**named, **years, **head, "now": uow.now})
    statement = KEEP_CODES.get(kept.kind, KEEP_CLASSES)
    uow.connection.execute(statement, {**named, **years, "codes": _json(kept)})
    return kept


def drop(uow: UnitOfWork, *, kind: str, name: str) -> None:
    """Take a set away."""
    for statement in DROP:
        uow.connection.execute(statement, {"kind": kind, "name": name})


def set_years(uow: UnitOfWork, years: Years) -> None:
    """Change the years of a set; one that keeps none is taken away."""
    if years.last < years.first:
        drop(uow, kind=years.kind, name=years.name)
        return
    for statement in (YEARS, YEARS_OF_OBJECTS):
        uow.connection.execute(statement, msgspec.structs.asdict(years))


def used_but_missing(uow: UnitOfWork, codes: CodeSet) -> list[tuple[str, int]]:
    """Return codes that budgets of the set's years use and that it does not have, with a year."""
    statement = USED.get(codes.kind)
    if statement is None:
        return []
    found = uow.connection.execute(
        statement,
        {
            "first": codes.first_year,
            "last": codes.last,
            "codes": [one.code for one in codes.codes],
        },
    )
    return [(row.code, row.fiscal_year) for row in found]


def used_in(uow: UnitOfWork, codes: CodeSet, *, first: int, last: int) -> tuple[int, int]:
    """Return how many rows of these years use codes of the set, and the first year of them."""
    years = {"first": first, "last": last}
    if codes.kind == "scheme":
        digits = sum(one.length for one in codes.codes)
        row = uow.connection.execute(LINES_CUT, {**years, "digits": digits}).one()
    else:
        wanted = {**years, "codes": [one.code for one in codes.codes]}
        row = uow.connection.execute(ROWS_USING[codes.kind], wanted).one()
    return row.rows, row.fiscal_year


def _json(codes: CodeSet) -> str:
    rows: Sequence[dict[str, Any]] = [
        {"position": position, **msgspec.structs.asdict(code)}
        for position, code in enumerate(codes.codes, 1)
    ]
    return msgspec.json.encode(rows).decode()
