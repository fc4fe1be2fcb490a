"""Hold certified money longer or less long (變更保留期限): with a reason, within its year."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_accounting.domain.commitments.rules import held_until, hold_until
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.domain.rules import require_reason
from zhuji_accounting.permissions import CHANGE_HOLD
from zhuji_accounting.store import requests
from zhuji_accounting.usecases._one import lock_one
from zhuji_core.uow import UnitOfWork


def change_hold(
    uow: UnitOfWork, *, request_id: uuid.UUID, until: dt.date | None, reason: str
) -> SpendingRequest:
    """Hold what the request holds until ``until`` (None: until its year ends).

    Raises ReasonMissing, TooLong, RequestNotFound, Forbidden, WrongState, HoldUntilInvalid or
    HoldUnchanged; then nothing is kept.
    """
    said = require_reason(reason)
    before = lock_one(uow, request_id, permission=CHANGE_HOLD).request
    after = hold_until(before, until, today=uow.business_date)
    requests.save_hold(uow, after)
    uow.audit(
        CHANGE_HOLD.name,
        after.document,
        before={"hold_until": held_until(before)},
        after={"hold_until": held_until(after), "reason": said},
    )
    return after
