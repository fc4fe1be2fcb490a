"""Pages of budget years: list, one year, enactment, and the proposal to allot it equally."""

from __future__ import annotations

import uuid

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.estimate import TEXT_MAX
from zhuji_budget.domain.reserve_limit import REASON_MAX
from zhuji_budget.permissions import ALL, APPROVE_ALLOTMENT, ENACT_YEAR, READ_LINES
from zhuji_budget.queries.bill import find_compiled, said_at_compiling
from zhuji_budget.queries.years import (
    find_seen,
    find_year,
    largest_lines,
    list_years,
    preview_allotment,
    read_year,
    require_enactor,
    reserves_beyond,
)
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.propose_allotment import propose_allotment
from zhuji_budget.web.views.bill import gaps_table
from zhuji_budget.web.views.fund_sources import sources_table
from zhuji_budget.web.views.year_confirmations import (
    Bill,
    SecondKey,
    allotment_confirmation,
    enactment_confirmation,
    reserves_table,
)
from zhuji_budget.web.views.years import year_view, years_table
from zhuji_core.formats import AmountMalformed, parse_ntd
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash

Context = NamedDependency[RequestContext]
Fields = URLEncodedBody[dict[str, str]]
UNPROCESSABLE = 422
ACT_NO_MAX = 100


class Enactment(Value, frozen=True, kw_only=True):
    """What was keyed before the second key; ``act_no`` None: the page was just opened."""

    act_no: str | None
    reserve_reason: str = ""
    gap_reason: str | None = None


class Reasons(Value, frozen=True, kw_only=True):
    """Why a year is allotted equally, as keyed."""

    reason: str = ""
    reference: str = ""


class YearPages(PageController):
    """``/budget/years``."""

    module = MODULE
    path = "/years"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.years.page",
        sync_to_thread=True,
    )
    def list_page(self, context: Context) -> Response[str]:
        with context.read() as uow:
            table = years_table(list_years(uow), address=context.path, gettext=context.gettext)
            return render(
                context,
                "budget/years.html",
                title=context.gettext("預算年度"),
                breadcrumb=_crumbs(context)[:1],
                table=table,
            )

    @get(
        "/{fiscal_year:int}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.year.page",
        sync_to_thread=True,
    )
    def year_page(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        done: FromQuery[str] = "",
        new: FromQuery[int] = 0,
        known: FromQuery[int] = 0,
    ) -> Response[str]:
        with context.read() as uow:
            rights = {permission.name for permission in ALL if uow.actor.may(permission)}
            view = year_view(
                find_year(uow, fiscal_year),
                address=context.path,
                may=rights.__contains__,
                gettext=context.gettext,
            )
            return render(
                context,
                "budget/year.html",
                title=view.head.label,
                breadcrumb=(*_crumbs(context), Crumb(title=str(fiscal_year))),
                flash=_flash(context, done, new=new, known=known),
                year=view,
            )

    @get(
        "/{fiscal_year:int}/enactment",
        opt={PERMISSION: ENACT_YEAR},
        operation_id="budget.year.enact-page",
        sync_to_thread=True,
    )
    def enact_page(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        act_no: FromQuery[str | None] = None,
        reserve_reason: FromQuery[str] = "",
        gap_reason: FromQuery[str | None] = None,
    ) -> Response[str]:
        said = Enactment(act_no=act_no, reserve_reason=reserve_reason, gap_reason=gap_reason)
        with context.read() as uow:
            return _enact_page(context, uow, fiscal_year=fiscal_year, said=said)

    @post(
        "/{fiscal_year:int}/enactment",
        opt={PERMISSION: ENACT_YEAR},
        operation_id="budget.year.enact-form",
        sync_to_thread=True,
    )
    def enact(
        self, context: Context, fiscal_year: FromPath[int], data: Fields
    ) -> Response[str] | Response[bytes]:
        act_no = data.get("act_no", "")[:ACT_NO_MAX]
        said = Enactment(
            act_no=act_no,
            reserve_reason=data.get("reserve_reason", "")[:REASON_MAX],
            gap_reason=data.get("gap_reason", "")[:REASON_MAX],
        )
        with context.read() as uow:
            if not _confirmed(data, read_year(uow, fiscal_year).control_rows):
                return _enact_page(context, uow, fiscal_year=fiscal_year, said=said, wrong_key=True)
        return context.perform(
            lambda uow: enact_year(
                uow,
                fiscal_year=fiscal_year,
                act_no=act_no,
                reserve_reason=said.reserve_reason,
                gap_reason=said.gap_reason or "",
                seen=data.get("seen", ""),
            ),
            lambda year: see_other(_year_url(context, year.fiscal_year) + "?done=enactment"),
        )

    @get(
        "/{fiscal_year:int}/allotment",
        opt={PERMISSION: APPROVE_ALLOTMENT},
        operation_id="budget.year.allot-page",
        sync_to_thread=True,
    )
    def allot_page(self, context: Context, fiscal_year: FromPath[int]) -> Response[str]:
        with context.read() as uow:
            return _allot_page(context, uow, fiscal_year=fiscal_year, said=Reasons())

    @post(
        "/{fiscal_year:int}/allotment",
        opt={PERMISSION: APPROVE_ALLOTMENT},
        operation_id="budget.year.allot-form",
        sync_to_thread=True,
    )
    def allot(
        self, context: Context, fiscal_year: FromPath[int], data: Fields
    ) -> Response[str] | Response[bytes]:
        """Lead to the proposal, which waits for a second person."""
        said = Reasons(
            reason=data.get("reason", "")[:TEXT_MAX], reference=data.get("reference", "")[:TEXT_MAX]
        )
        with context.read() as uow:
            if not _confirmed(data, read_year(uow, fiscal_year).control_rows):
                return _allot_page(context, uow, fiscal_year=fiscal_year, said=said, wrong_key=True)
        return context.perform(
            lambda uow: propose_allotment(
                uow, fiscal_year=fiscal_year, reason=said.reason, reference=said.reference
            ),
            lambda made: see_other(context.path(f"kernel/proposals/{made.proposal_id}")),
        )


