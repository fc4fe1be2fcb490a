"""SQL over rows of former years (以前年度): what was brought into a year, and what became of it.

Lock order: control rows by id, then these by id (core/docs/locks.md). Counters change by deltas.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_budget.store.movements import signed
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import (
    BroughtForward,
    CommitBasis,
    Effect,
    FundPosition,
    FundsMove,
    HeldFunds,
)
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

# What brings money onto these rows, beside the kinds of ``move_funds``.
CARRY, DUE = "carry", "due"
BROUGHT: Mapping[str, Effect] = {CARRY: Effect(encumbered=1), DUE: Effect(payable=1)}
# Nothing new is certified on money of former years: what it was granted for is the end of it.
CLOSED_REASON = N_("以前年度轉入數，只供原案支用（預算法 72）")

COLUMNS = """
    r.control_row_id, r.agency_code, r.fiscal_year, r.line_code, r.line_name, r.object_code,
    r.object_name, r.account, 0 AS enacted_ntd, r.carried_ntd AS changes_ntd,
    r.carried_ntd AS allotted_to_date_ntd, r.encumbered_ntd, r.advanced_ntd, r.expended_ntd,
    r.origin_year
"""
READ = sa.text(f"""
    SELECT {COLUMNS}
      FROM budget.carried_row AS r
     WHERE r.control_row_id = ANY(:ids)
     ORDER BY r.control_row_id
     LIMIT 2000
""")
LOCK = sa.text(f"""
    SELECT {COLUMNS}
      FROM budget.carried_row AS r
     WHERE r.control_row_id = ANY(:ids)
     ORDER BY r.control_row_id
       FOR NO KEY UPDATE
""")
# A row that exists keeps its id: what comes later is added to it.
OPEN = sa.text("""
    WITH given AS (
        SELECT g.row_id, g.new_id
          FROM unnest(CAST(:rows AS uuid[]), CAST(:ids AS uuid[])) AS g (row_id, new_id)
    ), origin AS (
        SELECT g.row_id, g.new_id, COALESCE(c.origin_row_id, g.row_id) AS origin_row_id
          FROM given AS g
          LEFT JOIN budget.carried_row AS c ON c.control_row_id = g.row_id
    )
    INSERT INTO budget.carried_row
           (control_row_id, fiscal_year, origin_year, origin_row_id, agency_code, line_code,
            line_name, object_code, object_name, account)
    SELECT o.new_id, :fiscal_year, r.fiscal_year, r.control_row_id, r.agency_code, r.line_code,
           r.line_name, r.object_code, r.object_name, r.account
      FROM origin AS o
      JOIN budget.control_row AS r ON r.control_row_id = o.origin_row_id
     ORDER BY o.origin_row_id
        ON CONFLICT (fiscal_year, origin_row_id) DO NOTHING
""")
OPENED = sa.text("""
    SELECT g.row_id, r.control_row_id
      FROM unnest(CAST(:rows AS uuid[])) AS g (row_id)
      LEFT JOIN budget.carried_row AS c ON c.control_row_id = g.row_id
      JOIN budget.carried_row AS r
        ON r.fiscal_year = :fiscal_year AND r.origin_row_id = COALESCE(c.origin_row_id, g.row_id)
""")
MOVED = """
    SELECT m.*
      FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:amounts AS bigint[]),
                  CAST(:document_kinds AS text[]), CAST(:document_ids AS uuid[]),
                  CAST(:document_labels AS text[]), CAST(:commitment_kinds AS text[]),
                  CAST(:commitment_ids AS uuid[]), CAST(:commitment_labels AS text[]),
                  CAST(:actor_ids AS uuid[]))
           WITH ORDINALITY AS m (control_row_id, kind, amount_ntd, document_kind, document_id,
                                 document_label, commitment_kind, commitment_id, commitment_label,
                                 actor_id, position)
