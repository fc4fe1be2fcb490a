"""Pages and API of the council's stage of revenue: the bill, what was decided, how it balances."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, URLEncodedBody

from zhuji_budget.domain.council import CouncilRevenue, TooManyDecisions
from zhuji_budget.permissions import READ_LINES, RECORD_COUNCIL
from zhuji_budget.queries.council_revenue import (
    CouncilRevenueLine,
    RevenueKey,
    bill_balance,
    council_revenues,
)
from zhuji_budget.queries.years import read_year
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_budget.web.estimate_form import fields_of
from zhuji_budget.web.estimate_line_pages import ObjectList, PickedObject
from zhuji_budget.web.review_form import NOWHERE, amount_of
from zhuji_budget.web.structs import YearAnswer, year_of
from zhuji_budget.web.views.council_revenue import (
    balance_table,
    revenue_grid,
    revenue_table,
    typed_decision,
)
from zhuji_core.formats import format_ntd
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.components import GRID_ROWS_MAX, Link, Pager
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.forms import ADD_ROW_FIELD, grid_rows
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import YEAR_MAX
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import FORMATS
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
YearInPath = Annotated[int, PathParameter(ge=1, le=YEAR_MAX)]
Typed = Sequence[Mapping[str, str]]
PAGE, PICK_MAX = 100, 20
EXPORT_MAX = 50_000
# Both columns typed, or one of them not a number: no rule takes so much.
NO_CHANGE_NTD = -(10**16)


class CouncilRevenueWanted(Value, frozen=True, kw_only=True):
    """All decisions of the council on revenue; they replace what was recorded before."""

    changes: tuple[CouncilRevenue, ...]


class CouncilRevenuePages(PageController):
    """``/budget/council/{year}/revenue``."""

    module = MODULE
    path = "/council/{fiscal_year:int}/revenue"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council-revenue.page",
        sync_to_thread=True,
    )
    def page(
        self, context: Context, fiscal_year: FromPath[int], cursor: FromQuery[str] = ""
    ) -> Response[str]:
        after = open_cursor(context, cursor, RevenueKey)
        with context.read() as uow:
            rows = council_revenues(uow, fiscal_year, after=after, limit=PAGE + 1)
            listed = page_of(
                context, rows, limit=PAGE, key=lambda row: row.key, item=lambda row: row
            )
            root = context.path(f"budget/council/{fiscal_year}/revenue")
            may = uow.actor.may(RECORD_COUNCIL) and read_year(uow, fiscal_year).state == "bill"
            title = context.gettext("{year} 年度歲入預算案審議").format(year=fiscal_year)
            more = listed.next
            return render(
                context,
                "budget/council_revenue.html",
                title=title,
                breadcrumb=_crumbs(context, fiscal_year, title),
                edit_url=f"{root}/decisions" if may else "",
                expenditure_url=context.path(f"budget/council/{fiscal_year}"),
                balance=balance_table(bill_balance(uow, fiscal_year), context.gettext),
                table=revenue_table(
                    listed.items,
                    pager=Pager(
                        shown=len(listed.items),
                        first_url=root if after else "",
                        next_url=f"{root}?cursor={more}" if more else "",
                    ),
                    gettext=context.gettext,
                    exports=tuple(
                        Link(title=name, url=f"{root}/export/{one}") for name, one in FORMATS
                    ),
                ),
            )

    @get(
        "/export/{suffix:str}",
        opt={PERMISSION: READ_LINES, HEAVY: True},
        operation_id="budget.council-revenue.export",
        sync_to_thread=True,
    )
    def export(
        self, context: Context, fiscal_year: FromPath[int], suffix: FromPath[str]
    ) -> Response[bytes]:
        """Give the whole view as a file."""
        with context.read() as uow:
            rows = council_revenues(uow, fiscal_year, limit=EXPORT_MAX)
            return export_table(
                context,
                uow,
                revenue_table(
                    rows, pager=Pager(shown=len(rows)), gettext=context.gettext, summed=True
                ),
                title=context.gettext("歲入預算案與上年度比較表"),
                agency="",
                period=context.gettext("{year} 年度").format(year=fiscal_year),
                file_format=suffix,
                signed=True,
            )

    @get(
        "/rows",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council-revenue.pick",
        sync_to_thread=True,
    )
    def rows(
        self, context: Context, fiscal_year: FromPath[int], text: FromQuery[str] = ""
    ) -> ObjectList:
        with context.read() as uow:
            found = council_revenues(uow, fiscal_year, text=text, limit=PICK_MAX + 1)
        return ObjectList(
            items=tuple(
                PickedObject(
                    value=str(row.revenue_row_id),
                    code=f"{row.code} {row.agency_code}",
                    label=f"{row.name} {row.agency_name}",
                    note=format_ntd(row.bill_ntd),
                )
                for row in found[:PICK_MAX]
            ),
            more=len(found) > PICK_MAX,
        )

    @get(
        "/decisions",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council-revenue.record-page",
        sync_to_thread=True,
    )
    def decisions(self, context: Context, fiscal_year: FromPath[int]) -> Response[str]:
        with context.read() as uow:
            read_year(uow, fiscal_year, needed="bill")
            decided = council_revenues(uow, fiscal_year, decided=True, limit=GRID_ROWS_MAX + 1)
            if len(decided) > GRID_ROWS_MAX:
                raise TooManyDecisions(rows_max=GRID_ROWS_MAX)
            return _form(context, uow, fiscal_year, [typed_decision(row) for row in decided])

    @post(
        "/decisions",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council-revenue.record-form",
        sync_to_thread=True,
    )
    def record(
        self, context: Context, fiscal_year: FromPath[int], data: Form
    ) -> Response[str] | Response[bytes]:
        typed = grid_rows(fields_of(data), name="council")
        with context.read() as uow:
            if data.get(ADD_ROW_FIELD):
                return _form(context, uow, fiscal_year, typed)
            changes = [_wanted(uow, fiscal_year, row) for row in typed]
        try:
            return context.perform(
                lambda uow: record_council_revenue(uow, fiscal_year=fiscal_year, changes=changes),
                lambda year: see_other(context.path(f"budget/council/{year.fiscal_year}/revenue")),
            )
        except DomainError as error:
            if error.status_code in {403, 404}:
                raise
            with context.read() as uow:
                return _form(context, uow, fiscal_year, typed, error=error)


class CouncilRevenueApi(ApiController):
    """``/council/{year}/revenue``."""

    module = MODULE
    path = "/council/{fiscal_year:int}/revenue"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council-revenue.list",
        summary=N_("列出歲入預算案審議表"),
        sync_to_thread=True,
    )
    def list_all(
        self, context: Context, fiscal_year: YearInPath, cursor: Cursor = "", limit: Limit = LIMIT
    ) -> Page[CouncilRevenueLine]:
        after = open_cursor(context, cursor, RevenueKey)
        with context.read() as uow:
            rows = council_revenues(uow, fiscal_year, after=after, limit=limit + 1)
        return page_of(context, rows, limit=limit, key=lambda row: row.key, item=lambda row: row)

    @post(
        "/",
        opt={PERMISSION: RECORD_COUNCIL, ANSWERS: YearAnswer},
        operation_id="budget.council-revenue.record",
        summary=N_("登錄議會審議歲入之結果"),
        status_code=200,
        sync_to_thread=True,
    )
    def record(
        self, context: Context, fiscal_year: YearInPath, data: JSONBody[CouncilRevenueWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: record_council_revenue(uow, fiscal_year=fiscal_year, changes=data.changes),
            lambda year: json_answer(year_of(year)),
        )


def _wanted(uow: UnitOfWork, fiscal_year: int, row: Mapping[str, str]) -> CouncilRevenue:
    more, less = amount_of(row.get("more", "")), amount_of(row.get("less", ""))
    readable = min(more, less) >= 0 and not (more and less)
    return CouncilRevenue(
        revenue_row_id=_row_id(uow, fiscal_year, row),
        change_ntd=more - less if readable else NO_CHANGE_NTD,
        reason=row.get("reason", ""),
    )


def _row_id(uow: UnitOfWork, fiscal_year: int, row: Mapping[str, str]) -> uuid.UUID:
    """Return the chosen row, or the only one that a code typed without choosing can mean."""
    try:
        return uuid.UUID(row.get("row_id", ""))
    except ValueError:
        code, _, rest = row.get("row", "").partition(" ")
        found = council_revenues(uow, fiscal_year, text=code, limit=PICK_MAX) if code else []
        agency_code = rest.split(" ")[0]
        fits = [one for one in found if agency_code in {"", one.agency_code}]
        return fits[0].revenue_row_id if len(fits) == 1 else NOWHERE


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    fiscal_year: int,
    typed: Typed,
    *,
    error: DomainError | None = None,
) -> Response[str]:
    uow.require(RECORD_COUNCIL)
    refusal = refused(context, error) if error else None
    root = context.path(f"budget/council/{fiscal_year}/revenue")
    title = context.gettext("{year} 年度歲入審議結果").format(year=fiscal_year)
    return render(
        context,
        "budget/council_decisions.html",
        title=title,
        breadcrumb=_crumbs(context, fiscal_year, title),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        action=f"{root}/decisions",
        grid=revenue_grid(
            typed,
            faults=refusal.faults if refusal else {},
            rows_url=f"{root}/rows",
            gettext=context.gettext,
        ),
    )


def _crumbs(context: RequestContext, fiscal_year: int, title: str) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算年度"), url=context.path("budget/years")),
        Crumb(title=str(fiscal_year), url=context.path(f"budget/years/{fiscal_year}")),
        Crumb(title=title),
    )
