"""Approve a spending request as the head of the unit (業務主管核准)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import APPROVE_REQUEST
from zhuji_accounting.store import requests
from zhuji_accounting.usecases._audit import audit_signature
from zhuji_accounting.usecases._one import lock_one
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork


def approve_request(uow: UnitOfWork, *, request_id: uuid.UUID) -> SpendingRequest:
    """Approve the submitted request in the name of the actor.

    Raises RequestNotFound, Forbidden, WrongState or SamePerson; then nothing is kept.
    """
    before = lock_one(uow, request_id, permission=APPROVE_REQUEST).request
    approved = rules.approve(before, by=uow.actor)
    used = rules.require_duties(before, by=uow.actor, step=Step.APPROVE)
    requests.save_states(uow, [approved])
    audit_signature(uow, APPROVE_REQUEST.name, before, approved, step=Step.APPROVE, used=used)
    return approved
