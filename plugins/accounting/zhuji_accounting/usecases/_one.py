"""Lock one request for a verb that takes one."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.refusals import RequestNotFound
from zhuji_accounting.domain.request import Period
from zhuji_accounting.store import requests
from zhuji_accounting.store.requests import LockedRequest
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def lock_one(uow: UnitOfWork, request_id: uuid.UUID, *, permission: Permission) -> LockedRequest:
    """Lock the request; raise RequestNotFound, or Forbidden without the right in its agency."""
    locked = requests.lock(uow, [request_id], period=Period.of(uow.business_date))
    if request_id not in locked:
        raise RequestNotFound
    uow.require(permission, agency_code=locked[request_id].request.agency_code)
    return locked[request_id]
