"""Pages of the council's stage: the bill against last year, and what was decided."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, URLEncodedBody

from zhuji_budget.domain.council import CouncilChange
from zhuji_budget.domain.schedule import Side
from zhuji_budget.permissions import READ_LINES, RECORD_COUNCIL
from zhuji_budget.queries.council import (
    CouncilLine,
    CouncilRow,
    council_lines,
    council_rows,
    council_totals,
)
from zhuji_budget.queries.council_revenue import bill_balance
from zhuji_budget.queries.years import read_year
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases._council import Said
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.web.council_form import (
    EXPORT_MAX,
    PAGE,
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
from zhuji_budget.web.views.council import council_grid, council_table, with_recording
from zhuji_budget.web.views.council_revenue import balance_table
from zhuji_core.formats import format_ntd
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.components import Link, Pager, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, HEAVY, PERMISSION, ApiController, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.rendering import render
from zhuji_core.web.reports import FORMATS

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]


def _picked(row: CouncilRow) -> PickedObject:
    return PickedObject(
        value=str(row.control_row_id),
        code=f"{row.line_code}-{row.object_code}",
        label=f"{row.line_name} {row.object_name}",
        note=format_ntd(row.bill_ntd),
    )


def _wanted(uow: UnitOfWork, fiscal_year: int, row: Mapping[str, str]) -> CouncilChange:
    return CouncilChange(
        control_row_id=_row_id(uow, fiscal_year, row),
        cut_ntd=amount_of(row.get("cut", "")),
        frozen_ntd=amount_of(row.get("frozen", "")),
        condition=row.get("condition", ""),
    )


def _row_id(uow: UnitOfWork, fiscal_year: int, row: Mapping[str, str]) -> uuid.UUID:
    """Return the chosen row, or the only one that a code typed without choosing can mean."""
    chosen = chosen_id(row)
    if chosen is not None:
        return chosen
    text = (row.get("row", "") or " ").split(" ")[0]
    found = council_rows(uow, fiscal_year, text=text, limit=2) if text else []
    return found[0].control_row_id if len(found) == 1 else NOWHERE


def _typed(row: CouncilRow) -> Mapping[str, str]:
    return {
        "row": f"{row.line_code}-{row.object_code} {row.line_name} {row.object_name}",
        "row_id": str(row.control_row_id),
        "cut": format_ntd(row.cut_ntd, zero=""),
        "frozen": format_ntd(row.frozen_ntd, zero=""),
        "condition": row.condition,
    }


EXPENDITURE = DecisionForm(
    path="budget/council/{year}",
    title=N_("{year} 年度議會審議結果"),
    side=Side.EXPENDITURE,
    rows=council_rows,
    picked=_picked,
    typed=_typed,
    wanted=_wanted,
    record=record_council,
    grid=council_grid,
)


def _table(
    context: RequestContext,
    uow: UnitOfWork,
    fiscal_year: int,
    rows: Sequence[CouncilLine],
    *,
    after: str,
) -> Table:
    """Return a page of the view; one row more than a page says that there is another."""
    root = context.path(f"budget/council/{fiscal_year}")
    shown = rows[:PAGE]
    return council_table(
        shown,
        council_totals(uow, fiscal_year),
        pager=Pager(
            shown=len(shown),
            first_url=root if after else "",
            next_url=f"{root}?after={shown[-1].code}" if len(rows) > PAGE else "",
        ),
        address=context.path,
        gettext=context.gettext,
        exports=tuple(Link(title=title, url=f"{root}/export/{one}") for title, one in FORMATS),
    )


class CouncilWanted(Value, frozen=True, kw_only=True):
    """All decisions of the council on a bill, or on the line named; they replace earlier ones.

    ``reason``: needed where an earlier decision is changed or taken away. ``seen``: the number of
    the last recording that the caller knows; a later one of somebody else is then refused.
    """

    changes: tuple[CouncilChange, ...]
    line_id: uuid.UUID | None = None
    reason: str = ""
    seen: int | None = None


class CouncilPages(PageController):
    """``/budget/council/{year}``."""

    module = MODULE
    path = "/council"
    cold = True

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council.page",
        sync_to_thread=True,
    )
    def page(
        self, context: Context, fiscal_year: FromPath[int], after: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            rows = council_lines(uow, fiscal_year, after=after, limit=PAGE + 1)
            root = context.path(f"budget/council/{fiscal_year}")
            may = uow.actor.may(RECORD_COUNCIL) and read_year(uow, fiscal_year).state == "bill"
            title = context.gettext("{year} 年度預算案審議").format(year=fiscal_year)
            return render(
                context,
                "budget/council.html",
                title=title,
                breadcrumb=crumbs(context, fiscal_year, title),
                edit_url=f"{root}/decisions" if may else "",
                revenue_url=f"{root}/revenue",
                records_url=f"{root}/records",
                balance=balance_table(bill_balance(uow, fiscal_year), context.gettext),
                table=with_recording(
                    _table(context, uow, fiscal_year, rows, after=after),
                    rows[:PAGE],
                    record_url=f"{root}/lines/{{line}}?{urlencode({'after': after})}"
                    if may
                    else "",
                    gettext=context.gettext,
                ),
            )

    @get(
        "/{fiscal_year:int}/export/{suffix:str}",
        opt={PERMISSION: READ_LINES, HEAVY: True},
        operation_id="budget.council.export",
        sync_to_thread=True,
    )
    def export(
        self, context: Context, fiscal_year: FromPath[int], suffix: FromPath[str]
    ) -> Response[bytes]:
        """Give the whole view as a file."""
        with context.read() as uow:
            rows = council_lines(uow, fiscal_year, limit=EXPORT_MAX)
            return export_table(
                context,
                uow,
                council_table(
                    rows,
                    council_totals(uow, fiscal_year),
                    pager=Pager(shown=len(rows)),
                    address=context.path,
                    gettext=context.gettext,
                ),
                title=context.gettext("預算案與上年度比較表"),
                agency="",
                period=context.gettext("{year} 年度").format(year=fiscal_year),
                file_format=suffix,
                signed=True,
            )

    @get(
        "/{fiscal_year:int}/rows",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council-rows.pick",
        sync_to_thread=True,
    )
    def rows(
        self, context: Context, fiscal_year: FromPath[int], text: FromQuery[str] = ""
    ) -> ObjectList:
        return pick(context, fiscal_year, text, form=EXPENDITURE)

    @get(
        "/{fiscal_year:int}/decisions",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council.record-page",
        sync_to_thread=True,
    )
    def decisions(self, context: Context, fiscal_year: FromPath[int]) -> Response[str]:
        return decisions_page(context, fiscal_year, form=EXPENDITURE)

    @post(
        "/{fiscal_year:int}/decisions",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council.record-form",
        sync_to_thread=True,
    )
    def record(
        self, context: Context, fiscal_year: FromPath[int], data: Form
    ) -> Response[str] | Response[bytes]:
        return record_decisions(context, fiscal_year, data, form=EXPENDITURE)


class CouncilApi(ApiController):
    """``/council/{year}``."""

    module = MODULE
    path = "/council"
    cold = True

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.council.list",
        summary=N_("列出預算案審議表"),
        sync_to_thread=True,
    )
    def list_all(
        self, context: Context, fiscal_year: YearInPath, cursor: Cursor = "", limit: Limit = LIMIT
    ) -> Page[CouncilLine]:
        after = open_cursor(context, cursor, str) or ""
        with context.read() as uow:
            rows = council_lines(uow, fiscal_year, after=after, limit=limit + 1)
        return page_of(context, rows, limit=limit, key=lambda row: row.code, item=lambda row: row)

    @post(
        "/{fiscal_year:int}",
        opt={PERMISSION: RECORD_COUNCIL, ANSWERS: YearAnswer},
        operation_id="budget.council.record",
        summary=N_("登錄議會審議結果"),
        status_code=200,
        sync_to_thread=True,
    )
    def record(
        self, context: Context, fiscal_year: YearInPath, data: JSONBody[CouncilWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: record_council(
                uow,
                fiscal_year=fiscal_year,
                changes=data.changes,
                line_id=data.line_id,
                said=Said(reason=data.reason, seen=data.seen),
            ),
            lambda year: json_answer(year_of(year)),
        )
