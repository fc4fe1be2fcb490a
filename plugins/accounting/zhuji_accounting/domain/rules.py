"""What may be done to a request in which state, by whom. A rule raises or changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import msgspec

from zhuji_accounting.domain.refusals import (
    LinesMissing,
    LineTwice,
    NotWriter,
    OverRelease,
    PeriodClosed,
    PurposeMissing,
    ReasonMissing,
    TooLong,
    WrongState,
    YearEnded,
)
from zhuji_accounting.domain.request import (
    LINES_MAX,
    TEXT_MAX,
    Period,
    RequestState,
    SpendingRequest,
    state_of,
)
from zhuji_core.identity.actor import Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate
from zhuji_core.values import N_

STATE_TITLES = {
    RequestState.DRAFT: N_("草稿"),
    RequestState.SUBMITTED: N_("待主管核准"),
    RequestState.UNIT_APPROVED: N_("待簽證"),
    RequestState.CERTIFIED: N_("已完成簽證"),
    RequestState.CLOSED: N_("已結案"),
    RequestState.RETURNED: N_("退回補正"),
    RequestState.WITHDRAWN: N_("已撤回"),
}
EDITABLE = (RequestState.DRAFT, RequestState.RETURNED)
WITHDRAWABLE = (
    RequestState.DRAFT,
    RequestState.RETURNED,
    RequestState.SUBMITTED,
    RequestState.UNIT_APPROVED,
)


def require_state(request: SpendingRequest, needed: Sequence[RequestState], *, action: str) -> None:
    """Raise WrongState unless the request is in one of the ``needed`` states."""
    if request.state not in needed:
        raise WrongState(
            label=request.label,
            state=STATE_TITLES[request.state],
            action=action,
            needed=tuple(STATE_TITLES[state] for state in needed),
        )


def require_complete(request: SpendingRequest) -> None:
    """Raise LinesMissing, PurposeMissing or TooLong unless all that a decision needs is there."""
    if not 1 <= len(request.lines) <= LINES_MAX or any(
        line.amount_ntd <= 0 for line in request.lines
    ):
        raise LinesMissing(lines_max=LINES_MAX, fields={"lines": LinesMissing.message})
    if not request.purpose.strip() or not request.basis.strip():
        missing = "purpose" if not request.purpose.strip() else "basis"
        raise PurposeMissing(label=request.label, fields={missing: N_("必填")})
    require_short(request)


def require_short(request: SpendingRequest) -> None:
    """Raise TooLong for a text beyond the limit of the form."""
    texts = {
        N_("用途"): request.purpose,
        N_("案據"): request.basis,
        N_("受款人"): request.payee,
        N_("非重複之理由"): request.duplicate_reason,
        N_("說明"): max((line.description for line in request.lines), key=len, default=""),
        N_("二級用途別"): max(
            (line.detail_object_code for line in request.lines), key=len, default=""
        ),
    }
    for field, text in texts.items():
        require_short_text(text, field=field)


def require_short_text(text: str, *, field: str) -> None:
    """Raise TooLong for a text beyond the limit of the form."""
    if len(text) > TEXT_MAX:
        raise TooLong(field=field, text_max=TEXT_MAX)


def require_reason(reason: str) -> str:
    """Return the reason without blanks around it; raise ReasonMissing or TooLong."""
    if not reason.strip():
        raise ReasonMissing(fields={"reason": ReasonMissing.message})
    require_short_text(reason, field=N_("理由"))
    return reason.strip()


def submit(request: SpendingRequest, *, by: uuid.UUID, request_no: int) -> SpendingRequest:
    """Hand the draft to the unit's head; only its writer may (the number is kept when returned)."""
    require_state(request, EDITABLE, action=N_("送出"))
    require_writer(request, by=by, action=N_("送出"))
    require_complete(request)
    return msgspec.structs.replace(
        request, state=RequestState.SUBMITTED, request_no=request_no, return_reason=""
    )


def require_writer(request: SpendingRequest, *, by: uuid.UUID, action: str) -> None:
    """Raise NotWriter unless ``by`` wrote the request."""
    if request.created_by != by:
        raise NotWriter(label=request.label, writer=request.created_by_name, action=action)


def require_editable(request: SpendingRequest, *, by: uuid.UUID) -> None:
    """Raise WrongState or NotWriter unless ``by`` may change the request now."""
    require_state(request, EDITABLE, action=N_("修改"))
    require_writer(request, by=by, action=N_("修改"))


