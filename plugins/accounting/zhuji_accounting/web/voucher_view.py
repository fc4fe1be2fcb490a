"""The pages of vouchers as values for their templates."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, Voucher, VoucherKind, VoucherState
from zhuji_accounting.domain.ledger.voucher_rules import STATE_TITLES
from zhuji_accounting.queries.voucher_actions import VoucherAction, VoucherVerb
from zhuji_accounting.queries.voucher_lists import VoucherFilter, VoucherRow
from zhuji_accounting.web import document_view
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_accounting.web.request_view import control_row_url
from zhuji_accounting.web.wording import Gettext
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.contracts.documents import DocumentRef
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
    VoucherVerb.PREPARE: "preparation",
    VoucherVerb.EDIT: "edit",
    VoucherVerb.REVIEW: "review",
    VoucherVerb.APPROVE: "approval",
    VoucherVerb.POST: "posting",
    VoucherVerb.RETURN: "return",
    VoucherVerb.WITHDRAW: "withdrawal",
    VoucherVerb.REVERSE: "reversal",
}
VERB_TITLES = {
    VoucherVerb.PREPARE: N_("製票送覆核"),
    VoucherVerb.EDIT: N_("修改"),
    VoucherVerb.REVIEW: N_("覆核"),
    VoucherVerb.APPROVE: N_("核定"),
    VoucherVerb.POST: N_("登帳"),
    VoucherVerb.RETURN: N_("退回補正"),
    VoucherVerb.WITHDRAW: N_("撤回"),
    VoucherVerb.REVERSE: N_("沖銷"),
}
REASONS = {VoucherVerb.RETURN: N_("退回理由"), VoucherVerb.REVERSE: N_("沖銷理由")}
ACT_TITLES = {
    "accounting.voucher.write": N_("製票"),
    "accounting.voucher.review": N_("覆核"),
    "accounting.voucher.approve": N_("核定"),
    "accounting.voucher.post": N_("登帳"),
    "accounting.voucher.attach": N_("加附件"),
    "accounting.voucher.detach": N_("移除附件"),
}
TONES = {
    VoucherState.DRAFT: Tone.NEUTRAL,
    VoucherState.POSTED: Tone.GOOD,
    VoucherState.RETURNED: Tone.BAD,
    VoucherState.WITHDRAWN: Tone.STOPPED,
}
# Documents of this module that have a page of their own.
SOURCES = {
    "accounting.request": "accounting/requests",
    "accounting.claim": "accounting/claims",
    "accounting.advance": "accounting/advances",
    "accounting.recovery": "accounting/recoveries",
}


def badge(state: str, tr: Gettext) -> Badge:
    known = VoucherState(state)
    return Badge(text=tr(STATE_TITLES[known]), tone=TONES.get(known, Tone.WAITING))


def document_head(
    context: RequestContext, voucher: Voucher, others: Sequence[tuple[str, Voucher]]
) -> DocumentHead:
    """Return the head; ``others``: what it reverses or is reversed by, each with a word."""
    tr = context.gettext
    facts = [
        Fact(label=tr("摘要"), value=voucher.memo),
        Fact(label=tr("種類"), value=tr(KIND_TITLES[voucher.kind])),
        Fact(label=tr("傳票日期"), value=voucher.posting_date, kind=Kind.DATE),
        Fact(label=tr("會計月份"), value=f"{voucher.fiscal_year}-{voucher.period:02}"),
        Fact(label=tr("機關"), value=f"{voucher.agency_name}（{voucher.agency_code}）"),
    ]
    if voucher.source is not None:
        facts.append(_source(context, voucher.source))
    facts += [
        Fact(
            label=tr(word),
            value=one.label,
            url=context.path(f"accounting/vouchers/{one.voucher_id}"),
        )
        for word, one in others
    ]
    names = (
        (N_("製票"), voucher.prepared_by_name),
        (N_("覆核"), voucher.reviewed_by_name),
        (N_("主辦會計"), voucher.approved_by_name),
        (N_("登帳"), voucher.posted_by_name),
    )
    facts += [Fact(label=tr(word), value=name) for word, name in names if name]
    return DocumentHead(
        label=voucher.label,
        badge=badge(str(voucher.state), tr),
        amount_ntd=voucher.debit_ntd,
        amount_label=tr("借方合計"),
        facts=tuple(facts),
    )


def _source(context: RequestContext, source: DocumentRef) -> Fact:
    path = SOURCES.get(source.kind, "")
    return Fact(
        label=context.gettext("來源單據"),
        value=source.label,
        url=context.path(f"{path}/{source.document_id}") if path else "",
    )


def entries_table(context: RequestContext, voucher: Voucher) -> Table:
    """Return the entries, debits and credits in columns of their own, with their sums."""
    tr = context.gettext
    return Table(
        id="entries",
        caption=tr("分錄"),
        columns=(
            Column(title=tr("會計科目"), kind=Kind.CODE),
            Column(title=tr("科目名稱")),
            Column(title=tr("說明")),
            Column(title=tr("預算科目")),
            Column(title=tr("明細對象")),
            Column(title=tr("借方"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("貸方"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=line.account_code),
                    Cell(value=line.account_name),
                    Cell(value=line.description or None),
                    Cell(
                        value=line.row_label or None,
                        url=control_row_url(context, line.control_row_id)
                        if line.control_row_id
                        else "",
                    ),
                    Cell(value=line.subsidiary_name or line.subsidiary_key or None),
                    Cell(value=line.debit_ntd or None),
                    Cell(value=line.credit_ntd or None),
                )
            )
            for line in voucher.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(4)),
            Cell(value=voucher.debit_ntd),
            Cell(value=voucher.credit_ntd),
        ),
    )


def vouchers_table(context: RequestContext, vouchers: Sequence[Voucher]) -> Table:
    """Return the entries that record another document, each with its voucher."""
    tr = context.gettext
    return Table(
        id="vouchers",
        caption=tr("傳票"),
        columns=(
            Column(title=tr("傳票號"), kind=Kind.CODE),
            Column(title=tr("狀態")),
            Column(title=tr("會計科目")),
            Column(title=tr("借方"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("貸方"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=voucher.label,
                        url=context.path(f"accounting/vouchers/{voucher.voucher_id}"),
                    ),
                    Cell(value=tr(STATE_TITLES[voucher.state])),
                    Cell(value=f"{line.account_code} {line.account_name}"),
                    Cell(value=line.debit_ntd or None),
                    Cell(value=line.credit_ntd or None),
                )
            )
            for voucher in vouchers
            for line in voucher.lines
        ),
    )


def list_table(
    context: RequestContext, rows: Sequence[VoucherRow], *, wanted: VoucherFilter
) -> Table:
    """Return vouchers as a list with its pager."""
    tr = context.gettext
    return Table(
        id="vouchers",
        caption=tr("傳票"),
        columns=(
            Column(title=tr("傳票號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("日期"), kind=Kind.DATE),
            Column(title=tr("種類")),
            Column(title=tr("摘要")),
            Column(title=tr("來源單據"), kind=Kind.CODE),
            Column(title=tr("製票")),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=row.label, url=context.path(f"accounting/vouchers/{row.voucher_id}")
                    ),
                    Cell(value=badge(row.state, tr)),
                    Cell(value=row.posting_date),
                    Cell(value=tr(KIND_TITLES[VoucherKind(row.kind)])),
                    Cell(value=row.memo),
                    Cell(value=row.source_label or None),
                    Cell(value=row.prepared_by_name or None),
                    Cell(value=row.amount_ntd),
                )
            )
            for row in rows
        ),
        pager=_pager(context, rows, wanted),
        empty=tr("沒有符合條件的傳票。"),
    )


def _pager(context: RequestContext, rows: Sequence[VoucherRow], wanted: VoucherFilter) -> Pager:
    address = address_of(
        context.path("accounting/vouchers"),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "states": wanted.state,
            "kind": wanted.kind,
            "text": wanted.text,
        },
    )
    return newest_first(address, wanted, [row.voucher_id for row in rows])


def actions_of(
    context: RequestContext, voucher: Voucher, actions: Sequence[VoucherAction], *, key: str
) -> tuple[Action, ...]:
    """Return the next steps as buttons; the first possible one is the main one (F9)."""
    tr = context.gettext
    possible = [one.verb for one in actions if one.refusal is None and one.verb not in REASONS]
    return tuple(
        Action(
            title=tr(VERB_TITLES[one.verb]),
            url=context.path(f"accounting/vouchers/{voucher.voucher_id}/{NOUNS[one.verb]}"),
            key=f"{key}-{one.verb}",
            method="get" if one.verb is VoucherVerb.EDIT else "post",
            primary=one.verb in possible[:1] and one.verb is not VoucherVerb.WITHDRAW,
            danger=one.verb in {VoucherVerb.WITHDRAW, VoucherVerb.REVERSE},
            impossible=document_view.why_not(one.refusal, tr),
            reason_field="reason" if one.verb in REASONS else "",
            reason_label=tr(REASONS[one.verb]) if one.verb in REASONS else "",
        )
        for one in actions
    )


def history_of(entries: Sequence[Kept], tr: Gettext) -> tuple[HistoryEntry, ...]:
    """Return the acts on a voucher, newest first."""

    def badge_of(state: str) -> Badge | None:
        return badge(state, tr) if state in set(VoucherState) else None

    return document_view.history_of(entries, tr, titles=ACT_TITLES, badge_of=badge_of)
