"""What goes on of former years (以前年度), as a table of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhuji_accounting.domain.carries.brought import BROUGHT_TITLES
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.web.components import Cell, Column, Kind, Row, Table
from zhuji_core.web.context import RequestContext

SHOWN_MAX = 200  # a page; all of them are in the list of requests and in the report


def former_years_tables(
    context: RequestContext, requests: Sequence[SpendingRequest]
) -> Iterator[Table]:
    """Yield the requests that go on, each with what it continues and what is left of it."""
    if not requests:
        return
    tr = context.gettext
    shown = requests[:SHOWN_MAX]
    yield Table(
        id="former-years",
        caption=tr("轉入次年度續辦者（共 {count} 案）").format(count=len(requests)),
        columns=(
            Column(title=tr("動支編號"), kind=Kind.CODE),
            Column(title=tr("轉入自"), kind=Kind.CODE),
            Column(title=tr("種類")),
            Column(title=tr("年度"), kind=Kind.NUMBER),
            Column(title=tr("用途")),
            Column(title=tr("轉入數"), unit=tr("元"), kind=Kind.AMOUNT),
            Column(title=tr("尚餘"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(_row(context, one) for one in shown),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(4)),
            Cell(value=sum(one.amount_ntd for one in requests)),
            Cell(value=sum(one.held_ntd for one in requests)),
        ),
    )


def _row(context: RequestContext, request: SpendingRequest) -> Row:
    tr = context.gettext
    path = "accounting/requests"
    return Row(
        cells=(
            Cell(value=request.label, url=context.path(f"{path}/{request.request_id}")),
            Cell(
                value=request.continues_label,
                url=context.path(f"{path}/{request.continues_id}"),
            ),
            Cell(value=tr(BROUGHT_TITLES[request.brought])),
            Cell(value=request.origin_year),
            Cell(value=request.purpose),
            Cell(value=request.amount_ntd),
            Cell(value=request.held_ntd),
        )
    )
