"""What may be done to an advance in which state, by whom. A rule raises or changes nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.advances.advance import (
    STATE_TITLES,
    Advance,
    AdvanceKind,
    AdvanceLine,
    AdvanceSigner,
    AdvanceState,
)
from zhuji_accounting.domain.advances.refusals import (
    AdvanceDueDate,
    AdvanceIncomplete,
    AdvanceLineInvalid,
    AdvanceWrongState,
    NotAdvanceWriter,
    PrepaymentNeedsContract,
)
from zhuji_accounting.domain.carries.brought import require_own
from zhuji_accounting.domain.claims.claim import Payee
from zhuji_accounting.domain.claims.refusals import BankInvalid, OverHold
from zhuji_accounting.domain.claims.rules import is_bank_account
from zhuji_accounting.domain.commitments.rules import ends_on
from zhuji_accounting.domain.request import (
    LINES_MAX,
    NTD_MAX,
    Brought,
    RequestKind,
    RequestLine,
    RequestState,
    SpendingRequest,
)
from zhuji_accounting.domain.rules import require_short_text
from zhuji_accounting.domain.rules import require_state as require_request_state
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_

EDITABLE = (AdvanceState.DRAFT, AdvanceState.RETURNED)
OPEN = (AdvanceState.SUBMITTED, AdvanceState.UNIT_APPROVED)


def require_state(advance: Advance, needed: Sequence[AdvanceState], *, action: str) -> None:
    """Raise AdvanceWrongState unless the advance is in one of the ``needed`` states."""
    if advance.state not in needed:
        raise AdvanceWrongState(
            label=advance.label,
            state=STATE_TITLES[advance.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def require_writer(advance: Advance, *, by: uuid.UUID, action: str) -> None:
    """Raise NotAdvanceWriter unless ``by`` wrote the advance."""
    if advance.created_by != by:
        raise NotAdvanceWriter(label=advance.label, writer=advance.created_by_name, action=action)


def require_editable(advance: Advance, *, by: uuid.UUID) -> None:
    """Raise AdvanceWrongState or NotAdvanceWriter unless ``by`` may change the advance now."""
    require_state(advance, EDITABLE, action=N_("修改"))
    require_writer(advance, by=by, action=N_("修改"))


def lines_of(
    request: SpendingRequest, wanted: Sequence[tuple[int, int]]
) -> tuple[AdvanceLine, ...]:
    """Freeze the words of the request's lines: ``wanted`` is (line number, NT dollars).

    Raises AdvanceLineInvalid for a line that is not there or named twice, and for no amount.
    """
    known = {line.line_no: line for line in request.lines}
    lines: list[AdvanceLine] = []
    for row, (line_no, amount_ntd) in enumerate(wanted, 1):
        own = known.pop(line_no, None)
        if own is None or not 0 < amount_ntd <= NTD_MAX or row > LINES_MAX:
            raise AdvanceLineInvalid(
                row=row, fields={f"lines-{row - 1}-amount": N_("金額須為正整數。")}
            )
        lines.append(_line(row, own, amount_ntd))
    return tuple(lines)


def _line(line_no: int, own: RequestLine, amount_ntd: int) -> AdvanceLine:
    return AdvanceLine(
        line_no=line_no,
        request_line_no=own.line_no,
        control_row_id=own.control_row_id,
        line_code=own.line_code,
        line_name=own.line_name,
        object_code=own.object_code,
        object_name=own.object_name,
        account=own.account,
        detail_object_code=own.detail_object_code,
        amount_ntd=amount_ntd,
    )


def require_short(advance: Advance) -> None:
    """Raise TooLong for a text beyond the limit of the form."""
    texts = {
        N_("事由"): advance.memo,
        N_("領款人"): advance.receiver_name,
        N_("統一編號或身分證號"): advance.receiver_id,
        N_("契約編號"): advance.contract_no,
        N_("逾期未結仍須暫付之理由"): advance.open_reason,
    }
    for field, text in texts.items():
        require_short_text(text, field=field)


def require_complete(advance: Advance, request: SpendingRequest, *, today: dt.date) -> None:
    """Raise what is missing or cannot be, before somebody else is asked to sign."""
    missing = {
        "memo": (N_("事由"), not advance.memo.strip()),
        "receiver_name": (N_("領款人"), not advance.receiver_name.strip()),
        "lines-0-amount": (N_("暫付明細"), not advance.lines),
    }
    lacking = {field: title for field, (title, lacks) in missing.items() if lacks}
    if lacking:
        raise AdvanceIncomplete(
            label=advance.label,
            missing=tuple(lacking.values()),
            fields=dict.fromkeys(lacking, N_("必填")),
        )
    payee = Payee(
        name=advance.receiver_name,
        amount_ntd=advance.amount_ntd,
        bank_code=advance.bank_code,
        branch_code=advance.branch_code,
        account_no=advance.account_no,
    )
    if not is_bank_account(payee):
        raise BankInvalid(row=1, name=payee.name, fields={"account_no": N_("請核對帳戶。")})
    _require_due(advance, today=today)
    told = request.kind is RequestKind.CONTRACT and advance.contract_no.strip()
    if advance.kind is AdvanceKind.PREPAYMENT and not (request.contract_no or told):
        raise PrepaymentNeedsContract(fields={"contract_no": N_("請填契約編號。")})


def _require_due(advance: Advance, *, today: dt.date) -> None:
    last_on = ends_on(advance.fiscal_year)
    if not today <= advance.settle_by <= last_on:
        raise AdvanceDueDate(
            settle_by=advance.settle_by.isoformat(),
            first_on=today.isoformat(),
            last_on=last_on.isoformat(),
            fields={"settle_by": N_("請改填日期。")},
        )


def require_held(advance: Advance, request: SpendingRequest) -> None:
    """Raise WrongState for a request that is not certified, OverHold for more than it holds.

    Raise BroughtOnly for what is owed: it is paid, not advanced.
    """
    require_request_state(request, [RequestState.CERTIFIED], action=N_("暫付"))
    require_own(request, action=N_("暫付"), unless=Brought.CARRIED)
    lines = {line.line_no: line for line in request.lines}
    for line in advance.lines:
        held = lines[line.request_line_no]
        if line.amount_ntd > held.held_ntd:
            raise OverHold(request=request.label, held=held, requested_ntd=line.amount_ntd)


def submit(advance: Advance, request: SpendingRequest, *, by: uuid.UUID, today: dt.date) -> Advance:
    """Hand the draft to the unit's head; only its writer may."""
    require_state(advance, EDITABLE, action=N_("送出"))
    require_writer(advance, by=by, action=N_("送出"))
    require_complete(advance, request, today=today)
    require_held(advance, request)
    return msgspec.structs.replace(advance, state=AdvanceState.SUBMITTED, return_reason="")


