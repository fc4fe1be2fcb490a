"""Give a submitted or reviewed estimate back to its agency (退回修正), with the reason."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.estimate import TEXT_MAX, Estimate, ReasonMissing, require_state
from zhuji_budget.permissions import REVIEW_ESTIMATES
from zhuji_budget.store import digests, estimates
from zhuji_core.uow import UnitOfWork


def return_estimate(uow: UnitOfWork, *, estimate_id: uuid.UUID, reason: str) -> Estimate:
    """Raises Forbidden, EstimateNotFound, ReasonMissing or EstimateState; nothing is kept then."""
    uow.require(REVIEW_ESTIMATES)
    before = estimates.lock_one(uow, estimate_id)
    if not reason.strip() or len(reason) > TEXT_MAX:
        raise ReasonMissing(fields={"reason": ReasonMissing.message})
    require_state(before, "submitted", "reviewed")
    returned = msgspec.structs.replace(before, state="returned", reason=reason.strip())
    estimates.set_state(uow, returned)
    estimates.keep_version(uow, returned, stage="returned", reason=returned.reason)
    uow.audit(
        "budget.estimate.return",
        returned.document,
        before={"state": before.state},
        after={
            **digests.of_estimate(uow, returned.estimate_id),
            "state": returned.state,
            "reason": returned.reason,
        },
    )
    return returned
