"""The page of the monthly release: what was released, what will be, what failed and why."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody

from zhuji_budget.domain.schedule import SIDE_TITLES, Side
from zhuji_budget.permissions import READ_ALLOTMENT, RELEASE_ALLOTMENT, WRITE_ALLOTMENT
from zhuji_budget.queries.releases import (
    ReleaseFilter,
    agencies_behind,
    begun_of,
    list_releases,
    release_months,
    release_runs,
    waiting_notes,
)
from zhuji_budget.queries.schedules import schedule_agencies, schedule_years
from zhuji_budget.queries.years import usual_year
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.note_releases import note_releases
from zhuji_budget.usecases.release_monthly import start_release
from zhuji_budget.usecases.tell_past import untold
from zhuji_budget.web.views import releases as view
from zhuji_core.ids import new_id
from zhuji_core.permissions import READ_JOBS
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import Option, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
TITLE = N_("分配數釋出")
MONTHS = range(1, 13)
YEAR_DIGITS = 3


class ReleasePages(PageController):
    """``/releases``, its start, and the agency's note of it."""

    module = MODULE
    path = "/releases"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.releases.page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        side: FromQuery[str] = "",
        month: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        return _show(
            context,
            {
                "fiscal_year": str(fiscal_year or ""),
                "side": side,
                "month": str(month or ""),
                "agency_code": agency_code,
                "after": after,
            },
        )

    @post(
        "/",
        opt={PERMISSION: RELEASE_ALLOTMENT},
        operation_id="budget.releases.start-form",
        sync_to_thread=True,
    )
    def start(self, context: Context) -> Page:
        return perform_or_show(
            context,
            lambda uow: start_release(uow, language=context.language),
            to=lambda job_id: f"kernel/jobs/{job_id}",
            show=lambda error: _show(context, {}, error=error),
        )

    @post(
        "/note",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.releases.note-form",
        sync_to_thread=True,
    )
    def note(self, context: Context, data: Form) -> Page:
        year = str(data.get("fiscal_year", ""))
        agency_code = str(data.get("agency_code", "")).strip()
        return perform_or_show(
            context,
            lambda uow: note_releases(uow, fiscal_year=_number(year), agency_code=agency_code),
            to=lambda _: f"budget/releases?fiscal_year={_number(year)}",
            show=lambda error: _show(context, {"fiscal_year": year}, error=error),
        )


def _show(
    context: RequestContext, typed: dict[str, str], *, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        years = schedule_years(uow)
        wanted = _filter(uow, typed, years)
        asked = {
            "fiscal_year": str(wanted.fiscal_year),
            "side": str(wanted.side),
            "month": str(wanted.month),
            "agency_code": wanted.agency_code,
            "after": wanted.after,
        }
        return render(
            context,
            "budget/releases.html",
            title=tr(TITLE),
            breadcrumb=(Crumb(title=tr("預算")),),
            status_code=error.status_code if error else 200,
            refusal=refused(context, error) if error else None,
            key=str(new_id()),
            action=context.path("budget/releases"),
            asked=asked,
            months=view.months_table(context, release_months(uow, wanted), asked=asked),
            agencies_table=view.agencies_table(context, list_releases(uow, wanted), asked=asked),
            notes=tuple(
                (one.agency_code, view.waiting_text(one, tr))
                for one in waiting_notes(uow, fiscal_year=wanted.fiscal_year)
            ),
            years=_options({wanted.fiscal_year, *years}, descending=True),
            sides=tuple(Option(value=str(n), title=tr(t)) for n, t in SIDE_TITLES.items()),
            months_of_year=_options(set(MONTHS)),
            agencies=tuple(
                Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
                for one in schedule_agencies(uow, wanted.fiscal_year, permission=READ_ALLOTMENT)
            ),
            runs=_runs(context, uow),
            behind=agencies_behind(uow) if uow.actor.may(RELEASE_ALLOTMENT) else 0,
            untold=tuple(
                one.fiscal_year for one in (untold(uow) if uow.actor.may(RELEASE_ALLOTMENT) else ())
            ),
        )


def _runs(context: RequestContext, uow: UnitOfWork) -> Table | None:
    """Only whoever releases sees the runs of the job."""
    if not uow.actor.may(RELEASE_ALLOTMENT):
        return None
    return view.runs_table(context, release_runs(uow), linked=uow.actor.may(READ_JOBS))


def _filter(uow: UnitOfWork, typed: dict[str, str], years: list[int]) -> ReleaseFilter:
    year = _number(typed.get("fiscal_year", "")) or usual_year(uow, years)
    month = _number(typed.get("month", ""))
    return ReleaseFilter(
        fiscal_year=year,
        side=Side.REVENUE if typed.get("side") == Side.REVENUE else Side.EXPENDITURE,
        month=month if month in MONTHS else max(1, begun_of(uow, year)),
        agency_code=typed.get("agency_code", ""),
        after=typed.get("after", ""),
        limit=view.PAGE + 1,
    )


def _number(text: str) -> int:
    plain = text.isascii() and text.isdecimal() and len(text) <= YEAR_DIGITS
    return int(text) if plain else 0


def _options(values: set[int], *, descending: bool = False) -> tuple[Option, ...]:
    return tuple(
        Option(value=str(one), title=str(one)) for one in sorted(values, reverse=descending)
    )
