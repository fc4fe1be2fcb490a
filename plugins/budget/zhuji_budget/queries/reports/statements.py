"""The SQL of the budget's reports: the rows and figures that they add up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import sqlalchemy as sa

from zhuji_budget.domain.reports.catalogue import REPORTS
from zhuji_budget.domain.reports.definition import BudgetReport, Subject
from zhuji_budget.store import as_of as then
from zhuji_budget.store.control_rows import ALLOTTED_TO_DATE
from zhuji_core.reports.statements import ReportSource, statement_of

# A bill is shown as it was handed in; from enactment on it is what was enacted, with changes.
BUDGET = "CASE :state WHEN 'bill' THEN r.bill_ntd ELSE r.enacted_ntd + r.changes_ntd END"
COUNTERS: Mapping[str, str] = {
    "bill_ntd": "r.bill_ntd",
    "council_ntd": "r.council_ntd",
    "changes_ntd": "r.changes_ntd",
    "budget_ntd": BUDGET,
    "current_ntd": f"CASE r.account WHEN 'current' THEN {BUDGET} ELSE 0 END",
    "capital_ntd": f"CASE r.account WHEN 'capital' THEN {BUDGET} ELSE 0 END",
    "allotted_to_date_ntd": ALLOTTED_TO_DATE,
    "encumbered_ntd": "r.encumbered_ntd",
    "advanced_ntd": "r.advanced_ntd",
    "realised_ntd": "r.expended_ntd - r.payable_ntd",
    "payable_ntd": "r.payable_ntd",
    "frozen_ntd": "r.frozen_ntd",
    "last_year_ntd": "r.last_year_ntd",
    **{f"month_{month}_ntd": f"r.allotment_ntd[{month}]" for month in range(1, 13)},
}
# Sums by line first, so that last year's figure of a line is counted once. Lines that ask for
# nothing this year stand in the table for what they had. Each line finds its rows by index:
# joined with a grouped subquery, the one generic plan compared every line with every group.
LINES_FROM = """
      FROM budget.budget_line AS b
     CROSS JOIN LATERAL (
            SELECT sum(c.bill_ntd) AS bill_ntd, sum(c.council_ntd) AS council_ntd,
                   sum(c.enacted_ntd) AS enacted_ntd, sum(c.changes_ntd) AS changes_ntd,
                   sum(c.bill_ntd) FILTER (WHERE c.account = 'capital') AS capital_bill_ntd,
                   sum(c.enacted_ntd + c.changes_ntd) FILTER (WHERE c.account = 'capital')
                       AS capital_enacted_ntd
              FROM budget.control_row AS c
             WHERE c.line_id = b.line_id) AS r
"""
CAPITAL_OF_LINE = (
    "COALESCE(CASE :state WHEN 'bill' THEN r.capital_bill_ntd ELSE r.capital_enacted_ntd END, 0)"
)
LINE_FIGURES: Mapping[str, str] = {
    **COUNTERS,
    "capital_ntd": CAPITAL_OF_LINE,
    "current_ntd": f"COALESCE({BUDGET}, 0) - {CAPITAL_OF_LINE}",
    "last_year_ntd": "b.last_year_ntd",
    "final_ntd": "b.final_ntd",
}
ROWS_FROM = """
      FROM budget.control_row AS r
      JOIN budget.budget_line AS b USING (line_id)
"""
# The same as of the last day of a month, of all agencies and of some.
AS_OF_FROM = {whose: ROWS_FROM + joined for whose, joined in then.JOINED.items()}
AS_OF_FIGURES: Mapping[str, str] = {
    "budget_ntd": f"CASE :state WHEN 'bill' THEN r.bill_ntd ELSE {then.FIGURES['budget_ntd']} END",
    "allotted_to_date_ntd": then.FIGURES["allotted_ntd"],
    "realised_ntd": f"{then.FIGURES['expended_ntd']} - ({then.FIGURES['payable_ntd']})",
    **{
        name: then.FIGURES[name]
        for name in ("frozen_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd")
    },
}
REVENUE_FROM = """
      FROM budget.revenue_row AS r
"""
FROMS = {Subject.ROWS: ROWS_FROM, Subject.LINES: LINES_FROM, Subject.REVENUE: REVENUE_FROM}
FIGURES = {
    Subject.ROWS: COUNTERS,
    Subject.LINES: LINE_FIGURES,
    Subject.REVENUE: COUNTERS,
}
# Dimension: its code, its name. A code that is missing is a dash, so that it has an address.
KEYS: Mapping[str, tuple[str, str]] = {
    "department": ("b.department_code", "b.department_name"),
    "agency": ("b.agency_code", "b.agency_name"),
    "program": ("b.plan_code", "b.plan_name"),
    "line": ("b.code", "b.name"),
    "function": ("COALESCE(NULLIF(b.function_code, ''), '-')", "''"),
    "object": ("COALESCE(NULLIF(r.object_code, ''), '-')", "r.object_name"),
    "row": ("COALESCE(NULLIF(r.object_code, ''), '-') || '/' || r.account", "r.object_name"),
    # 款 above 項, as the county's codes of the year say; a source with none above is its own.
    "source_class": (
        "COALESCE(CAST(:parents AS jsonb) ->> r.source_code, r.source_code)",
        "CASE WHEN CAST(:parents AS jsonb) ? r.source_code THEN '' ELSE r.source_name END",
    ),
    "source": ("r.source_code", "r.source_name"),
    "revenue_line": ("r.code || '/' || r.account", "r.name"),
}
WHERE = """
             WHERE {owner}.fiscal_year = :fiscal_year
"""
# One text for all agencies and for some would read the county's rows for one agency.
OF_SOME = "               AND {owner}.agency_code = ANY(CAST(:agencies AS text[]))\n"
# Rows are of the agency and the year of their line (invariants): each is found by its own index.
ROWS_OF_SOME = (
    OF_SOME.format(owner="r")
    + """               AND r.fiscal_year = :fiscal_year
"""
)
REVENUE_KEYS = {**KEYS, "agency": ("r.agency_code", "r.agency_name")}


@lru_cache(maxsize=128)
def statement(
    name: str, fixed: int, depth: int, *, as_of: bool = False, of_some: bool = False
) -> sa.TextClause:
    """Return the statement of a report inside ``fixed`` levels, down to level ``depth``.

    ``as_of``: of a month that is asked for, not of the counters as they are now. ``of_some``: of
    the agencies in ``:agencies``, not of all.
    """
    report = REPORTS[name]
    source = source_of(report, as_of=as_of, of_some=of_some)
    return statement_of(report, source, fixed=fixed, depth=depth)


def source_of(report: BudgetReport, *, as_of: bool = False, of_some: bool = False) -> ReportSource:
    """Return what a report adds up; of the years before a line may tell nothing."""
    assert not as_of or report.until_month, "figures as of a month are those of control rows"
    of_revenue = report.subject == Subject.REVENUE
    account = "\n               AND r.account = :account" if report.account else ""
    where = (WHERE + OF_SOME * of_some).format(owner="r" if of_revenue else "b")
    if of_some and report.subject == Subject.ROWS:
        where += ROWS_OF_SOME
    return ReportSource(
        rows=(AS_OF_FROM["some" if of_some else "all"] if as_of else FROMS[report.subject])
        + where
        + account,
        figures=AS_OF_FIGURES if as_of else FIGURES[report.subject],
        keys=REVENUE_KEYS if of_revenue else KEYS,
        reference="NULL::text" if of_revenue else "b.line_id::text",
        reference_level="" if of_revenue else "line",
        unknown=("last_year_ntd", "final_ntd"),
    )
