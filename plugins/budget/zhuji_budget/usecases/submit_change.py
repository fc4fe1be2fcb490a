"""Submit a change: what forbids it now is said at once, and its number is given here."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import Change
from zhuji_budget.domain.changes.reserve_use import require_reserve_use
from zhuji_budget.store import changes
from zhuji_budget.usecases._change import judge, lock_to_write
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork

ACTION = "budget.change.submit"


def submit_change(uow: UnitOfWork, *, document_id: uuid.UUID) -> Change:
    """Hand the draft to the agency's head, or to the budget office.

    Raises ChangeNotFound, Forbidden, a refusal of state, writer or completeness,
    ReserveCaseMissing, CouncilNotTold, or whatever the law of its kind and the money say (the
    decision asks again); then nothing is kept.
    """
    locked = lock_to_write(uow, document_id)
    before = locked.change
    submitted = rules.submit(before, by=uow.actor, change_no=before.change_no)
    require_reserve_use(before, today=uow.business_date)
    judge(uow, locked)
    if not submitted.change_no:
        numbers = take_numbers(
            uow,
            agency_code=submitted.agency_code,
            fiscal_year=submitted.fiscal_year,
            kind=f"budget.{submitted.kind}",
        )
        submitted = msgspec.structs.replace(submitted, change_no=numbers[0])
    changes.save_state(uow, submitted)
    uow.audit(
        ACTION,
        submitted.document,
        before={"state": str(before.state)},
        after={"state": str(submitted.state)},
    )
    return submitted
