"""The review of an estimate: its sums against ceiling and last year, its lines, its items."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE, Estimate, EstimateLine
from zhuji_budget.queries.last_year import LastYear
from zhuji_budget.web.review_form import item_code
from zhuji_budget.web.views.words import ACCOUNTS, Gettext
from zhuji_core.web.components import Cell, Column, Fact, Kind, Row, Table

Figures = tuple[int, ...]


def review_facts(
    estimate: Estimate, before: Sequence[LastYear], *, gettext: Gettext
) -> tuple[Fact, ...]:
    """Return what the estimate is against its ceiling and against last year."""
    last_ntd, asked_ntd = sum(one.budget_ntd for one in before), estimate.expenditure_ntd
    ceiling_ntd = estimate.ceiling_ntd
    ceiling = (
        (Fact(label=gettext("額度"), value=gettext("尚未核定額度")),)
        if ceiling_ntd is None
        else (
            Fact(label=gettext("額度（元）"), value=ceiling_ntd, kind=Kind.AMOUNT),
            Fact(
                label=gettext("額度 − 概算（元）；負數為至少須刪減數"),
                value=ceiling_ntd - asked_ntd,
                kind=Kind.AMOUNT,
            ),
        )
    )
    return (
        Fact(label=gettext("歲出概算（元）"), value=asked_ntd, kind=Kind.AMOUNT),
        *ceiling,
        Fact(label=gettext("上年度歲出（元）"), value=last_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("較上年度增減（元）"), value=asked_ntd - last_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("歲入概算（元）"), value=estimate.revenue_ntd, kind=Kind.AMOUNT),
    )


def lines_tables(
    estimate: Estimate, before: Sequence[LastYear], *, gettext: Gettext
) -> tuple[Table, ...]:
    """Return expenditure by line, with what is gone since last year; revenue if there is any."""
    lines = estimate.of(EXPENDITURE)
    known = {line.code for line in lines}
    gone = [one for one in before if one.code not in known and one.budget_ntd]
    rows = [_row(line) for line in lines]
    rows += [_gone(one, gettext) for one in gone]
    figures = [_figures(line) for line in lines]
    figures += [(one.budget_ntd, 0, 0, 0, -one.budget_ntd) for one in gone]
    spent = _table("lines", gettext("歲出各工作計畫"), rows, figures, gettext)
    sources = estimate.of(REVENUE)
    if not sources:
        return (spent,)
    taken = [_row(line) for line in sources]
    of_sources = [_figures(line) for line in sources]
    return (spent, _table("sources", gettext("歲入各科目"), taken, of_sources, gettext))


def _table(
    name: str, caption: str, rows: Sequence[Row], figures: Sequence[Figures], gettext: Gettext
) -> Table:
    unit = gettext("元")
    heads = (
        gettext("上年度預算"),
        gettext("經常門"),
        gettext("資本門"),
        gettext("概算"),
        gettext("增減"),
    )
    sums = [sum(column) for column in zip(*figures, strict=True)] or [0] * len(heads)
    return Table(
        id=name,
        caption=caption,
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            *(Column(title=head, kind=Kind.AMOUNT, unit=unit) for head in heads),
            Column(title=gettext("增減原因")),
        ),
        rows=tuple(rows),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            *(Cell(value=figure) for figure in sums),
            Cell(value=None),
        ),
        empty=gettext("尚未編列明細。"),
    )


def _figures(line: EstimateLine) -> Figures:
    by_account = [
        sum(item.amount_ntd for item in line.items if item.account == account)
        for account in ("current", "capital")
    ]
    last_ntd = line.last_year_ntd or 0
    return (last_ntd, *by_account, line.amount_ntd, line.amount_ntd - last_ntd)


def _row(line: EstimateLine) -> Row:
    return Row(
        cells=(
            Cell(value=line.code),
            Cell(value=line.name, note=line.group_name),
            *(Cell(value=figure) for figure in _figures(line)),
            Cell(value=line.reason or line.legal_basis),
        )
    )


def _gone(one: LastYear, gettext: Gettext) -> Row:
    return Row(
        cells=(
            Cell(value=one.code),
            Cell(value=one.name, note=one.plan_name),
            *(Cell(value=figure) for figure in (one.budget_ntd, 0, 0, 0, -one.budget_ntd)),
            Cell(value=gettext("本年度未編列")),
        )
    )


def items_table(estimate: Estimate, *, gettext: Gettext) -> Table:
    """Return every item with its reckoning; the total is what the grid cuts from."""
    pairs = [(line, item) for line in estimate.lines for item in line.items]
    of_expenditure = [item for line, item in pairs if line.side == EXPENDITURE]
    return Table(
        id="items",
        caption=gettext("概算各項（合計為歲出）"),
        columns=(
            Column(title=gettext("科目編號-項次"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("用途別")),
            Column(title=gettext("經資門")),
            Column(title=gettext("說明")),
            Column(title=gettext("財源")),
            Column(title=gettext("單位 × 數量")),
            Column(title=gettext("單價"), kind=Kind.AMOUNT, unit=gettext("元")),
            Column(title=gettext("概算"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=item_code(line, item)),
                    Cell(value=line.name, note=item.sub_plan),
                    Cell(value=f"{item.object_code} {item.object_name}".strip()),
                    Cell(value=gettext(ACCOUNTS[item.account])),
                    Cell(value=item.explanation),
                    Cell(value=item.fund_source),
                    Cell(value=f"{item.unit} {item.quantity}".strip()),
                    Cell(value=item.price_ntd),
                    Cell(value=item.amount_ntd),
                )
            )
            for line, item in pairs
        ),
        totals=(
            Cell(value=gettext("合計")),
            *(Cell(value=None) for _ in range(7)),
            Cell(value=sum(item.amount_ntd for item in of_expenditure)),
        ),
        empty=gettext("尚未編列明細。"),
    )
