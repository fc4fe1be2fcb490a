"""The pages of carry-over requests as values for their templates."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.carries.carry_over import STATE_TITLES, CarryOver, CarryState
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.queries.carries import CarryFilter, CarryRow
from zhuji_accounting.queries.carry_actions import CarryAction, CarryVerb
from zhuji_accounting.web import document_view
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_accounting.web.request_view import control_row_url
from zhuji_accounting.web.voucher_view import vouchers_table
from zhuji_accounting.web.wording import Gettext
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.values import N_
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
from zhuji_core.web.context import RequestContext

NOUNS = {
    CarryVerb.SUBMIT: "submission",
    CarryVerb.REVIEW: "review",
    CarryVerb.DECIDE: "decision",
    CarryVerb.EDIT: "edit",
    CarryVerb.RETURN: "return",
    CarryVerb.WITHDRAW: "withdrawal",
}
VERB_TITLES = {
    CarryVerb.SUBMIT: N_("送出"),
    CarryVerb.REVIEW: N_("審核"),
    CarryVerb.DECIDE: N_("核定保留"),
    CarryVerb.EDIT: N_("修改"),
    CarryVerb.RETURN: N_("退回補正"),
    CarryVerb.WITHDRAW: N_("撤回"),
}
ACT_TITLES = {f"accounting.carry.{verb}": title for verb, title in VERB_TITLES.items()} | {
    "accounting.carry.write": N_("填寫")
}
LINKS = frozenset({CarryVerb.EDIT, CarryVerb.DECIDE})  # reached by a link: a form follows
TONES = {
    CarryState.DRAFT: Tone.NEUTRAL,
    CarryState.DECIDED: Tone.GOOD,
    CarryState.RETURNED: Tone.BAD,
    CarryState.WITHDRAWN: Tone.STOPPED,
}


def badge(state: str, tr: Gettext) -> Badge:
    known = CarryState(state)
    return Badge(text=tr(STATE_TITLES[known]), tone=TONES.get(known, Tone.WAITING))


def document_head(context: RequestContext, carry: CarryOver) -> DocumentHead:
    tr = context.gettext
    facts = [
        Fact(
            label=tr("動支申請"),
            value=carry.request_label,
            url=context.path(f"accounting/requests/{carry.request_id}"),
        ),
        Fact(label=tr("保留原因"), value=carry.reason or tr("（未填）")),
        Fact(label=tr("證明文件"), value=carry.evidence or tr("（未填）")),
    ]
    if carry.contract_no:
        facts.append(Fact(label=tr("契約編號"), value=carry.contract_no))
    if carry.creditor:
        facts.append(Fact(label=tr("債權人"), value=f"{carry.creditor}　{carry.creditor_id}"))
    facts += [
        Fact(label=tr("機關"), value=f"{carry.agency_name}（{carry.agency_code}）"),
        Fact(label=tr("年度"), value=str(carry.fiscal_year)),
        Fact(label=tr("經辦"), value=carry.created_by_name),
    ]
    if carry.review:
        facts.append(Fact(label=tr("審核"), value=carry.review.name))
    if carry.decision:
        facts.append(Fact(label=tr("核定"), value=carry.decision.name))
        facts.append(Fact(label=tr("核定日期"), value=carry.decided_on, kind=Kind.DATE))
    if carry.decision_note:
        facts.append(Fact(label=tr("核減理由"), value=carry.decision_note))
    decided = carry.state is CarryState.DECIDED
    return DocumentHead(
        label=carry.label,
        badge=badge(str(carry.state), tr),
        amount_ntd=carry.carry_ntd,
        amount_label=tr("核定保留金額") if decided else tr("申請保留金額"),
        facts=tuple(facts),
    )


def tables(
    context: RequestContext, carry: CarryOver, vouchers: Sequence[Voucher]
) -> tuple[Table, ...]:
    """Return how each line is divided, and what records what is due."""
    parts = [_lines(context, carry)]
    if vouchers:
        parts.append(vouchers_table(context, vouchers))
    return tuple(parts)


def _lines(context: RequestContext, carry: CarryOver) -> Table:
    tr = context.gettext
    decided = carry.state is CarryState.DECIDED
    titles = [tr("未結清餘額"), tr("申請保留"), tr("申請應付"), tr("申請釋放")]
    if decided:
        titles += [tr("核定保留"), tr("核定應付"), tr("釋放")]
    amounts = [
        (
            line.open_ntd,
            line.carry_ntd,
            line.payable_ntd,
            line.release_ntd,
            line.granted_carry_ntd,
            line.granted_payable_ntd,
            line.granted_release_ntd,
        )[: len(titles)]
        for line in carry.lines
    ]
    return Table(
        id="lines",
        caption=tr("未結清餘額＝保留＋應付＋釋放"),
        columns=(
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("預算科目"), kind=Kind.CODE),
            Column(title=tr("名稱")),
            *(Column(title=title, unit=tr("元"), kind=Kind.AMOUNT) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=line.request_line_no),
                    Cell(
                        value=f"{line.line_code}-{line.object_code}",
                        url=control_row_url(context, line.control_row_id),
                    ),
                    Cell(value=f"{line.line_name}　{line.object_name}"),
                    *(Cell(value=amount_ntd) for amount_ntd in own),
                )
            )
            for line, own in zip(carry.lines, amounts, strict=True)
        ),
        totals=(
            Cell(value=tr("合計")),
            Cell(value=None),
            Cell(value=None),
            *(Cell(value=sum(column)) for column in zip(*amounts, strict=True)),
        ),
    )


def list_table(
    context: RequestContext,
    rows: Sequence[CarryRow],
    wanted: CarryFilter | None = None,
    *,
    chosen: bool = False,
) -> Table:
    """Return them as a list, of a filter with its pager; ``chosen``: with check boxes."""
    tr = context.gettext
    titles = (tr("未結清餘額"), tr("保留"), tr("應付"), tr("釋放"))
    return Table(
        id="carry-overs",
        caption=tr("保留案"),
        columns=(
            Column(title=tr("保留編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("機關")),
            Column(title=tr("動支申請"), kind=Kind.CODE),
            Column(title=tr("保留原因")),
            *(Column(title=title, unit=tr("元"), kind=Kind.AMOUNT) for title in titles),
            Column(title=tr("核定日期"), kind=Kind.DATE),
        ),
        rows=tuple(_list_row(context, row) for row in rows),
        select_name="carry_ids" if chosen else "",
        pager=_pager(context, rows, wanted) if wanted else None,
        empty=tr("沒有符合條件的保留案。"),
    )


def _list_row(context: RequestContext, row: CarryRow) -> Row:
    return Row(
        select=str(row.carry_id),
        cells=(
            Cell(value=row.label, url=context.path(f"accounting/carry-overs/{row.carry_id}")),
            Cell(value=badge(row.state, context.gettext)),
            Cell(value=row.agency_name),
            Cell(
                value=row.request_label,
                url=context.path(f"accounting/requests/{row.request_id}"),
            ),
            Cell(value=row.reason, note=row.creditor),
            Cell(value=row.open_ntd),
            Cell(value=row.carry_ntd),
            Cell(value=row.payable_ntd),
            Cell(value=row.release_ntd),
            Cell(value=row.decided_on),
        ),
    )


def _pager(context: RequestContext, rows: Sequence[CarryRow], wanted: CarryFilter) -> Pager:
    address = address_of(
        context.path("accounting/carry-overs"),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "states": wanted.state,
            "mine": wanted.mine,
        },
    )
    return newest_first(address, wanted, [row.carry_id for row in rows])


def actions_of(
    context: RequestContext, carry: CarryOver, actions: Sequence[CarryAction], *, key: str
) -> tuple[Action, ...]:
    return document_view.step_buttons(
        actions,
        context.gettext,
        titles=VERB_TITLES,
        links=LINKS,
        url_of=lambda verb: context.path(f"accounting/carry-overs/{carry.carry_id}/{NOUNS[verb]}"),
        key=key,
    )


def history_of(entries: Sequence[Kept], tr: Gettext) -> tuple[HistoryEntry, ...]:
    """Return the acts on it, newest first."""

    def badge_of(state: str) -> Badge | None:
        return badge(state, tr) if state in set(CarryState) else None

    return document_view.history_of(entries, tr, titles=ACT_TITLES, badge_of=badge_of)
