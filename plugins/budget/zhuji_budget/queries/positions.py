"""Present positions of control rows: for pickers, pages and receipts. Reads only, locks nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.store.control_rows import POSITION_COLUMNS, commit_basis, position_of
from zhuji_core.contracts.funds import ControlRowQuery, FundPosition
from zhuji_core.uow import UnitOfWork

PICK_LIMIT = 50  # what fits under an input without scrolling twice

BY_ID = sa.text(f"""
    SELECT {POSITION_COLUMNS}
      FROM budget.control_row AS r
     WHERE r.control_row_id = ANY(:ids)
     ORDER BY r.control_row_id
     LIMIT 2000
""")

# An agency has tens of rows, so the index on (fiscal_year, agency_code) leaves little to scan.
FIND = sa.text(f"""
    SELECT {POSITION_COLUMNS}
      FROM budget.control_row AS r
     WHERE r.fiscal_year = :fiscal_year AND r.agency_code = :agency_code
       AND NOT EXISTS (SELECT FROM unnest(CAST(:patterns AS text[])) AS w (pattern)
                        WHERE r.line_code || '-' || r.object_code || ' ' || r.line_name || ' '
                              || r.object_name NOT LIKE w.pattern)
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT :limit
""")


def fund_positions(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Return the positions of these rows (at most 2,000), in order of id."""
    rows = uow.connection.execute(
        BY_ID,
        {"ids": list(control_row_ids), "year": uow.fiscal_year, "month": uow.business_date.month},
    )
    basis = commit_basis(uow)
    return [position_of(row, basis) for row in rows.mappings()]


def readable_positions(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Return the positions of those rows whose agency the actor may read."""
    uow.require(READ_LINES)
    return [
        found
        for found in fund_positions(uow, control_row_ids)
        if uow.actor.may(READ_LINES, agency_code=found.agency_code)
    ]


def find_control_rows(uow: UnitOfWork, query: ControlRowQuery) -> list[FundPosition]:
    """Find rows of one agency and year, in order of the book.

    Every word of the text must be part of ``code-object line name object name``.
    """
    escaped = query.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = uow.connection.execute(
        FIND,
        {
            "fiscal_year": query.fiscal_year,
            "agency_code": query.agency_code,
            "patterns": [f"%{word}%" for word in escaped.split()],
            "limit": min(query.limit, PICK_LIMIT),
            "year": uow.fiscal_year,
            "month": uow.business_date.month,
        },
    )
    basis = commit_basis(uow)
    return [position_of(row, basis) for row in rows.mappings()]
