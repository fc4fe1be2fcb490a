"""The council's decisions on one line of the bill, keyed beside what the bill says of it."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.schedule import Side
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.queries.council import council_line, council_rows
from zhuji_budget.queries.council_records import council_records
from zhuji_budget.queries.years import read_year
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases._council import Said, Scope
from zhuji_budget.usecases.record_council import record_council
from zhuji_budget.web.council_form import crumbs, said_of, seen_of
from zhuji_budget.web.review_form import Typed
from zhuji_budget.web.views.council_line import line_facts, line_grid, named_faults, wanted_of
from zhuji_budget.web.views.council_records import records_table
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.forms import fields_of, grid_rows
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
CODE_MAX = 40


class Place(NamedTuple):
    """Which line of which bill, which page leads back (``after`` its code), and what was said."""

    fiscal_year: int
    line_id: uuid.UUID
    after: str
    said: Said | None = None


class CouncilLinePages(PageController):
    """``/budget/council/{year}/lines/{line}``."""

    module = MODULE
    path = "/council/{fiscal_year:int}/lines/{line_id:uuid}"
    cold = True

    @get(
        "/",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council-line.page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        line_id: FromPath[uuid.UUID],
        after: FromQuery[str] = "",
    ) -> Response[str]:
        with context.read() as uow:
            return _show(context, uow, Place(fiscal_year, line_id, after))

    @post(
        "/",
        opt={PERMISSION: RECORD_COUNCIL},
        operation_id="budget.council-line.record-form",
        sync_to_thread=True,
    )
    def record(
        self, context: Context, fiscal_year: FromPath[int], line_id: FromPath[uuid.UUID], data: Form
    ) -> Response[str] | Response[bytes]:
        typed = grid_rows(fields_of(data), name="council")
        said = said_of(data)
        place = Place(fiscal_year, line_id, str(data.get("after", "")), said)
        try:
            return context.perform(
                lambda uow: record_council(
                    uow,
                    fiscal_year=fiscal_year,
                    changes=wanted_of(typed),
                    line_id=line_id,
                    said=said,
                ),
                lambda _: see_other(_view_url(context, place)),
            )
        except DomainError as error:
            if error.status_code in {403, 404}:
                raise
            with context.read() as uow:
                return _show(context, uow, place, typed=typed, error=error)


def _view_url(context: RequestContext, place: Place) -> str:
    root = context.path(f"budget/council/{place.fiscal_year}")
    return f"{root}?{urlencode({'after': place.after[:CODE_MAX]})}" if place.after else root


def _show(
    context: RequestContext,
    uow: UnitOfWork,
    place: Place,
    *,
    typed: Typed | None = None,
    error: DomainError | None = None,
) -> Response[str]:
    uow.require(RECORD_COUNCIL)
    if error is None:
        read_year(uow, place.fiscal_year, needed="bill")
    line = council_line(uow, place.fiscal_year, place.line_id)
    refusal = refused(context, error) if error else None
    title = context.gettext("議會審議結果：{code} {name}").format(code=line.code, name=line.name)
    return render(
        context,
        "budget/council_line.html",
        title=title,
        breadcrumb=crumbs(context, place.fiscal_year, title),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        action=context.path(f"budget/council/{place.fiscal_year}/lines/{place.line_id}"),
        after=place.after,
        reason=place.said.reason if place.said else "",
        seen=seen_of(uow, place.said, Scope(place.fiscal_year, Side.EXPENDITURE, place.line_id)),
        records=records_table(
            council_records(uow, place.fiscal_year, line_id=place.line_id),
            gettext=context.gettext,
        ),
        view_url=_view_url(context, place),
        shown_facts=line_facts(line, address=context.path, gettext=context.gettext),
        grid=line_grid(
            council_rows(uow, place.fiscal_year, line_id=place.line_id),
            typed,
            faults=named_faults(typed or (), refusal.faults if refusal else {}),
            gettext=context.gettext,
        ),
    )