"""
# The counters by deltas and the movements in order of arrival, in one statement.
APPLY = sa.text(f"""
    WITH moved AS ({MOVED}), delta AS (
        SELECT m.control_row_id,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = '{CARRY}'), 0) AS carried_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = '{DUE}'), 0) AS owed_ntd,
               sum({signed("encumbered", BROUGHT)}) AS encumbered_ntd,
               sum({signed("advanced", BROUGHT)}) AS advanced_ntd,
               sum({signed("expended", BROUGHT)}) AS expended_ntd,
               sum({signed("payable", BROUGHT)}) AS payable_ntd
          FROM moved AS m
         GROUP BY m.control_row_id
    ), changed AS (
        UPDATE budget.carried_row AS r
           SET carried_ntd = r.carried_ntd + d.carried_ntd,
               owed_ntd = r.owed_ntd + d.owed_ntd,
               encumbered_ntd = r.encumbered_ntd + d.encumbered_ntd,
               advanced_ntd = r.advanced_ntd + d.advanced_ntd,
               expended_ntd = r.expended_ntd + d.expended_ntd,
               payable_ntd = r.payable_ntd + d.payable_ntd
          FROM delta AS d
         WHERE r.control_row_id = d.control_row_id
        RETURNING r.control_row_id
    ), written AS (
        INSERT INTO budget.carried_movement
               (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
                commitment_kind, commitment_id, commitment_label, business_date, recorded_at,
                actor_id)
        SELECT m.control_row_id, m.kind, m.amount_ntd, m.document_kind, m.document_id,
               m.document_label, m.commitment_kind, m.commitment_id, m.commitment_label,
               :business_date, :now, m.actor_id
          FROM moved AS m
         ORDER BY m.position
        RETURNING movement_id
    )
    SELECT (SELECT count(*) FROM delta) - (SELECT count(*) FROM changed) AS rows_missed,
           (SELECT count(*) FROM written) AS movements
""")
HAS = f"""
    sum({signed("encumbered", BROUGHT)})::bigint AS held_ntd,
    sum({signed("advanced", BROUGHT)})::bigint AS advanced_ntd,
    sum({signed("expended", BROUGHT)})::bigint AS expended_ntd,
    sum({signed("payable", BROUGHT)})::bigint AS payable_ntd
"""
HELD = sa.text(f"""
    SELECT COALESCE(m.commitment_id, m.document_id) AS document_id, m.control_row_id, {HAS}
      FROM budget.carried_movement AS m
     WHERE m.commitment_id = ANY(:ids) OR (m.commitment_id IS NULL AND m.document_id = ANY(:ids))
     GROUP BY 1, 2
     ORDER BY 1, 2
     LIMIT 100000
""")
# What an end brought, and whether its commitments did anything else since.
BROUGHT_BY = sa.text(f"""
    SELECT b.control_row_id, b.kind, b.commitment_kind, b.commitment_id,
           min(b.commitment_label) AS commitment_label, sum(b.amount_ntd)::bigint AS brought_ntd,
           (SELECT sum({signed("encumbered", BROUGHT)} + {signed("payable", BROUGHT)})
              FROM budget.carried_movement AS m
             WHERE m.control_row_id = b.control_row_id
               AND COALESCE(m.commitment_id, m.document_id) = b.commitment_id)::bigint AS left_ntd
      FROM budget.carried_movement AS b
     WHERE b.document_id = :document_id AND b.kind IN ('{CARRY}', '{DUE}')
     GROUP BY b.control_row_id, b.kind, b.commitment_kind, b.commitment_id
    HAVING sum(b.amount_ntd) <> 0
     ORDER BY b.commitment_id, b.control_row_id
     LIMIT 200000
""")


class Written(Value, frozen=True, kw_only=True):
    """One movement to be written; ``by``: in whose name, when it is not the actor."""

    row_id: uuid.UUID
    kind: str
    amount_ntd: int
    document: DocumentRef
    commitment: DocumentRef | None
    by: uuid.UUID | None = None


def lock(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Lock these rows in order of id; what is not among them is simply not returned."""
    return _positions(uow, LOCK, ids)


