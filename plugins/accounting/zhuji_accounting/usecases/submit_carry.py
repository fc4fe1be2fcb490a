"""Submit a carry-over request to the accounting office; its number is given here."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.permissions import WRITE_CARRY
from zhuji_accounting.store import carries
from zhuji_accounting.usecases._audit import audit_change
from zhuji_accounting.usecases._carry import lock_with_request
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork

NUMBER_KIND = "carry-over"


def submit_carry(uow: UnitOfWork, *, carry_id: uuid.UUID) -> CarryOver:
    """Send the draft or returned one on, complete and of what the request still holds.

    Raises CarryNotFound, Forbidden, CarryEarly, YearEnded, PeriodClosed, CarryWrongState,
    NotCarryWriter, CarryIncomplete or CarryMoved; then nothing is kept.
    """
    locked = lock_with_request(uow, carry_id, permission=WRITE_CARRY)
    before = locked.carry
    submitted = rules.submit(before, by=uow.actor.user_id)
    rules.require_unmoved(submitted, locked.request.request)
    if not submitted.carry_no:
        numbers = take_numbers(
            uow,
            agency_code=submitted.agency_code,
            fiscal_year=submitted.fiscal_year,
            kind=NUMBER_KIND,
        )
        submitted = msgspec.structs.replace(submitted, carry_no=numbers[0])
    carries.save(uow, submitted)
    audit_change(uow, "accounting.carry.submit", before, submitted)
    return submitted
