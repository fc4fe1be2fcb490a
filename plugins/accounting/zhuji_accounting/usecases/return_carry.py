"""Return a carry-over request to its writer, with the reason (退回補正)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.rules import require_reason
from zhuji_accounting.permissions import RETURN_CARRY
from zhuji_accounting.usecases._carry import change_state
from zhuji_core.uow import UnitOfWork


def return_carry(uow: UnitOfWork, *, carry_id: uuid.UUID, reason: str) -> CarryOver:
    """Raises ReasonMissing, TooLong, CarryNotFound, Forbidden or CarryWrongState."""
    said = require_reason(reason)
    return change_state(
        uow,
        carry_id,
        permission=RETURN_CARRY,
        change=lambda carry: rules.send_back(carry, reason=said),
    )