def read(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Return the present positions of these rows (at most 2,000), in order of id."""
    return _positions(uow, READ, ids)


def _positions(
    uow: UnitOfWork, statement: sa.TextClause, ids: Sequence[uuid.UUID]
) -> list[FundPosition]:
    rows = uow.connection.execute(statement, {"ids": list(ids)}).mappings()
    return [
        FundPosition(**row, closed_reason=CLOSED_REASON, commit_basis=CommitBasis.ANNUAL)
        for row in rows
    ]


def open_rows(
    uow: UnitOfWork, fiscal_year: int, rows: Sequence[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Open a row in ``fiscal_year`` for each of ``rows``; return the id of each one's, locked."""
    given = {"fiscal_year": fiscal_year, "rows": list(rows), "ids": [new_id() for _ in rows]}
    uow.connection.execute(OPEN, given)
    found = uow.connection.execute(OPENED, given)
    opened = {row.row_id: row.control_row_id for row in found}
    lock(uow, sorted(opened.values()))
    return opened


def held_by(uow: UnitOfWork, moves: Sequence[FundsMove]) -> list[HeldFunds]:
    """Return what the commitments of ``moves`` have on these rows by the movements so far."""
    ids = sorted({move.holder.document_id for move in moves})
    rows = uow.connection.execute(HELD, {"ids": ids}).mappings()
    return [HeldFunds(**row) for row in rows]


def bring(
    uow: UnitOfWork,
    document: DocumentRef,
    brought: Sequence[BroughtForward],
    opened: Mapping[uuid.UUID, uuid.UUID],
) -> None:
    """Write what the end ``document`` brings: held by each commitment, or due."""
    _write(
        uow,
        [
            Written(
                row_id=opened[one.control_row_id],
                kind=kind,
                amount_ntd=amount_ntd,
                document=document,
                commitment=one.commitment,
            )
            for one in brought
            for kind, amount_ntd in ((CARRY, one.carried_ntd), (DUE, one.owed_ntd))
            if amount_ntd
        ],
    )


def brought_by(uow: UnitOfWork, document: DocumentRef) -> Sequence[sa.Row[Any]]:
    """Return what the end brought and did not take back, and what of each is left."""
    given = {"document_id": document.document_id}
    return uow.connection.execute(BROUGHT_BY, given).all()


def take_back(uow: UnitOfWork, document: DocumentRef, found: Sequence[sa.Row[Any]]) -> None:
    """Write that what the end brought is brought no more."""
    _write(
        uow,
        [
            Written(
                row_id=row.control_row_id,
                kind=row.kind,
                amount_ntd=-row.brought_ntd,
                document=document,
                commitment=DocumentRef(
                    kind=row.commitment_kind,
                    document_id=row.commitment_id,
                    label=row.commitment_label,
                    agency_code=document.agency_code,
                ),
            )
            for row in found
        ],
    )


def apply(uow: UnitOfWork, moves: Sequence[FundsMove]) -> None:
    """Make granted moves on locked rows."""
    _write(
        uow,
        [
            Written(
                row_id=move.control_row_id,
                kind=str(move.kind),
                amount_ntd=move.amount_ntd,
                document=move.document,
                commitment=move.commitment,
                by=move.by,
            )
            for move in moves
        ],
    )


def _write(uow: UnitOfWork, written: Sequence[Written]) -> None:
    if not written:
        return
    counted = uow.connection.execute(
        APPLY,
        {
            "ids": [one.row_id for one in written],
            "kinds": [one.kind for one in written],
            "amounts": [one.amount_ntd for one in written],
            "document_kinds": [one.document.kind for one in written],
            "document_ids": [one.document.document_id for one in written],
            "document_labels": [one.document.label for one in written],
            "commitment_kinds": [one.commitment and one.commitment.kind for one in written],
            "commitment_ids": [one.commitment and one.commitment.document_id for one in written],
            "commitment_labels": [one.commitment and one.commitment.label for one in written],
            "actor_ids": [one.by or uow.actor.user_id for one in written],
            "business_date": uow.business_date,
            "now": uow.now,
        },
    ).one()
    assert counted.rows_missed == 0, "the rows are locked"
    assert counted.movements == len(written), "every move leaves a movement"
