"""Move money on control rows: the one door through which counters change (``move_funds``)."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.funds import decide, require_held
from zhuji_budget.store import carried_rows, control_rows, movements
from zhuji_core.contracts.funds import FundsAnswer, FundsMove, MoveKind
from zhuji_core.uow import UnitOfWork


def move_funds(uow: UnitOfWork, moves: Sequence[FundsMove]) -> list[FundsAnswer]:
    """Answer ``moves`` in their order and make those that are granted, in the caller's transaction.

    Two round trips whatever the number of moves (three when second-level objects are named).
    Two more for those that draw on a commitment: what it has, and the month of what is spent.
    Rows of former years (以前年度) are asked for only when a move names a row that is none of the
    year's own, and are locked after those. Raises ControlRowNotFound.
    """
    if not moves:
        return []
    ids = sorted({move.control_row_id for move in moves})
    own = control_rows.lock(uow, ids)
    former = [] if len(own) == len(ids) else carried_rows.lock(uow, ids)
    positions = [*own, *former]
    codes = sorted({move.detail_object_code for move in moves if move.detail_object_code})
    years = sorted({position.code_year for position in positions})
    details = control_rows.details(uow, codes=codes, years=years)
    answers = decide(positions, moves, details=details)
    rows = {position.control_row_id for position in former}
    granted = [answer.move for answer in answers if answer.granted]
    _apply_own(uow, [move for move in granted if move.control_row_id not in rows])
    _apply_former(uow, [move for move in granted if move.control_row_id in rows])
    return answers


def _apply_own(uow: UnitOfWork, moves: Sequence[FundsMove]) -> None:
    if any(move.kind is not MoveKind.RESERVE for move in moves):
        require_held(moves, movements.held_by(uow, moves))
    assert all(move.kind is not MoveKind.LAPSE for move in moves), "what lapses is of former years"
    control_rows.apply(uow, moves)
    movements.realise(uow, moves)


def _apply_former(uow: UnitOfWork, moves: Sequence[FundsMove]) -> None:
    """Make the moves on rows of former years: what is due there was spent in its own year."""
    if moves:
        require_held(moves, carried_rows.held_by(uow, moves), spent_before=True)
        carried_rows.apply(uow, moves)
