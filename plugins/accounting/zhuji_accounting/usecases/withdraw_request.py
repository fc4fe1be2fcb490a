"""Withdraw a spending request for good, while no money is held (撤回)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import WRITE_REQUEST
from zhuji_accounting.store import requests
from zhuji_accounting.usecases._one import lock_one
from zhuji_core.uow import UnitOfWork


def withdraw_request(uow: UnitOfWork, *, request_id: uuid.UUID) -> SpendingRequest:
    """Withdraw the actor's own request.

    Raises RequestNotFound, Forbidden, WrongState or NotWriter; then nothing is kept.
    """
    before = lock_one(uow, request_id, permission=WRITE_REQUEST).request
    withdrawn = rules.withdraw(before, by=uow.actor.user_id)
    requests.save_states(uow, [withdrawn])
    uow.audit(
        "accounting.request.withdraw",
        withdrawn.document,
        before={"state": before.state},
        after={"state": withdrawn.state},
    )
    return withdrawn
