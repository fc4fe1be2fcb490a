"""What a year has beside its documents, in either government: so that every invariant is asked."""

from __future__ import annotations

from tests.plugins.budget.codes.test_withdrawing import load
from tests.plugins.budget.estimates.given import NEXT, SUPPLIES, complete, given_estimate
from tests.plugins.budget.estimates.given import write as write_line
from tests.plugins.budget.given import YEAR
from tests.plugins.budget.given_former import given_former, undo_former
from tests.plugins.budget.given_schedules import approve, comment, opened, submit, write
from tests.plugins.budget.test_month_reports import explained
from tests.plugins.budget.test_month_reports import opened as report_opened
from tests.plugins.budget.test_supervisors import BUREAU, supervised
from zhuji_budget.domain.ceiling import Ceiling
from zhuji_budget.usecases.set_ceilings import set_ceilings
from zhuji_budget.usecases.share_line import share_line
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.usecases.submit_month_report import submit_month_report
from zhuji_core.testing.counties import CountyUnderTest

OWN_CODES = YEAR + 20  # a table of the county itself, for a year that is far
MOVED_NTD = 100
CHOSEN = """
    SELECT r.control_row_id, r.agency_code, r.line_code, r.allotment_ntd,
           (SELECT b.line_id FROM budget.budget_line AS b WHERE b.pooled ORDER BY b.code LIMIT 1)
               AS pooled_id,
           (SELECT min(o.agency_code) FROM budget.control_row AS o
             WHERE o.agency_code > r.agency_code AND o.agency_code <> :bureau) AS other_code
      FROM budget.control_row AS r
     WHERE r.allotment_ntd[11] > :ntd AND r.reserve = ''
     ORDER BY r.agency_code, r.line_code, r.object_code
     LIMIT 1
"""


def given_rest(county: CountyUnderTest) -> None:
    """A revised schedule, a shared line, a report, and the next year's ceilings and estimate."""
    (chosen,) = county.rows(CHOSEN, ntd=MOVED_NTD, bureau=BUREAU)
    agency = chosen.agency_code
    months = [*chosen.allotment_ntd]
    months[10], months[11] = months[10] - MOVED_NTD, months[11] + MOVED_NTD
    made = opened(county, agency=agency)
    write(county, made, {chosen.control_row_id: months})
    submit(county, made)
    comment(county, made)
    approve(county, made)
    with county.uow() as uow:
        share_line(uow, line_id=chosen.pooled_id, agency_codes=["*"])
    _reported(county, agency)
    _prepared(county, agency, chosen.line_code)
    supervised(county, chosen.other_code)
    load(county, "source", OWN_CODES, OWN_CODES)
    given_former(county, chosen.control_row_id, carried_ntd=MOVED_NTD, owed_ntd=MOVED_NTD)
    undo_former(county)


def _reported(county: CountyUnderTest, agency: str) -> None:
    report = report_opened(county, agency=agency)
    explained(county, report)
    with county.uow() as uow:
        submit_month_report(uow, report_id=report.report_id)


def _prepared(county: CountyUnderTest, agency: str, line_code: str) -> None:
    estimate_id = given_estimate(county, agency_code=agency)
    write_line(county, estimate_id, SUPPLIES, code=line_code)
    complete(county, estimate_id)
    with county.uow() as uow:
        submit_estimate(uow, estimate_id=estimate_id)
    with county.uow() as uow:
        set_ceilings(
            uow, fiscal_year=NEXT, wanted=[Ceiling(agency_code=agency, ceiling_ntd=10**12)]
        )
