"""Return an advance to its writer with the reason (退回補正)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain import rules as request_rules
from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.permissions import RETURN_ADVANCE
from zhuji_accounting.usecases._advance import change_state
from zhuji_core.uow import UnitOfWork


def return_advance(uow: UnitOfWork, *, advance_id: uuid.UUID, reason: str) -> Advance:
    """Raises ReasonMissing, AdvanceNotFound, Forbidden or AdvanceWrongState; nothing is kept."""
    said = request_rules.require_reason(reason)
    return change_state(
        uow,
        advance_id,
        permission=RETURN_ADVANCE,
        change=lambda advance: rules.send_back(advance, reason=said),
    )
