"""Money that came back as values for the templates."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.recoveries.recovery import PaidLine, Recovery, SourceKind
from zhuji_accounting.queries.recoveries import RecoveryFilter, RecoveryRow
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_core.web.components import (
    Badge,
    Cell,
    Column,
    DocumentHead,
    Fact,
    Kind,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

SOURCE_PATHS = {SourceKind.ADVANCE: "accounting/advances", SourceKind.CLAIM: "accounting/claims"}


def recoveries_table(
    context: RequestContext, rows: Sequence[RecoveryRow], *, wanted: RecoveryFilter | None = None
) -> Table:
    """Return what came back: of a filter with its pager, or of one document with its sum."""
    tr = context.gettext
    return Table(
        id="recoveries",
        caption=tr("收回紀錄"),
        columns=(
            Column(title=tr("收回編號"), kind=Kind.CODE),
            Column(title=tr("繳款日期"), kind=Kind.DATE),
            Column(title=tr("原案"), kind=Kind.CODE),
            Column(title=tr("繳款人")),
            Column(title=tr("繳款書號碼"), kind=Kind.CODE),
            Column(title=tr("收回原因")),
            Column(title=tr("登記人")),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=row.label,
                        url=context.path(f"accounting/recoveries/{row.recovery_id}"),
                    ),
                    Cell(value=row.deposited_on),
                    Cell(
                        value=row.source_label,
                        url=_source_url(context, SourceKind(row.source_kind), row.source_id),
                    ),
                    Cell(value=row.payer),
                    Cell(value=row.slip_no),
                    Cell(value=row.reason),
                    Cell(value=row.recorded_by_name),
                    Cell(value=row.amount_ntd),
                )
            )
            for row in rows
        ),
        totals=()
        if wanted
        else (
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(6)),
            Cell(value=sum(row.amount_ntd for row in rows)),
        ),
        pager=_pager(context, rows, wanted) if wanted else None,
        empty=tr("沒有符合條件的收回紀錄。"),
    )


def _source_url(context: RequestContext, kind: SourceKind, source_id: object) -> str:
    return context.path(f"{SOURCE_PATHS[kind]}/{source_id}")


def _pager(context: RequestContext, rows: Sequence[RecoveryRow], wanted: RecoveryFilter) -> Pager:
    address = address_of(
        context.path("accounting/recoveries"),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "text": wanted.text,
        },
    )
    return newest_first(address, wanted, [row.recovery_id for row in rows])


def document_head(context: RequestContext, recovery: Recovery) -> DocumentHead:
    tr = context.gettext
    slip = recovery.slip
    return DocumentHead(
        label=recovery.label,
        badge=Badge(text=tr("已登記"), tone=Tone.GOOD),
        amount_ntd=recovery.amount_ntd,
        amount_label=tr("收回金額"),
        facts=(
            Fact(
                label=tr("原案"),
                value=recovery.source_label,
                url=_source_url(context, recovery.source_kind, recovery.source_id),
            ),
            Fact(label=tr("繳款人"), value=slip.payer),
            Fact(label=tr("繳款書號碼"), value=slip.slip_no),
            Fact(label=tr("繳款日期"), value=slip.deposited_on, kind=Kind.DATE),
            Fact(label=tr("收回原因"), value=slip.reason),
            Fact(label=tr("機關"), value=f"{recovery.agency_name}（{recovery.agency_code}）"),
            Fact(label=tr("登記人"), value=recovery.recorded_by_name),
        ),
    )


def lines_table(context: RequestContext, recovery: Recovery, paid: Sequence[PaidLine]) -> Table:
    """Return what came back of each line of the source."""
    tr = context.gettext
    titles = {line.line_no: line.title for line in paid}
    return Table(
        id="lines",
        caption=tr("收回明細"),
        columns=(
            Column(title=tr("行"), kind=Kind.NUMBER),
            Column(title=tr("預算科目")),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=line.line_no),
                    Cell(value=titles[line.line_no]),
                    Cell(value=line.amount_ntd),
                )
            )
            for line in recovery.lines
        ),
        totals=(
            Cell(value=tr("合計")),
            Cell(value=None),
            Cell(value=recovery.amount_ntd),
        ),
    )
