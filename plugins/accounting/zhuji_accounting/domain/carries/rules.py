"""How open lines are divided at the end of their year, and who decides. Pure.

Written by the agency, reviewed by its accounting office, decided by the county's (主計處).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from zhuji_accounting.domain.carries import refusals
from zhuji_accounting.domain.carries.brought import require_own
from zhuji_accounting.domain.carries.carry_over import (
    STATE_TITLES,
    CarryLine,
    CarryOver,
    CarrySigner,
    CarryState,
)
from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import ADJUSTMENT_PERIOD, Subsidiary
from zhuji_accounting.domain.request import (
    Brought,
    Period,
    RequestLine,
    RequestState,
    SpendingRequest,
    state_of,
)
from zhuji_accounting.domain.rules import require_short_text
from zhuji_accounting.domain.rules import require_state as require_request_state
from zhuji_core.formats import format_date
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_, Value

EDITABLE = (CarryState.DRAFT, CarryState.RETURNED)
OPEN = (CarryState.SUBMITTED, CarryState.REVIEWED)
WITHDRAWABLE = (*EDITABLE, *OPEN)
PAYABLE = "expenditure.payable"


class Split(Value, frozen=True, kw_only=True):
    """How one line of the request is divided, whole NT dollars."""

    line_no: int
    carry_ntd: int = 0
    payable_ntd: int = 0
    release_ntd: int = 0


class Granted(Value, frozen=True, kw_only=True):
    """What is granted of one line of the carry-over request; the rest is released."""

    line_no: int
    carry_ntd: int = 0
    payable_ntd: int = 0


def require_season(fiscal_year: int, *, today: dt.date, first_month: int = 12) -> None:
    """Raise CarryEarly before ``first_month`` of the year, or after the two months after it."""
    first_on = Period(fiscal_year=fiscal_year, period=first_month).begins_on
    last_on = Period(fiscal_year=fiscal_year, period=ADJUSTMENT_PERIOD).ends_on
    if not first_on <= today <= last_on:
        raise refusals.CarryEarly(
            fiscal_year=fiscal_year,
            first_on=format_date(first_on),
            last_on=format_date(last_on),
            today=format_date(today),
        )


def divide(request: SpendingRequest, splits: Sequence[Split]) -> tuple[CarryLine, ...]:
    """Return the request's open lines as they are divided, in their order.

    Raises WrongState, BroughtOnly (what is owed goes on by itself), CarryLines (a line is missing,
    named twice or negative) or CarrySplit.
    """
    require_request_state(request, [RequestState.CERTIFIED], action=N_("申請保留"))
    require_own(request, action=N_("申請保留"), unless=Brought.CARRIED)
    given = {split.line_no: split for split in splits}
    holding = [line for line in request.lines if line.held_ntd]
    if (
        not holding
        or len(given) != len(splits)
        or set(given) != {line.line_no for line in holding}
        or min(min(one.carry_ntd, one.payable_ntd, one.release_ntd) for one in splits) < 0
    ):
        raise refusals.CarryLines
    return tuple(
        _divided(number, line, given[line.line_no]) for number, line in enumerate(holding, 1)
    )


def _divided(number: int, line: RequestLine, split: Split) -> CarryLine:
    parts = (split.carry_ntd, split.payable_ntd, split.release_ntd)
    if sum(parts) != line.held_ntd:
        raise refusals.CarrySplit(line_no=line.line_no, open_ntd=line.held_ntd, split=parts)
    return CarryLine(
        line_no=number,
        request_line_no=line.line_no,
        control_row_id=line.control_row_id,
        line_code=line.line_code,
        line_name=line.line_name,
        object_code=line.object_code,
        object_name=line.object_name,
        account=line.account,
        detail_object_code=line.detail_object_code,
        open_ntd=line.held_ntd,
        carry_ntd=split.carry_ntd,
        payable_ntd=split.payable_ntd,
    )


def require_short(carry: CarryOver) -> None:
    """Raise TooLong for a text beyond the limit of the form."""
    for field, text in _texts(carry).items():
        require_short_text(text, field=field)


def _texts(carry: CarryOver) -> dict[str, str]:
    return {
        N_("保留原因"): carry.reason,
        N_("證明文件"): carry.evidence,
        N_("債權人"): carry.creditor,
        N_("債權人統一編號"): carry.creditor_id,
    }


def require_complete(carry: CarryOver) -> None:
    """Raise CarryIncomplete unless it says why, by which evidence, and whose what is due is."""
    missing = {
        "reason": (N_("保留原因"), carry.reason),
        "evidence": (N_("證明文件"), carry.evidence),
    }
    if any(line.payable_ntd for line in carry.lines):
        missing["creditor"] = (N_("債權人"), carry.creditor)
    lacking = {name: title for name, (title, text) in missing.items() if not text.strip()}
    if lacking:
        raise refusals.CarryIncomplete(
            missing=tuple(lacking.values()), fields=dict.fromkeys(lacking, N_("必填"))
        )
    require_short(carry)


def require_state(carry: CarryOver, needed: Sequence[CarryState], *, action: str) -> None:
    """Raise CarryWrongState unless it is in one of the ``needed`` states."""
    if carry.state not in needed:
        raise refusals.CarryWrongState(
            label=carry.label,
            state=STATE_TITLES[carry.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def require_writer(carry: CarryOver, *, by: uuid.UUID, action: str) -> None:
    """Raise NotCarryWriter unless ``by`` wrote it."""
    if carry.created_by != by:
        raise refusals.NotCarryWriter(
            label=carry.label, writer=carry.created_by_name, action=action
        )


def require_unmoved(carry: CarryOver, request: SpendingRequest) -> None:
    """Raise CarryMoved when a line holds another amount than the one that was divided."""
    held = {line.line_no: line.held_ntd for line in request.lines}
    divided = {line.request_line_no: line for line in carry.lines}
    for line_no, held_ntd in sorted(held.items()):
        open_ntd = divided[line_no].open_ntd if line_no in divided else 0
        if open_ntd != held_ntd:
            figures: dict[str, Any] = {"open_ntd": open_ntd, "held_ntd": held_ntd}
            raise refusals.CarryMoved(
                arithmetic=figures, label=carry.label, line_no=line_no, **figures
            )


def submit(carry: CarryOver, *, by: uuid.UUID) -> CarryOver:
    """Hand it to the accounting office; only who wrote it may."""
    require_state(carry, EDITABLE, action=N_("送出"))
    require_writer(carry, by=by, action=N_("送出"))
    require_complete(carry)
    return msgspec.structs.replace(carry, state=CarryState.SUBMITTED, return_reason="")


def require_duties(carry: CarryOver, *, by: Actor, step: Step) -> tuple[DutyException, ...]:
    """Raise SamePerson for a step that separation of duties keeps from the actor.

    Returns the written exceptions without which it would have.
    """
    reviewed = carry.review
    before = (
        done(Step.WRITE, carry.created_by, carry.created_for),
        done(
            Step.CERTIFY,
            reviewed.user_id if reviewed else None,
            reviewed.on_behalf_of if reviewed else None,
        ),
    )
    return require_separate(by, step, before, label=carry.label, agency_code=carry.agency_code)


def review(carry: CarryOver, *, by: Actor, at: dt.datetime) -> CarryOver:
    """The agency's accounting office agrees (審核)."""
    require_state(carry, [CarryState.SUBMITTED], action=N_("審核"))
    require_duties(carry, by=by, step=Step.CERTIFY)
    return msgspec.structs.replace(carry, state=CarryState.REVIEWED, review=_signer(by, at))


