"""What each reservation must have met, recomputed from the movements and from nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_budget.store.carried_rows import BROUGHT
from zhuji_budget.store.carried_rows import HAS as HAS_EVERY
from zhuji_budget.store.control_rows import commit_basis
from zhuji_budget.store.movements import signed
from zhuji_core.contracts.funds import (
    CommitBasis,
    FundPosition,
    HeldFunds,
    MoveKind,
    ReplayedReserve,
)
from zhuji_core.uow import UnitOfWork

# Of each month what was allotted up to it, before a movement. All twelve on the one way through a
# row: asked of each reservation, a row that the whole city draws on was read once for each of them.
ALLOTTED = ",\n                     ".join(
    f"sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot' AND m.month <= {month}) OVER earlier"
    for month in range(1, 13)
)
# The identity of a movement is drawn while its control row is locked, so within a row the order
# of identities is the order of what happened.
REPLAY = sa.text(f"""
    WITH history AS (
        SELECT m.document_id, m.control_row_id, m.kind, m.amount_ntd, m.business_date,
               sum(m.amount_ntd) FILTER (WHERE m.kind = 'enact') OVER earlier AS enacted_ntd,
               sum(m.amount_ntd) FILTER (WHERE m.kind = 'change') OVER earlier AS changes_ntd,
               sum(m.amount_ntd) FILTER (WHERE m.kind = 'freeze') OVER earlier AS frozen_ntd,
               sum({signed("encumbered")}) OVER earlier AS encumbered_ntd,
               sum({signed("advanced")}) OVER earlier AS advanced_ntd,
               sum({signed("expended")}) OVER earlier AS expended_ntd,
               ARRAY[{ALLOTTED}] AS allotted_ntd,
               m.movement_id
          FROM budget.budget_movement AS m
         WHERE m.control_row_id IN (SELECT d.control_row_id
                                      FROM budget.budget_movement AS d
                                     WHERE d.document_id = ANY(:document_ids))
        WINDOW earlier AS (PARTITION BY m.control_row_id ORDER BY m.movement_id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    SELECT h.document_id, h.control_row_id, h.amount_ntd,
           COALESCE(h.enacted_ntd, 0)::bigint AS enacted_ntd,
           COALESCE(h.changes_ntd, 0)::bigint AS changes_ntd,
           COALESCE(h.frozen_ntd, 0)::bigint AS frozen_ntd,
           COALESCE(h.encumbered_ntd, 0)::bigint AS encumbered_ntd,
           COALESCE(h.advanced_ntd, 0)::bigint AS advanced_ntd,
           COALESCE(h.expended_ntd, 0)::bigint AS expended_ntd,
           COALESCE(h.allotted_ntd[CASE
                       WHEN r.fiscal_year < extract(year FROM h.business_date) - 1911 THEN 12
                       WHEN r.fiscal_year > extract(year FROM h.business_date) - 1911 THEN 0
                       ELSE extract(month FROM h.business_date)::integer END], 0)::bigint
               AS allotted_to_date_ntd,
           r.agency_code, r.fiscal_year, r.line_code, r.line_name, r.object_code, r.object_name,
           r.account
      FROM history AS h
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE h.kind = 'reserve' AND h.document_id = ANY(:document_ids)
     ORDER BY h.document_id, h.movement_id
     LIMIT 1000000
""")


PAGE_DOCUMENTS = 500  # documents of one page, of at most a few rows each
EVERY_KIND = ", ".join(f"'{kind}'" for kind in (*MoveKind, *BROUGHT))
# What a year's own rows and those of former years tell alike.
EVERY = """
    (SELECT m.control_row_id, m.kind, m.amount_ntd, m.document_kind, m.document_id,
            m.commitment_kind, m.commitment_id
       FROM budget.budget_movement AS m
      UNION ALL
     SELECT m.control_row_id, m.kind, m.amount_ntd, m.document_kind, m.document_id,
            m.commitment_kind, m.commitment_id
       FROM budget.carried_movement AS m)
"""
# Who holds: the document itself, or the commitment that it names; a page by the id of those.
HELD = sa.text(f"""
    WITH page AS MATERIALIZED (
        SELECT x.holder_id
          FROM ((SELECT DISTINCT m.document_id AS holder_id
                   FROM {EVERY} AS m
                  WHERE m.document_kind = :document_kind AND m.document_id > :after
                    AND m.commitment_id IS NULL AND m.kind IN ({EVERY_KIND})
                  ORDER BY m.document_id
                  LIMIT :documents)
                 UNION
                (SELECT DISTINCT m.commitment_id
                   FROM {EVERY} AS m
                  WHERE m.commitment_kind = :document_kind AND m.commitment_id > :after
                  ORDER BY m.commitment_id
                  LIMIT :documents)) AS x
         ORDER BY x.holder_id
         LIMIT :documents
    )
    SELECT m.holder_id AS document_id, m.control_row_id, {HAS_EVERY}
      FROM (SELECT p.holder_id, m.control_row_id, m.kind, m.amount_ntd
              FROM page AS p
              JOIN {EVERY} AS m
                ON m.document_id = p.holder_id AND m.commitment_id IS NULL
             UNION ALL
            SELECT p.holder_id, m.control_row_id, m.kind, m.amount_ntd
              FROM page AS p
              JOIN {EVERY} AS m ON m.commitment_id = p.holder_id) AS m
     GROUP BY m.holder_id, m.control_row_id
     ORDER BY m.holder_id, m.control_row_id
     LIMIT 100000
""")


def replay_reserves(uow: UnitOfWork, document_ids: Sequence[uuid.UUID]) -> list[ReplayedReserve]:
    """Return the reservations of these documents in order of document and movement."""
    basis = CommitBasis(commit_basis(uow))
    rows = uow.connection.execute(REPLAY, {"document_ids": list(document_ids)})
    return [
        ReplayedReserve(
            document_id=row.document_id,
            amount_ntd=row.amount_ntd,
            before=FundPosition(
                control_row_id=row.control_row_id,
                agency_code=row.agency_code,
                fiscal_year=row.fiscal_year,
                line_code=row.line_code,
                line_name=row.line_name,
                object_code=row.object_code,
                object_name=row.object_name,
                account=row.account,
                enacted_ntd=row.enacted_ntd,
                changes_ntd=row.changes_ntd,
                frozen_ntd=row.frozen_ntd,
                allotted_to_date_ntd=row.allotted_to_date_ntd,
                encumbered_ntd=row.encumbered_ntd,
                advanced_ntd=row.advanced_ntd,
                expended_ntd=row.expended_ntd,
                commit_basis=basis,
            ),
        )
        for row in rows
    ]


def held_funds(uow: UnitOfWork, *, document_kind: str, after: uuid.UUID) -> list[HeldFunds]:
    """Return what the next 500 documents of this kind have, in order of document and row."""
    rows = uow.connection.execute(
        HELD, {"document_kind": document_kind, "after": after, "documents": PAGE_DOCUMENTS}
    )
    return [HeldFunds(**row) for row in rows.mappings()]
