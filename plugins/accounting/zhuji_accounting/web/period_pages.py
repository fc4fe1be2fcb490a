"""The months of a year: close one, open it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_accounting.domain.period import LAST_PERIOD, period_title
from zhuji_accounting.domain.request import Period
from zhuji_accounting.permissions import CLOSE_PERIOD, READ_REGISTER, REOPEN_PERIOD
from zhuji_accounting.queries.period_actions import PeriodVerb, period_verbs
from zhuji_accounting.queries.periods import Month, months, unposted
from zhuji_accounting.queries.untold import untold
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.reopen_period import reopen_period
from zhuji_accounting.usecases.resume_intake import resume_intake
from zhuji_accounting.usecases.stop_intake import stop_intake
from zhuji_accounting.web.agencies import agency_options, chosen_agency
from zhuji_accounting.web.refusals import refused
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import Action, Badge, Confirmation, Fact, Kind, Tone
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class MonthRow(Value, frozen=True, kw_only=True):
    """One row of the page with what may be done to it."""

    month: Month
    title: str
    badge: Badge
    actions: tuple[Action, ...]
    reports_url: str


class PeriodPages(PageController):
    """``/periods/{agency}`` and the closing of each month below it."""

    module = "accounting"
    path = "/periods"

    @post(
        "/{fiscal_year:int}/{period:int}/soft-closing",
        opt={PERMISSION: CLOSE_PERIOD, "cold": True},
        operation_id="accounting.periods.stop-form",
        sync_to_thread=True,
    )
    def stop(
        self, context: Context, fiscal_year: FromPath[int], period: FromPath[int], data: Form
    ) -> Page:
        agency_code = str(data.get("agency_code", ""))
        return _done(
            context,
            agency_code,
            fiscal_year,
            lambda uow: stop_intake(
                uow, fiscal_year=fiscal_year, period=period, agency_code=agency_code
            ),
        )

    @post(
        "/{fiscal_year:int}/{period:int}/resumption",
        opt={PERMISSION: CLOSE_PERIOD, "cold": True},
        operation_id="accounting.periods.resume-form",
        sync_to_thread=True,
    )
    def resume(
        self, context: Context, fiscal_year: FromPath[int], period: FromPath[int], data: Form
    ) -> Page:
        agency_code = str(data.get("agency_code", ""))
        return _done(
            context,
            agency_code,
            fiscal_year,
            lambda uow: resume_intake(
                uow,
                fiscal_year=fiscal_year,
                period=period,
                agency_code=agency_code,
                reason=str(data.get("reason", "")),
            ),
        )

    @get(
        "/",
        opt={PERMISSION: READ_REGISTER, "cold": True},
        operation_id="accounting.periods.page",
        sync_to_thread=True,
    )
    def page(
        self,
        context: Context,
        agency_code: FromQuery[str] = "",
        fiscal_year: FromQuery[int | None] = None,
    ) -> Response[str]:
        return _page(context, agency_code, fiscal_year)

    @get(
        "/{fiscal_year:int}/{period:int}/closing",
        opt={PERMISSION: CLOSE_PERIOD, "cold": True},
        operation_id="accounting.periods.confirm",
        sync_to_thread=True,
    )
    def confirm(
        self,
        context: Context,
        fiscal_year: FromPath[int],
        period: FromPath[int],
        agency_code: FromQuery[str],
    ) -> Response[str]:
        return _confirm(context, agency_code, fiscal_year, period)

    @post(
        "/{fiscal_year:int}/{period:int}/closing",
        opt={PERMISSION: CLOSE_PERIOD, "cold": True},
        operation_id="accounting.periods.close-form",
        sync_to_thread=True,
    )
    def close(
        self, context: Context, fiscal_year: FromPath[int], period: FromPath[int], data: Form
    ) -> Page:
        agency_code = str(data.get("agency_code", ""))
        if str(data.get("confirmation", "")).strip() != str(period):
            error = context.gettext("鍵入的月份不符，尚未關帳。")
            return _confirm(context, agency_code, fiscal_year, period, error=error)
        return _done(
            context,
            agency_code,
            fiscal_year,
            lambda uow: close_period(
                uow, fiscal_year=fiscal_year, period=period, agency_code=agency_code
            ),
        )

    @post(
        "/{fiscal_year:int}/{period:int}/reopening",
        opt={PERMISSION: REOPEN_PERIOD, "cold": True},
        operation_id="accounting.periods.reopen-form",
        sync_to_thread=True,
    )
    def reopen(
        self, context: Context, fiscal_year: FromPath[int], period: FromPath[int], data: Form
    ) -> Page:
        agency_code = str(data.get("agency_code", ""))
        return _done(
            context,
            agency_code,
            fiscal_year,
            lambda uow: reopen_period(
                uow,
                fiscal_year=fiscal_year,
                period=period,
                agency_code=agency_code,
                reason=str(data.get("reason", "")),
            ),
        )


def _done(
    context: RequestContext,
    agency_code: str,
    fiscal_year: int,
    act: Callable[[UnitOfWork], object],
) -> Page:
    """Do ``act`` and go back to the months, or show them with why it was refused."""
    return perform_or_show(
        context,
        act,
        to=lambda _: _path(agency_code, fiscal_year),
        show=lambda error: _page(context, agency_code, fiscal_year, error=error),
    )


def _path(agency_code: str, fiscal_year: int) -> str:
    return f"accounting/periods?agency_code={agency_code}&fiscal_year={fiscal_year}"


def _page(
    context: RequestContext,
    wanted_agency: str,
    wanted_year: int | None,
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    key = str(new_id())
    with context.read() as uow:
        agencies = agency_options(uow, READ_REGISTER)
        agency_code = chosen_agency(uow, agencies, wanted_agency)
        fiscal_year = wanted_year or uow.fiscal_year
        found = months(uow, agency_code=agency_code, fiscal_year=fiscal_year)
        return render(
            context,
            "accounting/periods.html",
            breadcrumb=(Crumb(title=tr("會計月份")),),
            status_code=error.status_code if error else 200,
            title=tr("會計月份"),
            rows=tuple(_row(context, uow, month, agency_code, fiscal_year, key) for month in found),
            agencies=agencies,
            agency_code=agency_code,
            fiscal_year=fiscal_year,
            action=context.path("accounting/periods"),
            refusal=refused(context, error) if error else None,
        )


def _row(
    context: RequestContext,
    uow: UnitOfWork,
    month: Month,
    agency_code: str,
    fiscal_year: int,
    key: str,
) -> MonthRow:
    reports = f"accounting/report-sets?agency_code={agency_code}&fiscal_year={fiscal_year}"
    return MonthRow(
        month=month,
        title=period_title(month.period, context.gettext),
        badge=_badge(context, month),
        actions=tuple(_actions(context, uow, month, agency_code, fiscal_year, key)),
        reports_url=context.path(f"{reports}&period={month.period}")
        if month.stage == "closed"
        else "",
    )


def _badge(context: RequestContext, month: Month) -> Badge:
    tr = context.gettext
    return {
        "open": Badge(text=tr("開放"), tone=Tone.GOOD),
        "soft": Badge(text=tr("停止收件"), tone=Tone.WAITING),
        "closed": Badge(text=tr("已關帳"), tone=Tone.STOPPED),
    }[month.stage]


def _actions(
    context: RequestContext,
    uow: UnitOfWork,
    month: Month,
    agency_code: str,
    fiscal_year: int,
    key: str,
) -> Iterator[Action]:
    """Yield what the actor may do to the month now."""
    tr = context.gettext
    verbs = period_verbs(uow, month, agency_code=agency_code)
    base = context.path(f"accounting/periods/{fiscal_year}/{month.period}")
    fields = {"agency_code": agency_code}
    if PeriodVerb.CLOSE in verbs:
        yield Action(
            title=tr("關帳"), url=f"{base}/closing?agency_code={agency_code}", method="get"
        )
    if PeriodVerb.STOP in verbs:
        yield Action(
            title=tr("停止收件"),
            url=f"{base}/soft-closing",
            key=f"{key}-s{month.period}",
            fields=fields,
        )
    if PeriodVerb.RESUME in verbs:
        yield Action(
            title=tr("恢復收件"),
            url=f"{base}/resumption",
            key=f"{key}-r{month.period}",
            fields=fields,
            reason_field="reason",
            reason_label=tr("恢復 {period} 月收件之理由").format(period=month.period),
        )
    if PeriodVerb.REOPEN in verbs:
        yield Action(
            title=tr("重開"),
            url=f"{base}/reopening",
            key=f"{key}-{month.period}",
            fields=fields,
            reason_field="reason",
            reason_label=tr("重開 {period} 月之理由").format(period=month.period),
        )


def _confirm(
    context: RequestContext, agency_code: str, fiscal_year: int, period: int, *, error: str = ""
) -> Response[str]:
    """Show what was certified in the month and how much still waits, before it is closed."""
    tr = context.gettext
    with context.read() as uow:
        uow.require(CLOSE_PERIOD, agency_code=agency_code)
        found = {
            month.period: month
            for month in months(uow, agency_code=agency_code, fiscal_year=fiscal_year)
        }
        month = found.get(period) or found[LAST_PERIOD]
        title = tr("{year} 年度 {period} 關帳").format(
            year=fiscal_year, period=period_title(month.period, tr)
        )
        return render(
            context,
            "accounting/period_confirm.html",
            breadcrumb=(
                Crumb(title=tr("會計月份"), url=context.path(_path(agency_code, fiscal_year))),
                Crumb(title=title),
            ),
            status_code=422 if error else 200,
            title=title,
            confirm=_confirmation(context, uow, month, agency_code, fiscal_year, error=error),
        )


def _confirmation(
    context: RequestContext,
    uow: UnitOfWork,
    month: Month,
    agency_code: str,
    fiscal_year: int,
    *,
    error: str,
) -> Confirmation:
    tr = context.gettext
    period = Period(fiscal_year=fiscal_year, period=month.period)
    return Confirmation(
        title=tr("確認關帳"),
        url=context.path(f"accounting/periods/{fiscal_year}/{month.period}/closing"),
        key=str(new_id()),
        facts=(
            Fact(label=tr("機關"), value=agency_code, kind=Kind.CODE),
            Fact(label=tr("月份"), value=period_title(month.period, tr)),
            Fact(label=tr("當月簽證件數"), value=month.certifications, kind=Kind.NUMBER),
            Fact(label=tr("當月簽證金額"), value=month.certified_ntd, kind=Kind.AMOUNT),
            Fact(
                label=tr("未登帳傳票"),
                value=unposted(uow, period, agency_code=agency_code),
                kind=Kind.NUMBER,
            ),
            Fact(
                label=tr("未入帳預算事項"),
                value=len(untold(uow, period, agency_code=agency_code)),
                kind=Kind.NUMBER,
            ),
        ),
        outliers=None,
        question=tr(
            "關帳後本月不得再簽證、報支或登帳，並留存本月報表。請鍵入月份數字以確認（{period}）"
        ).format(period=month.period),
        expected=str(month.period),
        button=tr("關帳"),
        back_url=context.path(_path(agency_code, fiscal_year)),
        error=error,
        fields={"agency_code": agency_code},
    )
