"""Move money on control rows: the one door through which counters change (``move_funds``)."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.funds import decide, require_held
from zhuji_budget.store import control_rows, movements
from zhuji_core.contracts.funds import FundsAnswer, FundsMove, MoveKind
from zhuji_core.uow import UnitOfWork


def move_funds(uow: UnitOfWork, moves: Sequence[FundsMove]) -> list[FundsAnswer]:
    """Answer ``moves`` in their order and make those that are granted, in the caller's transaction.

    Two round trips whatever the number of moves (three when second-level objects are named).
    Two more for those that draw on a commitment: what it has, and the month of what is spent.
    Raises ControlRowNotFound.
    """
    if not moves:
        return []
    ids = sorted({move.control_row_id for move in moves})
    positions = control_rows.lock(uow, ids)
    codes = sorted({move.detail_object_code for move in moves if move.detail_object_code})
    years = sorted({position.fiscal_year for position in positions})
    details = control_rows.details(uow, codes=codes, years=years)
    answers = decide(positions, moves, details=details)
    granted = [answer.move for answer in answers if answer.granted]
    if any(move.kind is not MoveKind.RESERVE for move in granted):
        require_held(granted, movements.held_by(uow, granted))
    control_rows.apply(uow, granted)
    movements.realise(uow, granted)
    return answers
