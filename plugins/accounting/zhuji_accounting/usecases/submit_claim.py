"""Submit a claim to whoever accepts the goods; its number is given here (gaps may occur)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.claims.settlement import require_settled
from zhuji_accounting.permissions import WRITE_CLAIM
from zhuji_accounting.store import claims
from zhuji_accounting.usecases._audit import audit_change
from zhuji_accounting.usecases._claimed import lock_with_requests, require_kind
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork

NUMBER_KIND = "claim"


def submit_claim(uow: UnitOfWork, *, claim_id: uuid.UUID) -> ExpenseClaim:
    """Send the draft or returned claim on, complete, adding up, and within what is held.

    Raises ClaimNotFound, Forbidden, ClaimWrongState, NotClaimant, ClaimIncomplete, AmountMismatch,
    TaxIdInvalid, BankInvalid, WrongState, OverHold, AdvanceWrongState, SettlesNothing, OverAdvance,
    what the kind asks for (JourneyInvalid, PayrollInvalid, SubsidyOver, PettyCashFund,
    PettyCashDocument, PettyCashOver) or PeriodClosed; then nothing is kept.
    """
    locked = lock_with_requests(uow, claim_id, permission=WRITE_CLAIM)
    before = locked.claim
    submitted = rules.submit(before, by=uow.actor.user_id)
    rules.require_held(submitted, locked.requests)
    require_settled(submitted, locked.advance)
    require_kind(uow, submitted, locked.advance)
    if not submitted.claim_no:
        numbers = take_numbers(
            uow,
            agency_code=submitted.agency_code,
            fiscal_year=submitted.fiscal_year,
            kind=NUMBER_KIND,
        )
        submitted = msgspec.structs.replace(submitted, claim_no=numbers[0])
    claims.save(uow, submitted)
    audit_change(uow, "accounting.claim.submit", before, submitted)
    return submitted
