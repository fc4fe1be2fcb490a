"""Pages of budget years: the list, and one year with its next step."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from zhuji_budget.queries.years import YearPage, YearRow
from zhuji_budget.web.views.words import ACTIONS, STATES, Gettext, state_badge
from zhuji_core.audit.history import HistoryEntry as Entry
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Action,
    Cell,
    Change,
    Column,
    DocumentHead,
    Fact,
    HistoryEntry,
    Kind,
    Row,
    Table,
)
from zhuji_core.web.who import actor_name

Address = Callable[[str], str]


# What holds until the bill is passed (地方制度法 40 第 3 項).
LATE = N_(
    "本年度已開始，總預算案尚未成立。依地方制度法第 40 條第 3 項："
    "收入暫依上年度標準及實際發生數覈實收入；"
    "新興資本支出及新增科目須俟預算完成審議程序後始得動支；"
    "其餘得依已獲授權之原訂計畫或上年度執行數覈實動支；"
    "其他法定義務之收支照常履行。本系統於法定預算成立後始受理經費簽證。"
)


class YearView(Value, frozen=True, kw_only=True):
    """One year: head, what may be done next, its books and its history."""

    head: DocumentHead
    actions: tuple[Action, ...]
    books: Table
    history: tuple[HistoryEntry, ...]
    notice: str = ""


def years_table(years: Sequence[YearRow], *, address: Address, gettext: Gettext) -> Table:
    unit = gettext("元")
    return Table(
        id="years",
        caption=gettext("預算年度"),
        columns=(
            Column(title=gettext("年度"), kind=Kind.CODE),
            Column(title=gettext("狀態"), kind=Kind.BADGE),
            Column(title=gettext("成立文號")),
            Column(title=gettext("科目數"), kind=Kind.NUMBER),
            Column(title=gettext("機關數"), kind=Kind.NUMBER),
            Column(title=gettext("預算總額"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("已分配"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("已簽證未支付"), kind=Kind.AMOUNT, unit=unit),
            Column(title=gettext("已實現"), kind=Kind.AMOUNT, unit=unit),
        ),
        rows=tuple(_year_row(year, address, gettext) for year in years),
        empty=gettext("尚無預算年度，請先匯入預算書。"),
    )


def _year_row(year: YearRow, address: Address, gettext: Gettext) -> Row:
    lines = address(f"budget/lines?year={year.fiscal_year}")
    return Row(
        cells=(
            Cell(value=str(year.fiscal_year), url=address(f"budget/years/{year.fiscal_year}")),
            Cell(value=state_badge(year.state, gettext)),
            Cell(value=year.act_no),
            Cell(value=year.lines, url=lines),
            Cell(value=year.agencies),
            Cell(value=year.budget_ntd or year.bill_ntd, url=lines),
            Cell(value=year.allotted_ntd, url=lines),
            Cell(value=year.encumbered_ntd, url=lines),
            Cell(value=year.expended_ntd, url=lines),
        )
    )


def year_view(
    page: YearPage, *, address: Address, may: Callable[[str], bool], gettext: Gettext
) -> YearView:
    """``may`` tells whether the reader holds a permission, by its name."""
    return YearView(
        head=_head(page.year, address, gettext),
        actions=_actions(page, address, may, gettext),
        books=_books(page, gettext),
        history=tuple(_entry(entry, gettext) for entry in reversed(page.history)),
        notice=gettext(LATE) if page.is_late else "",
    )


def _head(year: YearRow, address: Address, gettext: Gettext) -> DocumentHead:
    lines = address(f"budget/lines?year={year.fiscal_year}")
    facts = [
        Fact(label=gettext("科目數"), value=year.lines, kind=Kind.NUMBER, url=lines),
        Fact(label=gettext("機關數"), value=year.agencies, kind=Kind.NUMBER),
        Fact(label=gettext("控制項目數"), value=year.control_rows, kind=Kind.NUMBER),
        Fact(label=gettext("預算案數（元）"), value=year.bill_ntd, kind=Kind.AMOUNT, url=lines),
        Fact(label=gettext("法定預算（元）"), value=year.budget_ntd, kind=Kind.AMOUNT, url=lines),
        Fact(
            label=gettext("全年已分配（元）"),
            value=year.allotted_ntd,
            kind=Kind.AMOUNT,
            url=lines,
        ),
        Fact(
            label=gettext("已簽證未支付（元）"),
            value=year.encumbered_ntd,
            kind=Kind.AMOUNT,
            url=lines,
        ),
        Fact(label=gettext("成立文號"), value=year.act_no or None),
    ]
    return DocumentHead(
        label=gettext("{year} 年度總預算").format(year=year.fiscal_year),
        badge=state_badge(year.state, gettext),
        amount_ntd=year.budget_ntd or year.bill_ntd,
        amount_label=gettext("歲出預算總額"),
        facts=tuple(
            fact if fact.value else msgspec.structs.replace(fact, url="")
            for fact in facts
            if fact.value is not None
        ),
    )


def _actions(
    page: YearPage, address: Address, may: Callable[[str], bool], gettext: Gettext
) -> tuple[Action, ...]:
    """Return the one next step, or why it cannot be taken by this person."""
    year = page.year
    steps = {
        "bill": ("budget.year.enact", "enactment", gettext("法定預算成立")),
        "enacted": ("budget.allotment.approve", "allotment", gettext("平均分配預算")),
    }
    if year.state not in steps:
        return ()
    if page.proposal_id is not None:
        return (_waiting(page.proposal_id, address, gettext),)
    permission, noun, title = steps[year.state]
    refused = "" if may(permission) else gettext("須由主計處（具「{title}」權限者）辦理。")
    if page.refusal is not None:
        refused = gettext("預算案由您匯入、編成或登錄審議結果，「{title}」須由主計處另一人辦理。")
    council = Action(
        title=gettext("預算案與上年度比較、議會審議"),
        url=address(f"budget/council/{year.fiscal_year}"),
        method="get",
    )
    return (
        Action(
            title=title,
            url=address(f"budget/years/{year.fiscal_year}/{noun}"),
            method="get",
            primary=True,
            impossible=refused.format(title=title),
        ),
        council,
    )


def _waiting(proposal_id: uuid.UUID, address: Address, gettext: Gettext) -> Action:
    return Action(
        title=gettext("平均分配預算之提案（待另一人核准）"),
        url=address(f"kernel/proposals/{proposal_id}"),
        method="get",
        primary=True,
    )


def _books(page: YearPage, gettext: Gettext) -> Table:
    return Table(
        id="books",
        caption=gettext("匯入的預算書"),
        columns=(
            Column(title=gettext("檔案")),
            Column(title=gettext("匯入時間"), kind=Kind.TIME),
            Column(title=gettext("新增科目數"), kind=Kind.NUMBER),
            Column(title=gettext("金額"), kind=Kind.AMOUNT, unit=gettext("元")),
            Column(title="SHA-256", kind=Kind.CODE),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=book.file_name),
                    Cell(value=book.imported_at),
                    Cell(value=book.lines),
                    Cell(value=book.total_ntd),
                    Cell(value=book.digest[:12]),
                )
            )
            for book in page.books
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            Cell(value=sum(book.lines for book in page.books)),
            Cell(value=sum(book.total_ntd for book in page.books)),
            Cell(value=None),
        ),
        empty=gettext("本年度的預算不是由檔案匯入。"),
    )


def _entry(entry: Entry, gettext: Gettext) -> HistoryEntry:
    return HistoryEntry(
        at=entry.recorded_at,
        who=actor_name(entry, gettext),
        action=gettext(ACTIONS.get(entry.action, entry.action)),
        reason=_figures_of(entry.after or {}, gettext),
        changes=_changes(entry.before or {}, entry.after or {}, gettext),
    )


def _changes(before: Any, after: Any, gettext: Gettext) -> tuple[Change, ...]:
    if before.get("state") not in STATES or after.get("state") not in STATES:
        return ()
    return (
        Change(
            label=gettext("狀態"),
            before=state_badge(before["state"], gettext).text,
            after=state_badge(after["state"], gettext).text,
        ),
    )


def _figures_of(after: Any, gettext: Gettext) -> str:
    """Return the figures of an act in one line: 控制項目數 1,546　全年已分配（元） 98,765."""
    words = {
        "act_no": gettext("成立文號"),
        "reserve_reason": gettext("第一預備金超過百分之一之理由"),
        "gap_reason": gettext("預算案未齊之理由"),
        "agencies_missing": gettext("無審定概算機關數"),
        "revenue_ntd": gettext("歲入（元）"),
        "difference_ntd": gettext("歲入 − 歲出（元）"),
        "control_rows": gettext("控制項目數"),
        "enacted_ntd": gettext("法定預算（元）"),
        "allotted_ntd": gettext("全年已分配（元）"),
        "lines": gettext("新增科目數"),
        "total_ntd": gettext("金額（元）"),
        "record_no": gettext("審議結果登錄次"),
        "rows_changed": gettext("變更項數"),
        "cut_ntd": gettext("議會刪減（元）"),
        "frozen_ntd": gettext("凍結（元）"),
        "revenue_change_ntd": gettext("歲入增減（元）"),
        "proposed_by": gettext("提案人"),
        "reason": gettext("理由"),
        "reference": gettext("核定文號"),
        "decision_reason": gettext("說明"),
        "operator_reason": gettext("維運人員以指令辦理之理由"),
    }
    return "　".join(
        f"{label} {after[name]:,}" if isinstance(after[name], int) else f"{label} {after[name]}"
        for name, label in words.items()
        if after.get(name, "") != ""
    )
