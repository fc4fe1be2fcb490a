"""One estimate (概算) for people: head, next steps, work plans and sources, versions, history."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zhuji_budget.domain.estimate import EXPENDITURE, REVENUE, STATE_TITLES, Estimate, EstimateLine
from zhuji_budget.queries.estimates import EstimateVersion
from zhuji_budget.web.views.estimate_actions import Reader, estimate_actions
from zhuji_budget.web.views.estimate_versions import versions_table
from zhuji_budget.web.views.words import Gettext
from zhuji_core.audit.history import HistoryEntry as Entry
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
    Row,
    Table,
    Tone,
)
from zhuji_core.web.who import actor_name

Address = Callable[[str], str]
TONES = {
    "draft": Tone.NEUTRAL,
    "supervising": Tone.WAITING,
    "submitted": Tone.WAITING,
    "returned": Tone.BAD,
    "reviewed": Tone.GOOD,
    "compiled": Tone.GOOD,
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


def estimate_view(
    estimate: Estimate,
    versions: Sequence[EstimateVersion],
    entries: Sequence[Entry],
    *,
    address: Address,
    reader: Reader,
    gettext: Gettext,
) -> EstimateView:
    root = address(f"budget/estimates/{estimate.estimate_id}")
    return EstimateView(
        head=_head(estimate, gettext),
        actions=estimate_actions(estimate, root, reader, gettext),
        returned=estimate.reason if estimate.state == "returned" else "",
        expenditure=_lines(estimate.of(EXPENDITURE), root, gettext, revenue=False),
        revenue=_lines(estimate.of(REVENUE), root, gettext, revenue=True),
        versions=versions_table(versions, root, gettext),
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


def _entry(entry: Entry, gettext: Gettext) -> HistoryEntry:
    after = entry.after or {}
    parts = [str(after[name]) for name in ("line_code", "line_name", "reason") if after.get(name)]
    parts += [f"{after[name]:,}" for name in ("amount_ntd", "expenditure_ntd") if name in after]
    return HistoryEntry(
        at=entry.recorded_at,
        who=actor_name(entry, gettext),
        action=gettext(ACTIONS.get(entry.action, entry.action)),
        reason="　".join(parts),
    )
