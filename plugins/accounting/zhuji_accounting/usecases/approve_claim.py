"""Approve a claim as the head of the unit (主管核准)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.claims.claim import ClaimStep, ExpenseClaim
from zhuji_accounting.permissions import APPROVE_CLAIM
from zhuji_accounting.usecases._claim import sign_claim
from zhuji_core.uow import UnitOfWork


def approve_claim(uow: UnitOfWork, *, claim_id: uuid.UUID) -> ExpenseClaim:
    """Sign the step in the name of the actor.

    Raises ClaimNotFound, Forbidden, ClaimWrongState or SamePerson; then nothing is kept.
    """
    return sign_claim(uow, claim_id, ClaimStep.APPROVE, permission=APPROVE_CLAIM)
