"""What the verbs on an estimate share: lock one to write it; its year is not enacted."""

from __future__ import annotations

import uuid

from zhuji_budget.domain.estimate import EDITABLE, Estimate, EstimateYearEnacted, require_state
from zhuji_budget.domain.year import BudgetYear
from zhuji_budget.permissions import WRITE_ESTIMATE
from zhuji_budget.store import estimates, years
from zhuji_core.uow import UnitOfWork


def lock_editable(uow: UnitOfWork, estimate_id: uuid.UUID) -> Estimate:
    """Lock the estimate that the actor means to write.

    Raises EstimateNotFound, Forbidden, EstimateState or EstimateYearEnacted.
    """
    estimate = estimates.lock_one(uow, estimate_id)
    uow.require(WRITE_ESTIMATE, agency_code=estimate.agency_code)
    require_state(estimate, *EDITABLE)
    require_not_enacted(uow, fiscal_year=estimate.fiscal_year)
    return estimate


def require_not_enacted(uow: UnitOfWork, *, fiscal_year: int) -> None:
    """Raise EstimateYearEnacted for a year whose budget is law.

    The year is read, not locked: whoever keys into an estimate at the moment of enactment has it
    refused at the next act; an estimate that was not compiled never becomes part of the year.
    """
    _require(years.read(uow, fiscal_year=fiscal_year))


def require_openable(uow: UnitOfWork, *, fiscal_year: int) -> None:
    """The same before an estimate is made: the year is not enacted until the commit."""
    _require(years.lock_shared(uow, fiscal_year=fiscal_year))


def _require(year: BudgetYear | None) -> None:
    if year is not None and year.state != "bill":
        raise EstimateYearEnacted(fiscal_year=year.fiscal_year, act_no=year.act_no)
