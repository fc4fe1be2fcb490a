"""Return a spending request to its writer with the reason (退回補正)."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import RETURN_REQUEST
from zhuji_accounting.store import requests
from zhuji_accounting.usecases._audit import audit_change
from zhuji_accounting.usecases._one import lock_one
from zhuji_core.uow import UnitOfWork


def return_request(uow: UnitOfWork, *, request_id: uuid.UUID, reason: str) -> SpendingRequest:
    """Return the submitted or approved request.

    Raises ReasonMissing, TooLong, RequestNotFound, Forbidden or WrongState; then nothing is kept.
    """
    said = rules.require_reason(reason)
    before = lock_one(uow, request_id, permission=RETURN_REQUEST).request
    returned = rules.send_back(before, reason=said)
    requests.save_states(uow, [returned])
    audit_change(uow, RETURN_REQUEST.name, before, returned)
    return returned
