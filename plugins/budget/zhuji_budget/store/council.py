"""SQL that keeps the council's decisions, and carries them into the baseline at enactment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.council import CouncilChange, CouncilRevenue
from zhuji_budget.domain.year import BudgetYear
from zhuji_core.uow import UnitOfWork

# Control rows in order of id, after the year (core/docs/locks.md).
LOCK = sa.text("""
    SELECT r.control_row_id, r.bill_ntd
      FROM budget.control_row AS r
     WHERE r.fiscal_year = :fiscal_year
       AND (CAST(:line_id AS uuid) IS NULL OR r.line_id = :line_id)
     ORDER BY r.control_row_id
       FOR NO KEY UPDATE
     LIMIT 100000
""")
CLEAR = sa.text("""
    DELETE FROM budget.council_change AS c
     USING budget.control_row AS r
     WHERE r.control_row_id = c.control_row_id AND r.fiscal_year = :fiscal_year
       AND (CAST(:line_id AS uuid) IS NULL OR r.line_id = :line_id)
""")
KEEP = sa.text("""
    INSERT INTO budget.council_change (control_row_id, cut_ntd, frozen_ntd, condition)
    SELECT w.control_row_id, w.cut_ntd, w.frozen_ntd, btrim(w.condition)
      FROM jsonb_to_recordset(CAST(:changes AS jsonb))
           AS w (control_row_id uuid, cut_ntd bigint, frozen_ntd bigint, condition text)
""")
SHOW = sa.text("""
    UPDATE budget.control_row AS r
       SET council_ntd = -COALESCE(c.cut_ntd, 0)
      FROM budget.control_row AS o
      LEFT JOIN budget.council_change AS c USING (control_row_id)
     WHERE o.fiscal_year = :fiscal_year AND r.control_row_id = o.control_row_id
       AND r.council_ntd <> -COALESCE(c.cut_ntd, 0)
""")
FROZEN = sa.text("""
    SELECT c.control_row_id, c.frozen_ntd
      FROM budget.council_change AS c
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE r.fiscal_year = :fiscal_year AND c.frozen_ntd > 0
     ORDER BY c.control_row_id
     LIMIT 100000
""")
LOCK_REVENUE = sa.text("""
    SELECT r.revenue_row_id, r.bill_ntd
      FROM budget.revenue_row AS r
     WHERE r.fiscal_year = :fiscal_year
     ORDER BY r.revenue_row_id
       FOR NO KEY UPDATE
     LIMIT 100000
""")
CLEAR_REVENUE = sa.text("""
    DELETE FROM budget.council_revenue AS c
     USING budget.revenue_row AS r
     WHERE r.revenue_row_id = c.revenue_row_id AND r.fiscal_year = :fiscal_year
""")
KEEP_REVENUE = sa.text("""
    INSERT INTO budget.council_revenue (revenue_row_id, change_ntd, reason)
    SELECT w.revenue_row_id, w.change_ntd, btrim(w.reason)
      FROM jsonb_to_recordset(CAST(:changes AS jsonb))
           AS w (revenue_row_id uuid, change_ntd bigint, reason text)
""")
SHOW_REVENUE = sa.text("""
    UPDATE budget.revenue_row AS r
       SET council_ntd = COALESCE(c.change_ntd, 0)
      FROM budget.revenue_row AS o
      LEFT JOIN budget.council_revenue AS c USING (revenue_row_id)
     WHERE o.fiscal_year = :fiscal_year AND r.revenue_row_id = o.revenue_row_id
       AND r.council_ntd <> COALESCE(c.change_ntd, 0)
""")
# Revenue of the bill becomes the baseline with the expenditure, with its own movements.
ENACT_REVENUE = sa.text("""
    WITH locked AS (
        SELECT r.revenue_row_id
          FROM budget.revenue_row AS r
         WHERE r.fiscal_year = :fiscal_year AND r.enacted_ntd = 0
         ORDER BY r.revenue_row_id
           FOR NO KEY UPDATE
    ), enacted AS (
        UPDATE budget.revenue_row AS r
           SET enacted_ntd = r.bill_ntd + r.council_ntd
          FROM locked AS l
         WHERE r.revenue_row_id = l.revenue_row_id
        RETURNING r.revenue_row_id, r.enacted_ntd
    ), written AS (
        INSERT INTO budget.revenue_movement
               (revenue_row_id, kind, amount_ntd, document_kind, document_id, document_label,
                business_date, recorded_at, actor_id)
        SELECT e.revenue_row_id, 'enact', e.enacted_ntd, :document_kind, :document_id,
               :document_label, :business_date, :now, :actor_id
          FROM enacted AS e
         WHERE e.enacted_ntd <> 0
         ORDER BY e.revenue_row_id
    )
    SELECT COALESCE(sum(enacted_ntd), 0)::bigint FROM enacted
""")


def bill_rows(
    uow: UnitOfWork, *, fiscal_year: int, line_id: uuid.UUID | None = None
) -> dict[uuid.UUID, int]:
    """Lock control rows in order of id, of the year or of one line; return what the bill gives."""
    rows = uow.connection.execute(LOCK, {"fiscal_year": fiscal_year, "line_id": line_id})
    return {row.control_row_id: row.bill_ntd for row in rows}


def keep(
    uow: UnitOfWork,
    changes: Sequence[CouncilChange],
    *,
    fiscal_year: int,
    line_id: uuid.UUID | None = None,
) -> None:
    """Put these decisions in the place of the earlier ones, of the year or of one line."""
    uow.connection.execute(CLEAR, {"fiscal_year": fiscal_year, "line_id": line_id})
    if changes:
        uow.connection.execute(KEEP, {"changes": msgspec.json.encode(changes).decode()})
    uow.connection.execute(SHOW, {"fiscal_year": fiscal_year})


def bill_revenues(uow: UnitOfWork, *, fiscal_year: int) -> dict[uuid.UUID, int]:
    """Lock the year's rows of revenue in order of id; return what the bill expects of each."""
    rows = uow.connection.execute(LOCK_REVENUE, {"fiscal_year": fiscal_year})
    return {row.revenue_row_id: row.bill_ntd for row in rows}


def keep_revenue(uow: UnitOfWork, changes: Sequence[CouncilRevenue], *, fiscal_year: int) -> None:
    """Put these decisions on revenue in the place of the year's earlier ones."""
    uow.connection.execute(CLEAR_REVENUE, {"fiscal_year": fiscal_year})
    if changes:
        told = msgspec.json.encode(changes).decode()
        uow.connection.execute(KEEP_REVENUE, {"changes": told})
    uow.connection.execute(SHOW_REVENUE, {"fiscal_year": fiscal_year})


def frozen(uow: UnitOfWork, *, fiscal_year: int) -> dict[uuid.UUID, int]:
    """Return what is to be frozen at enactment, by control row."""
    rows = uow.connection.execute(FROZEN, {"fiscal_year": fiscal_year})
    return {row.control_row_id: row.frozen_ntd for row in rows}


def enact_revenue(uow: UnitOfWork, year: BudgetYear) -> int:
    """Freeze the baseline of every row of revenue; return NT dollars."""
    enacted_ntd: int = uow.connection.execute(
        ENACT_REVENUE,
        {
            "fiscal_year": year.fiscal_year,
            "document_kind": year.document.kind,
            "document_id": year.document.document_id,
            "document_label": year.document.label,
            "business_date": uow.business_date,
            "now": uow.now,
            "actor_id": uow.actor.user_id,
        },
    ).scalar_one()
    return enacted_ntd
