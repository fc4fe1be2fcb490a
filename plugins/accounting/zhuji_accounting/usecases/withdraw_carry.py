"""Take a carry-over request back for good, before it is decided (撤回)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.permissions import WRITE_CARRY
from zhuji_accounting.usecases._carry import change_state
from zhuji_core.uow import UnitOfWork


def withdraw_carry(uow: UnitOfWork, *, carry_id: uuid.UUID) -> CarryOver:
    """Raises CarryNotFound, Forbidden, CarryWrongState or NotCarryWriter."""
    return change_state(
        uow,
        carry_id,
        permission=WRITE_CARRY,
        change=lambda carry: rules.withdraw(carry, by=uow.actor.user_id),
        verb="accounting.carry.withdraw",
    )
