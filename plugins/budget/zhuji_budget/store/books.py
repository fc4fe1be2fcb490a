"""SQL that keeps imported books: object codes, lines, and the control rows made of their split."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.books.control import ControlledLine
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

KEEP_BOOKS = sa.text("""
    INSERT INTO budget.book
           (book_id, fiscal_year, file_name, digest, lines, total_ntd, imported_at)
    SELECT w.book_id, :fiscal_year, w.file_name, w.digest, w.lines, w.total_ntd, :now
      FROM jsonb_to_recordset(CAST(:books AS jsonb))
           AS w (book_id uuid, file_name text, digest text, lines integer, total_ntd bigint)
        ON CONFLICT (fiscal_year, digest) DO NOTHING
""")

KNOWN_LINES = sa.text("""
    SELECT b.code, b.bill_ntd, b.agency_code,
           (SELECT COALESCE(json_object_agg(r.object_code, r.bill_ntd), '{}')
              FROM budget.control_row AS r
             WHERE r.line_id = b.line_id) AS split
      FROM budget.budget_line AS b
     WHERE b.fiscal_year = :fiscal_year AND b.code = ANY(:codes)
     LIMIT 100000
""")

# One statement for a whole county's lines (782 lines and their rows: some 50 ms).
KEEP_LINES = sa.text("""
    WITH lines AS (
        INSERT INTO budget.budget_line
               (line_id, book_id, fiscal_year, code, name, agency_code, agency_name,
                department_code, department_name, plan_code, plan_name, bill_ntd, last_year_ntd,
                final_ntd, function_code)
        SELECT w.line_id, o.book_id, :fiscal_year, w.code, w.name, w.agency_code, w.agency_name,
               w.department_code, w.department_name, w.plan_code, w.plan_name, w.bill_ntd,
               w.last_year_ntd, w.final_ntd, w.function_code
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS w (line_id uuid, code text, name text, agency_code text, agency_name text,
                     department_code text, department_name text, plan_code text,
                     plan_name text, bill_ntd bigint, last_year_ntd bigint, final_ntd bigint,
                     function_code text, digest text)
          LEFT JOIN budget.book AS o ON o.fiscal_year = :fiscal_year AND o.digest = w.digest
        RETURNING line_id
    )
    INSERT INTO budget.control_row
           (control_row_id, line_id, fiscal_year, agency_code, line_code, line_name,
            object_code, object_name, account, bill_ntd)
    SELECT w.control_row_id, w.line_id, :fiscal_year, w.agency_code, w.line_code, w.line_name,
           w.object_code, w.object_name, w.account, w.bill_ntd
      FROM jsonb_to_recordset(CAST(:rows AS jsonb))
           AS w (control_row_id uuid, line_id uuid, agency_code text, line_code text,
                 line_name text, object_code text, object_name text, account text,
                 bill_ntd bigint)
""")


class KeptBook(Value, frozen=True, kw_only=True):
    """One file that was imported: its SHA-256 (hex) tells whether it came before."""

    book_id: uuid.UUID
    file_name: str
    digest: str
    lines: int
    total_ntd: int


def keep_books(uow: UnitOfWork, books: Sequence[KeptBook], *, fiscal_year: int) -> None:
    """Remember which files were imported; one that came before is left as it is."""
    uow.connection.execute(
        KEEP_BOOKS, {"fiscal_year": fiscal_year, "books": _json(books), "now": uow.now}
    )


class KnownLine(Value, frozen=True, kw_only=True):
    """A line as the year has it: agency, NT dollars, and its split (object code → NT dollars)."""

    agency_code: str
    bill_ntd: int
    split: dict[str, int]


def known_lines(uow: UnitOfWork, codes: Sequence[str], *, fiscal_year: int) -> dict[str, KnownLine]:
    """Return the lines of these codes that the year has already."""
    rows = uow.connection.execute(KNOWN_LINES, {"fiscal_year": fiscal_year, "codes": list(codes)})
    return {
        row.code: KnownLine(agency_code=row.agency_code, bill_ntd=row.bill_ntd, split=row.split)
        for row in rows
    }


def keep_lines(
    uow: UnitOfWork,
    lines: Sequence[ControlledLine],
    *,
    fiscal_year: int,
    sources: Mapping[str, str],
) -> None:
    """Write new lines and their control rows; ``sources``: line code → digest of its book."""
    heads = [{**line.head(), "digest": sources.get(line.code)} for line in lines]
    uow.connection.execute(
        KEEP_LINES,
        {
            "fiscal_year": fiscal_year,
            "lines": _json(heads),
            "rows": _json([row for line in lines for row in line.row_heads()]),
        },
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
