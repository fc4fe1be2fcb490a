"""Review a submitted estimate (審議): cut items with a comment, and finish the review."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.estimate import Estimate
from zhuji_budget.domain.review import (
    Cut,
    require_cuts,
    require_reviewable,
    require_within_ceiling,
)
from zhuji_budget.permissions import REVIEW_ESTIMATES
from zhuji_budget.store import digests, estimates
from zhuji_budget.usecases._estimate import require_not_enacted
from zhuji_core.uow import UnitOfWork


def review_estimate(uow: UnitOfWork, *, estimate_id: uuid.UUID, cuts: Sequence[Cut]) -> Estimate:
    """Keep the cuts (each item not named keeps its amount) and finish the review.

    Raises Forbidden, EstimateNotFound, EstimateState, OwnEstimate, EstimateYearEnacted,
    CutsInvalid or ReviewOverCeiling; then nothing is kept.
    """
    uow.require(REVIEW_ESTIMATES)
    before = estimates.lock_one(uow, estimate_id)
    require_reviewable(before, by=uow.actor.persons)
    require_not_enacted(uow, fiscal_year=before.fiscal_year)
    require_cuts(before, cuts)
    require_within_ceiling(before, cuts)
    reviewed = msgspec.structs.replace(before, state="reviewed")
    estimates.cut(uow, reviewed, cuts)
    estimates.set_state(uow, reviewed)
    estimates.keep_version(uow, reviewed, stage="reviewed")
    uow.audit(
        REVIEW_ESTIMATES.name,
        reviewed.document,
        before={"state": before.state},
        after={
            **digests.of_estimate(uow, reviewed.estimate_id),
            "state": reviewed.state,
            "expenditure_ntd": before.expenditure_ntd,
            "cut_ntd": sum(cut.cut_ntd for cut in cuts),
            "cuts": len(cuts),
        },
    )
    return estimates.read(uow, [estimate_id])[0]
