"""Present positions of control rows: for pickers, pages and receipts. Reads only, locks nothing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_budget.permissions import READ_LINES
from zhuji_budget.store import carried_rows
from zhuji_budget.store.control_rows import POSITION_COLUMNS, commit_basis, position_of
from zhuji_core.contracts.funds import ControlRowQuery, FundPosition
from zhuji_core.matching import containing
from zhuji_core.uow import UnitOfWork

PICK_LIMIT = 50  # what fits under an input without scrolling twice

# Beside the counters, who else uses the row. The statement that locks rows does without.
READ_COLUMNS = f"""
    {POSITION_COLUMNS},
    ARRAY(SELECT u.agency_code
            FROM budget.pooled_use AS u
            JOIN budget.budget_line AS p ON p.line_id = u.line_id AND p.pooled
           WHERE u.line_id = r.line_id
           ORDER BY u.agency_code) AS pooled_for
"""
BY_ID = sa.text(f"""
    SELECT {READ_COLUMNS}
      FROM budget.control_row AS r
     WHERE r.control_row_id = ANY(:ids)
     ORDER BY r.control_row_id
     LIMIT 2000
""")

# An agency has tens of rows, so the index on (fiscal_year, agency_code) leaves little to scan;
# what is pooled for it comes by its own index, and stands after its own rows.
FIND = sa.text(f"""
    SELECT {READ_COLUMNS}
      FROM (SELECT c.control_row_id
              FROM budget.control_row AS c
             WHERE c.fiscal_year = :fiscal_year AND c.agency_code = :agency_code
             UNION
            SELECT c.control_row_id
              FROM budget.pooled_use AS u
              JOIN budget.budget_line AS p ON p.line_id = u.line_id AND p.pooled
              JOIN budget.control_row AS c ON c.line_id = p.line_id
             WHERE u.agency_code IN (:agency_code, '*') AND c.fiscal_year = :fiscal_year) AS mine
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE NOT EXISTS (SELECT FROM unnest(CAST(:patterns AS text[])) AS w (pattern)
                        WHERE r.line_code || '-' || r.object_code || ' ' || r.line_name || ' '
                              || r.object_name NOT LIKE w.pattern)
     ORDER BY (r.agency_code = :agency_code) DESC, r.line_code, r.object_code, r.account
     LIMIT :limit
""")


def fund_positions(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Return the positions of these rows (at most 2,000), in order of id; of former years too."""
    rows = uow.connection.execute(
        BY_ID,
        {"ids": list(control_row_ids), "year": uow.fiscal_year, "month": uow.business_date.month},
    )
    basis = commit_basis(uow)
    found = [_position(row, basis) for row in rows.mappings()]
    if len(found) < len(set(control_row_ids)):
        found += carried_rows.read(uow, control_row_ids)
        found.sort(key=lambda position: position.control_row_id)
    return found


def readable_positions(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Return the positions of those rows whose agency the actor may read."""
    uow.require(READ_LINES)
    return [
        found
        for found in fund_positions(uow, control_row_ids)
        if uow.actor.may(READ_LINES, agency_code=found.agency_code)
    ]


def find_control_rows(uow: UnitOfWork, query: ControlRowQuery) -> list[FundPosition]:
    """Find rows of one agency and year, in order of the book, then those pooled for it.

    Every word of the text must be part of ``code-object line name object name``.
    """
    rows = uow.connection.execute(
        FIND,
        {
            "fiscal_year": query.fiscal_year,
            "agency_code": query.agency_code,
            "patterns": [containing(word) for word in query.text.split()],
            "limit": min(query.limit, PICK_LIMIT),
            "year": uow.fiscal_year,
            "month": uow.business_date.month,
        },
    )
    basis = commit_basis(uow)
    return [_position(row, basis) for row in rows.mappings()]


def _position(row: sa.RowMapping, basis: str) -> FundPosition:
    fields = {**row, "pooled_for": tuple(row["pooled_for"])}
    return position_of(fields, basis)
