"""The one door through which documents change counters after enactment: by deltas, with movements.

Certification has its own door (``control_rows``). Lock order: documents, then control rows by id,
then revenue rows by id (core/docs/locks.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.adjustment import (
    Adjustment,
    RevenueAdjustment,
    RevenueBefore,
    RowBefore,
)
from zhuji_budget.store.roles import ROLE
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.uow import UnitOfWork

ROWS = f"""
    SELECT r.control_row_id, r.line_id, r.fiscal_year, r.agency_code, r.line_code, r.line_name,
           b.plan_code, b.function_code, b.pooled, {ROLE} AS role,
           r.object_code, r.object_name, r.account, r.bill_ntd, r.council_ntd, r.enacted_ntd,
           r.changes_ntd, r.frozen_ntd, r.allotment_ntd, r.encumbered_ntd, r.advanced_ntd,
           r.expended_ntd, r.closed_reason
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
     WHERE r.control_row_id = ANY(:ids)
     ORDER BY r.control_row_id
     LIMIT 100000
"""
READ = sa.text(ROWS)
OF_YEAR = sa.text(ROWS.replace("r.control_row_id = ANY(:ids)", "r.fiscal_year = :fiscal_year"))
LOCK = sa.text(f"{ROWS} FOR NO KEY UPDATE OF r")
ADJUST = sa.text("""
    WITH given AS (
        SELECT g.*
          FROM jsonb_to_recordset(CAST(:adjustments AS jsonb))
               AS g (control_row_id uuid, change_ntd bigint, frozen_ntd bigint, months bigint[])
    ), changed AS (
        UPDATE budget.control_row AS r
           SET changes_ntd = r.changes_ntd + g.change_ntd,
               frozen_ntd = r.frozen_ntd + g.frozen_ntd,
               allotment_ntd = ARRAY(SELECT u.before + u.delta
                                       FROM unnest(r.allotment_ntd, g.months)
                                            WITH ORDINALITY AS u (before, delta, month)
                                      ORDER BY u.month)
          FROM given AS g
         WHERE r.control_row_id = g.control_row_id
        RETURNING r.control_row_id
    ), written AS (
        INSERT INTO budget.budget_movement
               (control_row_id, kind, amount_ntd, month, document_kind, document_id,
                document_label, business_date, recorded_at, actor_id)
        SELECT g.control_row_id, m.kind, m.amount_ntd, m.month, :document_kind, :document_id,
               :document_label, :business_date, :now, :actor_id
          FROM given AS g
         CROSS JOIN LATERAL (
               SELECT 'change' AS kind, g.change_ntd AS amount_ntd, NULL::integer AS month
                UNION ALL SELECT 'freeze', g.frozen_ntd, NULL
                UNION ALL SELECT 'allot', u.delta, u.month::integer
                            FROM unnest(g.months) WITH ORDINALITY AS u (delta, month)) AS m
         WHERE m.amount_ntd <> 0
         ORDER BY g.control_row_id, m.kind DESC, m.month
    )
    SELECT count(*) AS rows FROM changed
""")
REVENUES = """
    SELECT r.revenue_row_id, r.fiscal_year, r.agency_code, r.code, r.name, r.source_code,
           r.source_name, r.account, r.bill_ntd, r.council_ntd, r.enacted_ntd, r.changes_ntd,
           r.allotment_ntd
      FROM budget.revenue_row AS r
     WHERE r.revenue_row_id = ANY(:ids)
     ORDER BY r.revenue_row_id
     LIMIT 100000
