"""Lock one request for a verb that takes one."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.refusals import RequestNotFound
from zhuji_accounting.domain.request import Period
from zhuji_accounting.store import requests
from zhuji_accounting.store.requests import LockedRequest
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def lock_one(
    uow: UnitOfWork, request_id: uuid.UUID, *, permission: Permission, late: bool = False
) -> LockedRequest:
    """Lock the request; raise RequestNotFound, or Forbidden without the right in its agency.

    ``late``: the act counts in the adjustment period when the request's year is just over.
    """
    period = Period.of(uow.business_date)
    if late:
        year = requests.year_of(uow, request_id)
        period = Period.of_year(uow.business_date, uow.fiscal_year if year is None else year)
    locked = requests.lock(uow, [request_id], period=period)
    if request_id not in locked:
        raise RequestNotFound
    uow.require(permission, agency_code=locked[request_id].request.agency_code)
    return locked[request_id]
