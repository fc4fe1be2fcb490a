"""Accept what was delivered (驗收); never by who bought it."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.claims.claim import ClaimStep, ExpenseClaim
from zhuji_accounting.permissions import ACCEPT_CLAIM
from zhuji_accounting.usecases._claim import sign_claim
from zhuji_core.uow import UnitOfWork


def accept_claim(uow: UnitOfWork, *, claim_id: uuid.UUID) -> ExpenseClaim:
    """Sign the step in the name of the actor.

    Raises ClaimNotFound, Forbidden, ClaimWrongState or SamePerson; then nothing is kept.
    """
    return sign_claim(uow, claim_id, ClaimStep.ACCEPT, permission=ACCEPT_CLAIM)
