"""Withdraw a claim: its writer takes it back for good, and its evidence may be claimed anew."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.permissions import WRITE_CLAIM
from zhuji_accounting.usecases._claim import change_state
from zhuji_core.uow import UnitOfWork


def withdraw_claim(uow: UnitOfWork, *, claim_id: uuid.UUID) -> ExpenseClaim:
    """Raises ClaimNotFound, Forbidden, ClaimWrongState or NotClaimant; then nothing is kept."""
    return change_state(
        uow,
        claim_id,
        permission=WRITE_CLAIM,
        change=lambda claim: rules.withdraw(claim, by=uow.actor.user_id),
        verb="accounting.claim.withdraw",
    )
