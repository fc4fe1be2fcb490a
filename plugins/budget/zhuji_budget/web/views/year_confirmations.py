"""Before a year is enacted or allotted: what is looked at, and the second key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zhuji_budget.domain.bill_gaps import BillOutlook
from zhuji_budget.domain.enactment import BillSeen
from zhuji_budget.domain.reserve_limit import AgencyReserve
from zhuji_budget.queries.years import AllotmentPreview, LargeLine, YearRow
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.values import Value
from zhuji_core.web.components import Cell, Column, Confirmation, Fact, Kind, Row, Table

Address = Callable[[str], str]


class SecondKey(Value, frozen=True, kw_only=True):
    """What a confirmation page needs beside the figures: addresses, and what went wrong."""

    year_url: str
    key: str
    error: str = ""


def reserves_table(over: Sequence[AgencyReserve], *, gettext: Gettext) -> Table:
    """Return the agencies whose first reserve is beyond one per cent, with the arithmetic."""
    unit = gettext("元")
    titles = (gettext("經常支出"), gettext("百分之一"), gettext("第一預備金"), gettext("超過"))
    return Table(
        id="reserves",
        caption=gettext("第一預備金超過經常支出百分之一之機關（預算法第 22 條）"),
        columns=(
            Column(title=gettext("機關")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.agency_name, note=one.agency_code),
                    Cell(value=one.current_ntd),
                    Cell(value=one.limit_ntd),
                    Cell(value=one.reserve_ntd),
                    Cell(value=one.over_ntd),
                )
            )
            for one in over
        ),
    )


class Bill(Value, frozen=True, kw_only=True):
    """What is looked at before it becomes law."""

    year: YearRow
    largest: Sequence[LargeLine]
    outlook: BillOutlook
    seen: BillSeen


def enactment_confirmation(
    bill: Bill,
    *,
    fields: Mapping[str, str],
    second: SecondKey,
    address: Address,
    gettext: Gettext,
) -> Confirmation:
    return Confirmation(
        title=gettext("成立後各科目的法定預算數即不得變更"),
        url=f"{second.year_url}/enactment",
        key=second.key,
        facts=(
            *_enactment_facts(bill.year, bill.outlook, fields, gettext),
            *_decided_facts(bill, address, gettext),
        ),
        outliers=_largest(bill.largest, address=address, gettext=gettext),
        button=gettext("成立法定預算"),
        question=gettext("請輸入控制項目數以確認"),
        expected=str(bill.year.control_rows),
        back_url=second.year_url,
        error=second.error,
        fields=fields,
    )


def _largest(largest: Sequence[LargeLine], *, address: Address, gettext: Gettext) -> Table:
    return Table(
        id="largest",
        caption=gettext("金額最大的 10 個科目（請核對位數）"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("科目名稱")),
            Column(title=gettext("機關")),
            Column(title=gettext("預算案數"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=line.code, url=address(f"budget/lines/{line.line_id}")),
                    Cell(value=line.name),
                    Cell(value=line.agency_name),
                    Cell(value=line.bill_ntd),
                )
            )
            for line in largest
        ),
    )


def _enactment_facts(
    year: YearRow, outlook: BillOutlook, fields: Mapping[str, str], gettext: Gettext
) -> tuple[Fact, ...]:
    facts = [Fact(label=gettext("成立文號"), value=fields["act_no"])]
    if "reserve_reason" in fields:
        label = gettext("第一預備金超過百分之一之理由")
        facts.append(Fact(label=label, value=fields["reserve_reason"]))
    if "gap_reason" in fields:
        label = gettext("預算案未齊之理由")
        facts.append(Fact(label=label, value=fields["gap_reason"]))
    return (
        *facts,
        Fact(label=gettext("科目數"), value=year.lines, kind=Kind.NUMBER),
        Fact(label=gettext("控制項目數"), value=year.control_rows, kind=Kind.NUMBER),
        Fact(
            label=gettext("未列用途別之控制項目數"),
            value=year.rows_without_object,
            kind=Kind.NUMBER,
        ),
        Fact(label=gettext("預算案總額（元）"), value=year.bill_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("議會增減（元）"), value=year.council_ntd, kind=Kind.AMOUNT),
        Fact(
            label=gettext("法定預算總額（元）"),
            value=year.bill_ntd + year.council_ntd,
            kind=Kind.AMOUNT,
        ),
        Fact(label=gettext("無審定概算機關數"), value=len(outlook.gaps), kind=Kind.NUMBER),
        Fact(label=gettext("歲入（元）"), value=outlook.revenue_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("歲入 − 歲出（元）"), value=outlook.difference_ntd, kind=Kind.AMOUNT),
    )


def _decided_facts(bill: Bill, address: Address, gettext: Gettext) -> tuple[Fact, ...]:
    """What the council decided, each with the way to it: it becomes law with the figures."""
    root = address(f"budget/council/{bill.year.fiscal_year}")
    seen = bill.seen
    return (
        Fact(label=gettext("審議結果（項）"), value=seen.decisions, kind=Kind.NUMBER, url=root),
        Fact(label=gettext("凍結（元）"), value=seen.frozen_ntd, kind=Kind.AMOUNT, url=root),
        Fact(
            label=gettext("審議結果登錄次數"),
            value=seen.record_no,
            kind=Kind.NUMBER,
            url=f"{root}/records",
        ),
    )


def allotment_confirmation(
    preview: AllotmentPreview, *, second: SecondKey, gettext: Gettext
) -> Confirmation:
    year = preview.year
    return Confirmation(
        title=gettext("依法定預算數平均分配於十二個月，尾數列於十二月"),
        url=f"{second.year_url}/allotment",
        key=second.key,
        facts=(
            Fact(label=gettext("控制項目數"), value=year.control_rows, kind=Kind.NUMBER),
            Fact(label=gettext("法定預算（元）"), value=year.budget_ntd, kind=Kind.AMOUNT),
            Fact(
                label=gettext("分配總額（元）"),
                value=sum(11 * one.month_ntd + one.december_ntd for one in preview.effects),
                kind=Kind.AMOUNT,
            ),
            Fact(
                label=gettext("第一、第二預備金不分配（元）"),
                value=preview.reserved_ntd,
                kind=Kind.AMOUNT,
            ),
        ),
        outliers=_effects(preview, gettext),
        button=gettext("提案，由另一人核准"),
        question=gettext("請輸入控制項目數以確認"),
        expected=str(year.control_rows),
        back_url=second.year_url,
        error=second.error,
    )


def _effects(preview: AllotmentPreview, gettext: Gettext) -> Table:
    unit = gettext("元")
    effects = preview.effects
    figures = [
        (one.control_rows, one.budget_ntd, one.month_ntd, one.december_ntd) for one in effects
    ]
    return Table(
        id="effects",
        caption=gettext("分配後的效果（依用途別彙總）"),
        columns=(
            Column(title=gettext("用途別")),
            Column(title=gettext("經資門")),
            Column(title=gettext("控制項目數"), kind=Kind.NUMBER),
            Column(title=gettext("全年預算"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("一至十一月每月"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("十二月"), kind=Kind.AMOUNT, unit=unit),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=object_text(one.object_code, one.object_name, gettext)),
                    Cell(value=gettext(ACCOUNTS[one.account])),
                    *(Cell(value=figure) for figure in own),
                )
            )
            for one, own in zip(effects, figures, strict=True)
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            *(Cell(value=sum(column)) for column in zip(*figures, strict=True)),
        ),
    )
