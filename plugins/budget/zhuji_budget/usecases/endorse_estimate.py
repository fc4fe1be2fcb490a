"""The supervising agency passes an estimate on to the budget office, or returns it (核轉概算)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.estimate import (
    TEXT_MAX,
    Estimate,
    EstimateNotFound,
    ReasonMissing,
    require_state,
)
from zhuji_budget.domain.supervisor import Endorsement, OwnDocument
from zhuji_budget.permissions import ENDORSE_ESTIMATE
from zhuji_budget.queries.estimates import is_readable
from zhuji_budget.store import digests, estimates
from zhuji_core.uow import UnitOfWork


def endorse_estimate(
    uow: UnitOfWork, *, estimate_id: uuid.UUID, opinion: Endorsement, reason: str = ""
) -> Estimate:
    """Pass the estimate on, or return it with a reason; either is a version of it.

    Raises EstimateNotFound, Forbidden (the right is of the supervising agency), EstimateState,
    OwnDocument or ReasonMissing; then nothing is kept.
    """
    uow.require(ENDORSE_ESTIMATE)
    before = estimates.lock_one(uow, estimate_id)
    if not is_readable(uow, before):
        raise EstimateNotFound
    uow.require(ENDORSE_ESTIMATE, agency_code=before.supervisor_code or before.agency_code)
    require_state(before, "supervising")
    if not uow.actor.persons.isdisjoint(before.writers):
        raise OwnDocument(label=before.label)
    text, returns = reason.strip(), opinion is Endorsement.RETURN
    if (returns and not text) or len(text) > TEXT_MAX:
        raise ReasonMissing(fields={"reason": ReasonMissing.message})
    if returns:
        after = msgspec.structs.replace(before, state="returned", reason=text)
    else:
        after = msgspec.structs.replace(
            before,
            state="submitted",
            endorsed_by=uow.actor.user_id,
            endorsers=tuple(sorted(uow.actor.persons)),
            endorsed_by_name=uow.actor.signature,
            endorsed_on=uow.business_date,
        )
    estimates.set_state(uow, after)
    estimates.keep_version(uow, after, stage="returned" if returns else "endorsed", reason=text)
    uow.audit(
        ENDORSE_ESTIMATE.name,
        after.document,
        before={"state": before.state},
        after={
            **digests.of_estimate(uow, after.estimate_id),
            "state": after.state,
            "endorsement": str(opinion),
            "reason": text,
        },
    )
    return after
