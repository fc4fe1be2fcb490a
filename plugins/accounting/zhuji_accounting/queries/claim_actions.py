"""What the actor may do next with a claim, and why something else is not possible now."""

from __future__ import annotations

import enum
from collections.abc import Callable

from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import ClaimState, ClaimStep, ExpenseClaim
from zhuji_accounting.domain.claims.settlement import require_settled
from zhuji_accounting.domain.remittances.refusals import ReturnNotPaid
from zhuji_accounting.permissions import (
    ACCEPT_CLAIM,
    APPROVE_CLAIM,
    GRANT_CLAIM,
    RECORD_RECOVERY,
    RECORD_RETURN,
    RETURN_CLAIM,
    REVIEW_CLAIM,
    WRITE_CLAIM,
)
from zhuji_accounting.queries.advances import advance_by_id
from zhuji_accounting.queries.claims import claimable_requests
from zhuji_accounting.queries.remittances import paid_on
from zhuji_core.identity.actor import Forbidden
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value


class ClaimVerb(enum.StrEnum):
    """What may be done to a claim, in the order of the work."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    APPROVE = "approve"
    REVIEW = "review"
    GRANT = "grant"
    EDIT = "edit"
    RETURN = "return"
    WITHDRAW = "withdraw"
    RECOVER = "recover"
    BOUNCE = "bounce"


STEPS = {
    ClaimVerb.ACCEPT: ClaimStep.ACCEPT,
    ClaimVerb.APPROVE: ClaimStep.APPROVE,
    ClaimVerb.REVIEW: ClaimStep.REVIEW,
    ClaimVerb.GRANT: ClaimStep.GRANT,
}
PERMISSIONS: dict[ClaimVerb, Permission] = {
    ClaimVerb.SUBMIT: WRITE_CLAIM,
    ClaimVerb.EDIT: WRITE_CLAIM,
    ClaimVerb.WITHDRAW: WRITE_CLAIM,
    ClaimVerb.ACCEPT: ACCEPT_CLAIM,
    ClaimVerb.APPROVE: APPROVE_CLAIM,
    ClaimVerb.REVIEW: REVIEW_CLAIM,
    ClaimVerb.GRANT: GRANT_CLAIM,
    ClaimVerb.RETURN: RETURN_CLAIM,
    ClaimVerb.RECOVER: RECORD_RECOVERY,
    ClaimVerb.BOUNCE: RECORD_RETURN,
}
OWN = frozenset({ClaimVerb.SUBMIT, ClaimVerb.EDIT, ClaimVerb.WITHDRAW})


class ClaimAction(Value, frozen=True, kw_only=True):
    """One verb; ``refusal`` is what the rules would say to it now, None when it is possible."""

    verb: ClaimVerb
    refusal: DomainError | None = None


def verbs_of(state: ClaimState) -> tuple[ClaimVerb, ...]:
    """Return the verbs that are spoken of in a state."""
    if state in rules.EDITABLE:
        return ClaimVerb.SUBMIT, ClaimVerb.EDIT, ClaimVerb.WITHDRAW
    if state is ClaimState.APPROVED:
        return ClaimVerb.RECOVER, ClaimVerb.BOUNCE
    step = next((verb for verb, one in STEPS.items() if rules.FROM[one] is state), None)
    return () if step is None else (step, ClaimVerb.RETURN, ClaimVerb.WITHDRAW)


def claim_actions(uow: UnitOfWork, claim: ExpenseClaim) -> tuple[ClaimAction, ...]:
    """Try each verb of the claim's state against the rules of the use cases."""
    actions = []
    for verb in verbs_of(claim.state):
        refusal = _refusal(uow, claim, verb)
        if verb in OWN and claim.created_by != uow.actor.user_id:
            continue
        if isinstance(refusal, Forbidden) and verb not in STEPS:
            continue
        actions.append(ClaimAction(verb=verb, refusal=refusal))
    return tuple(actions)


def _refusal(uow: UnitOfWork, claim: ExpenseClaim, verb: ClaimVerb) -> DomainError | None:
    actor = uow.actor.user_id

    def held() -> None:
        requests = {one.request_id: one for one in claimable_requests(uow, claim.request_ids)}
        rules.require_held(claim, requests)
        if claim.advance_id is not None:
            require_settled(claim, advance_by_id(uow, claim.advance_id))

    def sign() -> None:
        rules.sign(claim, STEPS[verb], by=uow.actor, at=uow.now)
        if verb is ClaimVerb.GRANT:
            held()

    def submit() -> None:
        rules.submit(claim, by=actor)
        held()

    def bounce() -> None:
        rules.require_duties(claim, by=uow.actor, step=ClaimStep.REVIEW)
        if paid_on(uow, claim.claim_id) is None:
            raise ReturnNotPaid(label=claim.label)

    tries: dict[ClaimVerb, Callable[[], object]] = {
        **dict.fromkeys(STEPS, sign),
        ClaimVerb.SUBMIT: submit,
        ClaimVerb.EDIT: lambda: rules.require_writer(claim, by=actor, action=N_("修改")),
        ClaimVerb.RETURN: lambda: rules.send_back(claim, reason="-"),
        ClaimVerb.WITHDRAW: lambda: rules.withdraw(claim, by=actor),
        ClaimVerb.RECOVER: lambda: rules.require_duties(claim, by=uow.actor, step=ClaimStep.REVIEW),
        ClaimVerb.BOUNCE: bounce,
    }
    try:
        uow.require(PERMISSIONS[verb], agency_code=claim.agency_code)
        tries[verb]()
    except DomainError as refusal:
        return refusal
    return None
