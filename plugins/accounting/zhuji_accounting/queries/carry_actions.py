"""What the actor may do next with a carry-over request, and why something is not possible now."""

from __future__ import annotations

import enum
from collections.abc import Callable

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver, CarryState
from zhuji_accounting.permissions import DECIDE_CARRY, RETURN_CARRY, REVIEW_CARRY, WRITE_CARRY
from zhuji_accounting.queries.carries import require_season
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import Step
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value


class CarryVerb(enum.StrEnum):
    """What may be done to it, in the order of the work."""

    SUBMIT = "submit"
    REVIEW = "review"
    DECIDE = "decide"
    EDIT = "edit"
    RETURN = "return"
    WITHDRAW = "withdraw"


WRITING = (CarryVerb.SUBMIT, CarryVerb.EDIT, CarryVerb.WITHDRAW)
NEXT: dict[CarryState, tuple[CarryVerb, ...]] = {
    CarryState.DRAFT: WRITING,
    CarryState.RETURNED: WRITING,
    CarryState.SUBMITTED: (CarryVerb.REVIEW, CarryVerb.RETURN, CarryVerb.WITHDRAW),
    CarryState.REVIEWED: (CarryVerb.DECIDE, CarryVerb.RETURN, CarryVerb.WITHDRAW),
}
PERMISSIONS: dict[CarryVerb, Permission] = {
    CarryVerb.SUBMIT: WRITE_CARRY,
    CarryVerb.EDIT: WRITE_CARRY,
    CarryVerb.WITHDRAW: WRITE_CARRY,
    CarryVerb.REVIEW: REVIEW_CARRY,
    CarryVerb.DECIDE: DECIDE_CARRY,
    CarryVerb.RETURN: RETURN_CARRY,
}
# What it waits for: also shown to those who may not do it, so that they know.
WAITED_FOR = frozenset({CarryVerb.REVIEW, CarryVerb.DECIDE})


class CarryAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: CarryVerb
    refusal: DomainError | None = None


def carry_actions(uow: UnitOfWork, carry: CarryOver) -> tuple[CarryAction, ...]:
    """Try each verb of its state against the rules of the use cases."""
    actions = []
    for verb in NEXT.get(carry.state, ()):
        refusal = _refusal(uow, carry, verb)
        if verb in WRITING and carry.created_by != uow.actor.user_id:
            continue
        if isinstance(refusal, Forbidden) and verb not in WAITED_FOR:
            continue
        actions.append(CarryAction(verb=verb, refusal=refusal))
    return tuple(actions)


def _refusal(uow: UnitOfWork, carry: CarryOver, verb: CarryVerb) -> DomainError | None:
    tries: dict[CarryVerb, Callable[[], object]] = {
        CarryVerb.SUBMIT: lambda: rules.submit(carry, by=uow.actor.user_id),
        CarryVerb.REVIEW: lambda: rules.review(carry, by=uow.actor, at=uow.now),
        CarryVerb.DECIDE: lambda: rules.require_duties(carry, by=uow.actor, step=Step.APPROVE),
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=carry.agency_code)
        if verb is not CarryVerb.WITHDRAW:
            require_season(uow, carry.fiscal_year)
        if verb in tries:
            tries[verb]()
    except DomainError as refusal:
        return refusal
    return None
