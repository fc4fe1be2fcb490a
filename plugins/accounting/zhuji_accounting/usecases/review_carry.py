"""Review a carry-over request in the agency's accounting office (會計審核)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.permissions import REVIEW_CARRY
from zhuji_accounting.store import carries
from zhuji_accounting.usecases._audit import audit_signature
from zhuji_accounting.usecases._carry import lock_with_request
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork


def review_carry(uow: UnitOfWork, *, carry_id: uuid.UUID) -> CarryOver:
    """Sign it in the name of the actor; it goes to the county's accounting office (主計處).

    Raises CarryNotFound, Forbidden, CarryEarly, YearEnded, PeriodClosed, CarryWrongState,
    SamePerson or CarryMoved; then nothing is kept.
    """
    locked = lock_with_request(uow, carry_id, permission=REVIEW_CARRY)
    before = locked.carry
    after = rules.review(before, by=uow.actor, at=uow.now)
    rules.require_unmoved(after, locked.request.request)
    used = rules.require_duties(before, by=uow.actor, step=Step.CERTIFY)
    carries.save(uow, after)
    audit_signature(uow, REVIEW_CARRY.name, before, after, step=Step.CERTIFY, used=used)
    return after
