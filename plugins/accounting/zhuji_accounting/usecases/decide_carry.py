"""The county's accounting office decides a carry-over request (主計處核定保留, 預算法 72).

What is released goes back and what is due is spent and owed at once, with its draft voucher; what
is carried over stays held until the year ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.carries.rules import Granted
from zhuji_accounting.domain.certification import refusal_of
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import DECIDE_CARRY
from zhuji_accounting.store import carries, certifications
from zhuji_accounting.usecases._carry import lock_with_request
from zhuji_accounting.usecases._contract import clear_contracts
from zhuji_accounting.usecases._record_fact import draft_from_fact
from zhuji_accounting.usecases.release_encumbrance import release_event, release_moves
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork


def decide_carry(
    uow: UnitOfWork, *, carry_id: uuid.UUID, granted: Sequence[Granted], note: str = ""
) -> CarryOver:
    """Grant ``granted`` of each line, release the rest, and tell the books what is due.

    Raises CarryNotFound, Forbidden, CarryEarly, YearEnded, PeriodClosed, CarryWrongState,
    SamePerson, CarryLines, CarryOverGranted, CarryIncomplete, TooLong, CarryMoved,
    PayableInsufficient, or what ``draft_from_fact`` and ``clear_contracts`` raise; then nothing is
    kept.
    """
    locked = lock_with_request(uow, carry_id, permission=DECIDE_CARRY)
    before, request = locked.carry, locked.request.request
    rules.require_unmoved(before, request)
    after = rules.decide(
        before, granted, note=note, by=uow.actor, at=uow.now, on_date=uow.business_date
    )
    _move(uow, after, request)
    carries.save(uow, after)
    _apply(uow, after, rules.apply(request, after))
    used = rules.require_duties(before, by=uow.actor, step=Step.APPROVE)
    noted = note_uses(uow, used, document=after.document, step=Step.APPROVE)
    uow.audit(
        DECIDE_CARRY.name,
        after.document,
        before=before.summary(),
        after={**after.summary(), "note": after.decision_note, **noted},
    )
    _tell_books(uow, after, request)
    return after


def _move(uow: UnitOfWork, carry: CarryOver, request: SpendingRequest) -> None:
    """Spend and owe what is due, give back what is released."""
    moves = [
        FundsMove(
            control_row_id=line.control_row_id,
            kind=kind,
            amount_ntd=line.granted_payable_ntd,
            document=carry.document,
            detail_object_code=line.detail_object_code,
            commitment=request.document,
        )
        for line in carry.lines
        if line.granted_payable_ntd
        for kind in (MoveKind.EXPEND, MoveKind.OWE)
    ]
    moves += release_moves(request, rules.releases(carry))
    refusal = refusal_of(uow.hooks.move_funds(uow, moves))
    if refusal is not None:
        raise refusal


def _apply(uow: UnitOfWork, carry: CarryOver, after: SpendingRequest) -> None:
    """Write what the decision leaves of the request, and tell what went back."""
    due, back = rules.payables(carry), rules.releases(carry)
    if due:
        carries.take_due(uow, after, due)
    if back:
        certifications.release(uow, after, back, reason=f"年度終了 {carry.label}")
        uow.record(release_event(uow, after, back), document_id=after.request_id)


def _tell_books(uow: UnitOfWork, carry: CarryOver, request: SpendingRequest) -> None:
    """Draft the voucher of what is due, and clear of a contract what is held no more."""
    fact = rules.payable_fact(carry, on_date=uow.business_date)
    if fact is not None:
        draft_from_fact(uow, fact)
    taken = {
        line.request_line_no: line.granted_payable_ntd + line.granted_release_ntd
        for line in carry.lines
    }
    clear_contracts(uow, [(request, taken)])