def decide(
    carry: CarryOver,
    granted: Sequence[Granted],
    *,
    note: str,
    by: Actor,
    at: dt.datetime,
    on_date: dt.date,
) -> CarryOver:
    """Return it as decided: of each line what is granted, the rest goes back (預算法 72).

    Raises CarryWrongState, SamePerson, CarryLines, CarryOverGranted, CarryIncomplete (less than was
    asked for, without a word why) or TooLong.
    """
    require_state(carry, [CarryState.REVIEWED], action=N_("核定"))
    require_duties(carry, by=by, step=Step.APPROVE)
    given = {one.line_no: one for one in granted}
    if len(given) != len(granted) or set(given) != {line.line_no for line in carry.lines}:
        raise refusals.CarryLines
    lines = tuple(_granted(line, given[line.line_no]) for line in carry.lines)
    less = any(
        (line.granted_carry_ntd, line.granted_payable_ntd) != (line.carry_ntd, line.payable_ntd)
        for line in lines
    )
    if less and not note.strip():
        raise refusals.CarryIncomplete(
            missing=(N_("核減理由"),), fields={"decision_note": N_("必填")}
        )
    require_short_text(note, field=N_("核減理由"))
    return msgspec.structs.replace(
        carry,
        state=CarryState.DECIDED,
        lines=lines,
        decision=_signer(by, at),
        decided_on=on_date,
        decision_note=note.strip(),
    )


