"""The page of one budget line: its control rows, months, who holds the rest, what moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from zhuji_budget.queries.lines import LinePage
from zhuji_budget.web.views.line_allotments import allotments_table
from zhuji_budget.web.views.line_frame import Frame, names_of, with_limit, year_url
from zhuji_budget.web.views.line_history import history_table
from zhuji_budget.web.views.words import (
    ACCOUNTS,
    BASES,
    DOCUMENTS,
    MOVES,
    Gettext,
    object_text,
    row_text,
    state_badge,
)
from zhuji_core.contracts.funds import EFFECTS, EVERY_AGENCY, RESERVE_TITLES, FundPosition
from zhuji_core.values import Value
from zhuji_core.web.components import (
    Cell,
    Column,
    DocumentHead,
    Fact,
    Kind,
    Row,
    Table,
)
from zhuji_core.web.shell import Flash, FlashKind

MONTHS = range(1, 13)
# Moves after which more of the row may be certified again.
GIVEN_BACK = frozenset(str(kind) for kind, effect in EFFECTS.items() if effect.used < 0)
# What find_line gives at most; a fuller page says that there is more.
HOLDERS_MAX, MOVEMENTS_MAX = 500, 200


class LineView(Value, frozen=True, kw_only=True):
    """What the template draws, from top to bottom."""

    head: DocumentHead
    basis: str
    rows: Table
    months: Table
    execution: Table
    execution_note: str
    holders: Table
    allotments: Table
    movements: Table
    history: Table
    closed: tuple[Flash, ...]


def line_view(line: LinePage, *, frame: Frame) -> LineView:
    gettext = frame.gettext
    basis = line.positions[0].commit_basis if line.positions else None
    return LineView(
        head=_head(line, frame),
        basis="" if basis is None else gettext(BASES[basis]),
        rows=_rows(line, gettext),
        months=_months(line, frame),
        execution=_execution(line, gettext),
        execution_note=_execution_note(line, gettext),
        holders=_holders(line, frame),
        allotments=allotments_table(
            line.allotments, line.positions, fiscal_year=line.fiscal_year, frame=frame
        ),
        movements=_movements(line, frame),
        history=history_table(line, frame=frame),
        closed=(*_closed(line, gettext), *_reserves(line, gettext)),
    )


def _closed(line: LinePage, gettext: Gettext) -> tuple[Flash, ...]:
    return tuple(
        Flash(
            text=gettext("{row}不得動支：{reason}").format(
                row=row_text(position, gettext), reason=position.closed_reason
            ),
            kind=FlashKind.WARNING,
        )
        for position in line.positions
        if position.closed_reason
    )


def _reserves(line: LinePage, gettext: Gettext) -> tuple[Flash, ...]:
    """Say of a reserve why nothing of it is available."""
    return tuple(
        Flash(
            text=gettext(
                "{row}為{reserve}，不得直接簽證或支用，故無可用餘額；以「動支{reserve}」撥入支用科目後，"
                "於該科目動支（預算法第 22、64、70 條）。"
            ).format(
                row=row_text(position, gettext), reserve=gettext(RESERVE_TITLES[position.reserve])
            ),
            kind=FlashKind.NOTE,
        )
        for position in line.positions
        if position.reserve
    )


def _head(line: LinePage, frame: Frame) -> DocumentHead:
    gettext = frame.gettext
    agency = f"budget/lines?year={line.fiscal_year}&agency={line.agency_code}"
    facts = [
        Fact(label=gettext("年度"), value=str(line.fiscal_year)),
        Fact(
            label=gettext("機關"),
            value=f"{line.agency_code} {line.agency_name}",
            url=frame.address(agency),
        ),
        Fact(label=gettext("主管"), value=line.department_name),
        Fact(label=gettext("業務計畫"), value=line.plan_name),
        Fact(label=gettext("全年預算（元）"), value=_budget_ntd(line), kind=Kind.AMOUNT),
        Fact(label=gettext("上年度預算（元）"), value=line.last_year_ntd, kind=Kind.AMOUNT),
        Fact(label=gettext("來源檔案"), value=line.book_name),
        Fact(label=gettext("統籌科目"), value=gettext("是，供各機關撥用") if line.pooled else ""),
        Fact(label=gettext("使用機關"), value=_users(line, gettext)),
    ]
    return DocumentHead(
        label=f"{line.code} {line.name}",
        badge=state_badge(line.year_state, gettext),
        amount_ntd=sum(position.available_ntd for position in line.positions),
        amount_label=gettext("可用餘額"),
        facts=tuple(fact for fact in facts if fact.value not in {"", None}),
    )


def _users(line: LinePage, gettext: Gettext) -> str:
    """Return who else uses the line: codes, or every agency."""
    users = {code for position in line.positions for code in position.pooled_for}
    return gettext("各機關") if EVERY_AGENCY in users else "、".join(sorted(users))


def _budget_ntd(line: LinePage) -> int:
    enacted = sum(position.budget_ntd for position in line.positions)
    return line.bill_ntd if line.year_state == "bill" else enacted


def _rows(line: LinePage, gettext: Gettext) -> Table:
    unit = gettext("元")
    titles = (
        gettext("預算數"),
        gettext("分配累計"),
        gettext("已簽證未支付"),
        gettext("暫付"),
        gettext("已實現"),
        gettext("可用餘額"),
    )
    figures = [_figures(position) for position in line.positions]
    sums = [sum(column) for column in zip(*figures, strict=True)]
    return Table(
        id="rows",
        caption=gettext("控制項目（用途別 × 經資門）"),
        columns=(
            Column(title=gettext("用途別")),
            Column(title=gettext("經資門")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=object_text(position.object_code, position.object_name, gettext)),
                    Cell(value=gettext(ACCOUNTS[position.account])),
                    *(Cell(value=figure) for figure in own),
                )
            )
            for position, own in zip(line.positions, figures, strict=True)
        ),
        totals=_totals([gettext("合計"), None], sums) if len(figures) > 1 else (),
        empty=gettext("本科目本年度無預算數，沒有控制項目。"),
    )


def _figures(position: FundPosition) -> tuple[int, ...]:
    return (
        position.budget_ntd,
        position.allotted_to_date_ntd,
        position.encumbered_ntd,
        position.advanced_ntd,
        position.expended_ntd,
        position.available_ntd,
    )


def _months(line: LinePage, frame: Frame) -> Table:
    """One row for each month, one column for each control row, and the sum to date."""
    gettext = frame.gettext
    unit = gettext("元")
    plans = [line.months_ntd[position.control_row_id] for position in line.positions]
    months = list(zip(*plans, strict=True))
    rows, to_date_ntd = [], 0
    for month, amounts in zip(MONTHS, months, strict=False):
        to_date_ntd += sum(amounts)
        begun = _begun(line.fiscal_year, month, frame.business_date)
        rows.append(
            Row(
                cells=(
                    Cell(value=gettext("{month} 月").format(month=month)),
                    *(Cell(value=amount) for amount in amounts),
                    Cell(value=sum(amounts)),
                    Cell(value=to_date_ntd),
                    Cell(value=line.released_on.get(month)),
                ),
                emphasis=begun and not _begun(line.fiscal_year, month + 1, frame.business_date),
            )
        )
    sums = [sum(plan) for plan in plans]
    shown = rows if to_date_ntd else []
    return Table(
        id="months",
        caption=gettext("分月分配（粗體為本月；其後月份尚不得動支）"),
        columns=(
            Column(title=gettext("月份")),
            *(
                Column(title=row_text(position, gettext), kind=Kind.AMOUNT, unit=unit)
                for position in line.positions
            ),
            Column(title=gettext("本月合計"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("累計"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("釋出日期"), kind=Kind.DATE),
        ),
        rows=tuple(shown),
        totals=_totals([gettext("全年")], [*sums, sum(sums)], [None, None]) if shown else (),
        empty=gettext("尚未核定分配預算。"),
    )


def _execution(line: LinePage, gettext: Gettext) -> Table:
    """One row for each month in which money was certified, released, spent or advanced."""
    unit = gettext("元")
    months = line.execution.months
    return Table(
        id="execution",
        caption=gettext("各月執行情形（業務日期所屬月份）"),
        columns=(
            Column(title=gettext("月份")),
            Column(title=gettext("件數"), kind=Kind.NUMBER),
            Column(title=gettext("簽證金額"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("釋放金額"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("淨額"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("實現數"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("暫付增減"), kind=Kind.AMOUNT, unit=unit),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=f"{month.month_key // 100}-{month.month_key % 100:02}"),
                    Cell(value=month.documents),
                    Cell(value=month.certified_ntd),
                    Cell(value=month.released_ntd),
                    Cell(value=month.net_ntd),
                    Cell(value=month.realised_ntd),
                    Cell(value=month.advanced_ntd),
                )
            )
            for month in months
        ),
        totals=_totals(
            [gettext("合計")],
            [
                sum(month.documents for month in months),
                sum(month.certified_ntd for month in months),
                sum(month.released_ntd for month in months),
                sum(month.net_ntd for month in months),
                sum(month.realised_ntd for month in months),
                sum(month.advanced_ntd for month in months),
            ],
        ),
        empty=gettext("尚無簽證、釋放或報支。"),
    )


def _execution_note(line: LinePage, gettext: Gettext) -> str:
    """Say how fresh the table is: it follows events, some moments after the certification."""
    if not line.execution.behind:
        return gettext("截至第 {event} 號事件").format(event=f"{line.execution.as_of_event:,}")
    return gettext("截至第 {event} 號事件，尚有 {behind} 件待處理").format(
        event=f"{line.execution.as_of_event:,}", behind=f"{line.execution.behind:,}"
    )


def _begun(fiscal_year: int, month: int, today: dt.date) -> bool:
    return (fiscal_year + 1911, month) <= (today.year, today.month)


def _holders(line: LinePage, frame: Frame) -> Table:
    gettext = frame.gettext
    names = names_of(line.positions, gettext)
    return Table(
        id="holders",
        caption=with_limit(
            gettext("尚未支付的餘額由誰保留"), len(line.holders), HOLDERS_MAX, gettext
        ),
        columns=(
            Column(title=gettext("文件")),
            Column(title=gettext("種類")),
            Column(title=gettext("控制項目")),
            Column(title=gettext("經辦")),
            Column(title=gettext("受款人或廠商")),
            Column(title=gettext("起始日期"), kind=Kind.DATE),
            Column(title=gettext("保留至"), kind=Kind.DATE),
            Column(title=gettext("保留金額"), kind=Kind.AMOUNT, unit=gettext("元")),
            Column(title=gettext("暫付未轉正"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=holder.label,
                        url=frame.document_url(holder.document_kind, holder.document_id),
                    ),
                    Cell(value=_document(holder.document_kind, gettext)),
                    Cell(value=names[holder.control_row_id]),
                    Cell(value=holder.held_by),
                    Cell(value=holder.held_for),
                    Cell(value=holder.since),
                    Cell(value=holder.held_until),
                    Cell(value=holder.held_ntd),
                    Cell(value=holder.advanced_ntd),
                )
            )
            for holder in line.holders
        ),
        totals=_totals(
            [gettext("合計"), *(None for _ in range(6))],
            [
                sum(one.held_ntd for one in line.holders),
                sum(one.advanced_ntd for one in line.holders),
            ],
        ),
        empty=gettext("目前沒有文件保留本科目的預算。"),
    )


def _movements(line: LinePage, frame: Frame) -> Table:
    gettext = frame.gettext
    names = names_of(line.positions, gettext)
    caption = gettext("異動紀錄（新的在前；分配見分配異動）")
    return Table(
        id="movements",
        caption=with_limit(caption, len(line.movements), MOVEMENTS_MAX, gettext),
        columns=(
            Column(title=gettext("日期"), kind=Kind.DATE),
            Column(title=gettext("異動")),
            Column(title=gettext("控制項目")),
            Column(title=gettext("文件")),
            Column(title=gettext("金額"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=move.business_date),
                    Cell(value=gettext(MOVES[move.kind])),
                    Cell(value=names[move.control_row_id]),
                    Cell(
                        value=move.document_label,
                        url=frame.document_url(move.document_kind, move.document_id)
                        or year_url(move.document_kind, line.fiscal_year, frame),
                    ),
                    Cell(value=-move.amount_ntd if move.kind in GIVEN_BACK else move.amount_ntd),
                )
            )
            for move in line.movements
        ),
        empty=gettext("尚無異動。"),
    )


def _document(kind: str, gettext: Gettext) -> str:
    return gettext(DOCUMENTS[kind]) if kind in DOCUMENTS else kind


def _totals(
    before: list[str | None], sums: list[int], after: Iterable[None] = ()
) -> tuple[Cell, ...]:
    return tuple(Cell(value=value) for value in [*before, *sums, *after])
