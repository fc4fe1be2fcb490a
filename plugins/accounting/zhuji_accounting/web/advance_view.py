"""The pages of advances as values for their templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from zhuji_accounting.domain.advances.advance import (
    KIND_TITLES,
    STATE_TITLES,
    Advance,
    AdvanceKind,
    AdvanceState,
)
from zhuji_accounting.domain.claims.claim import ClaimKind
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.queries.advance_actions import AdvanceAction, AdvanceVerb
from zhuji_accounting.queries.advances import AdvanceFilter, AdvanceRow
from zhuji_accounting.queries.claims import ClaimRow
from zhuji_accounting.queries.recoveries import RecoveryRow
from zhuji_accounting.web import document_view
from zhuji_accounting.web.claim_view import list_table as claims_table
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_accounting.web.recovery_view import recoveries_table
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
    AdvanceVerb.SUBMIT: "submission",
    AdvanceVerb.APPROVE: "approval",
    AdvanceVerb.GRANT: "grant",
    AdvanceVerb.PAY_BACK: "recovery",
    AdvanceVerb.EDIT: "edit",
    AdvanceVerb.RETURN: "return",
    AdvanceVerb.WITHDRAW: "withdrawal",
}
VERB_TITLES = {
    AdvanceVerb.SUBMIT: N_("送出"),
    AdvanceVerb.APPROVE: N_("核准"),
    AdvanceVerb.GRANT: N_("核定撥付"),
    AdvanceVerb.SETTLE: N_("轉正報支"),
    AdvanceVerb.REPLENISH: N_("撥還零用金"),
    AdvanceVerb.PAY_BACK: N_("登記繳回"),
    AdvanceVerb.EDIT: N_("修改"),
    AdvanceVerb.RETURN: N_("退回補正"),
    AdvanceVerb.WITHDRAW: N_("撤回"),
}
ACT_TITLES = {f"accounting.advance.{verb}": title for verb, title in VERB_TITLES.items()} | {
    "accounting.advance.write": N_("填寫"),
    "accounting.recovery.record": N_("登記繳回"),
}
# Reached by a link: a form of its own follows.
ANSWERS = frozenset({AdvanceVerb.SETTLE, AdvanceVerb.REPLENISH})
LINKS = ANSWERS | {AdvanceVerb.EDIT, AdvanceVerb.PAY_BACK}
KIND_OF_CLAIM = {
    AdvanceKind.TRAVEL: ClaimKind.TRAVEL,
    AdvanceKind.PETTY_CASH: ClaimKind.PETTY_CASH,
    AdvanceKind.PREPAYMENT: ClaimKind.CONTRACT,
}
TONES = {
    AdvanceState.DRAFT: Tone.NEUTRAL,
    AdvanceState.GRANTED: Tone.GOOD,
    AdvanceState.CLOSED: Tone.STOPPED,
    AdvanceState.RETURNED: Tone.BAD,
    AdvanceState.WITHDRAWN: Tone.STOPPED,
}


def badge(state: str, tr: Gettext) -> Badge:
    known = AdvanceState(state)
    return Badge(text=tr(STATE_TITLES[known]), tone=TONES.get(known, Tone.WAITING))


def document_head(context: RequestContext, advance: Advance) -> DocumentHead:
    tr = context.gettext
    facts = [
        Fact(label=tr("事由"), value=advance.memo or tr("（未填）")),
        Fact(label=tr("種類"), value=tr(KIND_TITLES[advance.kind])),
        Fact(label=tr("領款人"), value=_receiver(advance) or tr("（未填）")),
        Fact(label=tr("預定結清日"), value=advance.settle_by, kind=Kind.DATE),
    ]
    if advance.contract_no:
        facts.append(Fact(label=tr("契約編號"), value=advance.contract_no))
    if advance.open_reason:
        facts.append(Fact(label=tr("逾期未結仍須暫付之理由"), value=advance.open_reason))
    if advance.granted_on:
        facts.append(Fact(label=tr("撥付日期"), value=advance.granted_on, kind=Kind.DATE))
    facts += [
        Fact(label=tr("機關"), value=f"{advance.agency_name}（{advance.agency_code}）"),
        Fact(label=tr("年度"), value=str(advance.fiscal_year)),
        Fact(label=tr("經辦"), value=advance.created_by_name),
    ]
    if advance.approval:
        facts.append(Fact(label=tr("核准"), value=advance.approval.name))
    if advance.grant:
        facts.append(Fact(label=tr("核定"), value=advance.grant.name))
    return DocumentHead(
        label=advance.label,
        badge=badge(str(advance.state), tr),
        amount_ntd=advance.outstanding_ntd if advance.is_out else advance.amount_ntd,
        amount_label=tr("未結清金額") if advance.is_out else tr("暫付金額"),
        facts=tuple(facts),
    )


def _receiver(advance: Advance) -> str:
    where = "-".join(
        part for part in (advance.bank_code, advance.branch_code, advance.account_no) if part
    )
    who = (
        f"{advance.receiver_name}（{advance.receiver_id}）"
        if advance.receiver_id
        else (advance.receiver_name)
    )
    return f"{who}　{where}" if where else who


def tables(
    context: RequestContext,
    advance: Advance,
    vouchers: Sequence[Voucher],
    *,
    claims: Sequence[ClaimRow],
    recoveries: Sequence[RecoveryRow],
) -> tuple[Table, ...]:
    """Return what is advanced, what became of it, and what records it."""
    parts = [_lines(context, advance)]
    if claims:
        parts.append(claims_table(context, claims))
    if recoveries:
        parts.append(recoveries_table(context, recoveries))
    if vouchers:
        parts.append(vouchers_table(context, vouchers))
    return tuple(parts)


def _lines(context: RequestContext, advance: Advance) -> Table:
    tr = context.gettext
    titles = (tr("暫付金額"), tr("已轉正"), tr("已繳回"), tr("未結清"))
    return Table(
        id="lines",
        caption=tr("暫付明細"),
        columns=(
            Column(title=tr("動支申請"), kind=Kind.CODE),
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("預算科目"), kind=Kind.CODE),
            Column(title=tr("名稱")),
            *(Column(title=title, unit=tr("元"), kind=Kind.AMOUNT) for title in titles),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=advance.request_label,
                        url=context.path(f"accounting/requests/{advance.request_id}"),
                    ),
                    Cell(value=line.request_line_no),
                    Cell(
                        value=f"{line.line_code}-{line.object_code}",
                        url=control_row_url(context, line.control_row_id),
                    ),
                    Cell(value=f"{line.line_name}　{line.object_name}"),
                    Cell(value=line.amount_ntd),
                    Cell(value=line.settled_ntd),
                    Cell(value=line.returned_ntd),
                    Cell(value=line.outstanding_ntd if advance.is_out else None),
                )
            )
            for line in advance.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=advance.amount_ntd),
            Cell(value=sum(line.settled_ntd for line in advance.lines)),
            Cell(value=sum(line.returned_ntd for line in advance.lines)),
            Cell(value=advance.outstanding_ntd if advance.is_out else None),
        ),
        empty=tr("尚未填明細。"),
    )


def list_table(
    context: RequestContext, rows: Sequence[AdvanceRow], *, wanted: AdvanceFilter | None = None
) -> Table:
    """Return advances as a list: of a filter with its pager, or those of one request."""
    tr = context.gettext
    assert context.uow is not None, "a list is made inside of its unit of work"
    today = context.uow.business_date
    return Table(
        id="advances",
        caption=tr("暫付案"),
        columns=(
            Column(title=tr("暫付編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("撥付日期"), kind=Kind.DATE),
            Column(title=tr("事由")),
            Column(title=tr("領款人")),
            Column(title=tr("動支申請"), kind=Kind.CODE),
            Column(title=tr("預定結清日"), kind=Kind.DATE),
            Column(title=tr("暫付金額"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("未結清"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(_list_row(context, row, today) for row in rows),
        pager=_pager(context, rows, wanted) if wanted else None,
        empty=tr("沒有符合條件的暫付案。"),
    )


def _list_row(context: RequestContext, row: AdvanceRow, today: dt.date) -> Row:
    tr = context.gettext
    days = row.days_overdue(today)
    return Row(
        cells=(
            Cell(value=row.label, url=context.path(f"accounting/advances/{row.advance_id}")),
            Cell(value=badge(row.state, tr)),
            Cell(value=row.granted_on),
            Cell(value=row.memo or tr("（未填）"), note=tr(KIND_TITLES[AdvanceKind(row.kind)])),
            Cell(value=row.receiver_name),
            Cell(
                value=row.request_label,
                url=context.path(f"accounting/requests/{row.request_id}"),
            ),
            Cell(
                value=row.settle_by,
                note=tr("逾期 {days} 日").format(days=days) if days else "",
            ),
            Cell(value=row.amount_ntd),
            Cell(value=row.outstanding_ntd),
        )
    )


def _pager(context: RequestContext, rows: Sequence[AdvanceRow], wanted: AdvanceFilter) -> Pager:
    address = address_of(
        context.path("accounting/advances"),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "states": wanted.state,
            "text": wanted.text,
            "mine": wanted.mine,
            "overdue": wanted.overdue,
        },
    )
    return newest_first(address, wanted, [row.advance_id for row in rows])


def actions_of(
    context: RequestContext, advance: Advance, actions: Sequence[AdvanceAction], *, key: str
) -> tuple[Action, ...]:
    return document_view.step_buttons(
        actions,
        context.gettext,
        titles=VERB_TITLES,
        links=LINKS,
        url_of=lambda verb: _url(context, advance, verb),
        key=key,
    )


def _url(context: RequestContext, advance: Advance, verb: AdvanceVerb) -> str:
    if verb in ANSWERS:
        kind = KIND_OF_CLAIM.get(advance.kind, ClaimKind.ORDINARY)
        query = urlencode({"advance": advance.label, "kind": str(kind)})
        return context.path(f"accounting/claims/new?{query}")
    return context.path(f"accounting/advances/{advance.advance_id}/{NOUNS[verb]}")


def history_of(entries: Sequence[Kept], tr: Gettext) -> tuple[HistoryEntry, ...]:
    """Return the acts on an advance, newest first."""

    def badge_of(state: str) -> Badge | None:
        return badge(state, tr) if state in set(AdvanceState) else None

    return document_view.history_of(entries, tr, titles=ACT_TITLES, badge_of=badge_of)
