"""Pages and API of the council's stage of revenue: the bill, what was decided, how it balances."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody

from zhuji_budget.domain.council import CouncilRevenue
from zhuji_budget.domain.schedule import Side
from zhuji_budget.permissions import READ_LINES, RECORD_COUNCIL
from zhuji_budget.queries.council_revenue import (
    CouncilRevenueLine,
    RevenueKey,
    bill_balance,
    council_revenues,
    revenue_totals,
    revenue_view,
)
from zhuji_budget.queries.years import read_year
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases._council import Said
from zhuji_budget.usecases.record_council_revenue import record_council_revenue
from zhuji_budget.web.council_form import (
    EXPORT_MAX,
    PAGE,
    PICK_MAX,
    DecisionForm,
    YearInPath,
    chosen_id,
    crumbs,
    decisions_page,
    pick,
    record_decisions,
)
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
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.components import Link, Pager
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import FORMATS

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
# Both columns typed, or one of them not a number: no rule takes so much.
NO_CHANGE_NTD = -(10**16)


def _picked(row: CouncilRevenueLine) -> PickedObject:
    return PickedObject(
        value=str(row.revenue_row_id),
        code=f"{row.code} {row.agency_code}",
        label=f"{row.name} {row.agency_name}",
        note=format_ntd(row.bill_ntd),
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
    chosen = chosen_id(row)
    if chosen is not None:
        return chosen
    code, _, rest = row.get("row", "").partition(" ")
    found = council_revenues(uow, fiscal_year, text=code, limit=PICK_MAX) if code else []
    agency_code = rest.split(" ")[0]
    fits = [one for one in found if agency_code in {"", one.agency_code}]
    return fits[0].revenue_row_id if len(fits) == 1 else NOWHERE


REVENUE = DecisionForm(
    path="budget/council/{year}/revenue",
    title=N_("{year} 年度歲入審議結果"),
    side=Side.REVENUE,
    rows=council_revenues,
    picked=_picked,
    typed=typed_decision,
    wanted=_wanted,
    record=record_council_revenue,
    grid=revenue_grid,
)


class CouncilRevenueWanted(Value, frozen=True, kw_only=True):
    """All decisions of the council on revenue; they replace what was recorded before.

    ``reason`` and ``seen`` are those of expenditure (``CouncilWanted``).
    """

    changes: tuple[CouncilRevenue, ...]
    reason: str = ""
    seen: int | None = None


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
            rows = revenue_view(uow, fiscal_year, after=after, limit=PAGE + 1)
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
                breadcrumb=crumbs(context, fiscal_year, title),
                edit_url=f"{root}/decisions" if may else "",
                records_url=context.path(f"budget/council/{fiscal_year}/records"),
                expenditure_url=context.path(f"budget/council/{fiscal_year}"),
                balance=balance_table(bill_balance(uow, fiscal_year), context.gettext),
                table=revenue_table(
                    listed.items,
                    revenue_totals(uow, fiscal_year),
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
            rows = revenue_view(uow, fiscal_year, limit=EXPORT_MAX)
            return export_table(
                context,
                uow,
                revenue_table(
                    rows,
                    revenue_totals(uow, fiscal_year),
                    pager=Pager(shown=len(rows)),
                    gettext=context.gettext,
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
        return pick(context, fiscal_year, text, form=REVENUE)

    @get(
        "/decisions",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council-revenue.record-page",
        sync_to_thread=True,
    )
    def decisions(self, context: Context, fiscal_year: FromPath[int]) -> Response[str]:
        return decisions_page(context, fiscal_year, form=REVENUE)

    @post(
        "/decisions",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council-revenue.record-form",
        sync_to_thread=True,
    )
    def record(
        self, context: Context, fiscal_year: FromPath[int], data: Form
    ) -> Response[str] | Response[bytes]:
        return record_decisions(context, fiscal_year, data, form=REVENUE)


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
            rows = revenue_view(uow, fiscal_year, after=after, limit=limit + 1)
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
            lambda uow: record_council_revenue(
                uow,
                fiscal_year=fiscal_year,
                changes=data.changes,
                said=Said(reason=data.reason, seen=data.seen),
            ),
            lambda year: json_answer(year_of(year)),
        )
