"""Begin an agency's report of a month that is over (編製執行月報); one that is there is given."""

from __future__ import annotations

from zhuji_budget.domain.allotment import MONTHS
from zhuji_budget.domain.month_report import MonthReport
from zhuji_budget.domain.month_report_rules import NothingToReport, require_over
from zhuji_budget.permissions import WRITE_MONTH_REPORT
from zhuji_budget.queries.month_reports import lag_rule
from zhuji_budget.store import month_reports as store
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork


def open_month_report(
    uow: UnitOfWork, *, fiscal_year: int, month: int, agency_code: str
) -> MonthReport:
    """Return the report of this agency and month, made now where there was none.

    Raises Forbidden, NothingToReport or MonthNotOver; then nothing is kept.
    """
    uow.require(WRITE_MONTH_REPORT, agency_code=agency_code)
    name = store.agency_name(uow, fiscal_year=fiscal_year, agency_code=agency_code)
    if not name or not 1 <= month <= MONTHS:
        raise NothingToReport(agency_code=agency_code, year=fiscal_year, month=month)
    require_over(fiscal_year, month, today=uow.business_date)
    made = MonthReport(
        report_id=new_id(),
        fiscal_year=fiscal_year,
        month=month,
        agency_code=agency_code,
        agency_name=name,
        rule=lag_rule(uow),
    )
    if store.insert(uow, made):
        uow.audit("budget.month-report.open", made.document, after={"state": str(made.state)})
        return made
    uow.abandon("the report of this month is there already")
    found = store.of_month(uow, fiscal_year=fiscal_year, month=month, agency_code=agency_code)
    assert found is not None, "a report is never deleted"
    return found
