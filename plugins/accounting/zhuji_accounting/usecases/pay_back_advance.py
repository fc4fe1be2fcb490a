"""Record that money of an advance was paid back (暫付款繳回): its line has the money again."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.advances import rules as advance_rules
from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind, AdvanceState
from zhuji_accounting.domain.advances.advance_facts import subsidiaries_of
from zhuji_accounting.domain.recoveries import recovery as rules
from zhuji_accounting.domain.recoveries.recovery import Recovery, SourceKind, WantedRecovery
from zhuji_accounting.permissions import RECORD_RECOVERY
from zhuji_accounting.store import advances
from zhuji_accounting.usecases import _recovery
from zhuji_accounting.usecases._advance import lock_with_request
from zhuji_core.contracts.funds import MoveKind
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

EVENT_CODES = {
    AdvanceKind.GENERAL: "advance.returned",
    AdvanceKind.TRAVEL: "advance.returned",
    AdvanceKind.PREPAYMENT: "prepayment.returned",
    AdvanceKind.PETTY_CASH: "petty-cash.returned",
}


def pay_back_advance(uow: UnitOfWork, *, advance_id: uuid.UUID, wanted: WantedRecovery) -> Recovery:
    """Give ``wanted`` of the advance back to the budget, and draft the voucher that receives it.

    In the two months after its year (整理期間) too. Raises AdvanceNotFound, Forbidden,
    AdvanceWrongState, SamePerson, RecoveryIncomplete, DepositDate, RecoveryLineInvalid,
    OverRecovery, SlipTwice, YearEnded or PeriodClosed; then nothing is kept.
    """
    advance, request = lock_with_request(
        uow, advance_id, permission=RECORD_RECOVERY, action=N_("收回"), late=True
    )
    told, after = _require(uow, advance, wanted)
    paid = rules.paid_of_advance(advance)
    requests = {request.request_id: request}
    _recovery.move_back(
        uow, paid, told, kind=MoveKind.RETURN, source=advance.document, requests=requests
    )
    recovery = _recovery.new_recovery(
        uow,
        told,
        source=advance.document,
        source_kind=SourceKind.ADVANCE,
        agency_name=advance.agency_name,
        fiscal_year=advance.fiscal_year,
    )
    advances.save_answered(uow, after)
    _recovery.keep(uow, recovery, paid, requests)
    _recovery.audit_recovery(uow, recovery, advance.document, RECORD_RECOVERY.name)
    _recovery.tell_books(
        uow,
        recovery,
        paid,
        event_code=EVENT_CODES[advance.kind],
        subsidiaries=subsidiaries_of(advance),
    )
    return recovery


def _require(
    uow: UnitOfWork, advance: Advance, wanted: WantedRecovery
) -> tuple[WantedRecovery, Advance]:
    """Return what is wanted, read and allowed, and the advance as it leaves it."""
    advance_rules.require_state(advance, [AdvanceState.GRANTED], action=N_("繳回"))
    advance_rules.require_duties(advance, by=uow.actor, step=Step.CERTIFY)
    assert advance.granted_on is not None, "a granted advance has its day"
    slip = rules.require_slip(wanted.slip, paid_on=advance.granted_on, today=uow.business_date)
    rules.require_recoverable(rules.paid_of_advance(advance), wanted.lines, label=advance.label)
    amounts_ntd = {line.line_no: line.amount_ntd for line in wanted.lines}
    return msgspec.structs.replace(wanted, slip=slip), rules.pay_back(advance, amounts_ntd)
