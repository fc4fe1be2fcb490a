"""Submit an advance to the unit's head; its number is given here (gaps may occur)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.permissions import WRITE_ADVANCE
from zhuji_accounting.store import advances
from zhuji_accounting.usecases._advance import lock_with_request, require_none_overdue
from zhuji_accounting.usecases._audit import audit_change
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

NUMBER_KIND = "advance"


def submit_advance(uow: UnitOfWork, *, advance_id: uuid.UUID) -> Advance:
    """Send the draft or returned advance on, complete and within what its request holds.

    Raises AdvanceNotFound, Forbidden, AdvanceWrongState, NotAdvanceWriter, AdvanceIncomplete,
    BankInvalid, AdvanceDueDate, PrepaymentNeedsContract, AdvanceOpen, WrongState, OverHold,
    YearEnded or PeriodClosed; then nothing is kept.
    """
    before, request = lock_with_request(
        uow, advance_id, permission=WRITE_ADVANCE, action=N_("暫付")
    )
    submitted = rules.submit(before, request, by=uow.actor.user_id, today=uow.business_date)
    require_none_overdue(uow, submitted)
    if not submitted.advance_no:
        numbers = take_numbers(
            uow,
            agency_code=submitted.agency_code,
            fiscal_year=submitted.fiscal_year,
            kind=NUMBER_KIND,
        )
        submitted = msgspec.structs.replace(submitted, advance_no=numbers[0])
    advances.save(uow, submitted)
    audit_change(uow, "accounting.advance.submit", before, submitted)
    return submitted
