"""Pages of allotment schedules: the list, a new one, the document and its verbs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.schedule import SIDE_TITLES, STATE_TITLES, Opinion, Side
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import (
    APPROVE_ALLOTMENT,
    COMMENT_ALLOTMENT,
    ENDORSE_ALLOTMENT,
    READ_ALLOTMENT,
    WRITE_ALLOTMENT,
)
from zhuji_budget.queries.schedules import (
    ScheduleFilter,
    find_schedule,
    list_schedules,
    schedule_agencies,
    schedule_years,
)
from zhuji_budget.queries.years import usual_year
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.approve_schedule import approve_schedule
from zhuji_budget.usecases.comment_schedule import comment_schedule
from zhuji_budget.usecases.endorse_schedule import endorse_schedule
from zhuji_budget.usecases.open_schedule import open_schedule
from zhuji_budget.usecases.return_schedule import return_schedule
from zhuji_budget.usecases.submit_schedule import submit_schedule
from zhuji_budget.usecases.withdraw_schedule import withdraw_schedule
from zhuji_budget.web.views.schedule import lines_table, schedule_head
from zhuji_budget.web.views.schedule_actions import schedule_actions
from zhuji_budget.web.views.schedule_history import schedule_history
from zhuji_budget.web.views.schedules import PAGE, schedules_table
from zhuji_core.ids import new_id
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.components import Option
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
ScheduleId = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class AllotmentPages(PageController):
    """``/allotments`` and the state changes below one."""

    module = MODULE
    path = "/allotments"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.allotments.page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        fiscal_year: FromQuery[int | None] = None,
        agency_code: FromQuery[str] = "",
        side: FromQuery[str] = "",
        states: FromQuery[str] = "",
        before: FromQuery[uuid.UUID | None] = None,
    ) -> Response[str]:
        tr = context.gettext
        with context.read() as uow:
            years = schedule_years(uow)
            wanted = ScheduleFilter(
                fiscal_year=fiscal_year or usual_year(uow, years),
                agency_code=agency_code,
                side=side,
                states=(states,) if states else (),
                before=before,
                limit=PAGE + 1,
            )
            return render(
                context,
                "budget/allotments.html",
                title=tr("分配預算表"),
                breadcrumb=_crumbs(context)[:1],
                wanted=wanted,
                table=schedules_table(context, list_schedules(uow, wanted), wanted=wanted),
                action=context.path("budget/allotments"),
                years=_year_options(years, wanted.fiscal_year),
                agencies=_agency_options(uow, wanted.fiscal_year, READ_ALLOTMENT),
                sides=_options(SIDE_TITLES, context),
                states=_options(STATE_TITLES, context),
                new_url=context.path("budget/allotments/new")
                if uow.actor.may(WRITE_ALLOTMENT)
                else "",
            )

    @get(
        "/new",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotments.new-form",
        sync_to_thread=True,
    )
    def new(self, context: Context, fiscal_year: FromQuery[int | None] = None) -> Response[str]:
        return _new_form(context, {"fiscal_year": str(fiscal_year or "")})

    @post(
        "/new",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotments.open-form",
        sync_to_thread=True,
    )
    def open(self, context: Context, data: Form) -> Page:
        typed = {name: str(value).strip() for name, value in data.items()}
        return perform_or_show(
            context,
            lambda uow: open_schedule(
                uow,
                fiscal_year=_year(typed, uow),
                agency_code=typed.get("agency_code") or uow.actor.agency_code,
                side=Side.REVENUE if typed.get("side") == Side.REVENUE else Side.EXPENDITURE,
                reason=typed.get("reason", ""),
            ),
            to=lambda made: f"budget/allotments/{made.schedule_id}/edit",
            show=lambda error: _new_form(context, typed, error=error),
        )

    @get(
        "/{schedule_id:uuid}",
        opt={PERMISSION: READ_ALLOTMENT},
        operation_id="budget.allotment.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, schedule_id: ScheduleId) -> Response[str]:
        return show_schedule(context, schedule_id)

    @post(
        "/{schedule_id:uuid}/submission",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotment.submit-form",
        sync_to_thread=True,
    )
    def submit(self, context: Context, schedule_id: ScheduleId) -> Page:
        return _act(context, schedule_id, lambda uow: submit_schedule(uow, schedule_id=schedule_id))

    @post(
        "/{schedule_id:uuid}/endorsement",
        opt={PERMISSION: ENDORSE_ALLOTMENT},
        operation_id="budget.allotment.endorse-form",
        sync_to_thread=True,
    )
    def endorse(self, context: Context, schedule_id: ScheduleId, data: Form) -> Page:
        returns = data.get("opinion") == Endorsement.RETURN
        return _act(
            context,
            schedule_id,
            lambda uow: endorse_schedule(
                uow,
                schedule_id=schedule_id,
                opinion=Endorsement.RETURN if returns else Endorsement.AGREE,
                reason=str(data.get("reason", "")),
            ),
        )

    @post(
        "/{schedule_id:uuid}/comment",
        opt={PERMISSION: COMMENT_ALLOTMENT},
        operation_id="budget.allotment.comment-form",
        sync_to_thread=True,
    )
    def comment(self, context: Context, schedule_id: ScheduleId, data: Form) -> Page:
        agrees = data.get("opinion") == Opinion.AGREE
        return _act(
            context,
            schedule_id,
            lambda uow: comment_schedule(
                uow,
                schedule_id=schedule_id,
                opinion=Opinion.AGREE if agrees else Opinion.OBJECT,
                comment=str(data.get("comment", "")),
            ),
        )

    @post(
        "/{schedule_id:uuid}/approval",
        opt={PERMISSION: APPROVE_ALLOTMENT},
        operation_id="budget.allotment.approve-form",
        sync_to_thread=True,
    )
    def approve(self, context: Context, schedule_id: ScheduleId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            schedule_id,
            lambda uow: approve_schedule(uow, schedule_id=schedule_id, reason=reason),
        )

    @post(
        "/{schedule_id:uuid}/return",
        opt={PERMISSION: APPROVE_ALLOTMENT},
        operation_id="budget.allotment.return-form",
        sync_to_thread=True,
    )
    def send_back(self, context: Context, schedule_id: ScheduleId, data: Form) -> Page:
        reason = str(data.get("reason", ""))
        return _act(
            context,
            schedule_id,
            lambda uow: return_schedule(uow, schedule_id=schedule_id, reason=reason),
        )

    @post(
        "/{schedule_id:uuid}/withdrawal",
        opt={PERMISSION: WRITE_ALLOTMENT},
        operation_id="budget.allotment.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(self, context: Context, schedule_id: ScheduleId) -> Page:
        return _act(
            context, schedule_id, lambda uow: withdraw_schedule(uow, schedule_id=schedule_id)
        )


def show_schedule(
    context: RequestContext, schedule_id: uuid.UUID, *, error: DomainError | None = None
) -> Response[str]:
    """Show the document; ``error`` is what refused the verb that was just tried."""
    with context.read() as uow:
        found = find_schedule(uow, schedule_id)
        schedule = found.schedule
        return render(
            context,
            "budget/allotment_schedule.html",
            breadcrumb=(*_crumbs(context), Crumb(title=schedule.label)),
            status_code=error.status_code if error else 200,
            title=context.gettext("分配預算表 {label}").format(label=schedule.label),
            refusal=refused(context, error) if error else None,
            schedule=schedule,
            head=schedule_head(context, found),
            months=lines_table(context, found),
            history=schedule_history(found.history, context.gettext),
            actions=schedule_actions(context, found, key=str(new_id())),
        )


def _act(
    context: RequestContext, schedule_id: uuid.UUID, action: Callable[[UnitOfWork], object]
) -> Page:
    """Do the verb and come back to the document, with the refusal when there is one."""
    return perform_or_show(
        context,
        action,
        to=lambda _: f"budget/allotments/{schedule_id}",
        show=lambda error: show_schedule(context, schedule_id, error=error),
    )


def _new_form(
    context: RequestContext, typed: dict[str, str], *, error: DomainError | None = None
) -> Response[str]:
    tr = context.gettext
    with context.read() as uow:
        years = schedule_years(uow)
        year = typed.get("fiscal_year", "")
        fiscal_year = int(year) if year.isdecimal() else usual_year(uow, years)
        return render(
            context,
            "budget/allotment_new.html",
            breadcrumb=(*_crumbs(context), Crumb(title=tr("擬編分配預算表"))),
            status_code=error.status_code if error else 200,
            title=tr("擬編分配預算表"),
            refusal=refused(context, error) if error else None,
            action=context.path("budget/allotments/new"),
            key=str(new_id()),
            typed=typed,
            fiscal_year=str(fiscal_year),
            years=_year_options(years, fiscal_year),
            agencies=_agency_options(uow, fiscal_year, WRITE_ALLOTMENT),
            sides=_options(SIDE_TITLES, context),
            own_agency=uow.actor.agency_code,
        )


def _year(typed: dict[str, str], uow: UnitOfWork) -> int:
    text = typed.get("fiscal_year", "")
    return int(text) if text.isdecimal() and len(text) < 4 else uow.fiscal_year  # noqa: PLR2004 (three digits of the calendar)


def _options(titles: Any, context: RequestContext) -> tuple[Option, ...]:
    return tuple(
        Option(value=str(value), title=context.gettext(title)) for value, title in titles.items()
    )


def _year_options(years: list[int], chosen: int) -> tuple[Option, ...]:
    offered = sorted({chosen, *years}, reverse=True)
    return tuple(Option(value=str(year), title=str(year)) for year in offered)


def _agency_options(
    uow: UnitOfWork, fiscal_year: int, permission: Permission
) -> tuple[Option, ...]:
    return tuple(
        Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
        for one in schedule_agencies(uow, fiscal_year, permission=permission)
    )


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("分配預算表"), url=context.path("budget/allotments")),
    )