def _enact_page(
    context: RequestContext,
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    said: Enactment,
    wrong_key: bool = False,
) -> Response[str]:
    """First the act's number and what has to be explained, then the second key."""
    act_no = (said.act_no or "").strip()[:ACT_NO_MAX]
    year = read_year(uow, fiscal_year, needed="bill" if act_no else "")
    require_enactor(uow, year)
    over, outlook = reserves_beyond(uow, fiscal_year), find_compiled(uow, year)
    reasons = _reasons(said, told=said_at_compiling(uow, year))
    asked = {"reserve_reason": bool(over), "gap_reason": not outlook.is_whole}
    needed = [name for name, is_asked in asked.items() if is_asked]
    confirm = None
    if act_no and all(reasons[name] for name in needed):
        seen = find_seen(uow, fiscal_year)
        confirm = enactment_confirmation(
            Bill(year=year, largest=largest_lines(uow, fiscal_year), outlook=outlook, seen=seen),
            fields={
                "act_no": act_no,
                **{name: reasons[name] for name in needed},
                "seen": seen.token,
            },
            second=_second_key(context, fiscal_year, wrong=wrong_key),
            address=context.path,
            gettext=context.gettext,
        )
    opened = said.act_no is None
    return render(
        context,
        "budget/enactment.html",
        title=context.gettext("{year} 年度法定預算成立").format(year=fiscal_year),
        breadcrumb=_year_crumbs(context, fiscal_year, title=context.gettext("法定預算成立")),
        status_code=UNPROCESSABLE if wrong_key else 200,
        action=f"{_year_url(context, fiscal_year)}/enactment",
        confirm=confirm,
        act_no=act_no,
        missing=not opened and not act_no,
        reserves=reserves_table(over, gettext=context.gettext) if over else None,
        gaps=gaps_table(outlook, gettext=context.gettext) if outlook.gaps else None,
        without_revenue=outlook.without_revenue,
        uneven=outlook.uneven,
        sources=sources_table(outlook.sources, context.gettext),
        reasons=reasons,
        unsaid=[] if opened else [name for name in needed if not reasons[name]],
    )


def _reasons(said: Enactment, *, told: str) -> dict[str, str]:
    """Return what was keyed; what was told at compiling stands in the form that is opened."""
    gap_reason = told if said.gap_reason is None and said.act_no is None else said.gap_reason or ""
    return {
        "reserve_reason": said.reserve_reason.strip()[:REASON_MAX],
        "gap_reason": gap_reason.strip()[:REASON_MAX],
    }


def _allot_page(
    context: RequestContext,
    uow: UnitOfWork,
    *,
    fiscal_year: int,
    said: Reasons,
    wrong_key: bool = False,
) -> Response[str]:
    confirm = allotment_confirmation(
        preview_allotment(uow, fiscal_year),
        second=_second_key(context, fiscal_year, wrong=wrong_key),
        gettext=context.gettext,
    )
    title = context.gettext("{year} 年度平均分配預算（提案）").format(year=fiscal_year)
    return render(
        context,
        "budget/allotment.html",
        title=title,
        breadcrumb=_year_crumbs(context, fiscal_year, title=context.gettext("平均分配預算")),
        status_code=UNPROCESSABLE if wrong_key else 200,
        confirm=confirm,
        said=said,
    )


def _second_key(context: RequestContext, fiscal_year: int, *, wrong: bool) -> SecondKey:
    return SecondKey(
        year_url=_year_url(context, fiscal_year),
        key=str(uuid.uuid4()),
        error=context.gettext("輸入的數字與控制項目數不符，未執行。") if wrong else "",
    )


def _confirmed(data: dict[str, str], expected: int) -> bool:
    try:
        return parse_ntd(data.get("confirmation", "")) == expected
    except AmountMalformed:
        return False


def _flash(context: RequestContext, done: str, *, new: int, known: int) -> tuple[Flash, ...]:
    texts = {
        "import": context.gettext("匯入完成：新增 {new:,} 個科目，{known:,} 個科目先前已匯入。"),
        "enactment": context.gettext("法定預算已成立，可辦理分配預算。"),
    }
    if done not in texts:
        return ()
    return (Flash(text=texts[done].format(new=new, known=known)),)


def _year_url(context: RequestContext, fiscal_year: int) -> str:
    return context.path(f"budget/years/{fiscal_year}")


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算年度"), url=context.path("budget/years")),
    )


def _year_crumbs(context: RequestContext, fiscal_year: int, *, title: str) -> tuple[Crumb, ...]:
    year = Crumb(title=str(fiscal_year), url=_year_url(context, fiscal_year))
    return (*_crumbs(context), year, Crumb(title=title))
