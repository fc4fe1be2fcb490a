"""Open an agency's estimate of a year (編製概算), with the work plans that it had last year."""

from __future__ import annotations

from zhuji_budget.domain.estimate import EXPENDITURE, Estimate, EstimateExists, EstimateLine
from zhuji_budget.permissions import WRITE_ESTIMATE
from zhuji_budget.queries.last_year import LastYear, last_year_of
from zhuji_budget.store import estimates
from zhuji_budget.usecases._estimate import require_openable
from zhuji_budget.usecases.read_books import YEARS, FiscalYearInvalid
from zhuji_core.identity.agencies import find_agency
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError


class AgencyUnknown(DomainError):
    """The county has no agency of this code."""

    code = "E-ESTIMATE-AGENCY"
    message = N_("查無機關「{agency_code}」。")
    status_code = 422


def open_estimate(uow: UnitOfWork, *, fiscal_year: int, agency_code: str) -> Estimate:
    """Make the estimate with a line for each work plan of last year's budget, without items.

    A plan that the council struck out altogether is no line of it.

    Raises Forbidden, FiscalYearInvalid, EstimateYearEnacted, AgencyUnknown or
    EstimateExists; then nothing is kept.
    """
    uow.require(WRITE_ESTIMATE, agency_code=agency_code)
    if fiscal_year not in YEARS:
        raise FiscalYearInvalid(fiscal_year=fiscal_year)
    require_openable(uow, fiscal_year=fiscal_year)
    agency = find_agency(uow, agency_code=agency_code)
    if agency is None:
        raise AgencyUnknown(agency_code=agency_code, fields={"agency_code": AgencyUnknown.message})
    before = last_year_of(uow, fiscal_year=fiscal_year, agency_code=agency_code)
    estimate = Estimate(
        estimate_id=new_id(),
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        agency_name=agency.name,
        department_code=before[0].department_code if before else "",
        department_name=before[0].department_name if before else "",
        state="draft",
    )
    if not estimates.insert(uow, estimate):
        raise EstimateExists(agency_name=agency.name, fiscal_year=fiscal_year)
    lines = [_line(one) for one in before if not one.is_struck]
    if lines:
        estimates.keep_lines(uow, estimate, lines)
    uow.audit(
        WRITE_ESTIMATE.name,
        estimate.document,
        after={"state": estimate.state, "lines": len(lines)},
    )
    return estimate


def _line(before: LastYear) -> EstimateLine:
    return EstimateLine(
        estimate_line_id=new_id(),
        side=EXPENDITURE,
        code=before.code,
        name=before.name,
        group_code=before.plan_code,
        group_name=before.plan_name,
        last_year_ntd=before.budget_ntd,
    )
