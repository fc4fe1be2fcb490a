"""The chief accountant approves a claim (主辦會計核定): held money is spent, a voucher is drafted.

Of a final claim, what its requests still hold goes back to the budget in the same transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.carries.brought import creditor_of
from zhuji_accounting.domain.certification import refusal_of
from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import ClaimStep, ExpenseClaim
from zhuji_accounting.domain.claims.claim_facts import facts_of
from zhuji_accounting.domain.claims.settlement import require_settled, settle
from zhuji_accounting.domain.request import Brought, SpendingRequest
from zhuji_accounting.domain.rules import release
from zhuji_accounting.permissions import GRANT_CLAIM
from zhuji_accounting.store import advances, certifications, claims
from zhuji_accounting.usecases._claim import audit_signature
from zhuji_accounting.usecases._claimed import LockedClaim, lock_with_requests, require_kind
from zhuji_accounting.usecases._contract import clear_contracts
from zhuji_accounting.usecases._record_fact import draft_from_fact
from zhuji_accounting.usecases.release_encumbrance import release_moves, tell_release
from zhuji_core.contracts.claims import ClaimApproved, ClaimedLine
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def grant_claim(uow: UnitOfWork, *, claim_id: uuid.UUID) -> ExpenseClaim:
    """Settle and spend what the claim claims, release the rest of a final one, draft vouchers.

    Raises ClaimNotFound, Forbidden, ClaimWrongState, SamePerson, WrongState, OverHold,
    AdvanceWrongState, SettlesNothing, OverAdvance, SubsidyOver, PettyCashOver, PayableInsufficient,
    YearEnded, PeriodClosed, or what ``draft_from_fact`` and ``clear_contracts`` raise; then nothing
    is kept.
    """
    locked = lock_with_requests(uow, claim_id, permission=GRANT_CLAIM)
    granted = _grant(uow, locked)
    after = [
        rules.claim_of(request, [line for line in granted.lines if line.request_id == request_id])
        for request_id, request in sorted(locked.requests.items())
    ]
    rests = {one.request_id: _rest(one) for one in after if granted.final and _rest(one)}
    _move(uow, granted, after, rests)
    claims.save(uow, granted)
    claims.take_from(uow, granted, after)
    if granted.settled_ntd and locked.advance is not None:
        advances.save_answered(uow, settle(locked.advance, granted))
    for request in after:
        if request.request_id in rests:
            _release(uow, granted, request, rests[request.request_id])
    uow.record(_event(uow, granted), document_id=granted.claim_id)
    audit_signature(uow, locked.claim, granted, step=ClaimStep.GRANT, permission=GRANT_CLAIM)
    owed = {
        request.request_id: creditor_of(request)
        for request in after
        if request.brought is Brought.OWED
    }
    for fact in facts_of(granted, locked.advance, on_date=uow.business_date, owed=owed):
        draft_from_fact(uow, fact)
    clear_contracts(
        uow, [(one, _taken(granted, one, rests.get(one.request_id, {}))) for one in after]
    )
    return granted


def _grant(uow: UnitOfWork, locked: LockedClaim) -> ExpenseClaim:
    """Return the claim as approved; raise what forbids it apart from the budget."""
    signed = rules.sign(locked.claim, ClaimStep.GRANT, by=uow.actor, at=uow.now)
    rules.require_held(signed, locked.requests)
    require_settled(signed, locked.advance)
    require_kind(uow, signed, locked.advance)
    return msgspec.structs.replace(signed, approved_on=uow.business_date)


def _taken(
    claim: ExpenseClaim, request: SpendingRequest, rest: Mapping[int, int]
) -> Mapping[int, int]:
    """Return what of each line is held no more: claimed beyond the advance, and released."""
    taken = dict(rest)
    for line in claim.lines:
        if line.request_id == request.request_id:
            taken[line.request_line_no] = taken.get(line.request_line_no, 0) + line.due_ntd
    return taken


def _rest(request: SpendingRequest) -> dict[int, int]:
    return {line.line_no: line.held_ntd for line in request.lines if line.held_ntd}


def _move(
    uow: UnitOfWork,
    claim: ExpenseClaim,
    requests: Sequence[SpendingRequest],
    rests: Mapping[uuid.UUID, Mapping[int, int]],
) -> None:
    documents = {one.request_id: one.document for one in requests}
    owed = {one.request_id for one in requests if one.brought is Brought.OWED}
    moves = [
        FundsMove(
            control_row_id=line.control_row_id,
            kind=kind,
            amount_ntd=amount_ntd,
            document=claim.document,
            detail_object_code=line.detail_object_code,
            commitment=documents[line.request_id],
        )
        for line in claim.lines
        for kind, amount_ntd in (
            (MoveKind.SETTLE, line.settled_ntd),
            (MoveKind.PAY if line.request_id in owed else MoveKind.EXPEND, line.due_ntd),
        )
        if amount_ntd
    ]
    for request in requests:
        moves += release_moves(request, rests.get(request.request_id, {}))
    refusal = refusal_of(uow.hooks.move_funds(uow, moves))
    if refusal is not None:
        raise refusal


def _release(
    uow: UnitOfWork, claim: ExpenseClaim, request: SpendingRequest, rest: dict[int, int]
) -> None:
    """Write the release of what a final claim leaves; what is advanced keeps the request open."""
    released = release(request, rest)
    assert not any(line.held_ntd for line in released.lines), "a final claim leaves nothing"
    certifications.release(uow, released, rest, reason=f"末次報支 {claim.label}")
    tell_release(uow, released, rest)


def _event(uow: UnitOfWork, claim: ExpenseClaim) -> ClaimApproved:
    return ClaimApproved(
        event_id=new_id(),
        claim_id=claim.claim_id,
        claim_no=claim.label,
        agency_code=claim.agency_code,
        fiscal_year=claim.fiscal_year,
        amount_ntd=claim.amount_ntd,
        lines=tuple(
            ClaimedLine(
                line_no=line.line_no,
                request_id=line.request_id,
                control_row_id=line.control_row_id,
                amount_ntd=line.amount_ntd,
                settled_ntd=line.settled_ntd,
            )
            for line in claim.lines
        ),
        approved_by=uow.actor.user_id,
        business_date=uow.business_date,
    )
