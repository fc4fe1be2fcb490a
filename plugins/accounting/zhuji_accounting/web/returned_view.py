"""Returned remittances as values for the templates."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.remittances.returned import (
    ANSWER_TITLES,
    WAITING,
    AnswerKind,
    ReturnedRemittance,
)
from zhuji_accounting.queries.remittances import ReturnFilter
from zhuji_accounting.web import document_view
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_core.audit.history import HistoryEntry as Kept
from zhuji_core.formats import format_date
from zhuji_core.values import N_
from zhuji_core.web.components import (
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

PATH = "accounting/returned-remittances"
ACT_TITLES = {
    "accounting.return.record": N_("登記退匯"),
    "accounting.return.answer": N_("處理退匯"),
}


def returned_table(
    context: RequestContext,
    rows: Sequence[ReturnedRemittance],
    *,
    wanted: ReturnFilter | None = None,
) -> Table:
    """Return what came back: of a filter with its pager, or of one claim with its sum."""
    tr = context.gettext
    return Table(
        id="returned-remittances",
        caption=tr("退匯紀錄"),
        columns=(
            Column(title=tr("退匯編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("退匯日期"), kind=Kind.DATE),
            Column(title=tr("處理期限"), kind=Kind.DATE),
            Column(title=tr("報支案"), kind=Kind.CODE),
            Column(title=tr("受款人")),
            Column(title=tr("退匯通知號碼"), kind=Kind.CODE),
            Column(title=tr("退匯原因")),
            Column(title=tr("處理日期"), kind=Kind.DATE),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=row.label, url=context.path(f"{PATH}/{row.return_id}")),
                    Cell(value=badge(context, row)),
                    Cell(value=row.notice.returned_on),
                    Cell(value=row.answer_by),
                    Cell(
                        value=row.claim_label,
                        url=context.path(f"accounting/claims/{row.claim_id}"),
                    ),
                    Cell(value=row.payee_name),
                    Cell(value=row.notice.notice_no),
                    Cell(value=row.notice.reason),
                    Cell(value=row.answer.settled_on if row.answer else None),
                    Cell(value=row.amount_ntd),
                )
            )
            for row in rows
        ),
        totals=_sum(context, rows) if wanted is None else (),
        empty=tr("沒有退匯紀錄。"),
        pager=_pager(context, rows, wanted) if wanted else None,
    )


def _sum(context: RequestContext, rows: Sequence[ReturnedRemittance]) -> tuple[Cell, ...]:
    blanks = (Cell(value=None) for _ in range(8))
    total_ntd = sum(row.amount_ntd for row in rows)
    return (Cell(value=context.gettext("合計")), *blanks, Cell(value=total_ntd))


def _pager(
    context: RequestContext, rows: Sequence[ReturnedRemittance], wanted: ReturnFilter
) -> Pager:
    address = address_of(
        context.path(PATH),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "text": wanted.text,
            "waiting": wanted.waiting,
        },
    )
    return newest_first(address, wanted, [row.return_id for row in rows])


def badge(context: RequestContext, row: ReturnedRemittance) -> Badge:
    """Say what became of it, and that one is late when its day has passed."""
    tr = context.gettext
    if row.answer:
        return Badge(text=tr(ANSWER_TITLES[row.answer.kind]), tone=Tone.GOOD)
    if row.answer_by < context.business_date:
        return Badge(text=tr("逾期未處理"), tone=Tone.BAD)
    return Badge(text=tr(WAITING), tone=Tone.WAITING)


def document_head(context: RequestContext, found: ReturnedRemittance) -> DocumentHead:
    tr = context.gettext
    claim = context.path(f"accounting/claims/{found.claim_id}")
    facts = [
        Fact(label=tr("報支案"), value=found.claim_label, url=claim),
        Fact(label=tr("受款人"), value=found.payee_name),
        Fact(label=tr("原匯入帳戶"), value=_account(found)),
        Fact(label=tr("退匯通知號碼"), value=found.notice.notice_no),
        Fact(label=tr("退匯日期"), value=format_date(found.notice.returned_on)),
        Fact(label=tr("退匯原因"), value=found.notice.reason),
        Fact(label=tr("處理期限"), value=format_date(found.answer_by)),
        Fact(label=tr("登記人"), value=found.recorded_by_name),
        Fact(label=tr("機關"), value=f"{found.agency_name}（{found.agency_code}）"),
        *_answer(context, found),
    ]
    return DocumentHead(
        label=found.label,
        badge=badge(context, found),
        amount_ntd=found.amount_ntd,
        amount_label=tr("退匯金額"),
        facts=tuple(facts),
    )


def _answer(context: RequestContext, found: ReturnedRemittance) -> list[Fact]:
    tr, answer = context.gettext, found.answer
    if answer is None:
        return []
    facts = [
        Fact(label=tr("處理日期"), value=format_date(answer.settled_on)),
        Fact(label=tr("處理人"), value=answer.answered_by_name),
    ]
    if answer.kind is AnswerKind.GIVE_BACK:
        url = context.path(f"accounting/recoveries/{answer.recovery_id}")
        return [*facts, Fact(label=tr("支出收回"), value=answer.recovery_label, url=url)]
    account = f"{answer.bank_code}-{answer.branch_code} {answer.account_no}"
    return [
        *facts,
        Fact(label=tr("重匯憑單號碼"), value=answer.slip_no),
        Fact(label=tr("重匯帳戶"), value=account),
    ]


def _account(found: ReturnedRemittance) -> str:
    return f"{found.bank_code}-{found.branch_code} {found.account_no}" if found.bank_code else "—"


def history_of(entries: Sequence[Kept], context: RequestContext) -> tuple[HistoryEntry, ...]:
    return document_view.history_of(
        entries, context.gettext, titles=ACT_TITLES, badge_of=lambda _: None
    )
