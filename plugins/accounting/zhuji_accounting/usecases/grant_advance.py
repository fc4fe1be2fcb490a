"""The chief accountant grants an advance (核定撥付): held money goes out, a voucher is drafted."""

from __future__ import annotations

import uuid

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind, AdvanceLine
from zhuji_accounting.domain.certification import refusal_of
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary
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

EVENT_CODES = {
    AdvanceKind.GENERAL: "advance.paid",
    AdvanceKind.TRAVEL: "advance.paid",
    AdvanceKind.PREPAYMENT: "prepayment.paid",
    AdvanceKind.PETTY_CASH: "petty-cash.drawn",
}


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
    draft_from_fact(uow, _fact(uow, granted))
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


def _fact(uow: UnitOfWork, advance: Advance) -> Fact:
    """Return what the books are told: who has the money, by budget row."""
    return Fact(
        event_code=EVENT_CODES[advance.kind],
        agency_code=advance.agency_code,
        agency_name=advance.agency_name,
        fiscal_year=advance.fiscal_year,
        posting_date=uow.business_date,
        memo=advance.memo,
        document=advance.document,
        document_count=1,
        lines=tuple(advance_fact_line(advance, line, line.amount_ntd) for line in advance.lines),
    )


def advance_fact_line(advance: Advance, line: AdvanceLine, amount_ntd: int) -> FactLine:
    """Return one part of what the books are told of ``line``: budget row, object, whose it is."""
    return FactLine(
        amounts_ntd={"amount": amount_ntd},
        control_row_id=line.control_row_id,
        row_label=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
        object_code=line.object_code,
        detail_object_code=line.detail_object_code,
        account=line.account,
        description=advance.receiver_name,
        subsidiaries=subsidiaries_of(advance),
    )


def subsidiaries_of(advance: Advance) -> dict[str, Subsidiary]:
    """Return whose the entries are in the subsidiary ledgers of advances and of contracts."""
    name = advance.receiver_name
    contract_no = advance.contract_no or advance.label
    return {
        "advance": Subsidiary(kind="advance", key=advance.label, name=name),
        "contract": Subsidiary(kind="contract", key=contract_no, name=name),
    }
