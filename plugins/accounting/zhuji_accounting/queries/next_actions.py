"""What the actor may do next with a request, and why something else is not possible now."""

from __future__ import annotations

import enum
from collections.abc import Callable

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.carries.refusals import CarryEarly
from zhuji_accounting.domain.commitments.award import require_awardable
from zhuji_accounting.domain.commitments.rules import require_supplementable
from zhuji_accounting.domain.request import Brought, Period, RequestState, SpendingRequest
from zhuji_accounting.permissions import (
    APPROVE_REQUEST,
    AWARD_REQUEST,
    CERTIFY_REQUEST,
    CHANGE_HOLD,
    RELEASE_ENCUMBRANCE,
    RETURN_REQUEST,
    WRITE_ADVANCE,
    WRITE_CARRY,
    WRITE_CLAIM,
    WRITE_REQUEST,
)
from zhuji_accounting.queries.carries import require_season
from zhuji_accounting.queries.periods import is_closed
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import Step
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value


class Verb(enum.StrEnum):
    """What may be done to a request, in the order of the work."""

    SUBMIT = "submit"
    APPROVE = "approve"
    CERTIFY = "certify"
    EDIT = "edit"
    RETURN = "return"
    AWARD = "award"
    SUPPLEMENT = "supplement"
    RELEASE = "release"
    HOLD = "hold"
    CARRY = "carry"
    WITHDRAW = "withdraw"


# Only the verbs that belong to the state are spoken of: the others are not "next".
NEXT: dict[RequestState, tuple[Verb, ...]] = {
    RequestState.DRAFT: (Verb.SUBMIT, Verb.EDIT, Verb.WITHDRAW),
    RequestState.RETURNED: (Verb.SUBMIT, Verb.EDIT, Verb.WITHDRAW),
    RequestState.SUBMITTED: (Verb.APPROVE, Verb.RETURN, Verb.WITHDRAW),
    RequestState.UNIT_APPROVED: (Verb.CERTIFY, Verb.RETURN, Verb.WITHDRAW),
    RequestState.CERTIFIED: (
        Verb.CARRY,
        Verb.AWARD,
        Verb.SUPPLEMENT,
        Verb.RELEASE,
        Verb.HOLD,
    ),
}
PERMISSIONS: dict[Verb, Permission] = {
    Verb.SUBMIT: WRITE_REQUEST,
    Verb.EDIT: WRITE_REQUEST,
    Verb.WITHDRAW: WRITE_REQUEST,
    Verb.APPROVE: APPROVE_REQUEST,
    Verb.CERTIFY: CERTIFY_REQUEST,
    Verb.RETURN: RETURN_REQUEST,
    Verb.AWARD: AWARD_REQUEST,
    Verb.SUPPLEMENT: WRITE_REQUEST,
    Verb.RELEASE: RELEASE_ENCUMBRANCE,
    Verb.HOLD: CHANGE_HOLD,
    Verb.CARRY: WRITE_CARRY,
}
# Withdrawing and mending are the writer's own affair; others need not read that they may not.
OWN = frozenset({Verb.WITHDRAW, Verb.EDIT, Verb.SUBMIT})
# What the request waits for: also shown to those who may not do it, so that they know.
WAITED_FOR = frozenset({Verb.APPROVE, Verb.CERTIFY})


class NextAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: Verb
    refusal: DomainError | None = None


def next_actions(uow: UnitOfWork, request: SpendingRequest) -> tuple[NextAction, ...]:
    """Try each verb of the request's state against the rules of the use cases, without money."""
    actions = []
    for verb in NEXT.get(request.state, ()):
        if verb is Verb.AWARD and request.contract_no:
            continue  # said by the page's facts; nobody looks for a second award
        if request.brought is Brought.OWED and verb is not Verb.RELEASE:
            continue  # what is owed is paid, or lapses
        refusal = _refusal(uow, request, verb)
        if isinstance(refusal, CarryEarly):
            continue  # nobody looks for it before its year ends
        if refusal is not None and verb in OWN and request.created_by != uow.actor.user_id:
            continue
        if isinstance(refusal, Forbidden) and verb not in WAITED_FOR:
            continue
        actions.append(NextAction(verb=verb, refusal=refusal))
    return tuple(actions)


def may_be_claimed(uow: UnitOfWork, request: SpendingRequest) -> bool:
    """Tell whether the actor may claim of the request now."""
    return request.state is RequestState.CERTIFIED and uow.actor.may(
        WRITE_CLAIM, agency_code=request.agency_code
    )


def may_be_advanced(uow: UnitOfWork, request: SpendingRequest) -> bool:
    """Tell whether the actor may ask for an advance on what the request holds now."""
    holds = request.state is RequestState.CERTIFIED and any(one.held_ntd for one in request.lines)
    holds = holds and request.brought is not Brought.OWED
    return holds and uow.actor.may(WRITE_ADVANCE, agency_code=request.agency_code)


def _refusal(uow: UnitOfWork, request: SpendingRequest, verb: Verb) -> DomainError | None:
    actor = uow.actor.user_id
    tries: dict[Verb, Callable[[], object]] = {
        Verb.SUBMIT: lambda: rules.submit(request, by=actor, request_no=request.request_no),
        Verb.APPROVE: lambda: rules.approve(request, by=uow.actor),
        Verb.CERTIFY: lambda: rules.require_certifiable(
            request, by=uow.actor, period=_period(uow), period_closed=_closed(uow, request)
        ),
        Verb.EDIT: lambda: rules.require_writer(request, by=actor, action=N_("修改")),
        Verb.RETURN: lambda: rules.send_back(request, reason="-"),
        Verb.AWARD: lambda: _require_awardable(uow, request),
        Verb.SUPPLEMENT: lambda: require_supplementable(
            request, agency_code=request.agency_code, fiscal_year=uow.fiscal_year
        ),
        Verb.RELEASE: lambda: rules.require_open(
            request,
            period=late_period(uow, request),
            period_closed=is_closed(
                uow, late_period(uow, request), agency_code=request.agency_code
            ),
            action=N_("釋放"),
        ),
        Verb.HOLD: lambda: rules.require_state(
            request, [RequestState.CERTIFIED], action=N_("變更保留期限")
        ),
        Verb.CARRY: lambda: require_season(uow, request.fiscal_year),
        Verb.WITHDRAW: lambda: rules.withdraw(request, by=actor),
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=request.agency_code)
        tries[verb]()
    except DomainError as refusal:
        return refusal
    return None


def _require_awardable(uow: UnitOfWork, request: SpendingRequest) -> None:
    require_awardable(request)
    rules.require_duties(request, by=uow.actor, step=Step.CERTIFY)


def _period(uow: UnitOfWork) -> Period:
    return Period.of(uow.business_date)


def late_period(uow: UnitOfWork, request: SpendingRequest) -> Period:
    """Return the month in which a release counts: also the one after the request's year."""
    return Period.of_year(uow.business_date, request.fiscal_year)


def _closed(uow: UnitOfWork, request: SpendingRequest) -> bool:
    return is_closed(uow, _period(uow), agency_code=request.agency_code)
