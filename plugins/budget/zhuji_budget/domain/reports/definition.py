"""A report of the budget: a report of levels, over control rows, lines or rows of revenue."""

from __future__ import annotations

from enum import StrEnum

from zhuji_core.reports.definition import ReportDefinition


class Subject(StrEnum):
    """What is added up: control rows, lines with last year's figure, or rows of revenue."""

    ROWS = "rows"
    LINES = "lines"
    REVENUE = "revenue"


class BudgetReport(ReportDefinition, frozen=True, kw_only=True):
    """One report of the budget.

    ``account`` limits it to the current or the capital account; ``until_month`` says that its
    figures are as of the month of the business date; ``explained``: each line has beside it what
    its agency last said of why it lags.
    """

    subject: Subject
    account: str = ""
    until_month: bool = False
    explained: bool = False
