"""Pages of estimates: the list of a year, one estimate with its next steps, versions compared."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from zhuji_budget.domain.estimate import (
    EDITABLE,
    EXPENDITURE,
    REVENUE,
    STATE_TITLES,
    Difference,
    Estimate,
    EstimateLine,
)
from zhuji_budget.permissions import (
    ENDORSE_ESTIMATE,
    REVIEW_ESTIMATES,
    SUBMIT_ESTIMATE,
    WRITE_ESTIMATE,
)
from zhuji_budget.queries.estimates import EstimateRow, EstimateTotals, EstimateVersion
from zhuji_budget.web.views.words import ACCOUNTS, Gettext, object_text
from zhuji_core.audit.history import HistoryEntry as Entry
from zhuji_core.modules import Permission
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Column,
    DocumentHead,
    Fact,
    HistoryEntry,
    Kind,
    Pager,
    Row,
    Table,
    Tone,
)

Address = Callable[[str], str]
TONES = {
    "draft": Tone.NEUTRAL,
    "supervising": Tone.WAITING,
    "submitted": Tone.WAITING,
    "returned": Tone.BAD,
    "reviewed": Tone.GOOD,
    "compiled": Tone.GOOD,
}
STAGES = {
    "submitted": N_("送審"),
    "endorsed": N_("主管機關核轉"),
    "returned": N_("退回"),
    "reviewed": N_("審議"),
    "compiled": N_("編入預算案"),
}
ACTIONS = {
    "budget.estimate.write": N_("編製"),
    "budget.estimate.copy": N_("帶入上年度"),
    "budget.estimate.import": N_("匯入單位預算書"),
    "budget.estimate.words": N_("填寫計畫說明及員額"),
    "budget.estimate.submit": N_("送審"),
    "budget.estimate.endorse": N_("主管機關核轉"),
    "budget.estimate.return": N_("退回修正"),
    "budget.estimate.review": N_("審議完成"),
    "budget.bill.compile": N_("編入預算案"),
}
SYSTEM = "system"


class EstimateView(Value, frozen=True, kw_only=True):
    """One estimate: head, what may be done next, its work plans, sources, versions, history."""

    head: DocumentHead
    actions: tuple[Action, ...]
    returned: str
    expenditure: Table
    revenue: Table
    versions: Table
    history: tuple[HistoryEntry, ...]


def state_badge(state: str, gettext: Gettext) -> Badge:
    return Badge(text=gettext(STATE_TITLES[state]), tone=TONES[state])


def estimates_table(
    rows: Sequence[EstimateRow],
    totals: EstimateTotals,
    *,
    pager: Pager,
    address: Address,
    gettext: Gettext,
) -> Table:
    """``totals`` are of the whole year, not of this page."""
    unit = gettext("元")
    figures = (gettext("額度"), gettext("歲出"), gettext("審議刪減"), gettext("歲入"))
    return Table(
        id="estimates",
        caption=gettext("概算"),
        columns=(
            Column(title=gettext("機關代碼"), kind=Kind.CODE),
            Column(title=gettext("機關")),
            Column(title=gettext("狀態"), kind=Kind.BADGE),
            Column(title=gettext("項數"), kind=Kind.NUMBER),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in figures),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.agency_code, url=address(f"budget/estimates/{row.estimate_id}")),
                    Cell(value=row.agency_name),
                    Cell(value=state_badge(row.state, gettext)),
                    Cell(value=row.items),
                    Cell(value=row.ceiling_ntd),
                    Cell(value=row.expenditure_ntd),
                    Cell(value=row.cut_ntd),
                    Cell(value=row.revenue_ntd),
                )
            )
            for row in rows
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=gettext("{count} 個機關").format(count=totals.estimates)),
            Cell(value=None),
            Cell(value=totals.items),
            Cell(value=totals.ceiling_ntd),
            Cell(value=totals.expenditure_ntd),
            Cell(value=totals.cut_ntd),
            Cell(value=totals.revenue_ntd),
        ),
        pager=pager,
        empty=gettext("本年度尚無概算。"),
    )


def estimate_view(
    estimate: Estimate,
    versions: Sequence[EstimateVersion],
    entries: Sequence[Entry],
    *,
    address: Address,
    may: Callable[[Permission], bool],
    gettext: Gettext,
) -> EstimateView:
    root = address(f"budget/estimates/{estimate.estimate_id}")
    return EstimateView(
        head=_head(estimate, gettext),
        actions=_actions(estimate, root, may, gettext),
        returned=estimate.reason if estimate.state == "returned" else "",
        expenditure=_lines(estimate.of(EXPENDITURE), root, gettext, revenue=False),
        revenue=_lines(estimate.of(REVENUE), root, gettext, revenue=True),
        versions=_versions(versions, root, gettext),
        history=tuple(_entry(entry, gettext) for entry in reversed(entries)),
    )


def _head(estimate: Estimate, gettext: Gettext) -> DocumentHead:
    facts = [
        Fact(label=gettext("機關"), value=f"{estimate.agency_code} {estimate.agency_name}"),
        Fact(label=gettext("歲入（元）"), value=estimate.revenue_ntd, kind=Kind.AMOUNT),
    ]
    if estimate.ceiling_ntd is not None:
        left_ntd = estimate.ceiling_ntd - estimate.expenditure_ntd
        facts += [
            Fact(label=gettext("額度（元）"), value=estimate.ceiling_ntd, kind=Kind.AMOUNT),
            Fact(label=gettext("額度餘（元）"), value=left_ntd, kind=Kind.AMOUNT),
        ]
    if estimate.cut_ntd:
        approved_ntd = estimate.expenditure_ntd - estimate.cut_ntd
        facts += [
            Fact(label=gettext("審議刪減（元）"), value=estimate.cut_ntd, kind=Kind.AMOUNT),
            Fact(label=gettext("審定數（元）"), value=approved_ntd, kind=Kind.AMOUNT),
        ]
    if estimate.supervisor_code:
        facts.append(Fact(label=gettext("主管機關"), value=estimate.supervisor_name))
    if estimate.endorsed_on:
        facts += [
            Fact(label=gettext("核轉人"), value=estimate.endorsed_by_name),
            Fact(label=gettext("核轉日期"), value=estimate.endorsed_on, kind=Kind.DATE),
        ]
    return DocumentHead(
        label=estimate.label,
        badge=state_badge(estimate.state, gettext),
        amount_ntd=estimate.expenditure_ntd,
        amount_label=gettext("歲出概算"),
        facts=tuple(facts),
    )


def _actions(
    estimate: Estimate, root: str, may: Callable[[Permission], bool], gettext: Gettext
) -> tuple[Action, ...]:
    """Return the next steps of this state, or why this person cannot take them."""
    book = Action(title=gettext("單位預算書"), url=f"{root}/book", method="get")
    if estimate.state in EDITABLE:
        return (*_of_agency(root, may, gettext), book)
    if estimate.state == "supervising":
        return (*_endorse(estimate, root, may, gettext), book)
    if estimate.state == "submitted":
        return (_review(root, may, gettext), *_return(root, may, gettext), book)
    if estimate.state == "reviewed":
        return (*_return(root, may, gettext), book)
    return (book,)


def _of_agency(
    root: str, may: Callable[[Permission], bool], gettext: Gettext
) -> tuple[Action, ...]:
    steps = (
        (gettext("送審"), "submission", SUBMIT_ESTIMATE, gettext("須由機關主辦會計或首長送審。")),
        (gettext("帶入上年度"), "last-year", WRITE_ESTIMATE, gettext("須由編製概算之人員辦理。")),
    )
    actions = [
        Action(
            title=title,
            url=f"{root}/{noun}",
            key=str(uuid.uuid4()),
            impossible="" if may(permission) else why,
        )
        for title, noun, permission, why in steps
    ]
    if may(WRITE_ESTIMATE):
        adding = (("expenditure", gettext("新增工作計畫")), ("revenue", gettext("新增歲入科目")))
        actions += [
            Action(title=title, url=f"{root}/lines/new?side={side}", method="get")
            for side, title in adding
        ]
        books = ((gettext("匯入單位預算書"), "import"), (gettext("計畫說明及員額"), "words"))
        actions += [
            Action(title=title, url=f"{root}/book/{noun}", method="get") for title, noun in books
        ]
    return tuple(actions)


def _endorse(
    estimate: Estimate, root: str, may: Callable[[Permission], bool], gettext: Gettext
) -> tuple[Action, ...]:
    """``may`` asks in the supervising agency for this right."""
    base = Action(title=gettext("核轉主計處"), url=f"{root}/endorsement", key=str(uuid.uuid4()))
    if not may(ENDORSE_ESTIMATE):
        text = gettext("已送{supervisor}核轉，核轉前不得修改。")
        why = text.format(supervisor=estimate.supervisor_name)
        return (Action(title=base.title, url=base.url, impossible=why),)
    return (
        Action(title=base.title, url=base.url, key=base.key, fields={"opinion": "agree"}),
        Action(
            title=gettext("退回所屬機關"),
            url=base.url,
            key=f"{base.key}-2",
            danger=True,
            fields={"opinion": "return"},
            reason_field="reason",
            reason_label=gettext("退回理由"),
        ),
    )


def _review(root: str, may: Callable[[Permission], bool], gettext: Gettext) -> Action:
    return Action(
        title=gettext("審議"),
        url=f"{root}/review",
        method="get",
        primary=True,
        impossible="" if may(REVIEW_ESTIMATES) else gettext("已送主計處審議，審議前不得修改。"),
    )


def _return(root: str, may: Callable[[Permission], bool], gettext: Gettext) -> tuple[Action, ...]:
    if not may(REVIEW_ESTIMATES):
        return ()
    return (
        Action(
            title=gettext("退回修正"),
            url=f"{root}/return",
            key=str(uuid.uuid4()),
            danger=True,
            reason_field="reason",
            reason_label=gettext("退回理由"),
        ),
    )


def _lines(lines: Sequence[EstimateLine], root: str, gettext: Gettext, *, revenue: bool) -> Table:
    unit = gettext("元")
    figures = [(line.last_year_ntd or 0, line.amount_ntd, line.cut_ntd) for line in lines]
    titles = (gettext("上年度預算"), gettext("概算"), gettext("審議刪減"), gettext("審定數"))
    return Table(
        id="revenue" if revenue else "expenditure",
        caption=gettext("歲入") if revenue else gettext("歲出工作計畫"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("項數"), kind=Kind.NUMBER),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
            Column(title=gettext("法律依據") if revenue else gettext("增減原因")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=line.code, url=f"{root}/lines/{line.estimate_line_id}"),
                    Cell(value=line.name, note=line.group_name),
                    Cell(value=len(line.items)),
                    *(Cell(value=figure) for figure in own),
                    Cell(value=own[1] - own[2]),
                    Cell(value=line.legal_basis if revenue else line.reason),
                )
            )
            for line, own in zip(lines, figures, strict=True)
        ),
        totals=(
            Cell(value=gettext("合計")),
            Cell(value=None),
            Cell(value=sum(len(line.items) for line in lines)),
            *(Cell(value=sum(own[at] for own in figures)) for at in range(3)),
            Cell(value=sum(own[1] - own[2] for own in figures)),
            Cell(value=None),
        ),
        empty=gettext("尚未編列歲入。") if revenue else gettext("尚未編列工作計畫。"),
    )


def _versions(versions: Sequence[EstimateVersion], root: str, gettext: Gettext) -> Table:
    return Table(
        id="versions",
        caption=gettext("版本"),
        columns=(
            Column(title=gettext("版本"), kind=Kind.NUMBER),
            Column(title=gettext("階段")),
            Column(title=gettext("時間"), kind=Kind.TIME),
            Column(title=gettext("辦理人")),
            Column(title=gettext("歲出"), kind=Kind.AMOUNT, unit=gettext("元")),
            Column(title=gettext("理由")),
            Column(title=gettext("與前版比較")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.version_no),
                    Cell(value=gettext(STAGES[one.stage])),
                    Cell(value=one.recorded_at),
                    Cell(value=one.actor_name),
                    Cell(value=_expenditure(one.lines)),
                    Cell(value=one.reason),
                    Cell(
                        value=gettext("逐項比較"),
                        url=f"{root}/versions?before={one.version_no - 1}&after={one.version_no}",
                    )
                    if one.version_no > 1
                    else Cell(value=None),
                )
            )
            for one in versions
        ),
        empty=gettext("尚未送審，沒有版本。"),
    )


def _expenditure(lines: Sequence[EstimateLine]) -> int:
    return sum(line.approved_ntd for line in lines if line.side == EXPENDITURE)


def differences_table(found: Sequence[Difference], *, gettext: Gettext) -> Table:
    unit = gettext("元")
    titles = (gettext("前版"), gettext("後版"), gettext("增減"))
    figures = [(one.before_ntd, one.after_ntd, one.difference_ntd) for one in found]
    return Table(
        id="differences",
        caption=gettext("逐項比較（相同者不列）"),
        columns=(
            Column(title=gettext("科目編號"), kind=Kind.CODE),
            Column(title=gettext("名稱")),
            Column(title=gettext("用途別")),
            Column(title=gettext("經資門")),
            *(Column(title=title, kind=Kind.AMOUNT, unit=unit) for title in titles),
            Column(title=gettext("原因")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.code),
                    Cell(value=one.name, note=one.sub_plan),
                    Cell(
                        value=gettext("歲入")
                        if one.side == REVENUE
                        else object_text(one.object_code, one.object_name, gettext)
                    ),
                    Cell(value=gettext(ACCOUNTS[one.account])),
                    *(Cell(value=figure) for figure in own),
                    Cell(value="；".join(one.reasons)),
                )
            )
            for one, own in zip(found, figures, strict=True)
        ),
        empty=gettext("兩個版本的金額完全相同。"),
    )


def _entry(entry: Entry, gettext: Gettext) -> HistoryEntry:
    after = entry.after or {}
    parts = [str(after[name]) for name in ("line_code", "line_name", "reason") if after.get(name)]
    parts += [f"{after[name]:,}" for name in ("amount_ntd", "expenditure_ntd") if name in after]
    return HistoryEntry(
        at=entry.recorded_at,
        who=gettext("系統") if entry.actor_account == SYSTEM else entry.actor_name,
        action=gettext(ACTIONS.get(entry.action, entry.action)),
        reason="　".join(parts),
    )
