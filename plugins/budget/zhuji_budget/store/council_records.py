"""SQL that keeps each recording of the council's decisions (``domain/council_record.py``)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.council_record import DecidedRow, Decision, DecisionChange
from zhuji_budget.domain.schedule import Side
from zhuji_core.uow import UnitOfWork

# Rows that are decided on, or are to be: of the year, or of one line.
EXPENDITURE = sa.text("""
    SELECT r.control_row_id AS row_id, r.line_id, r.agency_code, r.account,
           concat_ws(' ', r.line_code, r.line_name, NULLIF(r.object_code, ''),
                     NULLIF(r.object_name, '')) AS label,
           COALESCE(c.cut_ntd, 0) AS amount_ntd, COALESCE(c.frozen_ntd, 0) AS frozen_ntd,
           COALESCE(c.condition, '') AS words
      FROM budget.control_row AS r
      LEFT JOIN budget.council_change AS c USING (control_row_id)
     WHERE r.fiscal_year = :fiscal_year
       AND (CAST(:line_id AS uuid) IS NULL OR r.line_id = :line_id)
       AND (c.control_row_id IS NOT NULL OR r.control_row_id = ANY(CAST(:ids AS uuid[])))
     ORDER BY r.line_code, r.object_code, r.account
     LIMIT 100000
""")
REVENUE = sa.text("""
    SELECT r.revenue_row_id AS row_id, CAST(NULL AS uuid) AS line_id, r.agency_code, r.account,
           concat_ws(' ', r.code, r.name, r.agency_name) AS label,
           COALESCE(c.change_ntd, 0) AS amount_ntd, 0 AS frozen_ntd,
           COALESCE(c.reason, '') AS words
      FROM budget.revenue_row AS r
      LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
     WHERE r.fiscal_year = :fiscal_year
       AND (c.revenue_row_id IS NOT NULL OR r.revenue_row_id = ANY(CAST(:ids AS uuid[])))
     ORDER BY r.code, r.agency_code, r.account
     LIMIT 100000
""")
# The year is locked, so that numbers follow each other.
KEEP = sa.text("""
    INSERT INTO budget.council_record
           (fiscal_year, record_no, side, reason, actor_id, actor_name, recorded_at, changes)
    SELECT :fiscal_year,
           (SELECT COALESCE(max(c.record_no), 0) + 1
              FROM budget.council_record AS c
             WHERE c.fiscal_year = :fiscal_year),
           :side, :reason, :actor_id, :actor_name, :now, CAST(:changes AS jsonb)
    RETURNING record_no
""")
# The last recording on this side, or of it on this line.
LAST = sa.text("""
    SELECT COALESCE(max(c.record_no), 0)
      FROM budget.council_record AS c
     WHERE c.fiscal_year = :fiscal_year AND c.side = :side
       AND (CAST(:line_id AS uuid) IS NULL
            OR c.changes @> jsonb_build_array(
                   jsonb_build_object('line_id', CAST(:line_id AS text))))
""")
STANDING = sa.text("""
    SELECT (SELECT count(*) FROM budget.council_change AS c
              JOIN budget.control_row AS r USING (control_row_id)
             WHERE r.fiscal_year = :fiscal_year)
         + (SELECT count(*) FROM budget.council_revenue AS c
              JOIN budget.revenue_row AS r USING (revenue_row_id)
             WHERE r.fiscal_year = :fiscal_year)
""")


def decided_rows(
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    side: Side,
    ids: Collection[uuid.UUID],
    line_id: uuid.UUID | None = None,
) -> list[DecidedRow]:
    """Return the rows that are decided on or named by ``ids``, with what stands now."""
    rows = uow.connection.execute(
        EXPENDITURE if side is Side.EXPENDITURE else REVENUE,
        {"fiscal_year": fiscal_year, "ids": list(ids), "line_id": line_id},
    )
    return [
        DecidedRow(
            row_id=row.row_id,
            line_id=row.line_id,
            agency_code=row.agency_code,
            label=row.label,
            account=row.account,
            decision=Decision(
                amount_ntd=row.amount_ntd, frozen_ntd=row.frozen_ntd, words=row.words
            ),
        )
        for row in rows
    ]


def keep(
    uow: UnitOfWork,
    changes: Sequence[DecisionChange],
    *,
    fiscal_year: int,
    side: Side,
    reason: str,
) -> int:
    """Keep one recording for good; return its number."""
    record_no: int = uow.connection.execute(
        KEEP,
        {
            "fiscal_year": fiscal_year,
            "side": str(side),
            "reason": reason,
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
            "changes": msgspec.json.encode(changes).decode(),
        },
    ).scalar_one()
    return record_no


def last_no(
    uow: UnitOfWork, *, fiscal_year: int, side: Side, line_id: uuid.UUID | None = None
) -> int:
    """Return the number of the last recording of a side, or of one line; 0: none."""
    found: int = uow.connection.execute(
        LAST,
        {
            "fiscal_year": fiscal_year,
            "side": str(side),
            "line_id": None if line_id is None else str(line_id),
        },
    ).scalar_one()
    return found


def standing(uow: UnitOfWork, *, fiscal_year: int) -> int:
    """Return on how many rows of the year's bill something is decided."""
    found: int = uow.connection.execute(STANDING, {"fiscal_year": fiscal_year}).scalar_one()
    return found
