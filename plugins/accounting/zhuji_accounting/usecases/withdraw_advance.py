"""Withdraw an advance: its writer takes it back for good, before the money is paid."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.permissions import WRITE_ADVANCE
from zhuji_accounting.usecases._advance import change_state
from zhuji_core.uow import UnitOfWork


def withdraw_advance(uow: UnitOfWork, *, advance_id: uuid.UUID) -> Advance:
    """Raises AdvanceNotFound, Forbidden, AdvanceWrongState or NotAdvanceWriter; nothing is kept."""
    return change_state(
        uow,
        advance_id,
        permission=WRITE_ADVANCE,
        change=lambda advance: rules.withdraw(advance, by=uow.actor.user_id),
        verb="accounting.advance.withdraw",
    )
