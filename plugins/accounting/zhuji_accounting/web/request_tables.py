"""Lists of requests as tables: the list with its filter, and the two worklists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from zhuji_accounting.domain.certification import certification_label
from zhuji_accounting.queries.requests import RequestFilter, RequestRow, RequestTotals
from zhuji_accounting.web.filters import address_of, newest_first
from zhuji_accounting.web.wording import state_badge
from zhuji_core.web.components import Cell, Column, Kind, Link, Pager, Row, Table
from zhuji_core.web.context import RequestContext

EXPORT_FORMATS = ("csv", "xlsx", "ods")


def list_table(
    context: RequestContext,
    rows: Sequence[RequestRow],
    *,
    wanted: RequestFilter,
    totals: RequestTotals,
) -> Table:
    """Return the list; its sum is of all that the filter shows, not of this page."""
    tr = context.gettext
    return Table(
        id="requests",
        caption=tr("動支申請"),
        columns=(
            Column(title=tr("申請編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("送出日期"), kind=Kind.DATE),
            Column(title=tr("用途")),
            Column(title=tr("受款人")),
            Column(title=tr("經辦")),
            Column(title=tr("簽證號"), kind=Kind.CODE),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(_list_row(context, row) for row in rows),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(6)),
            Cell(value=totals.amount_ntd),
        ),
        pager=newest_first(
            _address(context, wanted),
            wanted,
            [row.request_id for row in rows],
            count=totals.requests,
        ),
        exports=tuple(
            Link(title=name.upper(), url=_address(context, wanted, below=f"/export/{name}"))
            for name in EXPORT_FORMATS
        ),
        empty=tr("沒有符合條件的動支申請。"),
    )


def _address(context: RequestContext, wanted: RequestFilter, *, below: str = "") -> str:
    """Return the list with its filter, or the file of it that is ``below``."""
    return address_of(
        context.path(f"accounting/requests{below}"),
        {
            "fiscal_year": wanted.fiscal_year,
            "agency_code": wanted.agency_code,
            "states": wanted.states[0] if wanted.states else "",
            "text": wanted.text,
            "mine": wanted.mine,
        },
    )


def _list_row(context: RequestContext, row: RequestRow) -> Row:
    tr = context.gettext
    certification = (
        certification_label(row.fiscal_year, row.certification_no) if row.certification_no else None
    )
    return Row(
        cells=(
            Cell(value=row.label, url=request_url(context, row)),
            Cell(value=state_badge(row.state, tr)),
            Cell(value=taipei_date(row.submitted_at)),
            Cell(value=row.purpose or tr("（未填用途）"), note=_foreign(context, row)),
            Cell(value=row.payee),
            Cell(value=row.created_by_name),
            Cell(value=certification),
            Cell(value=row.amount_ntd),
        )
    )


def waiting_table(
    context: RequestContext,
    rows: Sequence[RequestRow],
    *,
    caption: str,
    select_name: str = "",
    pager: Pager | None = None,
) -> Table:
    """Return what waits, oldest first, with its age; check boxes where ``select_name`` is given.

    Payee and handler stand below the purpose, so that the list fits a phone.
    """
    tr = context.gettext
    return Table(
        id="waiting",
        caption=caption,
        columns=(
            Column(title=tr("申請編號"), kind=Kind.CODE),
            Column(title=tr("送出日期"), kind=Kind.DATE),
            Column(title=tr("等候"), unit=tr("日"), kind=Kind.NUMBER),
            Column(title=tr("用途／受款人／經辦")),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(_waiting_row(context, row, select=bool(select_name)) for row in rows),
        totals=(
            Cell(value=tr("合計")),
            *(Cell(value=None) for _ in range(3)),
            Cell(value=sum(row.amount_ntd for row in rows)),
        ),
        select_name=select_name,
        pager=pager,
        empty=tr("目前沒有等候您處理的動支申請。"),
    )


def _waiting_row(context: RequestContext, row: RequestRow, *, select: bool) -> Row:
    submitted_on = taipei_date(row.submitted_at)
    assert context.uow is not None, "a list is made inside of its unit of work"
    today = taipei_date(context.uow.now)
    days = (today - submitted_on).days if submitted_on and today else 0
    named = (row.payee, row.created_by_name, _foreign(context, row))
    return Row(
        select=str(row.request_id) if select else "",
        cells=(
            Cell(value=row.label, url=request_url(context, row)),
            Cell(value=submitted_on),
            Cell(value=days),
            Cell(value=row.purpose, note="　".join(name for name in named if name)),
            Cell(value=row.amount_ntd),
        ),
    )


def _foreign(context: RequestContext, row: RequestRow) -> str:
    """Name the agency only where it is not the reader's own: one office sees one name all day."""
    return "" if row.agency_code == context.actor.agency_code else row.agency_name


def request_url(context: RequestContext, row: RequestRow) -> str:
    return context.path(f"accounting/requests/{row.request_id}")


def taipei_date(moment: dt.datetime | None) -> dt.date | None:
    """Return the day in Taipei of a moment in UTC."""
    return None if moment is None else (moment + dt.timedelta(hours=8)).date()
