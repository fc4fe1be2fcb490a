"""Who looked at whose personal data, on a page and by the API."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from zhuji_core.audit.personal_reads import (
    PersonalRead,
    ReadFilter,
    search_personal_reads,
)
from zhuji_core.formats import parse_date
from zhuji_core.permissions import READ_PERSONAL_READS
from zhuji_core.values import N_
from zhuji_core.web.components import Cell, Column, Kind, Pager, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.rendering import render

TITLE = N_("個資查閱紀錄")


class PersonalReadPages(PageController):
    """``/{county}/kernel/personal-reads``."""

    module = "kernel"
    path = "/{county:str}/kernel/personal-reads"

    @get(
        "/",
        operation_id="kernel.personal-reads.page",
        opt={PERMISSION: READ_PERSONAL_READS, HEAVY: True},
        sync_to_thread=True,
    )
    def page(
        self,
        context: NamedDependency[RequestContext],
        account: FromQuery[str] = "",
        subject: FromQuery[str] = "",
        from_date: FromQuery[str] = "",
        to_date: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        wanted = ReadFilter(
            account=account.strip().lower(),
            subject=subject.strip(),
            from_date=_date(context, from_date),
            to_date=_date(context, to_date),
        )
        filters = {
            "account": account, "subject": subject, "from_date": from_date, "to_date": to_date,
        }  # fmt: skip
        before = open_cursor(context, after, int)
        with context.read() as uow:
            rows = search_personal_reads(uow, wanted, before=before, limit=LIMIT + 1)
            found = page_of(
                context, rows, limit=LIMIT, key=lambda row: row.read_id, item=lambda row: row
            )
            return render(
                context,
                "kernel/personal_reads.html",
                title=context.gettext(TITLE),
                url=context.path("kernel/personal-reads"),
                filters=filters,
                table=_table(context, found, filters=filters, after=after),
            )


class PersonalReadApi(ApiController):
    """``/{county}/api/v1/kernel/personal-reads``."""

    module = "kernel"
    path = "/{county:str}/api/v1/kernel/personal-reads"

    @get(
        "/",
        operation_id="kernel.personal-reads.list",
        opt={PERMISSION: READ_PERSONAL_READS, HEAVY: True},
        sync_to_thread=True,
    )
    def search(  # noqa: PLR0913, PLR0917 (each a filter of the list, by name)
        self,
        context: NamedDependency[RequestContext],
        account: FromQuery[str] = "",
        subject: FromQuery[str] = "",
        from_date: FromQuery[dt.date | None] = None,
        to_date: FromQuery[dt.date | None] = None,
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[PersonalRead]:
        """List who looked at whose personal data, newest first."""
        wanted = ReadFilter(account=account, subject=subject, from_date=from_date, to_date=to_date)
        before = open_cursor(context, cursor, int)
        with context.read() as uow:
            rows = search_personal_reads(uow, wanted, before=before, limit=limit + 1)
        return page_of(
            context, rows, limit=limit, key=lambda row: row.read_id, item=lambda row: row
        )


def _date(context: RequestContext, text: str) -> dt.date | None:
    return parse_date(text, reference=context.business_date) if text.strip() else None


def _table(
    context: RequestContext, found: Page[PersonalRead], *, filters: dict[str, str], after: str
) -> Table:
    words = context.gettext
    here = context.path("kernel/personal-reads")
    rest = {name: value for name, value in filters.items() if value}
    first = f"{here}?{urlencode(rest)}" if rest else here
    return Table(
        id="reads",
        caption=words(TITLE),
        columns=(
            Column(title=words(N_("時間")), kind=Kind.TIME),
            Column(title=words(N_("查閱人"))),
            Column(title=words(N_("用途"))),
            Column(title=words(N_("資料種類")), kind=Kind.CODE),
            Column(title=words(N_("筆數")), kind=Kind.NUMBER),
            Column(title=words(N_("當事人"))),
            Column(title=words(N_("功能")), kind=Kind.CODE),
            Column(title=words(N_("追蹤編號")), kind=Kind.CODE),
        ),
        rows=tuple(_row(context, one) for one in found.items),
        pager=Pager(
            shown=len(found.items),
            first_url=first if after else "",
            next_url=f"{here}?{urlencode({**rest, 'after': found.next})}" if found.next else "",
        ),
        empty=words(N_("沒有符合條件的查閱紀錄。")),
    )


def _row(context: RequestContext, one: PersonalRead) -> Row:
    whom = "、".join(one.names or one.subjects)
    more = one.subject_count - len(one.names or one.subjects)
    note = context.gettext(N_("等，另 {more} 筆")).format(more=more) if more > 0 else ""
    return Row(
        cells=(
            Cell(value=one.read_at),
            Cell(value=one.actor_account),
            Cell(value=context.gettext(one.purpose)),
            Cell(value=one.kind),
            Cell(value=one.subject_count),
            Cell(value=whom, note=note),
            Cell(value=one.source),
            Cell(value=one.trace_id[:8]),
        )
    )
