"""Submit a spending request to the unit's head; its number is given here (gaps may occur)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.commitments.rules import require_hold_until
from zhuji_accounting.domain.refusals import DUPLICATE_FIELDS, DuplicateRequest
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.domain.reserve_lines import require_no_reserve
from zhuji_accounting.permissions import WRITE_REQUEST
from zhuji_accounting.store import requests
from zhuji_accounting.usecases._one import lock_one
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork

NUMBER_KIND = "request"


def submit_request(
    uow: UnitOfWork, *, request_id: uuid.UUID, duplicate_reason: str = ""
) -> SpendingRequest:
    """Submit the draft or returned request; ``duplicate_reason`` says why it is another case.

    Raises RequestNotFound, Forbidden, WrongState, NotWriter, LinesMissing, PurposeMissing,
    ReserveDirect, HoldUntilInvalid or DuplicateRequest; then nothing is kept.
    """
    before = lock_one(uow, request_id, permission=WRITE_REQUEST).request
    if duplicate_reason.strip():
        before = msgspec.structs.replace(before, duplicate_reason=duplicate_reason.strip())
    submitted = rules.submit(before, by=uow.actor.user_id, request_no=before.request_no)
    ids = sorted({line.control_row_id for line in submitted.lines})
    positions = {row.control_row_id: row for row in uow.hooks.fund_positions(uow, ids)}
    require_no_reserve(submitted, positions)
    require_hold_until(submitted, today=uow.business_date)
    if not submitted.duplicate_reason:
        other = requests.duplicate_of(uow, submitted)
        if other:
            raise DuplicateRequest(other=other, fields=DUPLICATE_FIELDS)
    if not submitted.request_no:
        numbers = take_numbers(
            uow,
            agency_code=submitted.agency_code,
            fiscal_year=submitted.fiscal_year,
            kind=NUMBER_KIND,
        )
        submitted = msgspec.structs.replace(submitted, request_no=numbers[0])
    requests.save_states(uow, [submitted])
    uow.audit(
        "accounting.request.submit",
        submitted.document,
        before={"state": before.state},
        after={"state": submitted.state, "duplicate_reason": submitted.duplicate_reason},
    )
    return submitted
