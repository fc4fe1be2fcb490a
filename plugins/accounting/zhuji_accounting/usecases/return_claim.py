"""Return a claim to its writer with the reason (退回補正)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain import rules as request_rules
from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.permissions import RETURN_CLAIM
from zhuji_accounting.usecases._claim import change_state
from zhuji_core.uow import UnitOfWork


def return_claim(uow: UnitOfWork, *, claim_id: uuid.UUID, reason: str) -> ExpenseClaim:
    """Raises ReasonMissing, ClaimNotFound, Forbidden or ClaimWrongState; then nothing is kept."""
    said = request_rules.require_reason(reason)
    return change_state(
        uow,
        claim_id,
        permission=RETURN_CLAIM,
        change=lambda claim: rules.send_back(claim, reason=said),
    )
