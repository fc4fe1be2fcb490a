"""The county's accounting office decides carry-over requests (主計處核定保留, 預算法 72).

What is released goes back and what is due is spent and owed at once, with its draft voucher; what
is carried over stays held until the year ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.carries.refusals import CarryBatch
from zhuji_accounting.domain.carries.rules import Granted
from zhuji_accounting.domain.certification import refusal_of
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import DECIDE_CARRY
from zhuji_accounting.store import carries, certifications
from zhuji_accounting.usecases._carry import LockedCarry, lock_many
from zhuji_accounting.usecases._contract import clear_contracts
from zhuji_accounting.usecases._record_fact import draft_from_fact
from zhuji_accounting.usecases.release_encumbrance import release_event, release_moves
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

BATCH_MAX = 100  # each is looked at before: two pages of the list


class Decision(Value, frozen=True, kw_only=True):
    """What is decided of one: ``granted`` of each line; None: what was asked for."""

    carry_id: uuid.UUID
    granted: tuple[Granted, ...] | None = None
    note: str = ""


def decide_carries(uow: UnitOfWork, *, decisions: Sequence[Decision]) -> list[CarryOver]:
    """Decide each, or none: release what is not granted, and tell the books what is due.

    Raises CarryBatch, CarryNotFound, Forbidden, CarryEarly, YearEnded, PeriodClosed,
    CarryWrongState, SamePerson, CarryLines, CarryOverGranted, CarryIncomplete, TooLong, CarryMoved,
    PayableInsufficient, or what ``draft_from_fact`` and ``clear_contracts`` raise; then nothing is
    kept.
    """
    wanted = {one.carry_id: one for one in decisions}
    if not 1 <= len(wanted) <= BATCH_MAX:
        raise CarryBatch(batch_max=BATCH_MAX, count=len(wanted))
    locked = lock_many(uow, list(wanted), permission=DECIDE_CARRY)
    decided = [_decided(uow, one, wanted[one.carry.carry_id]) for one in locked]
    moves = [
        move
        for one, after in zip(locked, decided, strict=True)
        for move in _moves(after, one.request.request)
    ]
    refusal = refusal_of(uow.hooks.move_funds(uow, moves)) if moves else None
    if refusal is not None:
        raise refusal
    for one, after in zip(locked, decided, strict=True):
        _keep(uow, one, after)
    _tell_books(uow, locked, decided)
    return decided


def _decided(uow: UnitOfWork, locked: LockedCarry, decision: Decision) -> CarryOver:
    rules.require_unmoved(locked.carry, locked.request.request)
    granted = rules.as_asked(locked.carry) if decision.granted is None else decision.granted
    return rules.decide(
        locked.carry,
        granted,
        note=decision.note,
        by=uow.actor,
        at=uow.now,
        on_date=uow.business_date,
    )


def _moves(carry: CarryOver, request: SpendingRequest) -> Iterator[FundsMove]:
    """Spend and owe what is due, give back what is released."""
    for line in carry.lines:
        if line.granted_payable_ntd:
            for kind in (MoveKind.EXPEND, MoveKind.OWE):
                yield FundsMove(
                    control_row_id=line.control_row_id,
                    kind=kind,
                    amount_ntd=line.granted_payable_ntd,
                    document=carry.document,
                    detail_object_code=line.detail_object_code,
                    commitment=request.document,
                )
    yield from release_moves(request, rules.releases(carry))


def _keep(uow: UnitOfWork, locked: LockedCarry, after: CarryOver) -> None:
    """Write the decision and what it leaves of the request, and tell what went back."""
    carries.save(uow, after)
    request = rules.apply(locked.request.request, after)
    due, back = rules.payables(after), rules.releases(after)
    if due:
        carries.take_due(uow, request, due)
    if back:
        certifications.release(uow, request, back, reason=f"年度終了 {after.label}")
        uow.record(release_event(uow, request, back), document_id=request.request_id)
    used = rules.require_duties(locked.carry, by=uow.actor, step=Step.APPROVE)
    noted = note_uses(uow, used, document=after.document, step=Step.APPROVE)
    uow.audit(
        DECIDE_CARRY.name,
        after.document,
        before=locked.carry.summary(),
        after={**after.summary(), "reason": after.decision_note, **noted},
    )


def _tell_books(
    uow: UnitOfWork, locked: Sequence[LockedCarry], decided: Sequence[CarryOver]
) -> None:
    """Draft the vouchers of what is due, and clear of contracts what is held no more."""
    for carry in decided:
        fact = rules.payable_fact(carry, on_date=uow.business_date)
        if fact is not None:
            draft_from_fact(uow, fact)
    clear_contracts(
        uow,
        [
            (
                one.request.request,
                {
                    line.request_line_no: line.granted_payable_ntd + line.granted_release_ntd
                    for line in carry.lines
                },
            )
            for one, carry in zip(locked, decided, strict=True)
        ],
    )
