"""SQL of rows that a document names before they exist: what stands already, and making them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.changes.model import KIND_TITLES, Change, ChangeLine
from zhuji_budget.domain.changes.new_rows import KnownLine
from zhuji_budget.domain.changes.refusals import ChangeNewRow
from zhuji_budget.store.roles import RESERVE, ROLE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

LINE_COLUMNS = """
    b.line_id, b.code, b.name, b.agency_code, b.agency_name, b.department_code,
    b.department_name, b.plan_code, b.plan_name, b.function_code, b.pooled
"""
# The wanted codes, and the first lines of each wanted agency: its department, its plans.
LINES = sa.text(f"""
    SELECT {LINE_COLUMNS}
      FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year
       AND (b.code = ANY(:codes) OR b.agency_code = ANY(:agencies))
     ORDER BY (b.code = ANY(:codes)) DESC, b.code
     LIMIT 2000
""")
CODES = sa.text("""
    SELECT b.code FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year
     ORDER BY b.code
     LIMIT 1000
""")
# Rows of these words that exist by now, made by another document since: expenditure and revenue.
EXISTING = sa.text("""
    SELECT w.line_no, r.control_row_id, v.revenue_row_id
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS w (line_no integer, is_revenue boolean, agency_code text, line_code text,
                 object_code text, account text)
      LEFT JOIN budget.control_row AS r
             ON NOT w.is_revenue AND r.fiscal_year = :fiscal_year AND r.line_code = w.line_code
            AND r.agency_code = w.agency_code AND r.object_code = w.object_code
            AND r.account = w.account
      LEFT JOIN budget.revenue_row AS v
             ON w.is_revenue AND v.fiscal_year = :fiscal_year AND v.code = w.line_code
            AND v.agency_code = w.agency_code AND v.account = w.account
     WHERE r.control_row_id IS NOT NULL OR v.revenue_row_id IS NOT NULL
     ORDER BY w.line_no
     LIMIT 1000
""")
ROLES = sa.text(f"""
    SELECT r.line_no, {ROLE} AS role
      FROM (SELECT w.line_no, w.object_code, :fiscal_year AS fiscal_year, w.function_code
              FROM jsonb_to_recordset(CAST(:lines AS jsonb))
                   AS w (line_no integer, object_code text, function_code text)) AS r
     CROSS JOIN LATERAL (SELECT r.function_code) AS b
     ORDER BY r.line_no
     LIMIT 1000
""")
# The year is held (``years.hold``), so nobody makes the same row at the same time.
MAKE = sa.text(f"""
    WITH given AS (
        SELECT w.*
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS w (row_id uuid, line_id uuid, makes_line boolean, is_revenue boolean,
                     agency_code text, agency_name text, department_code text,
                     department_name text, plan_code text, plan_name text, function_code text,
                     line_code text, line_name text, object_code text, object_name text,
                     account text)
    ), lines AS (
        INSERT INTO budget.budget_line
               (line_id, fiscal_year, code, name, agency_code, agency_name, department_code,
                department_name, plan_code, plan_name, function_code, bill_ntd)
        SELECT DISTINCT ON (g.line_id) g.line_id, :fiscal_year, g.line_code, g.line_name,
               g.agency_code, g.agency_name, g.department_code, g.department_name, g.plan_code,
               g.plan_name, g.function_code, 0
          FROM given AS g
         WHERE g.makes_line AND NOT g.is_revenue
         ORDER BY g.line_id
    ), rows AS (
        INSERT INTO budget.control_row
               (control_row_id, line_id, fiscal_year, agency_code, line_code, line_name,
                object_code, object_name, account, bill_ntd, reserve)
        SELECT r.row_id, r.line_id, r.fiscal_year, r.agency_code, r.line_code, r.line_name,
               r.object_code, r.object_name, r.account, 0, {RESERVE}
          FROM (SELECT g.*, CAST(:fiscal_year AS integer) AS fiscal_year FROM given AS g) AS r
         CROSS JOIN LATERAL (SELECT r.function_code) AS b
         WHERE NOT r.is_revenue
         ORDER BY r.row_id
    )
    INSERT INTO budget.revenue_row
           (revenue_row_id, fiscal_year, agency_code, agency_name, code, name, source_code,
            source_name, account, bill_ntd)
    SELECT g.row_id, :fiscal_year, g.agency_code, g.agency_name, g.line_code, g.line_name,
           g.object_code, g.object_name, g.account, 0
      FROM given AS g
     WHERE g.is_revenue
     ORDER BY g.row_id
""")
PLACE = sa.text("""
    UPDATE budget.change_line AS l
       SET control_row_id = w.control_row_id, revenue_row_id = w.revenue_row_id
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS w (line_no integer, control_row_id uuid, revenue_row_id uuid)
     WHERE l.document_id = :document_id AND l.line_no = w.line_no
