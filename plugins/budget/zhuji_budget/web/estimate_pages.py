"""Pages of estimates (概算): the list, one estimate, submission, versions compared."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.estimate import (
    EDITABLE,
    STATE_TITLES,
    Estimate,
    VersionMissing,
    differences,
)
from zhuji_budget.domain.estimate_gaps import EstimateIncomplete, Gap, gaps_of
from zhuji_budget.domain.last_year import Struck
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.permissions import (
    COMPILE_BILL,
    ENDORSE_ESTIMATE,
    READ_ESTIMATES,
    SET_CEILINGS,
    SUBMIT_ESTIMATE,
    WRITE_ESTIMATE,
)
from zhuji_budget.queries.estimates import (
    EstimateVersion,
    estimate_years,
    find_estimate,
    list_estimates,
    list_versions,
    objects_of,
    total_estimates,
)
from zhuji_budget.queries.last_year import left_out_of
from zhuji_budget.queries.passed import find_struck
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.copy_last_year import copy_last_year
from zhuji_budget.usecases.endorse_estimate import endorse_estimate
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.submit_estimate import submit_estimate
from zhuji_budget.web.uploads import fiscal_year_of
from zhuji_budget.web.views.estimate import estimate_view
from zhuji_budget.web.views.estimate_actions import Reader
from zhuji_budget.web.views.estimate_gaps import gaps_table
from zhuji_budget.web.views.estimate_versions import differences_table
from zhuji_budget.web.views.estimates import estimates_table
from zhuji_budget.web.views.struck import struck_table
from zhuji_core.audit.history import history
from zhuji_core.identity.agencies import find_agencies
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Action, Option, Pager
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.refusals import Refused, refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash, FlashKind

Context = NamedDependency[RequestContext]
Fields = URLEncodedBody[dict[str, str]]
PAGE = 100


class EstimatePages(PageController):
    """``/budget/estimates``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimates.page",
        sync_to_thread=True,
    )
    def list_page(
        self,
        context: Context,
        year: FromQuery[int | None] = None,
        states: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Response[str]:
        with context.read() as uow:
            return _list(context, uow, fiscal_year=year, state=states, after=after)

    @post(
        "/",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.estimates.open-form",
        sync_to_thread=True,
    )
    def open(self, context: Context, data: Fields) -> Response[str] | Response[bytes]:
        try:
            fiscal_year = fiscal_year_of(data.get("year", ""))
            return context.perform(
                lambda uow: open_estimate(
                    uow, fiscal_year=fiscal_year, agency_code=data.get("agency_code", "")
                ),
                lambda estimate: see_other(_url(context, estimate.estimate_id)),
            )
        except DomainError as error:
            with context.read() as uow:
                return _list(context, uow, fiscal_year=None, error=error)

    @get(
        "/{estimate_id:uuid}",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimate.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            return estimate_page(context, uow, estimate_id)

    @post(
        "/{estimate_id:uuid}/submission",
        opt={PERMISSION: SUBMIT_ESTIMATE},
        operation_id="budget.estimate.submit-form",
        sync_to_thread=True,
    )
    def submit(
        self, context: Context, estimate_id: FromPath[uuid.UUID]
    ) -> Response[str] | Response[bytes]:
        return act(context, estimate_id, lambda uow: submit_estimate(uow, estimate_id=estimate_id))

    @post(
        "/{estimate_id:uuid}/endorsement",
        opt={PERMISSION: ENDORSE_ESTIMATE},
        operation_id="budget.estimate.endorse-form",
        sync_to_thread=True,
    )
    def endorse(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: Fields
    ) -> Response[str] | Response[bytes]:
        returns = data.get("opinion") == Endorsement.RETURN
        return act(
            context,
            estimate_id,
            lambda uow: endorse_estimate(
                uow,
                estimate_id=estimate_id,
                opinion=Endorsement.RETURN if returns else Endorsement.AGREE,
                reason=data.get("reason", ""),
            ),
        )

    @post(
        "/{estimate_id:uuid}/last-year",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.estimate.copy-form",
        sync_to_thread=True,
    )
    def copy(
        self, context: Context, estimate_id: FromPath[uuid.UUID]
    ) -> Response[str] | Response[bytes]:
        return act(context, estimate_id, lambda uow: copy_last_year(uow, estimate_id=estimate_id))

    @get(
        "/{estimate_id:uuid}/versions",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.estimate.versions-page",
        sync_to_thread=True,
    )
    def versions(
        self,
        context: Context,
        estimate_id: FromPath[uuid.UUID],
        before: FromQuery[int] = 1,
        after: FromQuery[int] = 2,
    ) -> Response[str]:
        with context.read() as uow:
            estimate = find_estimate(uow, estimate_id)
            known = {one.version_no: one for one in list_versions(uow, estimate)}
            if not {before, after} <= known.keys():
                raise VersionMissing(label=estimate.label, before=before, after=after)
            title = context.gettext("第 {before} 版與第 {after} 版比較").format(
                before=before, after=after
            )
            return render(
                context,
                "budget/estimate_versions.html",
                title=title,
                breadcrumb=crumbs(context, estimate, title),
                table=differences_table(
                    differences(known[before].lines, known[after].lines), gettext=context.gettext
                ),
                told=(_told(context, known[before]), _told(context, known[after])),
            )


def act(
    context: RequestContext, estimate_id: uuid.UUID, action: Callable[[UnitOfWork], object]
) -> Response[str] | Response[bytes]:
    """Do one step of an estimate; a refusal is shown on its page."""
    try:
        return context.perform(action, lambda _: see_other(_url(context, estimate_id)))
    except DomainError as error:
        if error.status_code in {403, 404}:
            raise
        with context.read() as uow:
            return estimate_page(context, uow, estimate_id, error=error)


def estimate_page(
    context: RequestContext,
    uow: UnitOfWork,
    estimate_id: uuid.UUID,
    *,
    error: DomainError | None = None,
) -> Response[str]:
    estimate = find_estimate(uow, estimate_id)
    return render(
        context,
        "budget/estimate.html",
        title=estimate.label,
        breadcrumb=(*crumbs(context), Crumb(title=estimate.agency_name)),
        status_code=error.status_code if error else 200,
        refusal=_refused(context, error) if error else None,
        notes=_left_out(context, uow, estimate),
        struck=struck_table(_struck(uow, estimate), context.gettext),
        gaps=gaps_table(_gaps(uow, estimate), _url(context, estimate_id), context.gettext),
        view=estimate_view(
            estimate,
            list_versions(uow, estimate),
            history(uow, estimate_id),
            address=context.path,
            reader=_reader(uow, estimate),
            gettext=context.gettext,
        ),
    )


def _reader(uow: UnitOfWork, estimate: Estimate) -> Reader:
    """Return who looks at it; passing it on is a right of the supervising agency."""

    def may(one: Permission) -> bool:
        at_supervisor = one is ENDORSE_ESTIMATE
        code = estimate.supervisor_code if at_supervisor else estimate.agency_code
        return uow.actor.may(one, agency_code=code)

    return Reader(may=may, persons=uow.actor.persons)


def _refused(context: RequestContext, error: DomainError) -> Refused:
    """What is lacking stands in the page's own table, where each line leads to its cells."""
    told = refused(context, error)
    if isinstance(error, EstimateIncomplete):
        return msgspec.structs.replace(told, errors=())
    return told


def _gaps(uow: UnitOfWork, estimate: Estimate) -> tuple[Gap, ...]:
    """Return what is to be filled, while the estimate can still be written."""
    if estimate.state not in EDITABLE:
        return ()
    return gaps_of(estimate.lines, objects=objects_of(uow, estimate.fiscal_year))


def _struck(uow: UnitOfWork, estimate: Estimate) -> tuple[Struck, ...]:
    """Return what was struck out last year, while the estimate can still be written."""
    return find_struck(uow, estimate) if estimate.state in EDITABLE else ()


def _left_out(context: RequestContext, uow: UnitOfWork, estimate: Estimate) -> tuple[Flash, ...]:
    """Say what of last year is not taken over, while the estimate can still be written."""
    if estimate.state not in EDITABLE:
        return ()
    found = left_out_of(uow, estimate)
    if not found.amount_ntd:
        return ()
    text = context.gettext(
        "上年度有 {lines} 個科目共 {amount:,} 元未分用途別（或用途別已停用），"
        "帶入上年度時不含在內，請自行編列：{named}"
    ).format(lines=found.lines, amount=found.amount_ntd, named="、".join(found.named))
    return (Flash(text=text, kind=FlashKind.WARNING),)


def crumbs(
    context: RequestContext, estimate: Estimate | None = None, title: str = ""
) -> tuple[Crumb, ...]:
    """Return the way to an estimate and what is below it."""
    root = (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("概算"), url=context.path("budget/estimates")),
    )
    if estimate is None:
        return root
    own = Crumb(title=estimate.agency_name, url=_url(context, estimate.estimate_id))
    return (*root, own, Crumb(title=title))


def _list(
    context: RequestContext,
    uow: UnitOfWork,
    *,
    fiscal_year: int | None,
    state: str = "",
    after: str = "",
    error: DomainError | None = None,
) -> Response[str]:
    years = estimate_years(uow)
    year = fiscal_year or years[0]
    rows = list_estimates(uow, year, state=state, after=after, limit=PAGE + 1)
    shown = rows[:PAGE]
    root = context.path("budget/estimates")
    first = f"{root}?{urlencode({'year': year, 'states': state} if state else {'year': year})}"
    pager = Pager(
        shown=len(shown),
        first_url=first if after else "",
        next_url=f"{first}&after={shown[-1].agency_code}" if len(rows) > PAGE else "",
    )
    title = context.gettext("{year} 年度概算").format(year=year)
    return render(
        context,
        "budget/estimates.html",
        title=title,
        breadcrumb=crumbs(context),
        status_code=error.status_code if error else 200,
        refusal=refused(context, error) if error else None,
        table=estimates_table(
            shown,
            total_estimates(uow, year, state=state),
            pager=pager,
            address=context.path,
            gettext=context.gettext,
        ),
        action=root,
        years=tuple(Option(value=str(one), title=str(one)) for one in sorted({year, *years})),
        year=str(year),
        state=state,
        states=tuple(
            Option(value=name, title=context.gettext(text)) for name, text in STATE_TITLES.items()
        ),
        agencies=_agencies(uow),
        steps=_steps(context, uow, year),
    )


def _steps(context: RequestContext, uow: UnitOfWork, year: int) -> tuple[Action, ...]:
    """Return what the budget office does for the whole year."""
    steps = (
        (context.gettext("核定概算額度"), f"budget/ceilings/{year}", SET_CEILINGS),
        (context.gettext("編成預算案"), f"budget/bills/{year}", COMPILE_BILL),
    )
    return tuple(
        Action(title=title, url=context.path(path), method="get")
        for title, path, permission in steps
        if uow.actor.may(permission)
    )


def _agencies(uow: UnitOfWork) -> tuple[Option, ...]:
    """Return the agencies for which the actor may prepare an estimate."""
    allowed = uow.actor.agencies(WRITE_ESTIMATE)
    found = find_agencies(uow, codes=None if allowed is None else list(allowed))
    return tuple(
        Option(value=one.agency_code, title=f"{one.agency_code} {one.name}") for one in found
    )


def _told(context: RequestContext, version: EstimateVersion) -> str:
    return context.gettext("第 {no} 版　{who}　{reason}").format(
        no=version.version_no, who=version.actor_name, reason=version.reason
    )


def _url(context: RequestContext, estimate_id: uuid.UUID) -> str:
    return context.path(f"budget/estimates/{estimate_id}")
