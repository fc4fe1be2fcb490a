"""The list of budget lines as a report: the filter of the page, all its rows, the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhuji_budget.queries.lines import LineFilter, LineRow, LineTotals
from zhuji_budget.web.views.words import Gettext
from zhuji_core.export import Report, ReportColumn, ReportKind, Row
from zhuji_core.uow import UnitOfWork


def lines_report(
    uow: UnitOfWork,
    rows: Sequence[LineRow],
    totals: LineTotals,
    *,
    wanted: LineFilter,
    agency: str,
    gettext: Gettext,
) -> Report:
    """``agency`` is the name of the one filtered for, or "".

    All rows are read before: a file is written after the transaction.
    """
    period = gettext("{year} 年度（截至 {month} 月）").format(
        year=wanted.fiscal_year, month=uow.business_date.month
    )
    return Report(
        title=gettext("預算科目餘額表"),
        county=uow.county.name,
        agency=agency or gettext("全部機關"),
        period=period,
        unit=gettext("單位：元"),
        columns=_columns(gettext),
        rows=_rows(rows),
        totals=(gettext("合計"), None, None, None, None, *_figures(totals)),
        printed_by=uow.actor.name,
        printed_at=uow.now,
        signatures=(),
    )


def _columns(gettext: Gettext) -> tuple[ReportColumn, ...]:
    words = (
        (gettext("科目編號"), 14),
        (gettext("科目名稱"), 26),
        (gettext("業務計畫"), 22),
        (gettext("機關編號"), 14),
        (gettext("機關"), 30),
    )
    figures = (
        gettext("預算數"),
        gettext("分配累計"),
        gettext("已簽證未支付"),
        gettext("暫付"),
        gettext("已實現"),
        gettext("可用餘額"),
    )
    return (
        *(ReportColumn(title=title, width=width) for title, width in words),
        *(ReportColumn(title=title, kind=ReportKind.AMOUNT, width=18) for title in figures),
    )


def _rows(rows: Sequence[LineRow]) -> Iterator[Row]:
    for row in rows:
        yield (
            row.code,
            row.name,
            row.plan_name,
            row.agency_code,
            row.agency_name,
            *_figures(row),
        )


def _figures(sums: LineRow | LineTotals) -> tuple[int, ...]:
    return (
        sums.budget_ntd or sums.bill_ntd,
        sums.allotted_to_date_ntd,
        sums.encumbered_ntd,
        sums.advanced_ntd,
        sums.expended_ntd,
        sums.available_ntd,
    )
