"""What the actor may do next with an advance, and why something else is not possible now."""

from __future__ import annotations

import enum
from collections.abc import Callable

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance, AdvanceState
from zhuji_accounting.domain.claims.settlement import may_be_replenished, may_be_settled
from zhuji_accounting.permissions import (
    APPROVE_ADVANCE,
    GRANT_ADVANCE,
    RECORD_RECOVERY,
    RETURN_ADVANCE,
    WRITE_ADVANCE,
    WRITE_CLAIM,
)
from zhuji_accounting.queries.claims import claimable_requests
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.duties import Step
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value


class AdvanceVerb(enum.StrEnum):
    """What may be done to an advance, in the order of the work."""

    SUBMIT = "submit"
    APPROVE = "approve"
    GRANT = "grant"
    SETTLE = "settle"
    REPLENISH = "replenish"
    PAY_BACK = "pay-back"
    EDIT = "edit"
    RETURN = "return"
    WITHDRAW = "withdraw"


NEXT: dict[AdvanceState, tuple[AdvanceVerb, ...]] = {
    AdvanceState.DRAFT: (AdvanceVerb.SUBMIT, AdvanceVerb.EDIT, AdvanceVerb.WITHDRAW),
    AdvanceState.RETURNED: (AdvanceVerb.SUBMIT, AdvanceVerb.EDIT, AdvanceVerb.WITHDRAW),
    AdvanceState.SUBMITTED: (AdvanceVerb.APPROVE, AdvanceVerb.RETURN, AdvanceVerb.WITHDRAW),
    AdvanceState.UNIT_APPROVED: (AdvanceVerb.GRANT, AdvanceVerb.RETURN, AdvanceVerb.WITHDRAW),
    AdvanceState.GRANTED: (
        AdvanceVerb.SETTLE,
        AdvanceVerb.REPLENISH,
        AdvanceVerb.PAY_BACK,
    ),
}
PERMISSIONS: dict[AdvanceVerb, Permission] = {
    AdvanceVerb.SUBMIT: WRITE_ADVANCE,
    AdvanceVerb.EDIT: WRITE_ADVANCE,
    AdvanceVerb.WITHDRAW: WRITE_ADVANCE,
    AdvanceVerb.APPROVE: APPROVE_ADVANCE,
    AdvanceVerb.GRANT: GRANT_ADVANCE,
    AdvanceVerb.SETTLE: WRITE_CLAIM,
    AdvanceVerb.REPLENISH: WRITE_CLAIM,
    AdvanceVerb.PAY_BACK: RECORD_RECOVERY,
    AdvanceVerb.RETURN: RETURN_ADVANCE,
}
OWN = frozenset({AdvanceVerb.SUBMIT, AdvanceVerb.EDIT, AdvanceVerb.WITHDRAW})
# What the advance waits for: also shown to those who may not do it, so that they know.
WAITED_FOR = frozenset({AdvanceVerb.APPROVE, AdvanceVerb.GRANT})


ANSWERS: dict[AdvanceVerb, Callable[[Advance], bool]] = {
    AdvanceVerb.SETTLE: may_be_settled,
    AdvanceVerb.REPLENISH: may_be_replenished,
}


class AdvanceAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: AdvanceVerb
    refusal: DomainError | None = None


def advance_actions(uow: UnitOfWork, advance: Advance) -> tuple[AdvanceAction, ...]:
    """Try each verb of the advance's state against the rules of the use cases."""
    actions = []
    for verb in NEXT.get(advance.state, ()):
        if verb in ANSWERS and not ANSWERS[verb](advance):
            continue
        refusal = _refusal(uow, advance, verb)
        if verb in OWN and advance.created_by != uow.actor.user_id:
            continue
        if isinstance(refusal, Forbidden) and verb not in WAITED_FOR:
            continue
        actions.append(AdvanceAction(verb=verb, refusal=refusal))
    return tuple(actions)


def _refusal(uow: UnitOfWork, advance: Advance, verb: AdvanceVerb) -> DomainError | None:
    actor, today = uow.actor.user_id, uow.business_date

    def submit() -> None:
        request = claimable_requests(uow, [advance.request_id])[0]
        rules.submit(advance, request, by=actor, today=today)

    def grant() -> None:
        request = claimable_requests(uow, [advance.request_id])[0]
        rules.grant(advance, request, by=uow.actor, today=today)

    tries: dict[AdvanceVerb, Callable[[], object]] = {
        AdvanceVerb.SUBMIT: submit,
        AdvanceVerb.APPROVE: lambda: rules.approve(advance, by=uow.actor),
        AdvanceVerb.GRANT: grant,
        AdvanceVerb.SETTLE: lambda: None,
        AdvanceVerb.REPLENISH: lambda: None,
        AdvanceVerb.PAY_BACK: lambda: rules.require_duties(
            advance, by=uow.actor, step=Step.CERTIFY
        ),
        AdvanceVerb.EDIT: lambda: rules.require_writer(advance, by=actor, action=N_("修改")),
        AdvanceVerb.RETURN: lambda: rules.send_back(advance, reason="-"),
        AdvanceVerb.WITHDRAW: lambda: rules.withdraw(advance, by=actor),
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=advance.agency_code)
        tries[verb]()
    except DomainError as refusal:
        return refusal
    return None