def require_duties(request: SpendingRequest, *, by: Actor, step: Step) -> tuple[DutyException, ...]:
    """Raise SamePerson for a step that separation of duties keeps from the actor.

    Returns the written exceptions without which it would have.
    """
    before = (
        done(Step.WRITE, request.created_by, request.created_for),
        done(Step.APPROVE, request.approved_by, request.approved_for),
    )
    return require_separate(by, step, before, label=request.label, agency_code=request.agency_code)


def approve(request: SpendingRequest, *, by: Actor) -> SpendingRequest:
    """The unit's head approves the need (業務主管核准); never the one who wrote it."""
    require_state(request, [RequestState.SUBMITTED], action=N_("核准"))
    require_duties(request, by=by, step=Step.APPROVE)
    principal = by.on_behalf_of
    return msgspec.structs.replace(
        request,
        state=RequestState.UNIT_APPROVED,
        approved_by=by.user_id,
        approved_for=None if principal is None else principal.user_id,
        approved_by_name=by.signature,
    )


def require_certifiable(
    request: SpendingRequest, *, by: Actor, period: Period, period_closed: bool
) -> tuple[DutyException, ...]:
    """Raise what forbids certification apart from funds: state, duties, period, purpose.

    Returns the written exceptions from separation of duties by which it is possible.
    """
    require_state(request, [RequestState.UNIT_APPROVED], action=N_("簽證"))
    used = require_duties(request, by=by, step=Step.CERTIFY)
    require_open(request, period=period, period_closed=period_closed, action=N_("簽證"))
    require_complete(request)
    return used


def require_open(
    request: SpendingRequest, *, period: Period, period_closed: bool, action: str
) -> None:
    """Raise YearEnded outside the request's own year, PeriodClosed in a closed month of it."""
    if period.fiscal_year != request.fiscal_year:
        raise YearEnded(
            label=request.label,
            request_year=request.fiscal_year,
            business_year=period.fiscal_year,
            action=action,
        )
    if period_closed:
        raise PeriodClosed(fiscal_year=period.fiscal_year, period=period.period, action=action)


def certify(request: SpendingRequest) -> SpendingRequest:
    """Return the certified request; its funds were moved."""
    return msgspec.structs.replace(request, state=RequestState.CERTIFIED)


def send_back(request: SpendingRequest, *, reason: str) -> SpendingRequest:
    """Return the request to its writer with the reason (退回補正); it may be submitted again."""
    require_state(request, [RequestState.SUBMITTED, RequestState.UNIT_APPROVED], action=N_("退回"))
    return msgspec.structs.replace(
        request,
        state=RequestState.RETURNED,
        return_reason=reason,
        approved_by=None,
        approved_for=None,
        approved_by_name="",
    )


def withdraw(request: SpendingRequest, *, by: uuid.UUID) -> SpendingRequest:
    """The writer takes the request back for good, while no money is held."""
    require_state(request, WITHDRAWABLE, action=N_("撤回"))
    require_writer(request, by=by, action=N_("撤回"))
    return msgspec.structs.replace(request, state=RequestState.WITHDRAWN)


def released_amounts(lines: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return line number → NT dollars; raise LineTwice for a line that is named twice."""
    amounts_ntd: dict[int, int] = {}
    for line_no, amount_ntd in lines:
        if line_no in amounts_ntd:
            raise LineTwice(line_no=line_no)
        amounts_ntd[line_no] = amount_ntd
    return amounts_ntd


def release(request: SpendingRequest, amounts_ntd: dict[int, int]) -> SpendingRequest:
    """Give back ``amounts_ntd`` (line number → NT dollars); close the request that holds nothing.

    Raises WrongState, LinesMissing (nothing or a line that does not exist) or OverRelease.
    """
    require_state(request, [RequestState.CERTIFIED], action=N_("釋放"))
    known = {line.line_no for line in request.lines}
    if not amounts_ntd or not set(amounts_ntd) <= known or min(amounts_ntd.values()) <= 0:
        raise LinesMissing(lines_max=LINES_MAX)
    lines = []
    for line in request.lines:
        amount_ntd = amounts_ntd.get(line.line_no, 0)
        if amount_ntd > line.held_ntd:
            raise OverRelease(line=line, requested_ntd=amount_ntd)
        lines.append(msgspec.structs.replace(line, released_ntd=line.released_ntd + amount_ntd))
    return msgspec.structs.replace(request, lines=tuple(lines), state=state_of(lines))
