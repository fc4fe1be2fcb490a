"""The form of the council's decisions, on expenditure as on revenue: pick rows, key, record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from litestar import Response
from litestar.params import PathParameter

from zhuji_budget.domain.council import TooManyDecisions
from zhuji_budget.domain.schedule import Side
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.queries.council_records import last_record_no
from zhuji_budget.queries.years import read_year
from zhuji_budget.usecases._council import Said, Scope
from zhuji_budget.web.estimate_line_pages import ObjectList, PickedObject
from zhuji_budget.web.review_form import Typed
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import GRID_ROWS_MAX, Grid
from zhuji_core.web.context import RequestContext
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of, grid_rows
from zhuji_core.web.parameters import YEAR_MAX
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

YearInPath = Annotated[int, PathParameter(ge=1, le=YEAR_MAX)]
PAGE, PICK_MAX = 100, 20
SEEN_MAX = 10  # digits
# Every line of the largest city with its schools.
EXPORT_MAX = 50_000


class DecisionForm(Value, frozen=True, kw_only=True):
    """What differs between the two sides of the bill.

    ``path``: below the county, with the ``{year}``. ``rows``: the query, asked with ``text``,
    ``decided`` and ``limit``. ``picked``, ``typed``: a row of it as a choice, and as it would be
    keyed. ``wanted``: what was keyed as a decision. ``record``: the use case.
    """

    path: str
    title: str
    side: Side
    rows: Callable[..., Sequence[Any]]
    picked: Callable[[Any], PickedObject]
    typed: Callable[[Any], Mapping[str, str]]
    wanted: Callable[[UnitOfWork, int, Mapping[str, str]], Any]
    record: Callable[..., Any]
    grid: Callable[..., Grid]

    def address(self, context: RequestContext, fiscal_year: int) -> str:
        return context.path(self.path.format(year=fiscal_year))


class Keyed(NamedTuple):
    """The rows as they were typed, and why; ``said`` None: the form is opened."""

    rows: Typed
    said: Said | None = None


def pick(context: RequestContext, fiscal_year: int, text: str, *, form: DecisionForm) -> ObjectList:
    """Return the rows whose code or name has the text."""
    with context.read() as uow:
        found = form.rows(uow, fiscal_year, text=text, limit=PICK_MAX + 1)
    return ObjectList(
        items=tuple(form.picked(row) for row in found[:PICK_MAX]), more=len(found) > PICK_MAX
    )


def decisions_page(
    context: RequestContext, fiscal_year: int, *, form: DecisionForm
) -> Response[str]:
    """Show what was recorded, to be changed; raise TooManyDecisions for more than a form holds."""
    with context.read() as uow:
        read_year(uow, fiscal_year, needed="bill")
        decided = form.rows(uow, fiscal_year, decided=True, limit=GRID_ROWS_MAX + 1)
        if len(decided) > GRID_ROWS_MAX:
            raise TooManyDecisions(rows_max=GRID_ROWS_MAX)
        rows = [form.typed(row) for row in decided]
        return _show(context, uow, fiscal_year, Keyed(rows), form=form)


def record_decisions(
    context: RequestContext, fiscal_year: int, data: dict[str, Any], *, form: DecisionForm
) -> Response[str] | Response[bytes]:
    """Record all that was keyed, or show it again with what forbids it."""
    said = said_of(data)
    keyed = Keyed(grid_rows(fields_of(data), name="council"), said)
    with context.read() as uow:
        if data.get(ADD_ROW_FIELD):
            return _show(context, uow, fiscal_year, keyed, form=form)
        changes = [form.wanted(uow, fiscal_year, row) for row in keyed.rows]
    try:
        return context.perform(
            lambda uow: form.record(uow, fiscal_year=fiscal_year, changes=changes, said=said),
            lambda year: see_other(form.address(context, year.fiscal_year)),
        )
    except DomainError as error:
        if error.status_code in {403, 404}:
            raise
        with context.read() as uow:
            return _show(context, uow, fiscal_year, keyed, form=form, error=error)


def said_of(data: Mapping[str, Any]) -> Said:
    """Return why, and after which recording, as the form says it."""
    seen = str(data.get("seen", ""))
    return Said(
        reason=str(data.get("reason", "")),
        seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < SEEN_MAX else None,
    )


def seen_of(uow: UnitOfWork, said: Said | None, scope: Scope) -> int:
    """Return the recording after which the form was opened: a refused form keeps its own."""
    if said is not None and said.seen is not None:
        return said.seen
    return last_record_no(uow, scope.fiscal_year, scope.side, line_id=scope.line_id)


def chosen_id(row: Mapping[str, str]) -> uuid.UUID | None:
    """Return the row that was chosen from the list; None: its code was typed, or nothing."""
    try:
        return uuid.UUID(row.get("row_id", ""))
    except ValueError:
        return None


def crumbs(context: RequestContext, fiscal_year: int, title: str) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算年度"), url=context.path("budget/years")),
        Crumb(title=str(fiscal_year), url=context.path(f"budget/years/{fiscal_year}")),
        Crumb(title=title),
    )


def _show(
    context: RequestContext,
    uow: UnitOfWork,
    fiscal_year: int,
    keyed: Keyed,
    *,
    form: DecisionForm,
    error: DomainError | None = None,
) -> Response[str]:
    uow.require(RECORD_COUNCIL)
    refusal = refused(context, error) if error else None
    root = form.address(context, fiscal_year)
    title = context.gettext(form.title).format(year=fiscal_year)
    return render(
        context,
        "budget/council_decisions.html",
        title=title,
        breadcrumb=crumbs(context, fiscal_year, title),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        action=f"{root}/decisions",
        reason=keyed.said.reason if keyed.said else "",
        seen=seen_of(uow, keyed.said, Scope(fiscal_year, form.side)),
        records_url=context.path(f"budget/council/{fiscal_year}/records"),
        grid=form.grid(
            keyed.rows,
            faults=refusal.faults if refusal else {},
            rows_url=f"{root}/rows",
            gettext=context.gettext,
        ),
    )
