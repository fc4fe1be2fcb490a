"""The bill before it is compiled and enacted: its balance, who is not in it, the second key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_budget.domain.bill_gaps import BillAgency, BillOutlook
from zhuji_budget.domain.estimate import STATE_TITLES
from zhuji_budget.queries.estimates import EstimateRow
from zhuji_budget.web.views.words import Gettext
from zhuji_core.web.components import Cell, Column, Confirmation, Fact, Kind, Row, Table


def bill_facts(outlook: BillOutlook, *, gettext: Gettext) -> tuple[Fact, ...]:
    """Return the totals of the bill beside last year's, and how it balances."""
    short = outlook.difference_ntd < 0
    return (
        Fact(label=gettext("列入預算案機關數"), value=outlook.agencies, kind=Kind.NUMBER),
        Fact(label=gettext("無概算機關數"), value=len(outlook.missing), kind=Kind.NUMBER),
        Fact(label=gettext("未完成審議機關數"), value=len(outlook.waiting), kind=Kind.NUMBER),
        Fact(label=gettext("歲入（元）"), value=outlook.revenue_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("歲出（元）"), value=outlook.expenditure_ntd, kind=Kind.AMOUNT),
        Fact(
            label=gettext("歲入歲出差短（元）；須以融資財源或歲計賸餘支應")
            if short
            else gettext("歲入歲出賸餘（元）"),
            value=abs(outlook.difference_ntd),
            kind=Kind.AMOUNT,
        ),
        Fact(
            label=gettext("上年度歲入（元）"),
            value=outlook.last_year_revenue_ntd,
            kind=Kind.AMOUNT,
        ),
        Fact(label=gettext("上年度歲出（元）"), value=outlook.last_year_ntd, kind=Kind.AMOUNT),
    )


def gaps_table(outlook: BillOutlook, *, gettext: Gettext) -> Table:
    """Return the agencies that ought to be in the bill and have nothing approved."""
    unit = gettext("元")
    titles = (
        gettext("上年度歲出"),
        gettext("上年度歲入"),
        gettext("本年度額度"),
        gettext("概算"),
    )
    gaps = outlook.gaps
    return Table(
        id="gaps",
        caption=gettext("上年度有預算或本年度有額度，而無審定概算之機關"),
        columns=(
            Column(title=gettext("機關代碼"), kind=Kind.CODE),
            Column(title=gettext("機關")),
            Column(title=gettext("概算狀態")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.agency_code),
                    Cell(value=one.agency_name),
                    Cell(
                        value=gettext(STATE_TITLES[one.estimate_state])
                        if one.estimate_state
                        else gettext("未建立概算")
                    ),
                    *(Cell(value=figure) for figure in _figures(one)),
                )
            )
            for one in gaps
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=gettext("{count} 個機關").format(count=len(gaps))),
            Cell(value=None),
            *(
                Cell(value=sum(figure or 0 for figure in column))
                for column in zip(*map(_figures, gaps), strict=True)
            ),
        ),
    )


def _figures(one: BillAgency) -> tuple[int | None, ...]:
    return one.last_year_ntd, one.last_year_revenue_ntd, one.ceiling_ntd, one.estimated_ntd


def bill_confirmation(
    rows: Sequence[EstimateRow],
    *,
    fields: Mapping[str, str],
    url: str,
    back_url: str,
    error: str,
    gettext: Gettext,
) -> Confirmation:
    reviewed = [row for row in rows if row.state == "reviewed"]
    approved_ntd = sum(row.expenditure_ntd - row.cut_ntd for row in reviewed)
    return Confirmation(
        title=gettext("審議完成的概算，依審定數彙編為預算案"),
        url=url,
        key=str(uuid.uuid4()),
        facts=(
            Fact(label=gettext("審議完成機關數"), value=len(reviewed), kind=Kind.NUMBER),
            Fact(label=gettext("歲出審定數（元）"), value=approved_ntd, kind=Kind.AMOUNT),
            Fact(
                label=gettext("歲入（元）"),
                value=sum(row.revenue_ntd for row in reviewed),
                kind=Kind.AMOUNT,
            ),
            *(Fact(label=gettext("預算案未齊之理由"), value=said) for said in fields.values()),
        ),
        outliers=_largest(reviewed, gettext),
        button=gettext("編成預算案"),
        question=gettext("請輸入審議完成機關數以確認"),
        expected=str(len(reviewed)),
        back_url=back_url,
        error=error,
        fields=fields,
    )


def _largest(rows: Sequence[EstimateRow], gettext: Gettext) -> Table:
    largest = sorted(rows, key=lambda row: row.cut_ntd - row.expenditure_ntd)[:10]
    unit = gettext("元")
    return Table(
        id="largest",
        caption=gettext("金額最大的 10 個機關（請核對位數）"),
        columns=(
            Column(title=gettext("機關代碼"), kind=Kind.CODE),
            Column(title=gettext("機關")),
            Column(title=gettext("概算"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("審議刪減"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("審定數"), kind=Kind.AMOUNT, unit=unit),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.agency_code),
                    Cell(value=row.agency_name),
                    Cell(value=row.expenditure_ntd),
                    Cell(value=row.cut_ntd),
                    Cell(value=row.expenditure_ntd - row.cut_ntd),
                )
            )
            for row in largest
        ),
    )
