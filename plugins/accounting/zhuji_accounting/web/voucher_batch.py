"""The worklist of vouchers and its batches as values for their templates."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from zhuji_accounting.domain.ledger.voucher import KIND_TITLES, Voucher, VoucherKind, VoucherState
from zhuji_accounting.queries.voucher_lists import VoucherRow
from zhuji_accounting.web.voucher_view import badge
from zhuji_core.ids import new_id
from zhuji_core.values import N_
from zhuji_core.web.components import (
    Cell,
    Column,
    Confirmation,
    Fact,
    Kind,
    Pager,
    Row,
    Table,
)
from zhuji_core.web.context import RequestContext

LARGEST_SHOWN = 5  # a batch is looked over by its largest amounts
# What is done to many in one state. A prepared one is reviewed; the chief accountant approves
# what was reviewed.
BUTTONS = {
    VoucherState.APPROVED: N_("批次登帳"),
    VoucherState.REVIEWED: N_("批次核定"),
    VoucherState.PREPARED: N_("批次覆核"),
    VoucherState.RETURNED: N_("批次送覆核"),
    VoucherState.DRAFT: N_("批次送覆核"),
}
NOUNS = {
    VoucherState.APPROVED: "posting",
    VoucherState.REVIEWED: "approval",
    VoucherState.PREPARED: "review",
    VoucherState.RETURNED: "preparation",
    VoucherState.DRAFT: "preparation",
}


def waiting_table(
    context: RequestContext,
    rows: Sequence[VoucherRow],
    *,
    now: dt.datetime,
    pager: Pager | None = None,
    select_name: str = "",
    caption: str = "",
) -> Table:
    """Return what waits, with its age in days."""
    tr = context.gettext
    return Table(
        id="waiting",
        caption=caption or tr("依製作先後"),
        columns=(
            Column(title=tr("傳票"), kind=Kind.CODE),
            Column(title=tr("日期"), kind=Kind.DATE),
            Column(title=tr("種類")),
            Column(title=tr("摘要")),
            Column(title=tr("來源單據"), kind=Kind.CODE),
            Column(title=tr("製票")),
            Column(title=tr("已等候"), unit=tr("日"), kind=Kind.NUMBER),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(_row(context, row, now=now) for row in rows),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(6)),
            Cell(value=sum(row.amount_ntd for row in rows)),
        ),
        select_name=select_name,
        pager=pager or Pager(shown=len(rows)),
        empty=tr("目前沒有待辦的傳票。"),
    )


def _row(context: RequestContext, row: VoucherRow, *, now: dt.datetime) -> Row:
    return Row(
        select=str(row.voucher_id),
        cells=(
            Cell(value=row.label, url=context.path(f"accounting/vouchers/{row.voucher_id}")),
            Cell(value=row.posting_date),
            Cell(value=context.gettext(KIND_TITLES[VoucherKind(row.kind)])),
            Cell(value=row.memo),
            Cell(value=row.source_label or None),
            Cell(value=row.prepared_by_name or None),
            Cell(value=max(0, (now - row.created_at).days)),
            Cell(value=row.amount_ntd),
        ),
    )


def confirmation(
    context: RequestContext,
    state: VoucherState,
    rows: Sequence[VoucherRow],
    *,
    now: dt.datetime,
    error: str = "",
) -> Confirmation:
    """Return the summary with totals and the largest amounts; the count is keyed to go on."""
    tr = context.gettext
    largest = sorted(rows, key=lambda row: -row.amount_ntd)[:LARGEST_SHOWN]
    kinds = Counter(tr(KIND_TITLES[VoucherKind(row.kind)]) for row in rows)
    return Confirmation(
        title=tr("確認{verb}").format(verb=tr(BUTTONS[state])),
        url=context.path(f"accounting/vouchers/batch/{NOUNS[state]}"),
        key=str(new_id()),
        facts=(
            Fact(label=tr("張數"), value=len(rows), kind=Kind.NUMBER),
            Fact(label=tr("總金額"), value=sum(row.amount_ntd for row in rows), kind=Kind.AMOUNT),
            Fact(label=tr("最大一張"), value=largest[0].amount_ntd, kind=Kind.AMOUNT),
            Fact(
                label=tr("種類"),
                value=tr("、").join(f"{name} {count}" for name, count in kinds.items()),
            ),
        ),
        outliers=waiting_table(context, largest, now=now, caption=tr("金額最大者")),
        question=tr("請鍵入張數以確認（{count} 張）").format(count=len(rows)),
        expected=str(len(rows)),
        button=tr("{verb} {count} 張").format(verb=tr(BUTTONS[state]), count=len(rows)),
        back_url=f"{context.path('accounting/vouchers/waiting')}?states={state}",
        error=error,
        fields={
            "state": str(state),
            "voucher_ids": ",".join(str(row.voucher_id) for row in rows),
        },
    )


def result_table(context: RequestContext, done: Sequence[Voucher]) -> Table:
    """Return the vouchers as the batch left them, with the numbers that they got."""
    tr = context.gettext
    return Table(
        id="done",
        caption=tr("已辦理之傳票"),
        columns=(
            Column(title=tr("傳票"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("日期"), kind=Kind.DATE),
            Column(title=tr("摘要")),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=one.label, url=context.path(f"accounting/vouchers/{one.voucher_id}")
                    ),
                    Cell(value=badge(str(one.state), tr)),
                    Cell(value=one.posting_date),
                    Cell(value=one.memo),
                    Cell(value=one.debit_ntd),
                )
            )
            for one in done
        ),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=sum(one.debit_ntd for one in done)),
        ),
    )
