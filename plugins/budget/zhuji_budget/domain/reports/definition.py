"""A report of the budget: a report of levels, over control rows, lines or rows of revenue."""

from __future__ import annotations

from enum import StrEnum

from zhuji_core.reports.definition import ReportDefinition
from zhuji_core.values import N_, DomainError


class Subject(StrEnum):
    """What is added up: control rows, lines with last year's figure, or rows of revenue."""

    ROWS = "rows"
    LINES = "lines"
    REVENUE = "revenue"


class MonthNotBegun(DomainError):
    """A report of execution shows months that have begun: what is to come was not executed."""

    code = "E-REPORT-MONTH"
    message = N_("{fiscal_year} 年度 {month} 月尚未開始，不能查詢；目前可查詢至 {begun} 月。")
    status_code = 422


class ReportHasNoMonth(DomainError):
    """A month is asked of a report that is of the whole year."""

    code = "E-REPORT-WHOLE-YEAR"
    message = N_("「{title}」是全年度的報表，不能指定月份。")
    status_code = 422


class BudgetReport(ReportDefinition, frozen=True, kw_only=True):
    """One report of the budget.

    ``account`` limits it to the current or the capital account; ``until_month`` says that its
    figures are as of a month: that of the business date, or an earlier one that is asked for;
    ``explained``: each line has beside it what its agency last said of why it lags.
    """

    subject: Subject
    account: str = ""
    until_month: bool = False
    explained: bool = False


def require_month(report: BudgetReport, *, month: int, fiscal_year: int, begun: int) -> None:
    """Raise ReportHasNoMonth or MonthNotBegun for a month that the report does not show."""
    if not report.until_month:
        raise ReportHasNoMonth(title=report.title)
    if not 1 <= month <= begun:
        raise MonthNotBegun(fiscal_year=fiscal_year, month=month, begun=begun)
