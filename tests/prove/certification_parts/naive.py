"""What zhuji must never do, kept to show that the checks would catch it: read, decide, write.

It takes the place of budget's ``move_funds``: the balance is read without a lock, the decision is
Python's (the very same rule), and the counter is set to a value that Python computed. Every CHECK
of the tables holds; only the movements tell that more was granted than there was.
"""

from __future__ import annotations

import types
from collections.abc import Sequence

import pluggy
import sqlalchemy as sa

from zhuji_budget import plugin as budget
from zhuji_budget.domain.funds import decide
from zhuji_budget.queries.positions import fund_positions
from zhuji_core.contracts.funds import FundsAnswer, FundsMove
from zhuji_core.hookspecs import hookimpl
from zhuji_core.uow import UnitOfWork

NAME = "budget"

OVERWRITE = sa.text("""
    UPDATE budget.control_row
       SET encumbered_ntd = :encumbered_ntd
     WHERE control_row_id = :control_row_id
""")
MOVEMENT = sa.text("""
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    VALUES (:control_row_id, :kind, :amount_ntd, :document_kind, :document_id, :document_label,
            :business_date, :now, :actor_id)
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
    uow.connection.execute(
        MOVEMENT,
        {
            **row,
            "kind": str(move.kind),
            "amount_ntd": move.amount_ntd,
            "document_kind": move.document.kind,
            "document_id": move.document.document_id,
            "document_label": move.document.label,
            "business_date": uow.business_date,
            "now": uow.now,
            "actor_id": uow.actor.user_id,
        },
    )


def install(manager: pluggy.PluginManager) -> None:
    """Put a budget module that differs in ``move_funds`` only in the place of the real one."""
    stand_in = types.ModuleType("naive_budget")
    stand_in.__dict__.update(
        {name: value for name, value in vars(budget).items() if hasattr(value, "zhuji_impl")}
    )
    stand_in.__dict__["move_funds"] = move_funds
    manager.unregister(name=NAME)
    manager.register(stand_in, name=NAME)
