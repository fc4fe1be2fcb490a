"""The chief accountant grants an advance (核定撥付): held money goes out, a voucher is drafted."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.advances.advance_facts import fact_of
from zhuji_accounting.domain.certification import refusal_of
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import GRANT_ADVANCE
from zhuji_accounting.store import advances
from zhuji_accounting.usecases._advance import (
    audit_signature,
    lock_with_request,
    require_none_overdue,
)
from zhuji_accounting.usecases._contract import clear_contracts
from zhuji_accounting.usecases._record_fact import draft_from_fact
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.identity.duties import Step
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def grant_advance(uow: UnitOfWork, *, advance_id: uuid.UUID) -> Advance:
    """Advance what the request holds, and draft the voucher that pays it.

    Raises AdvanceNotFound, Forbidden, AdvanceWrongState, SamePerson, AdvanceDueDate, AdvanceOpen,
    WrongState, OverHold, PayableInsufficient, YearEnded, PeriodClosed, or what
    ``draft_from_fact`` and ``clear_contracts`` raise; then nothing is kept.
    """
    before, request = lock_with_request(
        uow, advance_id, permission=GRANT_ADVANCE, action=N_("暫付")
    )
    granted = rules.grant(before, request, by=uow.actor, today=uow.business_date)
    require_none_overdue(uow, granted)
    amounts_ntd = {line.request_line_no: line.amount_ntd for line in granted.lines}
    refusal = refusal_of(uow.hooks.move_funds(uow, _moves(granted, request)))
    if refusal is not None:
        raise refusal
    advances.save(uow, granted)
    advances.take_from(uow, rules.advance_of(request, amounts_ntd), amounts_ntd)
    audit_signature(uow, before, granted, step=Step.CERTIFY, permission=GRANT_ADVANCE)
    draft_from_fact(uow, fact_of(granted, on_date=uow.business_date))
    clear_contracts(uow, [(request, amounts_ntd)])
    return granted


def _moves(advance: Advance, request: SpendingRequest) -> list[FundsMove]:
    return [
        FundsMove(
            control_row_id=line.control_row_id,
            kind=MoveKind.ADVANCE,
            amount_ntd=line.amount_ntd,
            document=advance.document,
            detail_object_code=line.detail_object_code,
            commitment=request.document,
        )
        for line in advance.lines
    ]