"""
READ_REVENUE = sa.text(REVENUES)
LOCK_REVENUE = sa.text(f"{REVENUES} FOR NO KEY UPDATE OF r")
ADJUST_REVENUE = sa.text("""
    WITH given AS (
        SELECT g.*
          FROM jsonb_to_recordset(CAST(:adjustments AS jsonb))
               AS g (revenue_row_id uuid, change_ntd bigint, months bigint[])
    ), changed AS (
        UPDATE budget.revenue_row AS r
           SET changes_ntd = r.changes_ntd + g.change_ntd,
               allotment_ntd = ARRAY(SELECT u.before + u.delta
                                       FROM unnest(r.allotment_ntd, g.months)
                                            WITH ORDINALITY AS u (before, delta, month)
                                      ORDER BY u.month)
          FROM given AS g
         WHERE r.revenue_row_id = g.revenue_row_id
        RETURNING r.revenue_row_id
    ), written AS (
        INSERT INTO budget.revenue_movement
               (revenue_row_id, kind, amount_ntd, month, document_kind, document_id,
                document_label, business_date, recorded_at, actor_id)
        SELECT g.revenue_row_id, m.kind, m.amount_ntd, m.month, :document_kind, :document_id,
               :document_label, :business_date, :now, :actor_id
          FROM given AS g
         CROSS JOIN LATERAL (
               SELECT 'change' AS kind, g.change_ntd AS amount_ntd, NULL::integer AS month
                UNION ALL SELECT 'allot', u.delta, u.month::integer
                            FROM unnest(g.months) WITH ORDINALITY AS u (delta, month)) AS m
         WHERE m.amount_ntd <> 0
         ORDER BY g.revenue_row_id, m.kind DESC, m.month
    )
    SELECT count(*) AS rows FROM changed
""")


def positions_for_change(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[RowBefore]:
    """Lock these control rows in order of id and return them; an unknown id is not returned."""
    return _rows(uow, LOCK, ids)


def positions_for_preview(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[RowBefore]:
    """Return these rows as they stand, without a lock: for what is shown and not yet done."""
    return _rows(uow, READ, ids)


def positions_of_year(uow: UnitOfWork, *, fiscal_year: int) -> list[RowBefore]:
    """Return all control rows of a year as they stand, without a lock."""
    return _positions(uow.connection.execute(OF_YEAR, {"fiscal_year": fiscal_year}).mappings())


def _rows(uow: UnitOfWork, statement: sa.TextClause, ids: Sequence[uuid.UUID]) -> list[RowBefore]:
    return _positions(uow.connection.execute(statement, {"ids": list(ids)}).mappings())


def _positions(rows: Iterable[sa.RowMapping]) -> list[RowBefore]:
    return [RowBefore(**{**row, "allotment_ntd": tuple(row["allotment_ntd"])}) for row in rows]


def adjust(uow: UnitOfWork, document: DocumentRef, adjustments: Sequence[Adjustment]) -> None:
    """Change the counters of locked rows by these deltas and write their movements.

    The caller has locked the rows (``positions_for_change``) and decided; what it allowed wrongly
    is refused by the CHECKs ``never_overspent`` and ``never_overallotted``, as a fault of ours.
    Each row is named once.
    """
    if not adjustments:
        return
    changed = uow.connection.execute(ADJUST, _words(uow, document, adjustments)).scalar_one()
    assert changed == len(adjustments), "every adjustment names another locked row"


def revenue_for_change(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[RevenueBefore]:
    """Lock these rows of revenue in order of id and return them."""
    return _revenues(uow, LOCK_REVENUE, ids)


def revenue_for_preview(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[RevenueBefore]:
    """Return these rows of revenue as they stand, without a lock."""
    return _revenues(uow, READ_REVENUE, ids)


def _revenues(
    uow: UnitOfWork, statement: sa.TextClause, ids: Sequence[uuid.UUID]
) -> list[RevenueBefore]:
    if not ids:
        return []
    rows = uow.connection.execute(statement, {"ids": list(ids)}).mappings()
    return [RevenueBefore(**{**row, "allotment_ntd": tuple(row["allotment_ntd"])}) for row in rows]


def adjust_revenue(
    uow: UnitOfWork, document: DocumentRef, adjustments: Sequence[RevenueAdjustment]
) -> None:
    """As ``adjust``, for rows of revenue."""
    if not adjustments:
        return
    words = _words(uow, document, adjustments)
    changed = uow.connection.execute(ADJUST_REVENUE, words).scalar_one()
    assert changed == len(adjustments), "every adjustment names another locked row"


def _words(
    uow: UnitOfWork, document: DocumentRef, adjustments: Sequence[Adjustment | RevenueAdjustment]
) -> dict[str, object]:
    return {
        "adjustments": msgspec.json.encode(adjustments).decode(),
        "document_kind": document.kind,
        "document_id": document.document_id,
        "document_label": document.label,
        "business_date": uow.business_date,
        "now": uow.now,
        "actor_id": uow.actor.user_id,
    }
