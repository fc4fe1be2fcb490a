"""The pages of claims as values for their templates."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.claims.claim import (
    DOCUMENT_TITLES,
    KIND_TITLES,
    STATE_TITLES,
    ClaimKind,
    ClaimState,
    ExpenseClaim,
)
from zhuji_accounting.domain.claims.rules import STEP_TITLES
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.domain.remittances.returned import ReturnedRemittance
from zhuji_accounting.queries.claim_actions import STEPS, ClaimAction, ClaimVerb
from zhuji_accounting.queries.claims import ClaimFilter, ClaimRow
from zhuji_accounting.queries.recoveries import RecoveryRow
from zhuji_accounting.web import document_view
from zhuji_accounting.web.claim_details_view import details_facts
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_accounting.web.recovery_view import recoveries_table
from zhuji_accounting.web.request_tables import taipei_date
from zhuji_accounting.web.request_view import control_row_url
from zhuji_accounting.web.returned_view import returned_table
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
    ClaimVerb.SUBMIT: "submission",
    ClaimVerb.ACCEPT: "acceptance",
    ClaimVerb.APPROVE: "approval",
    ClaimVerb.REVIEW: "review",
    ClaimVerb.GRANT: "grant",
    ClaimVerb.EDIT: "edit",
    ClaimVerb.RETURN: "return",
    ClaimVerb.WITHDRAW: "withdrawal",
    ClaimVerb.RECOVER: "recovery",
    ClaimVerb.BOUNCE: "returned-remittance",
}
VERB_TITLES = {
    **{verb: STEP_TITLES[step] for verb, step in STEPS.items()},
    ClaimVerb.SUBMIT: N_("送出"),
    ClaimVerb.EDIT: N_("修改"),
    ClaimVerb.RETURN: N_("退回補正"),
    ClaimVerb.WITHDRAW: N_("撤回"),
    ClaimVerb.RECOVER: N_("登記收回"),
    ClaimVerb.BOUNCE: N_("登記退匯"),
}
ACT_TITLES = {f"accounting.claim.{verb}": title for verb, title in VERB_TITLES.items()} | {
    "accounting.claim.write": N_("填寫"),
    "accounting.recovery.record": N_("登記收回"),
    "accounting.return.record": N_("登記退匯"),
}
# Reached by a link: a form of its own follows.
LINKS = frozenset({ClaimVerb.EDIT, ClaimVerb.RECOVER, ClaimVerb.BOUNCE})
TONES = {
    ClaimState.DRAFT: Tone.NEUTRAL,
    ClaimState.APPROVED: Tone.GOOD,
    ClaimState.RETURNED: Tone.BAD,
    ClaimState.WITHDRAWN: Tone.STOPPED,
}


def badge(state: str, tr: Gettext) -> Badge:
    known = ClaimState(state)
    return Badge(text=tr(STATE_TITLES[known]), tone=TONES.get(known, Tone.WAITING))


def document_head(context: RequestContext, claim: ExpenseClaim) -> DocumentHead:
    tr = context.gettext
    facts = [
        Fact(label=tr("用途摘要"), value=claim.memo or tr("（未填）")),
        Fact(label=tr("種類"), value=tr(KIND_TITLES[claim.kind])),
        Fact(label=tr("結案"), value=_final(claim.final, tr)),
        *_settles(context, claim),
        *details_facts(context, claim),
        Fact(label=tr("機關"), value=f"{claim.agency_name}（{claim.agency_code}）"),
        Fact(label=tr("年度"), value=str(claim.fiscal_year)),
        Fact(label=tr("經辦"), value=claim.created_by_name),
    ]
    facts += [Fact(label=tr(STEP_TITLES[one.step]), value=one.name) for one in claim.signatures]
    return DocumentHead(
        label=claim.label,
        badge=badge(str(claim.state), tr),
        amount_ntd=claim.amount_ntd,
        amount_label=tr("報支金額"),
        facts=tuple(facts),
    )


def _settles(context: RequestContext, claim: ExpenseClaim) -> tuple[Fact, ...]:
    if claim.advance_id is None:
        return ()
    tr = context.gettext
    if claim.kind is ClaimKind.PETTY_CASH:
        url = context.path(f"accounting/advances/{claim.advance_id}")
        return (Fact(label=tr("撥還之零用金"), value=claim.advance_label, url=url),)
    told = tr("{label}：轉正 {settled_ntd:,} 元，應付 {due_ntd:,} 元").format(
        label=claim.advance_label, settled_ntd=claim.settled_ntd, due_ntd=claim.due_ntd
    )
    url = context.path(f"accounting/advances/{claim.advance_id}")
    return (Fact(label=tr("轉正之暫付"), value=told, url=url),)


def _final(final: bool, tr: Gettext) -> str:  # noqa: FBT001 (one word of two)
    return tr("末次報支，餘額釋放") if final else tr("部分報支，餘額續留")


def tables(
    context: RequestContext,
    claim: ExpenseClaim,
    vouchers: Sequence[Voucher],
    *,
    recoveries: Sequence[RecoveryRow],
    returned: Sequence[ReturnedRemittance] = (),
) -> tuple[Table, ...]:
    """Return what is claimed, by what evidence, to whom, what came back, and what records it."""
    parts = [_lines(context, claim), _documents(context, claim), _payees(context, claim)]
    if recoveries:
        parts.append(recoveries_table(context, recoveries))
    if returned:
        parts.append(returned_table(context, returned))
    if vouchers:
        parts.append(vouchers_table(context, vouchers))
    return tuple(parts)


def _amount(tr: Gettext) -> Column:
    return Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT)


def _sum(tr: Gettext, columns: int, amount_ntd: int) -> tuple[Cell, ...]:
    blanks = (Cell(value=None) for _ in range(columns - 2))
    return (Cell(value=tr("合計")), *blanks, Cell(value=amount_ntd))


def _lines(context: RequestContext, claim: ExpenseClaim) -> Table:
    tr = context.gettext
    return Table(
        id="lines",
        caption=tr("報支明細"),
        columns=(
            Column(title=tr("動支申請"), kind=Kind.CODE),
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("預算科目"), kind=Kind.CODE),
            Column(title=tr("名稱")),
            Column(title=tr("其中轉正"), unit=tr("元"), kind=Kind.AMOUNT),
            _amount(tr),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=line.request_label,
                        url=context.path(f"accounting/requests/{line.request_id}"),
                    ),
                    Cell(value=line.request_line_no),
                    Cell(
                        value=f"{line.line_code}-{line.object_code}",
                        url=control_row_url(context, line.control_row_id),
                    ),
                    Cell(value=f"{line.line_name}　{line.object_name}"),
                    Cell(value=line.settled_ntd),
                    Cell(value=line.amount_ntd),
                )
            )
            for line in claim.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=claim.settled_ntd),
            Cell(value=claim.amount_ntd),
        ),
        empty=tr("尚未填明細。"),
    )


def _documents(context: RequestContext, claim: ExpenseClaim) -> Table:
    tr = context.gettext
    return Table(
        id="documents",
        caption=tr("原始憑證"),
        columns=(
            Column(title=tr("種類")),
            Column(title=tr("憑證號碼"), kind=Kind.CODE),
            Column(title=tr("日期"), kind=Kind.DATE),
            Column(title=tr("統一編號"), kind=Kind.CODE),
            _amount(tr),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=tr(DOCUMENT_TITLES[one.kind])),
                    Cell(value=one.number or None),
                    Cell(value=one.dated_on),
                    Cell(value=one.tax_id or None),
                    Cell(value=one.amount_ntd),
                )
            )
            for one in claim.documents
        ),
        totals=_sum(tr, 5, sum(one.amount_ntd for one in claim.documents)),
        empty=tr("尚未填原始憑證。"),
    )


def _payees(context: RequestContext, claim: ExpenseClaim) -> Table:
    tr = context.gettext
    return Table(
        id="payees",
        caption=tr("受款人"),
        columns=(
            Column(title=tr("受款人")),
            Column(title=tr("統一編號或身分證號"), kind=Kind.CODE),
            Column(title=tr("金融機構"), kind=Kind.CODE),
            Column(title=tr("帳號"), kind=Kind.CODE),
            _amount(tr),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=one.name),
                    Cell(value=one.identifier or None),
                    Cell(value=f"{one.bank_code}-{one.branch_code}" if one.bank_code else None),
                    Cell(value=one.account_no or None),
                    Cell(value=one.amount_ntd),
                )
            )
            for one in claim.payees
        ),
        totals=_sum(tr, 5, sum(one.amount_ntd for one in claim.payees)),
        empty=tr("尚未填受款人。"),
    )


def list_table(
    context: RequestContext, rows: Sequence[ClaimRow], *, wanted: ClaimFilter | None = None
) -> Table:
    """Return claims as a list: of a filter with its pager, or those of one request."""
    tr = context.gettext
    return Table(
        id="claims",
        caption=tr("報支案"),
        columns=(
            Column(title=tr("報支編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("送出日期"), kind=Kind.DATE),
            Column(title=tr("用途摘要")),
            Column(title=tr("動支申請"), kind=Kind.CODE),
            Column(title=tr("經辦")),
            _amount(tr),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.label, url=context.path(f"accounting/claims/{row.claim_id}")),
                    Cell(value=badge(row.state, tr)),
                    Cell(value=taipei_date(row.submitted_at)),
                    Cell(value=row.memo or tr("（未填）"), note=_final(row.final, tr)),
                    Cell(value=row.requests),
                    Cell(value=row.created_by_name),
                    Cell(value=row.amount_ntd),
                )
            )
            for row in rows
        ),
        pager=_pager(context, rows, wanted) if wanted else None,
        empty=tr("沒有符合條件的報支案。"),
    )


def _pager(context: RequestContext, rows: Sequence[ClaimRow], wanted: ClaimFilter) -> Pager:
    address = address_of(
        context.path("accounting/claims"),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "states": wanted.state,
            "text": wanted.text,
            "mine": wanted.mine,
        },
    )
    return newest_first(address, wanted, [row.claim_id for row in rows])


def actions_of(
    context: RequestContext, claim: ExpenseClaim, actions: Sequence[ClaimAction], *, key: str
) -> tuple[Action, ...]:
    return document_view.step_buttons(
        actions,
        context.gettext,
        titles=VERB_TITLES,
        links=LINKS,
        url_of=lambda verb: context.path(f"accounting/claims/{claim.claim_id}/{NOUNS[verb]}"),
        key=key,
    )


def history_of(entries: Sequence[Kept], tr: Gettext) -> tuple[HistoryEntry, ...]:
    """Return the acts on a claim, newest first."""

    def badge_of(state: str) -> Badge | None:
        return badge(state, tr) if state in set(ClaimState) else None

    return document_view.history_of(entries, tr, titles=ACT_TITLES, badge_of=badge_of)
