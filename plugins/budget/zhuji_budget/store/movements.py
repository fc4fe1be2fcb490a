"""SQL over movements: what commitments have by them, and what each month spent and advanced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import sqlalchemy as sa

from zhuji_core.contracts.funds import EFFECTS, Effect, FundsMove, HeldFunds, MoveKind
from zhuji_core.uow import UnitOfWork

# What is kept by month in ``realised_month``: a kind of move and its column.
REALISED = {
    MoveKind.EXPEND: "spent_ntd",
    MoveKind.ADVANCE: "advanced_ntd",
    MoveKind.SETTLE: "settled_ntd",
    MoveKind.RETURN: "returned_ntd",
    MoveKind.RECOVER: "recovered_ntd",
}

KINDS = ", ".join(f"'{kind}'" for kind in MoveKind)


def signed(counter: str, more: Mapping[str, Effect] = MappingProxyType({})) -> str:
    """Return SQL: the amount of movement ``m`` with its sign for a counter, else 0.

    ``more``: kinds of movements beside those of ``move_funds``, each with its effect.
    """
    effects = [*EFFECTS.items(), *more.items()]
    signs = [(kind, getattr(effect, counter)) for kind, effect in effects]
    cases = [
        f"WHEN '{kind}' THEN {'' if sign > 0 else '-'}m.amount_ntd" for kind, sign in signs if sign
    ]
    return f"CASE m.kind {' '.join(cases)} ELSE 0 END"


HAS = f"""
    sum({signed("encumbered")})::bigint AS held_ntd,
    sum({signed("advanced")})::bigint AS advanced_ntd,
    sum({signed("expended")})::bigint AS expended_ntd,
    sum({signed("payable")})::bigint AS payable_ntd
"""
# The movements of a commitment: its own, and those of documents that name it.
OF_COMMITMENTS = """
    SELECT m.document_id AS holder_id, m.control_row_id, m.kind, m.amount_ntd
      FROM budget.budget_movement AS m
     WHERE m.document_id = ANY(:ids) AND m.commitment_id IS NULL
     UNION ALL
    SELECT m.commitment_id, m.control_row_id, m.kind, m.amount_ntd
      FROM budget.budget_movement AS m
     WHERE m.commitment_id = ANY(:ids)
"""
HELD = sa.text(f"""
    SELECT m.holder_id AS document_id, m.control_row_id, {HAS}
      FROM ({OF_COMMITMENTS}) AS m
     GROUP BY m.holder_id, m.control_row_id
     ORDER BY m.holder_id, m.control_row_id
     LIMIT 100000
""")
# What every commitment has on every control row, for the whole county.
OWNED = f"""
    SELECT m.control_row_id, COALESCE(m.commitment_id, m.document_id) AS holder_id,
           min(COALESCE(m.commitment_label, m.document_label)) AS label, {HAS}
      FROM budget.budget_movement AS m
     WHERE m.kind IN ({KINDS})
     GROUP BY 1, 2
"""
COLUMNS = ", ".join(REALISED.values())
# In the transaction of the move: a month's figures are those of its vouchers, with no event to
# wait for. The control rows are locked; rows here follow in the order of their key.
REALISE = sa.text(f"""
    INSERT INTO budget.realised_month AS r
           (control_row_id, month_key, {COLUMNS})
    SELECT m.control_row_id, :month_key,
           {
    ", ".join(
        f"COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = '{kind}'), 0)" for kind in REALISED
    )
}
      FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:amounts AS bigint[]))
           AS m (control_row_id, kind, amount_ntd)
     GROUP BY m.control_row_id
     ORDER BY m.control_row_id
        ON CONFLICT (control_row_id, month_key) DO UPDATE
       SET {", ".join(f"{name} = r.{name} + excluded.{name}" for name in REALISED.values())}
""")


def held_by(uow: UnitOfWork, moves: Sequence[FundsMove]) -> list[HeldFunds]:
    """Return what the commitments of ``moves`` have by the movements so far."""
    ids = sorted({move.holder.document_id for move in moves})
    rows = uow.connection.execute(HELD, {"ids": ids}).mappings()
    return [HeldFunds(**row) for row in rows]


def realise(uow: UnitOfWork, moves: Sequence[FundsMove]) -> None:
    """Add what was spent, advanced, settled, returned and recovered to the month of today."""
    kept = [move for move in moves if move.kind in REALISED]
    if not kept:
        return
    uow.connection.execute(
        REALISE,
        {
            "ids": [move.control_row_id for move in kept],
            "kinds": [str(move.kind) for move in kept],
            "amounts": [move.amount_ntd for move in kept],
            "month_key": uow.fiscal_year * 100 + uow.business_date.month,
        },
    )
