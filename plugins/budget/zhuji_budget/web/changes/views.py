"""What the pages of changes draw: the list, the effect on each row, next steps, history."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from zhuji_budget.domain.changes.effects import RevenueEffect, RowEffect
from zhuji_budget.domain.changes.model import KIND_TITLES, Change, ChangeLine
from zhuji_budget.domain.changes.reserve_use import CASES, ReserveUse
from zhuji_budget.queries.changes import ChangeFilter, ChangePage, ChangeRow, NextStep
from zhuji_budget.web.changes.words import ACT_TITLES, VERB_TITLES, change_badge, change_label
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.audit.history import HistoryEntry as Entry
from zhuji_core.identity.actor import Forbidden
from zhuji_core.web.components import (
    Action,
    Cell,
    Column,
    DocumentHead,
    Fact,
    HistoryEntry,
    Kind,
    Link,
    Pager,
    Row,
    Table,
)
from zhuji_core.web.who import actor_told

Address = Callable[[str], str]
MAIN = ("submission", "approval", "endorsement", "decision")
ASKS = {
    "return": "reason",
    "endorsement-return": "reason",
    "reversal": "reason",
    "decision": "act_no",
}
MONTHS = range(1, 13)


def changes_table(
    rows: Sequence[ChangeRow],
    *,
    wanted: ChangeFilter,
    more: bool,
    address: Address,
    gettext: Gettext,
    exports: Sequence[tuple[str, str]] = (),
) -> Table:
    """Return the list; ``exports`` are the files that it is offered as: title and suffix."""
    path = address("budget/changes")
    query = {
        "fiscal_year": str(wanted.fiscal_year),
        "agency_code": wanted.agency_code,
        "kind": wanted.kind,
        "states": wanted.state,
    }
    kept = urlencode({name: value for name, value in query.items() if value})
    return Table(
        id="changes",
        caption=gettext("預算變動"),
        columns=(
            Column(title=gettext("文件"), kind=Kind.CODE),
            Column(title=gettext("狀態"), kind=Kind.BADGE),
            Column(title=gettext("事由")),
            Column(title=gettext("機關")),
            Column(title=gettext("生效日期"), kind=Kind.DATE),
            Column(title=gettext("核定文號")),
            Column(title=gettext("金額"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(_list_row(row, path, gettext) for row in rows),
        exports=tuple(
            Link(title=title, url=f"{path}/export/{suffix}?{kept}") for title, suffix in exports
        ),
        pager=Pager(
            shown=len(rows),
            first_url=f"{path}?{kept}" if wanted.before else "",
            next_url=f"{path}?{kept}&before={rows[-1].document_id}" if more and rows else "",
        ),
        empty=gettext("沒有符合條件的預算變動。"),
    )


def _list_row(row: ChangeRow, path: str, gettext: Gettext) -> Row:
    label = change_label(row.kind, year=row.fiscal_year, number=row.change_no, gettext=gettext)
    return Row(
        cells=(
            Cell(value=label, url=f"{path}/{row.document_id}"),
            Cell(value=change_badge(row.state, gettext)),
            Cell(value=row.purpose or gettext("（未填事由）"), note=row.created_by_name),
            Cell(value=row.agency_name),
            Cell(value=row.posted_on),
            Cell(value=row.act_no),
            Cell(value=row.amount_ntd),
        )
    )


def change_head(page: ChangePage, *, address: Address, gettext: Gettext) -> DocumentHead:
    change = page.change
    facts = [
        Fact(label=gettext("機關"), value=f"{change.agency_name}（{change.agency_code}）"),
        Fact(label=gettext("事由"), value=change.purpose),
        Fact(label=gettext("法令依據"), value=change.ground),
        *_reserve_facts(change.reserve_use, gettext),
        Fact(label=gettext("核定文號"), value=change.act_no),
        Fact(label=gettext("填寫"), value=change.created_by_name),
        Fact(label=gettext("機關首長"), value=change.agreed_by_name),
        Fact(label=gettext("主管機關"), value=change.supervisor_name),
        Fact(label=gettext("核轉"), value=change.endorsed_by_name),
        Fact(label=gettext("生效"), value=page.posted_on, kind=Kind.DATE),
        Fact(label=gettext("核定人"), value=change.posted_by_name),
    ]
    if change.revenues:
        facts += [
            Fact(label=gettext("歲出增減（元）"), value=_signed(change), kind=Kind.AMOUNT),
            Fact(label=gettext("歲入增減（元）"), value=change.revenue_ntd, kind=Kind.AMOUNT),
            Fact(
                label=gettext("由歲計賸餘或融資支應（元）"),
                value=_signed(change) - change.revenue_ntd,
                kind=Kind.AMOUNT,
            ),
        ]
    for label, other in (
        (gettext("沖回之文件"), change.reverses_id),
        (gettext("沖回本文件者"), page.reversal_id),
        (gettext("墊付款文件"), change.advance_id),
    ):
        if other is not None:
            url = address(f"budget/changes/{other}")
            facts.append(Fact(label=label, value=gettext("開啟文件"), url=url))
    return DocumentHead(
        label=change_label(
            change.kind, year=change.fiscal_year, number=change.change_no, gettext=gettext
        ),
        badge=change_badge(change.state, gettext),
        amount_ntd=abs(change.amount_ntd),
        facts=tuple(fact for fact in facts if fact.value not in {None, ""}),
    )


def _reserve_facts(use: ReserveUse | None, gettext: Gettext) -> tuple[Fact, ...]:
    """Return on which case a reserve is drawn, and how the council was told before."""
    if use is None:
        return ()
    case = gettext(CASES[use.law_case]) if use.law_case else ""
    return (
        Fact(label=gettext("動支情形（預算法第 70 條）"), value=case),
        Fact(label=gettext("議會備查文號"), value=use.notice_no),
        Fact(label=gettext("議會備查日期"), value=use.notice_on, kind=Kind.DATE),
        Fact(label=gettext("因緊急災害動支"), value=gettext("是") if use.is_disaster else ""),
    )


def _signed(change: Change) -> int:
    return sum(line.amount_ntd for line in change.expenditures)


def revenue_effects_table(
    effects: Sequence[RevenueEffect], *, is_posted: bool, gettext: Gettext
) -> Table:
    """Return each row of revenue before, by how much, and after."""
    unit = gettext("元")
    titles = (gettext("原預算數"), gettext("增減"), gettext("變動後預算"), gettext("變動後未分配"))
    caption = gettext("歲入：生效時之計算") if is_posted else gettext("歲入試算：若現在生效")
    return Table(
        id="revenue-effects",
        caption=caption,
        columns=(
            Column(title=gettext("歲入科目")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=f"{effect.before.code} {effect.before.name}",
                        note=_months_text(effect, gettext),
                    ),
                    Cell(value=effect.before.budget_ntd),
                    Cell(value=effect.adjustment.change_ntd),
                    Cell(value=effect.budget_after_ntd),
                    Cell(value=effect.unallotted_after_ntd),
                )
            )
            for effect in effects
        ),
    )


def lines_table(change: Change, *, address: Address, gettext: Gettext) -> Table:
    """Return what the document says, line by line."""
    return Table(
        id="lines",
        caption=gettext("變動明細"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("科目及用途別")),
            Column(title=gettext("經資門")),
            Column(title=gettext("分配月份")),
            Column(title=gettext("增減"), kind=Kind.AMOUNT, unit=gettext("元")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=f"{line.line_code}-{line.object_code}",
                        url=address(f"budget/lines/by-control-row/{line.control_row_id}")
                        if line.control_row_id
                        else "",
                    ),
                    Cell(
                        value=f"{line.line_name}　"
                        f"{object_text(line.object_code, line.object_name, gettext)}"
                        if not line.is_revenue
                        else f"{line.line_name}　{line.object_name}",
                        note=_note(line, gettext),
                    ),
                    Cell(value=gettext(ACCOUNTS[line.account])),
                    Cell(value=_month(line.month, gettext)),
                    Cell(value=line.amount_ntd),
                )
            )
            for line in change.lines
        ),
        totals=(
            Cell(value=gettext("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(
                value=sum(line.amount_ntd for line in change.lines)
                if len(change.lines) in {len(change.expenditures), len(change.revenues)}
                else None
            ),
        ),
        empty=gettext("尚未填寫明細。"),
    )


def _note(line: ChangeLine, gettext: Gettext) -> str:
    """Say that a line is of revenue, and what the budget had not before this document."""
    words = [gettext("歲入")] if line.is_revenue else []
    if line.new_row is not None:
        is_line = line.new_row.makes_line or line.is_revenue
        words.append(gettext("新增科目") if is_line else gettext("新增用途別"))
    return "　".join(words)


def _month(month: int, gettext: Gettext) -> str:
    return gettext("{month} 月").format(month=month) if month else gettext("未分配")


def effects_table(effects: Sequence[RowEffect], *, is_posted: bool, gettext: Gettext) -> Table:
    """Return each row's counters before, by how much, and after: the arithmetic of the decision."""
    unit = gettext("元")
    titles = (
        gettext("原預算數"),
        gettext("增減"),
        gettext("變動後預算"),
        gettext("凍結或未核准"),
        gettext("已簽證、暫付及實現"),
        gettext("變動後全年餘額"),
        gettext("變動後未分配"),
    )
    caption = gettext("生效時之計算") if is_posted else gettext("試算：若現在生效")
    return Table(
        id="effects",
        caption=caption,
        columns=(
            Column(title=gettext("預算科目")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=f"{effect.before.line_code}-{effect.before.object_code}"
                        f" {effect.before.line_name}　{effect.before.object_name}",
                        note=_months_text(effect, gettext),
                    ),
                    Cell(value=effect.before.budget_ntd),
                    Cell(value=effect.adjustment.change_ntd),
                    Cell(value=effect.budget_after_ntd),
                    Cell(value=effect.frozen_after_ntd),
                    Cell(value=effect.before.used_ntd),
                    Cell(value=effect.left_after_ntd),
                    Cell(value=effect.unallotted_after_ntd),
                )
            )
            for effect in effects
        ),
        empty=gettext("沒有明細，無從試算。"),
    )


