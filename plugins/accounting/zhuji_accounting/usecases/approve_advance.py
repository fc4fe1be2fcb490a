"""Approve an advance as the head of the unit (主管核准)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.permissions import APPROVE_ADVANCE
from zhuji_accounting.store import advances
from zhuji_accounting.usecases._advance import audit_signature, lock_advance
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork


def approve_advance(uow: UnitOfWork, *, advance_id: uuid.UUID) -> Advance:
    """Raises AdvanceNotFound, Forbidden, AdvanceWrongState or SamePerson; nothing is kept then."""
    before = lock_advance(uow, advance_id, permission=APPROVE_ADVANCE)
    after = rules.approve(before, by=uow.actor)
    advances.save(uow, after)
    audit_signature(uow, before, after, step=Step.APPROVE, permission=APPROVE_ADVANCE)
    return after
