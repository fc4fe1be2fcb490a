"""Record that spending of the year came back (支出收回): its line has the money again.

In the two months after the year (整理期間) too, where it counts in period 13.
"""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.carries.brought import require_own
from zhuji_accounting.domain.claims import rules as claim_rules
from zhuji_accounting.domain.claims.claim import ClaimState, ClaimStep, ExpenseClaim
from zhuji_accounting.domain.recoveries import recovery as rules
from zhuji_accounting.domain.recoveries.recovery import Recovery, SourceKind, WantedRecovery
from zhuji_accounting.domain.recoveries.refusals import NotPaid
from zhuji_accounting.domain.request import Brought
from zhuji_accounting.permissions import RECORD_RECOVERY
from zhuji_accounting.store import recoveries
from zhuji_accounting.usecases import _recovery
from zhuji_accounting.usecases._claimed import lock_with_requests
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

EVENT_CODE = "expenditure.recovered"


def recover_spending(uow: UnitOfWork, *, claim_id: uuid.UUID, wanted: WantedRecovery) -> Recovery:
    """Give ``wanted`` of the approved claim back to the budget, and draft its voucher.

    Raises ClaimNotFound, Forbidden, NotPaid, SamePerson, BroughtOnly (it paid what was owed of a
    former year), RecoveryIncomplete, DepositDate, RecoveryLineInvalid, OverRecovery, SlipTwice,
    YearEnded or PeriodClosed; then nothing is kept.
    """
    locked = lock_with_requests(uow, claim_id, permission=RECORD_RECOVERY)
    claim, requests = locked.claim, locked.requests
    told = _require(uow, claim, wanted)
    for request in requests.values():
        require_own(request, action=N_("支出收回"), unless=Brought.CARRIED)
    paid = rules.paid_of_claim(claim)
    _recovery.move_back(
        uow, paid, told, kind=MoveKind.RECOVER, source=claim.document, requests=requests
    )
    recovery = _recovery.new_recovery(
        uow,
        told,
        source=claim.document,
        source_kind=SourceKind.CLAIM,
        agency_name=claim.agency_name,
        fiscal_year=claim.fiscal_year,
    )
    recoveries.take_from_claim(uow, recovery)
    _recovery.keep(uow, recovery, paid, requests)
    _recovery.audit_recovery(uow, recovery, claim.document, RECORD_RECOVERY.name)
    _recovery.tell_books(uow, recovery, paid, event_code=EVENT_CODE, subsidiaries={})
    return recovery


def _require(uow: UnitOfWork, claim: ExpenseClaim, wanted: WantedRecovery) -> WantedRecovery:
    """Return what is wanted, read and allowed."""
    if claim.state is not ClaimState.APPROVED or claim.approved_on is None:
        raise NotPaid(label=claim.label)
    claim_rules.require_duties(claim, by=uow.actor, step=ClaimStep.REVIEW)
    slip = rules.require_slip(wanted.slip, paid_on=claim.approved_on, today=uow.business_date)
    rules.require_recoverable(rules.paid_of_claim(claim), wanted.lines, label=claim.label)
    return msgspec.structs.replace(wanted, slip=slip)