def _months_text(effect: RowEffect | RevenueEffect, gettext: Gettext) -> str:
    """Return 4 月分配 10,000 → 34,000 for each month that changes."""
    pairs = zip(MONTHS, effect.before.allotment_ntd, effect.months_after, strict=True)
    return "　".join(
        gettext("{month} 月分配 {before:,} → {after:,}").format(
            month=month, before=before, after=after
        )
        for month, before, after in pairs
        if before != after
    )


def actions_of(
    page: ChangePage, *, key: str, address: Address, gettext: Gettext
) -> tuple[Action, ...]:
    """Return the next steps; the first possible one is the main one (F9)."""
    main = next(
        (step.verb for step in page.steps if step.refusal is None and step.verb in MAIN), ""
    )
    return tuple(
        _action(page.change.document_id, step, key=key, main=main, address=address, gettext=gettext)
        for step in page.steps
    )


def _action(
    document_id: uuid.UUID,
    step: NextStep,
    *,
    key: str,
    main: str,
    address: Address,
    gettext: Gettext,
) -> Action:
    verb = step.verb
    labels = {
        "return": gettext("退回理由"),
        "endorsement-return": gettext("退回理由"),
        "reversal": gettext("沖回理由"),
        "decision": gettext("核定或議會審議之文號"),
    }
    return Action(
        title=gettext(VERB_TITLES[verb]),
        url=address(f"budget/changes/{document_id}/{verb}"),
        key=f"{key}-{verb}",
        method="get" if verb == "edit" else "post",
        primary=verb == main,
        danger=verb in {"withdrawal", "reversal"},
        impossible=_impossible(step, gettext),
        reason_field=ASKS.get(verb, ""),
        reason_label=labels.get(verb, ""),
    )


