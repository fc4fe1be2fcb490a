"""Statements of the budget's execution (經費累計表 …) that open level by level. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.reports.definition import Dimension, Figure, ReportDefinition, ReportNotFound
from zhuji_core.values import N_

AGENCY = Dimension(name="agency", title=N_("機關"))
PROGRAM = Dimension(name="program", title=N_("業務計畫"))
LINE = Dimension(name="line", title=N_("工作計畫"))
ROW = Dimension(name="row", title=N_("用途別及經資門"))
SOURCE = Dimension(name="source", title=N_("來源別"))
REVENUE_LINE = Dimension(name="revenue_line", title=N_("歲入科目"))

EXPENDITURE = "expenditure"
REVENUE = "revenue"
LEVELS: Mapping[str, tuple[Dimension, ...]] = {
    EXPENDITURE: (AGENCY, PROGRAM, LINE, ROW),
    REVENUE: (AGENCY, SOURCE, REVENUE_LINE),
}


class LevelStatement(ReportDefinition, frozen=True, kw_only=True):
    """One statement; ``side`` says of which rows of the budget."""

    side: str


def _statement(
    side: str, name: str, title: str, about: str, figures: tuple[Figure, ...]
) -> LevelStatement:
    return LevelStatement(
        name=name, title=title, about=about, side=side, dimensions=LEVELS[side], figures=figures
    )


def _rest(name: str, title: str, of: str, *less: str) -> Figure:
    """Return the figure that is left of another one."""
    return Figure(name=name, title=title, plus=(of,), less=less)


def _rate(name: str, title: str, parts: tuple[str, ...], by: str) -> Figure:
    """Return the figure that says which part of ``by`` the ``parts`` are."""
    return Figure(name=name, title=title, plus=parts, by=by)


BUDGET = (
    Figure(name="enacted_ntd", title=N_("原預算數")),
    Figure(name="supplement_ntd", title=N_("追加減")),
    Figure(name="virement_ntd", title=N_("流用"), under="supplement_ntd"),
    Figure(name="reserve_ntd", title=N_("預備金")),
    Figure(name="other_ntd", title=N_("其他調整"), under="reserve_ntd"),
    Figure(
        name="budget_ntd",
        title=N_("預算合計"),
        plus=("enacted_ntd", "supplement_ntd", "virement_ntd", "reserve_ntd", "other_ntd"),
    ),
)
ALLOTTED = Figure(name="allotted_ntd", title=N_("截至本月分配數"))
SPENT = (
    Figure(name="month_realised_ntd", title=N_("本月實現數")),
    Figure(name="realised_ntd", title=N_("累計實現數")),
    Figure(name="payable_ntd", title=N_("應付數")),
    Figure(name="advanced_ntd", title=N_("暫付數")),
    Figure(name="encumbered_ntd", title=N_("簽證未支")),
    Figure(name="contract_ntd", title=N_("其中契約責任"), under="encumbered_ntd"),
)
EXPENDED = ("realised_ntd", "payable_ntd")
USED = (*EXPENDED, "advanced_ntd", "encumbered_ntd")
OPEN = _rest("open_ntd", N_("應收及待解"), "collected_ntd", "remitted_ntd")

STATEMENTS: Mapping[str, LevelStatement] = {
    one.name: one
    for one in (
        _statement(
            EXPENDITURE,
            "expenditure",
            N_("經費累計表"),
            N_(
                "截至該月底之預算、分配、實現、暫付、簽證及餘額；"
                "「已核未登帳」為已核定報支而傳票尚未登帳之數。"
            ),
            (
                *BUDGET,
                ALLOTTED,
                *SPENT,
                _rest("balance_ntd", N_("分配餘額"), "allotted_ntd", *USED),
                _rest("unallotted_ntd", N_("未分配數"), "budget_ntd", "allotted_ntd"),
                _rate("execution_bp", N_("執行率 %"), EXPENDED, "allotted_ntd"),
                Figure(name="unposted_ntd", title=N_("已核未登帳")),
            ),
        ),
        _statement(
            EXPENDITURE,
            "execution",
            N_("歲出預算執行狀況表"),
            N_("截至該月底之分配、實現、應付、保留及餘額，執行率及占全年之比率。"),
            (
                Figure(name="budget_ntd", title=N_("全年預算")),
                Figure(name="allotted_ntd", title=N_("截至分配數 (1)")),
                Figure(name="realised_ntd", title=N_("實現數 (2)")),
                Figure(name="payable_ntd", title=N_("應付數 (3)")),
                Figure(name="advanced_ntd", title=N_("暫付數 (4)")),
                Figure(name="encumbered_ntd", title=N_("已簽證 (5)")),
                _rest("balance_ntd", N_("餘額 (1−2−3−4−5)"), "allotted_ntd", *USED),
                _rate("execution_bp", N_("執行率 % (2+3)/(1)"), EXPENDED, "allotted_ntd"),
                _rate("of_year_bp", N_("占全年 % (2+3)"), EXPENDED, "budget_ntd"),
            ),
        ),
        _statement(
            EXPENDITURE,
            "annual-balance",
            N_("全年預算餘額表"),
            N_("截至該月底之全年餘額，及本期可付數（分配減實現及暫付）。"),
            (
                Figure(name="budget_ntd", title=N_("預算合計")),
                Figure(name="expended_ntd", title=N_("累計實現（含應付）")),
                Figure(name="advanced_ntd", title=N_("暫付數")),
                Figure(name="encumbered_ntd", title=N_("簽證未支")),
                _rest(
                    "annual_ntd",
                    N_("全年餘額"),
                    "budget_ntd",
                    "expended_ntd",
                    "advanced_ntd",
                    "encumbered_ntd",
                ),
                ALLOTTED,
                _rest(
                    "payable_now_ntd",
                    N_("本期可付數"),
                    "allotted_ntd",
                    "expended_ntd",
                    "advanced_ntd",
                ),
            ),
        ),
        _statement(
            REVENUE,
            "revenue",
            N_("歲入累計表"),
            N_("截至該月底之歲入預算、分配、實收、納庫及應收、待解。"),
            (
                Figure(name="budget_ntd", title=N_("預算數")),
                ALLOTTED,
                Figure(name="month_ntd", title=N_("本月實收")),
                Figure(name="collected_ntd", title=N_("累計實收")),
                Figure(name="month_remitted_ntd", title=N_("本月納庫")),
                Figure(name="remitted_ntd", title=N_("累計納庫")),
                OPEN,
                _rest("difference_ntd", N_("與分配數比較"), "collected_ntd", "allotted_ntd"),
                _rate("collected_bp", N_("達成率 %"), ("collected_ntd",), "allotted_ntd"),
            ),
        ),
        _statement(
            EXPENDITURE,
            "final-expenditure",
            N_("歲出決算表"),
            N_(
                "單位決算：預算數、決算數（實現、應付、保留）及賸餘。"
                "整理期間（13 月）為全年度之數；暫付未轉正者另列，不計入決算數。"
            ),
            (
                *BUDGET,
                Figure(name="realised_ntd", title=N_("實現數")),
                Figure(name="payable_ntd", title=N_("應付數"), under="realised_ntd"),
                Figure(name="encumbered_ntd", title=N_("保留數（簽證未支）")),
                Figure(
                    name="final_ntd", title=N_("決算數合計"), plus=(*EXPENDED, "encumbered_ntd")
                ),
                _rest("left_ntd", N_("預算賸餘"), "budget_ntd", "final_ntd"),
                _rate("final_bp", N_("決算數占預算數 %"), ("final_ntd",), "budget_ntd"),
                Figure(name="advanced_ntd", title=N_("暫付未轉正")),
            ),
        ),
        _statement(
            REVENUE,
            "final-revenue",
            N_("歲入來源別決算表"),
            N_("單位決算：歲入預算數、決算數（納庫、應收及待解）及比較增減。"),
            (
                Figure(name="budget_ntd", title=N_("預算數")),
                Figure(name="remitted_ntd", title=N_("已納庫數")),
                Figure(name="collected_ntd", title=N_("決算數合計")),
                OPEN,
                _rest("difference_ntd", N_("與預算數比較"), "collected_ntd", "budget_ntd"),
                _rate("final_bp", N_("決算數占預算數 %"), ("collected_ntd",), "budget_ntd"),
            ),
        ),
    )
}


def statement_named(name: str) -> LevelStatement:
    """Return the statement; raise ReportNotFound."""
    if name not in STATEMENTS:
        raise ReportNotFound(name=name)
    return STATEMENTS[name]
