"""Submit an estimate to the supervising agency, or to the budget office (概算送審)."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_budget.domain.enactment import writers_of
from zhuji_budget.domain.estimate import Estimate, require_submittable
from zhuji_budget.domain.estimate_gaps import require_complete
from zhuji_budget.permissions import SUBMIT_ESTIMATE
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.queries.supervisors import supervisor_of
from zhuji_budget.store import digests, estimates
from zhuji_budget.usecases._estimate import require_not_enacted
from zhuji_core.uow import UnitOfWork


def submit_estimate(uow: UnitOfWork, *, estimate_id: uuid.UUID) -> Estimate:
    """Submit a draft or returned estimate; cuts of an earlier review fall away.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateEmpty, OverCeiling,
    EstimateYearEnacted or EstimateIncomplete; then nothing is kept.
    """
    before = estimates.lock_one(uow, estimate_id)
    uow.require(SUBMIT_ESTIMATE, agency_code=before.agency_code)
    require_submittable(before)
    require_not_enacted(uow, fiscal_year=before.fiscal_year)
    require_complete(before, objects=objects_of(uow, before.fiscal_year))
    supervisor = supervisor_of(uow, before.agency_code)
    submitted = msgspec.structs.replace(
        before,
        state="supervising" if supervisor.code else "submitted",
        submitted_by=uow.actor.user_id,
        reason="",
        supervisor_code=supervisor.code,
        supervisor_name=supervisor.name,
        endorsed_by=None,
        endorsed_by_name="",
        endorsed_on=None,
        endorsers=(),
        writers=tuple(sorted({*before.writers, *writers_of(uow.actor)})),
    )
    estimates.set_state(uow, submitted)
    estimates.cut(uow, submitted, [])
    estimates.keep_version(uow, submitted, stage="submitted")
    uow.audit(
        SUBMIT_ESTIMATE.name,
        submitted.document,
        before={"state": before.state},
        after={
            **digests.of_estimate(uow, submitted.estimate_id),
            "state": submitted.state,
            "supervisor_code": supervisor.code,
            "expenditure_ntd": before.expenditure_ntd,
            "revenue_ntd": before.revenue_ntd,
        },
    )
    return submitted
