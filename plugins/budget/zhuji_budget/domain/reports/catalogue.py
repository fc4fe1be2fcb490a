"""The reports of the budget (預算報表), each defined once."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_budget.domain.reports.definition import BudgetReport, Subject
from zhuji_core.reports.definition import Dimension, Figure, ReportNotFound
from zhuji_core.values import N_

DEPARTMENT = Dimension(name="department", title=N_("主管機關"))
AGENCY = Dimension(name="agency", title=N_("機關"))
PROGRAM = Dimension(name="program", title=N_("業務計畫"))
LINE = Dimension(name="line", title=N_("預算科目"))
FUNCTION = Dimension(name="function", title=N_("政事別"))
OBJECT = Dimension(name="object", title=N_("用途別"))
ROW = Dimension(name="row", title=N_("用途別及經資門"))
SOURCE_CLASS = Dimension(name="source_class", title=N_("來源別（款）"))
SOURCE = Dimension(name="source", title=N_("來源別（項）"))
REVENUE_LINE = Dimension(name="revenue_line", title=N_("歲入科目"))

BUDGET = Figure(name="budget_ntd", title=N_("預算數"))
# What stands in the books, the council's changes, and those of the year.
ORIGIN = (
    Figure(name="bill_ntd", title=N_("預算案數")),
    Figure(name="council_ntd", title=N_("議會審議增減")),
    Figure(name="changes_ntd", title=N_("預算調整數")),
    Figure(name="budget_ntd", title=N_("預算合計")),
    Figure(name="last_year_ntd", title=N_("上年度預算數")),
    Figure(
        name="difference_ntd",
        title=N_("與上年度比較"),
        plus=("budget_ntd",),
        less=("last_year_ntd",),
    ),
)
FINAL = Figure(name="final_ntd", title=N_("前年度決算數"))
ACCOUNTS = (
    Figure(name="current_ntd", title=N_("經常門")),
    Figure(name="capital_ntd", title=N_("資本門")),
)
SHARE = Figure(
    name="share_bp",
    title=N_("占總數 %"),
    plus=("budget_ntd",),
    by="budget_ntd",
    by_total=True,
)
HALF = 6
# On paper the second half of the year stands below the first: twelve months beside each other
# could not be read.
MONTHS = tuple(
    Figure(
        name=f"month_{month}_ntd",
        title=title,
        under=f"month_{month - HALF}_ntd" if month > HALF else "",
    )
    for month, title in enumerate(
        (
            N_("1 月"),
            N_("2 月"),
            N_("3 月"),
            N_("4 月"),
            N_("5 月"),
            N_("6 月"),
            N_("7 月"),
            N_("8 月"),
            N_("9 月"),
            N_("10 月"),
            N_("11 月"),
            N_("12 月"),
        ),
        start=1,
    )
)
ALLOTMENT = (
    Figure(name="budget_ntd", title=N_("全年預算")),
    *MONTHS,
    Figure(
        name="first_half_ntd",
        title=N_("上半年小計"),
        plus=tuple(figure.name for figure in MONTHS[:HALF]),
    ),
    Figure(
        name="second_half_ntd",
        title=N_("下半年小計"),
        plus=tuple(figure.name for figure in MONTHS[HALF:]),
        under="first_half_ntd",
    ),
    Figure(
        name="allotted_ntd",
        title=N_("分配合計"),
        plus=tuple(figure.name for figure in MONTHS),
    ),
    Figure(
        name="unallotted_ntd",
        title=N_("未分配數"),
        plus=("budget_ntd",),
        less=("allotted_ntd",),
        under="allotted_ntd",
    ),
)
# 歲出預算執行狀況表: rates on what was allotted to date, and on the year.
EXECUTION = (
    Figure(name="budget_ntd", title=N_("全年預算")),
    Figure(name="frozen_ntd", title=N_("凍結")),
    Figure(name="allotted_to_date_ntd", title=N_("累計分配 (1)")),
    Figure(name="realised_ntd", title=N_("實現數 (2)")),
    Figure(name="payable_ntd", title=N_("應付數 (3)")),
    Figure(name="advanced_ntd", title=N_("暫付 (4)")),
    Figure(name="encumbered_ntd", title=N_("簽證未付 (5)")),
    Figure(
        name="balance_ntd",
        title=N_("餘額 (1−2−3−4−5)"),
        plus=("allotted_to_date_ntd",),
        less=("realised_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd"),
    ),
    Figure(
        name="execution_bp",
        title=N_("執行率 % (2+3)/(1)"),
        plus=("realised_ntd", "payable_ntd"),
        by="allotted_to_date_ntd",
    ),
    Figure(
        name="used_bp",
        title=N_("含暫付及簽證 % (2+3+4+5)/(1)"),
        plus=("realised_ntd", "payable_ntd", "advanced_ntd", "encumbered_ntd"),
        by="allotted_to_date_ntd",
    ),
    Figure(
        name="of_year_bp",
        title=N_("占全年 % (2+3)"),
        plus=("realised_ntd", "payable_ntd"),
        by="budget_ntd",
    ),
)

REPORTS: Mapping[str, BudgetReport] = {
    report.name: report
    for report in (
        BudgetReport(
            name="agencies",
            title=N_("歲出機關別預算表"),
            about=N_("各主管、機關、業務計畫及科目之預算，與上年度比較，及前年度決算數。"),
            subject=Subject.LINES,
            dimensions=(DEPARTMENT, AGENCY, PROGRAM, LINE),
            figures=(*ORIGIN, FINAL),
        ),
        BudgetReport(
            name="functions",
            title=N_("歲出政事別預算表"),
            about=N_("各政事之預算，分經常門及資本門，與上年度比較，及前年度決算數。"),
            subject=Subject.LINES,
            dimensions=(FUNCTION, AGENCY, LINE),
            figures=(*ACCOUNTS, SHARE, *ORIGIN, FINAL),
        ),
        BudgetReport(
            name="objects",
            title=N_("歲出用途別分析表"),
            about=N_("預算用在人事、業務、設備、獎補助：分經常門及資本門。"),
            subject=Subject.ROWS,
            dimensions=(OBJECT, DEPARTMENT, AGENCY, LINE),
            figures=(*ACCOUNTS, BUDGET, SHARE),
        ),
        BudgetReport(
            name="capital",
            title=N_("資本支出分析表"),
            about=N_("資本門之預算、分配及執行。"),
            subject=Subject.ROWS,
            dimensions=(DEPARTMENT, AGENCY, LINE, ROW),
            figures=EXECUTION,
            account="capital",
            until_month=True,
            explained=True,
        ),
        BudgetReport(
            name="allotment",
            title=N_("歲出預算分配表"),
            about=N_("全年預算按月分配，及未分配數。"),
            subject=Subject.ROWS,
            dimensions=(DEPARTMENT, AGENCY, LINE, ROW),
            figures=ALLOTMENT,
        ),
        BudgetReport(
            name="execution",
            title=N_("歲出預算執行狀況表"),
            about=N_(
                "截至所選月份（未選者為目前）之分配、實現、應付、暫付、簽證及餘額，執行率，與落後原因。"
            ),
            subject=Subject.ROWS,
            dimensions=(DEPARTMENT, AGENCY, LINE, ROW),
            figures=EXECUTION,
            until_month=True,
            explained=True,
        ),
        BudgetReport(
            name="revenue-sources",
            title=N_("歲入來源別預算表"),
            about=N_("各來源之歲入預算，與上年度比較。"),
            subject=Subject.REVENUE,
            dimensions=(SOURCE_CLASS, SOURCE, AGENCY, REVENUE_LINE),
            figures=ORIGIN,
        ),
        BudgetReport(
            name="revenue-allotment",
            title=N_("歲入預算分配表"),
            about=N_("歲入預算按月分配，及未分配數。"),
            subject=Subject.REVENUE,
            dimensions=(SOURCE_CLASS, SOURCE, AGENCY, REVENUE_LINE),
            figures=ALLOTMENT,
        ),
    )
}


def report_named(name: str) -> BudgetReport:
    """Return the report; raise ReportNotFound."""
    if name not in REPORTS:
        raise ReportNotFound(name=name)
    return REPORTS[name]
