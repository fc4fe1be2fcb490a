"""Review a claim in the accounting office (會計審核)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.claims.claim import ClaimStep, ExpenseClaim
from zhuji_accounting.permissions import REVIEW_CLAIM
from zhuji_accounting.usecases._claim import sign_claim
from zhuji_core.uow import UnitOfWork


def review_claim(uow: UnitOfWork, *, claim_id: uuid.UUID) -> ExpenseClaim:
    """Sign the step in the name of the actor.

    Raises ClaimNotFound, Forbidden, ClaimWrongState or SamePerson; then nothing is kept.
    """
    return sign_claim(uow, claim_id, ClaimStep.REVIEW, permission=REVIEW_CLAIM)