""")

LINE_ONCE = "budget_line_fiscal_year_code_key"


def known_lines(
    uow: UnitOfWork, *, fiscal_year: int, codes: Sequence[str], agencies: Sequence[str]
) -> dict[str, KnownLine]:
    """Return lines of the year by code: the wanted ones, and some of each wanted agency."""
    wanted = {"fiscal_year": fiscal_year, "codes": list(codes), "agencies": list(agencies)}
    rows = uow.connection.execute(LINES, wanted).mappings()
    return {row["code"]: KnownLine(**row) for row in rows}


def codes_of_year(uow: UnitOfWork, *, fiscal_year: int) -> list[str]:
    """Return codes of the year's lines: how this government cuts them."""
    return list(uow.connection.execute(CODES, {"fiscal_year": fiscal_year}).scalars())


def roles_of(uow: UnitOfWork, lines: Sequence[ChangeLine], *, fiscal_year: int) -> dict[int, str]:
    """Return what the law sees in rows that are to be, by line number (``domain/roles``)."""
    given = [
        {
            "line_no": line.line_no,
            "object_code": line.object_code,
            "function_code": line.new_row.function_code if line.new_row else "",
        }
        for line in lines
    ]
    rows = uow.connection.execute(ROLES, {"fiscal_year": fiscal_year, "lines": _json(given)})
    return {row.line_no: row.role for row in rows}


def placed(uow: UnitOfWork, change: Change) -> Change:
    """Return the document with the rows of its words that exist by now."""
    to_be = [line for line in change.lines if line.is_to_be]
    if not to_be:
        return change
    given = [
        {
            "line_no": line.line_no,
            "is_revenue": line.is_revenue,
            "agency_code": line.agency_code,
            "line_code": line.line_code,
            "object_code": line.object_code,
            "account": line.account,
        }
        for line in to_be
    ]
    wanted = {"fiscal_year": change.fiscal_year, "lines": _json(given)}
    found = {row.line_no: row for row in uow.connection.execute(EXISTING, wanted)}
    codes = [line.line_code for line in to_be if line.new_row and line.new_row.makes_line]
    known = known_lines(uow, fiscal_year=change.fiscal_year, codes=codes, agencies=[])
    return msgspec.structs.replace(
        change, lines=tuple(_placed(line, found, known) for line in change.lines)
    )


def _placed(
    line: ChangeLine, found: Mapping[int, Any], known: Mapping[str, KnownLine]
) -> ChangeLine:
    row = found.get(line.line_no)
    if row is not None:
        return msgspec.structs.replace(
            line, control_row_id=row.control_row_id, revenue_row_id=row.revenue_row_id
        )
    stands = known.get(line.line_code) if line.is_to_be and not line.is_revenue else None
    if stands is None or line.new_row is None or stands.agency_code != line.agency_code:
        return line
    new_row = msgspec.structs.replace(line.new_row, line_id=stands.line_id, makes_line=False)
    return msgspec.structs.replace(line, new_row=new_row)


def make(uow: UnitOfWork, change: Change) -> Change:
    """Make the rows that the document still lacks, and name them in its lines.

    Raises ChangeNewRow where another agency's document has made a line of this code since.
    """
    to_be = {line.row_id: line for line in change.lines if line.is_to_be}
    if not to_be:
        return change
    given = [
        {**msgspec.structs.asdict(line), **msgspec.structs.asdict(line.new_row)}
        for line in to_be.values()
        if line.new_row is not None
    ]
    try:
        uow.connection.execute(MAKE, {"fiscal_year": change.fiscal_year, "lines": _json(given)})
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") != LINE_ONCE:
            raise
        line = next(line for line in to_be.values() if line.new_row and line.new_row.makes_line)
        raise ChangeNewRow(
            kind=KIND_TITLES[change.kind],
            line_no=line.line_no,
            line_code=line.line_code,
            line_name=line.line_name,
            rule=N_("此科目編號已屬其他機關"),
        ) from error
    lines = tuple(_made(line) for line in change.lines)
    return msgspec.structs.replace(change, lines=lines)


def _made(line: ChangeLine) -> ChangeLine:
    if not line.is_to_be:
        return line
    name = "revenue_row_id" if line.is_revenue else "control_row_id"
    return msgspec.structs.replace(line, **{name: line.row_id})


def keep_places(uow: UnitOfWork, change: Change) -> None:
    """Write into the document's lines which rows theirs have become."""
    given = [
        {
            "line_no": line.line_no,
            "control_row_id": line.control_row_id,
            "revenue_row_id": line.revenue_row_id,
        }
        for line in change.lines
        if line.new_row is not None and not line.is_to_be
    ]
    if given:
        told = {"document_id": change.document_id, "lines": _json(given)}
        uow.connection.execute(PLACE, told)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