def _impossible(step: NextStep, gettext: Gettext) -> str:
    if step.refusal is None:
        return ""
    if isinstance(step.refusal, Forbidden):
        title = gettext(str(step.refusal.detail["title"]))
        return gettext("等候有「{title}」權限的人員辦理").format(title=title)
    return step.refusal.text(gettext)


def history_of(entries: Sequence[Entry], gettext: Gettext) -> tuple[HistoryEntry, ...]:
    return tuple(_entry(entry, gettext) for entry in reversed(entries))


def _entry(entry: Entry, gettext: Gettext) -> HistoryEntry:
    before = entry.before if isinstance(entry.before, dict) else {}
    after = entry.after if isinstance(entry.after, dict) else {}
    state = str(after.get("state", ""))
    words = [str(after.get("reason") or after.get("act_no") or "")]
    if numbers := after.get("duty_exceptions"):
        words.append(gettext("依職能分工例外 {numbers} 辦理").format(numbers="、".join(numbers)))
    return HistoryEntry(
        at=entry.recorded_at,
        who=actor_told(entry, gettext),
        action=gettext(ACT_TITLES.get(entry.action, entry.action)),
        reason="　".join(word for word in words if word),
        badge=change_badge(state, gettext) if state and state != before.get("state") else None,
    )


def title_of(change: Change, gettext: Gettext) -> str:
    return gettext(KIND_TITLES[change.kind])