def as_asked(carry: CarryOver) -> tuple[Granted, ...]:
    """Return the grant of all that was asked for."""
    return tuple(
        Granted(line_no=line.line_no, carry_ntd=line.carry_ntd, payable_ntd=line.payable_ntd)
        for line in carry.lines
    )


def _granted(line: CarryLine, granted: Granted) -> CarryLine:
    if (
        min(granted.carry_ntd, granted.payable_ntd) < 0
        or granted.carry_ntd > line.carry_ntd
        or granted.payable_ntd > line.payable_ntd
    ):
        figures: dict[str, Any] = {
            "carry_ntd": granted.carry_ntd,
            "payable_ntd": granted.payable_ntd,
            "asked_carry_ntd": line.carry_ntd,
            "asked_payable_ntd": line.payable_ntd,
        }
        raise refusals.CarryOverGranted(arithmetic=figures, line_no=line.line_no, **figures)
    return msgspec.structs.replace(
        line, granted_carry_ntd=granted.carry_ntd, granted_payable_ntd=granted.payable_ntd
    )


def _signer(by: Actor, at: dt.datetime) -> CarrySigner:
    principal = by.on_behalf_of
    return CarrySigner(
        user_id=by.user_id,
        name=by.signature,
        signed_at=at,
        on_behalf_of=None if principal is None else principal.user_id,
    )


def send_back(carry: CarryOver, *, reason: str) -> CarryOver:
    """Return it to its writer with the reason (退回補正)."""
    require_state(carry, OPEN, action=N_("退回"))
    return msgspec.structs.replace(
        carry, state=CarryState.RETURNED, return_reason=reason, review=None
    )


def withdraw(carry: CarryOver, *, by: uuid.UUID) -> CarryOver:
    """The writer takes it back for good, before it is decided."""
    require_state(carry, WITHDRAWABLE, action=N_("撤回"))
    require_writer(carry, by=by, action=N_("撤回"))
    return msgspec.structs.replace(carry, state=CarryState.WITHDRAWN)


def apply(request: SpendingRequest, carry: CarryOver) -> SpendingRequest:
    """Return the request after the decision: due counts as claimed, the rest as released.

    What is carried over stays held on the year's own line; closed when nothing is.
    """
    decided = {line.request_line_no: line for line in carry.lines}
    lines = []
    for line in request.lines:
        own = decided.get(line.line_no)
        lines.append(
            line
            if own is None
            else msgspec.structs.replace(
                line,
                claimed_ntd=line.claimed_ntd + own.granted_payable_ntd,
                released_ntd=line.released_ntd + own.granted_release_ntd,
            )
        )
    return msgspec.structs.replace(request, lines=tuple(lines), state=state_of(lines))


def releases(carry: CarryOver) -> Mapping[int, int]:
    """Return what the decision gives back: number of the request's line → NT dollars."""
    return {
        line.request_line_no: line.granted_release_ntd
        for line in carry.lines
        if line.granted_release_ntd
    }


def payables(carry: CarryOver) -> Mapping[int, int]:
    """Return what the decision makes due: number of the request's line → NT dollars."""
    return {
        line.request_line_no: line.granted_payable_ntd
        for line in carry.lines
        if line.granted_payable_ntd
    }


def payable_fact(carry: CarryOver, *, on_date: dt.date) -> Fact | None:
    """Return what the books are told of what is due (應付), of the creditor; None: nothing is."""
    key = carry.creditor_id.strip() or carry.creditor.strip()
    whose = Subsidiary(kind="payee", key=key, name=carry.creditor.strip())
    lines = tuple(
        FactLine(
            amounts_ntd={"amount": line.granted_payable_ntd},
            control_row_id=line.control_row_id,
            row_label=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
            object_code=line.object_code,
            detail_object_code=line.detail_object_code,
            account=line.account,
            description=carry.request_label,
            subsidiaries={"payee": whose},
        )
        for line in carry.lines
        if line.granted_payable_ntd
    )
    if not lines:
        return None
    return Fact(
        event_code=PAYABLE,
        agency_code=carry.agency_code,
        agency_name=carry.agency_name,
        fiscal_year=carry.fiscal_year,
        posting_date=on_date,
        memo=f"{carry.label} 年度終了應付 {carry.request_label}",
        document=carry.document,
        document_count=1,
        lines=lines,
    )
