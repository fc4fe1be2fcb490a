"""What zhuji must never do, kept to show that the checks would catch it: read, decide, write.

It takes the place of budget's ``move_funds``: the balance is read without a lock, the decision is
Python's (the very same rule), and the counter is set to a value that Python computed. Every CHECK
of the tables holds; only the movements tell that more was granted than there was.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy
import sqlalchemy as sa

from loadtests.baseline.naive import stand_in_for_budget, write_movement
from zhuji_budget.domain.funds import decide
from zhuji_budget.queries.positions import fund_positions
from zhuji_core.contracts.funds import FundsAnswer, FundsMove
from zhuji_core.hookspecs import hookimpl
from zhuji_core.uow import UnitOfWork

OVERWRITE = sa.text("""
    UPDATE budget.control_row
       SET encumbered_ntd = :encumbered_ntd
     WHERE control_row_id = :control_row_id
""")


@hookimpl
def move_funds(uow: UnitOfWork, moves: Sequence[FundsMove]) -> Sequence[FundsAnswer]:
    """Answer ``moves`` as ``zhuji_budget`` does, but without holding what was read."""
    ids = sorted({move.control_row_id for move in moves})
    answers = decide(fund_positions(uow, ids), moves, details={})
    for answer in (answer for answer in answers if answer.granted):
        _write(uow, answer)
    return answers


def _write(uow: UnitOfWork, answer: FundsAnswer) -> None:
    move = answer.move
    row = {"control_row_id": move.control_row_id}
    encumbered_ntd = answer.before.encumbered_ntd + move.amount_ntd
    uow.connection.execute(OVERWRITE, {**row, "encumbered_ntd": encumbered_ntd})
    write_movement(uow, move)


def install(manager: pluggy.PluginManager) -> None:
    """Put it in the place of the real one."""
    stand_in_for_budget(manager, move_funds)