def require_duties(advance: Advance, *, by: Actor, step: Step) -> tuple[DutyException, ...]:
    """Raise SamePerson for a step that separation of duties keeps from the actor."""
    before = [done(Step.WRITE, advance.created_by, advance.created_for)]
    if advance.approval is not None:
        signer = advance.approval
        before.append(done(Step.APPROVE, signer.user_id, signer.on_behalf_of))
    return require_separate(by, step, before, label=advance.label, agency_code=advance.agency_code)


def approve(advance: Advance, *, by: Actor) -> Advance:
    """The unit's head approves the advance; never the one who wrote it."""
    require_state(advance, [AdvanceState.SUBMITTED], action=N_("核准"))
    require_duties(advance, by=by, step=Step.APPROVE)
    return msgspec.structs.replace(advance, state=AdvanceState.UNIT_APPROVED, approval=_signer(by))


def grant(advance: Advance, request: SpendingRequest, *, by: Actor, today: dt.date) -> Advance:
    """The chief accountant has the money paid out, of what the request still holds."""
    require_state(advance, [AdvanceState.UNIT_APPROVED], action=N_("核定"))
    require_duties(advance, by=by, step=Step.CERTIFY)
    require_complete(advance, request, today=today)
    require_held(advance, request)
    return msgspec.structs.replace(
        advance, state=AdvanceState.GRANTED, grant=_signer(by), granted_on=today
    )


def _signer(by: Actor) -> AdvanceSigner:
    principal = by.on_behalf_of
    return AdvanceSigner(
        user_id=by.user_id,
        name=by.signature,
        on_behalf_of=None if principal is None else principal.user_id,
    )


def send_back(advance: Advance, *, reason: str) -> Advance:
    """Return the advance to its writer with the reason; what was signed is signed anew."""
    require_state(advance, OPEN, action=N_("退回"))
    return msgspec.structs.replace(
        advance, state=AdvanceState.RETURNED, return_reason=reason, approval=None
    )


def withdraw(advance: Advance, *, by: uuid.UUID) -> Advance:
    """The writer takes the advance back for good, before the money is paid."""
    require_state(advance, (*EDITABLE, *OPEN), action=N_("撤回"))
    require_writer(advance, by=by, action=N_("撤回"))
    return msgspec.structs.replace(advance, state=AdvanceState.WITHDRAWN)


def advance_of(request: SpendingRequest, amounts_ntd: Mapping[int, int]) -> SpendingRequest:
    """Return the request of which ``amounts_ntd`` (line number → NT dollars) is paid out."""
    lines = tuple(
        msgspec.structs.replace(
            line, advanced_ntd=line.advanced_ntd + amounts_ntd.get(line.line_no, 0)
        )
        for line in request.lines
    )
    return msgspec.structs.replace(request, lines=lines)
