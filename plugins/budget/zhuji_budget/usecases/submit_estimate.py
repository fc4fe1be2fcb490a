"""Submit an agency's estimate to the budget office (概算送審)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.estimate import Estimate, require_submittable
from zhuji_budget.permissions import SUBMIT_ESTIMATE
from zhuji_budget.store import estimates
from zhuji_core.uow import UnitOfWork


def submit_estimate(uow: UnitOfWork, *, estimate_id: uuid.UUID) -> Estimate:
    """Submit a draft or returned estimate; cuts of an earlier review fall away.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateEmpty or OverCeiling; then nothing
    is kept.
    """
    before = estimates.lock_one(uow, estimate_id)
    uow.require(SUBMIT_ESTIMATE, agency_code=before.agency_code)
    require_submittable(before)
    submitted = msgspec.structs.replace(
        before, state="submitted", submitted_by=uow.actor.user_id, reason=""
    )
    estimates.set_state(uow, submitted)
    estimates.cut(uow, submitted, [])
    estimates.keep_version(uow, submitted, stage="submitted")
    uow.audit(
        SUBMIT_ESTIMATE.name,
        submitted.document,
        before={"state": before.state},
        after={
            "state": submitted.state,
            "expenditure_ntd": before.expenditure_ntd,
            "revenue_ntd": before.revenue_ntd,
        },
    )
    return submitted
